"""What a close issues: payouts, grain allocations, re-issues; and reading back what a batch issued."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

import msgspec

from ledger.application import Ledger
from ledger.domain.batch import RELIEF, Batch
from ledger.domain.event import Event, Recorded
from ledger.domain.payout import (
    GrainAllocated,
    Payout,
    PayoutIssued,
    PayoutReissued,
    grain_stream,
    named_by,
)
from ledger.entitlement.roll import GrainRow, RollLine, RollRow
from ledger.entitlement.roll_lines import KeptRow
from ledger.values.month import Month


class Issued(msgspec.Struct, frozen=True):
    """What a batch issued: roll rows by payout, grain rows by case."""

    rows: Mapping[str, RollRow]
    grain: Mapping[str, GrainRow]


def payouts(batch: Batch, rows: Iterable[KeptRow], closed: Event) -> Iterator[Event]:
    """The payouts of a roll, each the first event of its stream: the store refuses a second one."""
    for row in rows:
        case, payee = named_by(row.payout)
        yield PayoutIssued(
            originator_id=row.payout,
            originator_version=1,
            actor=closed.actor,
            correlation=closed.correlation,
            division=batch.division,
            case=case,
            programme=batch.programme,
            month=batch.month,
            payee=payee,
            person=row.person,
            account=row.account,
            insured=row.insured,
            lines=row.lines,
        )


def reissues(batch: Batch, rows: Iterable[KeptRow], versions: Mapping[str, int], closed: Event) -> Iterator[Event]:
    """The re-issues of a roll, each the next event of its payout: of two for one return only one can commit."""
    for row in rows:
        yield PayoutReissued(
            originator_id=row.payout,
            originator_version=versions[row.payout] + 1,
            actor=closed.actor,
            correlation=closed.correlation,
            batch=batch.id,
            account=row.account,
            person=row.person,
        )


def allocations(batch: Batch, grain: Iterable[GrainRow], closed: Event) -> Iterator[Event]:
    """The grain allocations of a roll."""
    for row in grain:
        yield GrainAllocated(
            originator_id=grain_stream(batch.month, batch.division, row.case),
            originator_version=1,
            actor=closed.actor,
            correlation=closed.correlation,
            division=batch.division,
            case=row.case,
            month=batch.month,
            insured=row.insured,
            mass_g=row.mass_g,
        )


def folded(events: Iterable[Recorded]) -> Iterator[Payout]:
    """Payouts folded from events that come stream by stream."""
    payout: Payout | None = None
    for recorded in events:
        if isinstance(recorded.event, PayoutIssued):
            if payout is not None:
                yield payout
            payout = Payout.begin(recorded.event)
        elif payout is not None:
            payout = payout.after(recorded)
    if payout is not None:
        yield payout


def payouts_of_month(ledger: Ledger, division: str, month: Month, before: int | None = None) -> Iterator[Payout]:
    """The payouts that the closes of a month issued to cases, as they stood before a log position."""
    return folded(ledger.events_log.below(f"payout/{month}/{division}/", before=before))


def payout_histories(ledger: Ledger, batch: Batch) -> Iterator[list[Recorded]]:
    """The events of each payout that a closed batch sent out, bookings aside: what became of it since, too."""
    log = ledger.events_log
    if batch.reissue:
        events = log.streams(batch.frozen.selection if batch.frozen else ())
    else:
        part = RELIEF if batch.relief else batch.month.text
        events = log.below(f"payout/{part}/{batch.division}/")
    for _, group in groupby(events, key=lambda recorded: recorded.event.originator_id):
        history = list(group)
        issued = history[0].event
        assert isinstance(issued, PayoutIssued)
        own = batch.reissue or (issued.programme, issued.month) == (batch.programme, batch.month)
        if own and issued.amount_fen:
            yield history


def issued_by(ledger: Ledger, batch: Batch) -> Issued:
    """What a closed batch issued, as roll rows."""
    if batch.reissue:
        found = folded(ledger.events_log.streams(batch.frozen.selection if batch.frozen else ()))
        again = {event.originator_id: event for event in _reissued(ledger, batch)}
        rows = {}
        for payout in found:
            sent = again.get(payout.issued.originator_id)
            if sent is not None:
                person = sent.person or payout.issued.person
                row = msgspec.structs.replace(row_of(payout.issued), account=sent.account, person=person)
                rows[payout.issued.originator_id] = row
        return Issued(rows, {})
    prefix = f"payout/relief/{batch.division}/" if batch.relief else f"payout/{batch.month}/{batch.division}/"
    events = (recorded.event for recorded in ledger.events_log.below(prefix))
    rows = {
        event.originator_id: row_of(event)
        for event in events
        if isinstance(event, PayoutIssued) and (event.programme, event.month) == (batch.programme, batch.month)
    }
    grain: dict[str, GrainRow] = {}
    if batch.closed is not None and batch.closed.totals.grain_cases:
        for recorded in ledger.events_log.below(f"grain/{batch.month}/{batch.division}/"):
            if isinstance(recorded.event, GrainAllocated):
                grain[recorded.event.case] = grain_row_of(recorded.event)
    return Issued(rows, grain)


def row_of(payout: PayoutIssued) -> RollRow:
    """The roll row a payout was issued from."""
    lines = tuple(RollLine(line.component, line.for_month, line.amount_fen) for line in payout.lines)
    return RollRow(
        payout.case, payout.payee, payout.person, payout.account, payout.insured, lines, payout.originator_id
    )


def grain_row_of(allotted: GrainAllocated) -> GrainRow:
    """The grain row an allocation was issued from."""
    return GrainRow(allotted.case, allotted.insured, allotted.mass_g)


def _reissued(ledger: Ledger, batch: Batch) -> Iterator[PayoutReissued]:
    for recorded in ledger.events_log.streams(batch.frozen.selection if batch.frozen else ()):
        if isinstance(recorded.event, PayoutReissued) and recorded.event.batch == batch.id:
            yield recorded.event
