"""Returned payouts recorded, and batches paid apart: returned payouts sent again, one relief paid at once."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ledger.application import Decision, Ledger
from ledger.closing.apart import Apart, payouts_again, relief_alone
from ledger.closing.desk import Desk, Roll
from ledger.closing.issuing import folded
from ledger.closing.steps import freeze_roll
from ledger.domain.bank_files import ReturnsRecorded, returns_stream
from ledger.domain.batch import REISSUE, RELIEF, Batch, bank_part
from ledger.domain.book import intake_stream
from ledger.domain.event import Event
from ledger.domain.payout import Payout, PayoutReturned
from ledger.domain.relief import payout_stream
from ledger.errors import LedgerError, Refused
from ledger.intake.payout_list import PayoutList
from ledger.quiet_moment import in_a_quiet_moment
from ledger.store.recorder import Unchanged
from ledger.values.bank_reasons import iso_of
from ledger.values.money import format_yuan
from ledger.values.month import Month, day_of


class Named(msgspec.Struct, frozen=True):
    """Payouts as a bank clerk names them: a case's or relief's of a month, all of them or the one of an amount."""

    case: str
    month: Month
    amount_fen: int | None = None
    reason: str | None = None
    place: str | None = None
    """The file and line that name them."""


class Returns(msgspec.Struct, frozen=True):
    """What recording returns would do; `already`: the same file was recorded before, byte for byte."""

    payouts: tuple[tuple[Named, Payout], ...]
    digest: str | None = None
    read_at: int = 0
    already: bool = False

    @property
    def amount_fen(self) -> int:
        """The money that came back."""
        return sum(payout.issued.amount_fen for _, payout in self.payouts)


def named_in(listed: PayoutList) -> list[Named]:
    """The payouts that a list names, each with its line."""
    return [
        Named(one.case, one.month, one.amount_fen, one.reason, f"{listed.name} line {one.line}")
        for one in listed.payouts
    ]


def plan_returns(ledger: Ledger, division: str, named: Sequence[Named], digest: str | None = None) -> Returns:
    """Finds the payouts meant; `digest` is that of the file that names them. Nothing is recorded.

    Raises:
        Refused: `payout.not_out` where no payout that is out is named, `payout.named_twice`, `payout.not_with_bank`
            where its file was refused whole, or is not signed; with the line.
    """
    log = ledger.events_log
    if digest is not None and any(log.version(name(digest)) for name in (returns_stream, intake_stream)):
        return Returns((), digest, already=True)
    read_at = log.end()
    found = _found(ledger, division, named, returned=False)
    _require_with_bank(ledger, found)
    return Returns(tuple(found), digest, read_at)


def execute_returns(ledger: Ledger, division: str, planned: Returns) -> None:
    """Records a plan in one transaction.

    Raises:
        Conflict: something changed since it was planned: plan anew.
    """
    if planned.already:
        return
    correlation = planned.digest[:16] if planned.digest else None
    events: list[Event] = [
        PayoutReturned(
            originator_id=payout.issued.originator_id,
            originator_version=payout.version + 1,
            actor=ledger.actor,
            correlation=correlation,
            reason=one.reason,
            iso=iso_of(one.reason),
        )
        for one, payout in planned.payouts
    ]
    if planned.digest is not None:
        events.append(
            ReturnsRecorded(
                originator_id=returns_stream(planned.digest),
                originator_version=1,
                actor=ledger.actor,
                correlation=correlation,
                division=division,
                format="list",
                lines=len({one.place for one, _ in planned.payouts}),
                verdicts={"returned": len(events)},
                returned_fen=planned.amount_fen,
            )
        )
    bank = bank_part(division)
    ledger.append(
        Decision(events[0].originator_id, events),
        {division, bank},
        unchanged=Unchanged(frozenset({bank}), planned.read_at),
    )


def record_returns(ledger: Ledger, division: str, named: Sequence[Named], digest: str | None = None) -> Returns:
    """Records returned payouts, all or none. A relief's month is that of the close that paid it.

    Raises:
        Refused: as `plan_returns` does; `record.busy`.
    """

    def once() -> Returns:
        planned = plan_returns(ledger, division, named, digest)
        execute_returns(ledger, division, planned)
        return planned

    return in_a_quiet_moment(f"returns of division {division}", once)


def start_reissue(desk: Desk, division: str, named: Sequence[Named]) -> Batch:
    """Freezes a batch that sends returned payouts again; its approvals, bundle and close are those of any batch.

    A batch that is open for exactly these payouts is the one: after an interruption nothing is started anew.

    Raises:
        Refused: `payout.not_returned` where none is named, `payout.named_twice`, `payout.held`, and
            `payout.in_batch` for one that stands in another open batch.
    """
    return in_a_quiet_moment(f"re-issues of division {division}", lambda: _reissue(desk, division, named))


def plan_reissue(ledger: Ledger, division: str, named: Sequence[Named]) -> list[Payout]:
    """The payouts that a re-issue would send again. Nothing is recorded.

    Raises:
        Refused: `payout.not_returned`, `payout.named_twice`; with the line.
    """
    return [payout for _, payout in _found(ledger, division, named, returned=True)]


def _reissue(desk: Desk, division: str, named: Sequence[Named]) -> Batch:
    ledger = desk.ledger
    read_at = ledger.events_log.end()
    payouts = plan_reissue(ledger, division, named)
    streams = tuple(sorted(payout.issued.originator_id for payout in payouts))
    for open_batch in open_apart(ledger, division):
        standing = open_batch.frozen.selection if open_batch.frozen else ()
        if standing == streams:
            return open_batch
        _require_free(open_batch, set(standing) & set(streams))
    month = Month.of(day_of(ledger.now()))
    rows = payouts_again(ledger, division, streams, month, read_at + 1)
    numbers = [int(p.partition("-")[2]) for p in ledger.batches(division) if p.startswith(f"{REISSUE}-")]
    batch = ledger.batch(division, month, f"{REISSUE}-{max(numbers, default=0) + 1}")
    freeze_roll(desk, batch, _roll(batch, rows, read_at), read_at=read_at, selection=streams)
    return ledger.batch(division, month, batch.programme)


def _require_free(batch: Batch, wanted: set[str]) -> None:
    if wanted:
        raise Refused(
            "payout.in_batch",
            min(wanted),
            found=f"it stands in {batch.programme} of {batch.month}, which is open",
            expected="a returned payout in no open batch",
            hint=f"`ledger close-month {batch.month}{batch.option}` says what that one waits for.",
        )


def start_relief(desk: Desk, division: str, code: str) -> Batch:
    """Freezes a batch that pays one relief at once; one that is open for it already is gone on with.

    Raises:
        Refused: `relief.unknown`; `relief.paid`; `relief.in_roll` while it stands in a frozen roll.
    """
    return in_a_quiet_moment(f"relief {code} of division {division}", lambda: _relief(desk, division, code))


def _relief(desk: Desk, division: str, code: str) -> Batch:
    ledger = desk.ledger
    programme = f"{RELIEF}-{code}"
    for open_batch in open_apart(ledger, division):
        if open_batch.programme == programme:
            return open_batch
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
    batch = ledger.batch(division, month, programme)
    freeze_roll(desk, batch, _roll(batch, rows, read_at), read_at=read_at, selection=(code,))
    return ledger.batch(division, month, programme)


def freeze_apart_again(desk: Desk, batch: Batch) -> Batch:
    """Fixes an open batch paid apart with what is known now; what cannot be paid any more is left out.

    Approvals given are void. A batch with nothing left is closed without signatures, and pays nothing.

    Raises:
        Refused: `batch.unknown`, `batch.closed`, `payout.held`.
    """
    batch.require_started()
    return in_a_quiet_moment(batch.id, lambda: _frozen_again(desk, batch))


def _frozen_again(desk: Desk, batch: Batch) -> Batch:
    ledger = desk.ledger
    read_at = ledger.events_log.end()
    selection = batch.frozen.selection if batch.frozen else ()
    if batch.reissue:
        payouts = folded(ledger.events_log.streams(selection))
        selection = tuple(payout.issued.originator_id for payout in payouts if payout.returned)
        rows = payouts_again(ledger, batch.division, selection, batch.month, read_at + 1)
    else:
        rows = _relief_if_it_stands(ledger, batch, read_at + 1)
        selection = selection if rows.rows else ()
    batch = ledger.batch(batch.division, batch.month, batch.programme)
    freeze_roll(desk, batch, _roll(batch, rows, read_at), read_at=read_at, selection=selection)
    return ledger.batch(batch.division, batch.month, batch.programme)


def _relief_if_it_stands(ledger: Ledger, batch: Batch, before: int) -> Apart:
    try:
        return relief_alone(ledger, batch.division, batch.programme.removeprefix(f"{RELIEF}-"), before)
    except Refused as refusal:
        if refusal.code != "relief.unknown":
            raise
        return Apart((), (), 0)


def open_apart(ledger: Ledger, division: str, month: Month | None = None) -> list[Batch]:
    """The batches paid apart that are frozen and not closed, of all months or one, in the order of their names."""
    return [
        batch
        for programme, months in sorted(ledger.batches(division).items())
        for batch in months.values()
        if not batch.monthly and batch.frozen and not batch.closed and month in (None, batch.month)
    ]


def _stands_in(desk: Desk, batch: Batch, code: str) -> bool:
    return desk.source.frozen(batch).has(code)


def _roll(batch: Batch, found: Apart, read_at: int) -> Roll:
    return Roll(batch.division, batch.programme, batch.month, found.rows, (), (), {}, read_at)


def _require_with_bank(ledger: Ledger, found: Sequence[tuple[Named, Payout]]) -> None:
    """Refuses a return of what the bank does not have: a file it refused is issued again whole, or not at all."""
    with_bank: dict[str, bool] = {}
    for one, payout in found:
        name = payout.batch
        if name not in with_bank:
            _, division, month, programme = name.split("/")
            with_bank[name] = ledger.batch(division, Month.parse(month), programme).with_bank
        if not with_bank[name]:
            raise Refused(
                "payout.not_with_bank",
                f"{one.place or one.case}: {payout.issued.originator_id}",
                found=f"the bank refused the file of {name}, or has not got it yet",
                expected="a payout whose file the bank took",
                hint="A refused file is written again whole: `ledger payfile reissue MONTH --programme PROGRAMME`.",
            )


def _found(ledger: Ledger, division: str, named: Sequence[Named], *, returned: bool) -> list[tuple[Named, Payout]]:
    """Each payout meant with what names it, none twice."""
    found: dict[str, tuple[Named, Payout]] = {}
    for one in named:
        try:
            for payout in _named(ledger, division, one, returned=returned):
                name = payout.issued.originator_id
                if name in found:
                    raise Refused(
                        "payout.named_twice",
                        name,
                        found=f"{found[name][0].place or 'it'} names it too",
                        expected="each payout once",
                    )
                found[name] = (one, payout)
        except LedgerError as error:
            if one.place is None:
                raise
            raise error.at(one.place) from error
    return list(found.values())


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
    if found:
        return found
    subject = f"{one.case} of division {division}, {one.month}"
    amount = f" of {format_yuan(one.amount_fen)}" if one.amount_fen is not None else ""
    if returned:
        for payout in payouts:
            if payout.unknown:
                payout.require_returned()
        raise Refused(
            "payout.not_returned",
            subject,
            found=f"no payout{amount} that is returned",
            expected="a returned payout, not re-issued and not cancelled",
        )
    raise Refused(
        "payout.not_out",
        subject,
        found=f"no payout{amount} that is out",
        expected="a payout with the bank, or paid",
    )
