"""Explaining what is paid apart from a month's roll: emergency relief, and payouts that were sent again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from ledger.application import Ledger
from ledger.closing.apart import relief_alone
from ledger.closing.issuing import folded, row_of
from ledger.domain.batch import RELIEF
from ledger.domain.event import Recorded
from ledger.domain.payout import (
    CancellationVoided,
    PayoutCancelled,
    PayoutIssued,
    PayoutOutcomeUnknown,
    PayoutReissued,
    PayoutReturned,
    PayoutSettled,
)
from ledger.domain.relief import ReliefGranted, payout_stream
from ledger.domain.relief import stream as relief_stream
from ledger.entitlement.roll import RollRow
from ledger.errors import Refused
from ledger.values.money import format_yuan
from ledger.values.month import Month


class ExplainedLine(msgspec.Struct, frozen=True):
    """A payee's line with its arithmetic in words and figures, and the events it rests on."""

    payee: str
    component: str
    for_month: Month
    amount_fen: int
    arithmetic: tuple[str, ...]
    because: tuple[str, ...]


class Explanation(msgspec.Struct, frozen=True):
    """What a month paid (or would pay) a case, line by line. `facts`: the events named by the lines."""

    case: str
    programme: str
    month: Month
    closed: bool
    payees: tuple[str, ...]
    amount_fen: int
    lines: tuple[ExplainedLine, ...]
    notes: tuple[str, ...]
    facts: tuple[Recorded, ...]


def explain_relief(ledger: Ledger, division: str, month: Month, code: str) -> Explanation | None:
    """A relief as it was paid, or is to be paid; None where no relief of that code stands.

    Raises:
        Refused: `relief.other_month` for a month that neither paid it nor decided it.
    """
    history = list(ledger.events_log.streams([relief_stream(division, code)]))
    granted = _standing(history)
    if granted is None:
        return None
    payouts = list(ledger.events_log.streams([payout_stream(division, code)]))
    issued = next((r.event for r in payouts if isinstance(r.event, PayoutIssued)), None)
    months = {Month.of(granted.decided_on)} | ({issued.month} if issued else set())
    if month not in months:
        raise Refused(
            "relief.other_month",
            f"relief {code} of division {division}",
            found=f"{month}",
            expected=" or ".join(sorted(m.text for m in months)) + ": decided, or paid",
        )
    row = row_of(issued) if issued else _to_be_paid(ledger, division, code)
    line = ExplainedLine(
        row.payee,
        RELIEF,
        Month.of(granted.decided_on),
        granted.amount_fen,
        (f"{granted.kind} relief, decided on {granted.decided_on} by the {granted.level}",),
        (granted.ref,),
    )
    return Explanation(
        case=code,
        programme=issued.programme if issued else RELIEF,
        month=issued.month if issued else month,
        closed=issued is not None,
        payees=(row.payee,),
        amount_fen=granted.amount_fen,
        lines=(line,),
        notes=(*_relief_notes(issued, row), *journeys(payouts)),
        facts=tuple(recorded for recorded in history if recorded.event.ref == granted.ref),
    )


def _standing(history: Iterable[Recorded]) -> ReliefGranted | None:
    granted = None
    for recorded in history:
        granted = recorded.event if isinstance(recorded.event, ReliefGranted) else None
    return granted


def _to_be_paid(ledger: Ledger, division: str, code: str) -> RollRow:
    return relief_alone(ledger, division, code, ledger.events_log.end() + 1).rows[0]


def _relief_notes(issued: PayoutIssued | None, row: RollRow) -> Iterator[str]:
    if issued is not None:
        yield f"paid with {issued.programme} of {issued.month} ({issued.ref})"
    else:
        yield "not paid yet: with the next close of relief, or at once by `ledger pay-relief`"
    if row.account is None:
        yield "no account is known: the payout is listed apart as unpayable"


def journeys(events: Iterable[Recorded]) -> Iterator[str]:
    """What became of payouts after they were issued: returned, sent again, cancelled."""
    for recorded in events:
        event = recorded.event
        name, when = event.originator_id, event.recorded_on
        match event:
            case PayoutReturned():
                why = f" ({event.reason})" if event.reason else ""
                yield f"{name} came back{why}, known on {when}: {event.ref}"
            case PayoutSettled():
                yield f"{name} was settled by the bank, known on {when}: {event.ref}"
            case PayoutOutcomeUnknown():
                yield f"{name}: the bank could not say whether it paid, known on {when}: {event.ref}"
            case PayoutReissued():
                yield f"{name} was sent again with {event.batch.partition('/')[2]} on {when}: {event.ref}"
            case PayoutCancelled():
                yield f"{name} was cancelled on {event.cancelled_on}, none of it was paid: {event.ref}"
            case CancellationVoided():
                yield f"{name}: the cancellation {event.of} counts as never known: {event.ref}"


def sent_again(ledger: Ledger, division: str, month: Month, code: str) -> Iterator[str]:
    """The payouts of earlier months that batches of a month sent again: those months explain their lines."""
    for programme, months in sorted(ledger.batches(division).items()):
        batch = months.get(month)
        if batch is None or not batch.reissue or batch.closed is None or batch.frozen is None:
            continue
        named = [stream for stream in batch.frozen.selection if stream.split("/")[3] == code]
        for payout in folded(ledger.events_log.streams(named)):
            amount, of = format_yuan(payout.issued.amount_fen), payout.issued.month
            if of != month:
                yield f"{programme} of {month} sent {amount} of {of} again: `ledger explain {of} {code}`"
