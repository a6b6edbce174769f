"""The follow-up list of the supervision joint meeting: findings with their age, deadline and money back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from ledger.application import Ledger
from ledger.closing.issuing import folded
from ledger.domain.finding import CameBack, FindingEvent, Found
from ledger.domain.finding_file import Finding, party_of
from ledger.domain.payout import Payout
from ledger.office import texts
from ledger.supervising.findings import PREFIX, Suspected, findings
from ledger.values.month import day_of, end_of_day
from projections.audit_book import AuditBook
from projections.installation import Installation
from projections.suspicions import Query, Suspicion, run


class FollowUp(msgspec.Struct, frozen=True):
    """A finding on a day, and what came back of its money by then, linked to it or not."""

    finding: Finding
    on: date
    came_back: tuple[CameBack, ...]

    @property
    def age_days(self) -> int:
        """Days since it was opened, or reopened last; of one that has ended, until then."""
        return ((self.finding.ended_on or self.on) - self.finding.open_since).days

    @property
    def overdue_days(self) -> int:
        """Days past the deadline; 0 for one in time, or that has ended."""
        if not self.finding.is_open or self.finding.due_on is None:
            return 0
        return max(0, (self.on - self.finding.due_on).days)

    @property
    def came_back_fen(self) -> int:
        """What came back by the ledger's own events."""
        return sum(back.amount_fen for back in self.came_back)

    @property
    def unlinked(self) -> list[CameBack]:
        """What came back and nobody recorded yet."""
        linked = {back.ref for back in self.finding.came_back}
        return [back for back in self.came_back if back.ref not in linked]


class StepTaken(msgspec.Struct, frozen=True):
    """An event of a finding, with its text in clear."""

    event: FindingEvent
    text: str | None


def suspected(query: Query, book: AuditBook) -> list[Suspected]:
    """What a query finds, one entry a subject (and case): what becomes one finding each."""
    found: dict[tuple[str, str, str | None], list[Suspicion]] = {}
    for row in run(query, book):
        found.setdefault((row.division, row.subject, row.case), []).append(row)
    return [
        Suspected(
            division, query.slug, subject, case,
            tuple(Found(row.because, row.month, row.amount_fen) for row in rows),
        )
        for (division, subject, case), rows in found.items()
    ]  # fmt: skip


def follow_up(
    installation: Installation, *, on: date | None = None, division: str | None = None,
    inspection: str | None = None, ended: bool = False,
) -> list[FollowUp]:  # fmt: skip
    """The findings as they stood at the end of a day (None: now), the most urgent deadline first, ended ones last.

    `division` and `inspection` keep those of one; `ended` adds those that are closed or dismissed.
    """
    ledger = installation.ledger
    before = None if on is None else ledger.events_log.end_by(end_of_day(on)) + 1
    kept = [
        found
        for found in findings(ledger, f"{PREFIX}{division}/" if division else PREFIX, before=before)
        if (ended or found.is_open) and (inspection is None or inspection in found.inspections)
    ]
    day = on or day_of(ledger.now())
    back = came_back_of(installation, kept, before)
    rows = [FollowUp(found, day, back[found.id]) for found in kept]
    return sorted(rows, key=lambda row: (not row.finding.is_open, row.finding.due_on or date.max, row.finding.id))


def came_back_of(
    installation: Installation, asked: Sequence[Finding], before: int | None = None
) -> dict[str, tuple[CameBack, ...]]:
    """Per finding the money of its months that came back before a log position, oldest payout first.

    Of a finding without months only what is linked to it counts: anything might be meant.
    """
    installation.rolls.views.catch_up()
    cases = {party for found in asked for party in found.parties if not party.startswith("relief/")}
    streams = set(installation.rolls.payments.recovering(sorted(cases)))
    streams |= {ref.rpartition("@")[0] for found in asked for ref in found.payouts}
    of_party: dict[str, list[Payout]] = {}
    for payout in folded(installation.ledger.events_log.streams(streams, before=before)):
        of_party.setdefault(party_of(payout.issued.originator_id), []).append(payout)
    return {found.id: tuple(_came_back(found, of_party)) for found in asked}


def _came_back(found: Finding, of_party: dict[str, list[Payout]]) -> Iterable[CameBack]:
    if not found.months:
        yield from found.came_back
        return
    for party in sorted(found.parties):
        for payout in of_party.get(party, ()):
            back = found.came_back_in(payout)
            if back is not None:
                yield back


def steps(ledger: Ledger, name: str) -> list[StepTaken]:
    """What was done about a finding, in order.

    Raises:
        Refused: `finding.unknown`.
    """
    events = [recorded.event for recorded in ledger.history(name) if isinstance(recorded.event, FindingEvent)]
    if not events:
        Finding(name).require_known()
    said = texts(ledger, (event.note for event in events))
    return [StepTaken(event, said.get(event.note or "")) for event in events]
