"""Returns and re-issues: the bank's returned payouts recorded, and sent again in a batch of their own."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ledger.apart import Apart, payouts_again, relief_alone
from ledger.application import Decision, Ledger
from ledger.closing import Desk, Roll, freeze_roll
from ledger.domain.batch import REISSUE, RELIEF, Batch
from ledger.domain.payout import Payout, PayoutReturned
from ledger.domain.relief import payout_stream
from ledger.errors import Refused
from ledger.issuing import folded
from ledger.values.money import format_yuan
from ledger.values.month import Month, day_of


class Named(msgspec.Struct, frozen=True):
    """Payouts as a bank clerk names them: a case's or relief's of a month, all of them or the one of an amount."""

    case: str
    month: Month
    amount_fen: int | None = None
    reason: str | None = None


def record_returns(ledger: Ledger, division: str, named: Sequence[Named]) -> int:
    """Records returned payouts, all or none; returns how many. A relief's month is that of the close that paid it.

    Raises:
        Refused: `payout.not_out` where no payout that is out is named.
    """
    found = [(one, payout) for one in named for payout in _named(ledger, division, one, returned=False)]
    events = [
        PayoutReturned(
            originator_id=payout.issued.originator_id,
            originator_version=payout.version + 1,
            actor=ledger.actor,
            reason=one.reason,
        )
        for one, payout in found
    ]
    ledger.append(Decision(events[0].originator_id, events), {division})
    return len(events)


def start_reissue(desk: Desk, division: str, named: Sequence[Named]) -> Batch:
    """Freezes a batch that sends returned payouts again; its approvals, bundle and close are those of any batch.

    Raises:
        Refused: `payout.not_returned` where none is named, `payout.held`.
    """
    ledger = desk.ledger
    read_at = ledger.events_log.end()
    payouts = [payout for one in named for payout in _named(ledger, division, one, returned=True)]
    streams = tuple(sorted({payout.issued.originator_id for payout in payouts}))
    month = Month.of(day_of(ledger.now()))
    rows = payouts_again(ledger, division, streams, month, read_at + 1)
    number = sum(1 for programme in ledger.batches(division) if programme.startswith(f"{REISSUE}-")) + 1
    batch = ledger.batch(division, month, f"{REISSUE}-{number}")
    freeze_roll(desk, batch, _roll(batch, rows, read_at), read_at=read_at, selection=streams)
    return ledger.batch(division, month, batch.programme)


def start_relief(desk: Desk, division: str, code: str) -> Batch:
    """Freezes a batch that pays one relief at once.

    Raises:
        Refused: `relief.unknown`; `relief.paid`; `relief.in_roll` while it stands in a frozen roll.
    """
    ledger = desk.ledger
    month = Month.of(day_of(ledger.now()))
    read_at = ledger.events_log.end()
    rows = relief_alone(ledger, division, code, read_at + 1)
    subject = f"relief {code} of division {division}"
    if not rows.rows:
        raise Refused("relief.paid", subject, found="it was paid", expected="a relief that was not paid")
    for standing in ledger.batches(division).get(RELIEF, {}).values():
        if standing.frozen and not standing.closed and _stands_in(desk, standing, code):
            raise Refused(
                "relief.in_roll",
                subject,
                found=f"it stands in the frozen roll of {standing.month}",
                expected="a relief in no frozen roll",
                hint=f"Close {standing.month}: that pays it.",
            )
    batch = ledger.batch(division, month, f"{RELIEF}-{code}")
    freeze_roll(desk, batch, _roll(batch, rows, read_at), read_at=read_at, selection=(code,))
    return ledger.batch(division, month, batch.programme)


def _stands_in(desk: Desk, batch: Batch, code: str) -> bool:
    rows, _ = desk.source.frozen(batch)
    return any(row.case == code for row in rows)


def _roll(batch: Batch, found: Apart, read_at: int) -> Roll:
    return Roll(batch.division, batch.programme, batch.month, found.rows, (), (), {}, read_at)


def _named(ledger: Ledger, division: str, one: Named, *, returned: bool) -> list[Payout]:
    """The payouts meant, by state: out, or returned."""
    log = ledger.events_log
    payouts = list(folded(log.below(f"payout/{one.month}/{division}/{one.case}/")))
    relief = folded(log.streams([payout_stream(division, one.case)]))
    payouts += [payout for payout in relief if payout.issued.month == one.month]
    found = [
        payout
        for payout in payouts
        if (payout.returned if returned else payout.out) and one.amount_fen in (None, payout.issued.amount_fen)
    ]
    if not found:
        amount = f" of {format_yuan(one.amount_fen)}" if one.amount_fen is not None else ""
        raise Refused(
            "payout.not_returned" if returned else "payout.not_out",
            f"{one.case} of division {division}, {one.month}",
            found=f"no payout{amount} that is {'returned' if returned else 'out'}",
            expected="a returned payout, not re-issued and not cancelled"
            if returned
            else "a payout with the bank",
        )
    return found
