"""Emergency reliefs for the audit: who, when, for what cause and stated reason, in clear."""

from __future__ import annotations

from datetime import date

import msgspec

from ledger.domain.person import ERASED, Note, Noted, open_private
from ledger.domain.relief import ReliefGranted
from ledger.values.month import Month
from projections.audit_book import AuditBook


class AuditedRelief(msgspec.Struct, frozen=True):
    """A relief with its sealed words opened; `person` is the identity of its person."""

    code: str
    person: str
    cause: str
    has_reason: bool
    granted: ReliefGranted
    position: int

    @property
    def decided_on(self) -> date:
        """The day of the decision."""
        return self.granted.decided_on

    @property
    def month(self) -> Month:
        """The month of the decision."""
        return Month.of(self.granted.decided_on)


def by_person_and_cause(book: AuditBook) -> dict[tuple[str, str], list[AuditedRelief]]:
    """Reliefs for one person and cause, the oldest decision first, of one day the first known."""
    notes = _notes(book)
    found: dict[tuple[str, str], list[AuditedRelief]] = {}
    for relief in book.reliefs.values():
        granted = relief.granted
        if granted is None:
            continue
        cause = " ".join(notes.get(granted.cause, granted.cause).split())
        audited = AuditedRelief(
            relief.code, book.identity(granted.person), cause, granted.reason is not None, granted, relief.position
        )
        found.setdefault((audited.person, cause), []).append(audited)
    for reliefs in found.values():
        reliefs.sort(key=lambda relief: (relief.decided_on, relief.position))
    return found


def months_apart(earlier: date, later: date, months: int) -> bool:
    """Whether two days are less than so many months apart: the same day of the month is no longer less."""
    limit = Month.of(earlier) + months
    day = min(earlier.day, limit.last_day.day)
    return later < limit.first_day.replace(day=day)


def _notes(book: AuditBook) -> dict[str, str]:
    refs = [r.granted.cause for r in book.reliefs.values() if r.granted]
    streams = {ref.rpartition("@")[0] for ref in refs}
    wanted = set(refs)
    return {
        recorded.event.ref: open_private(recorded.event, Note).text
        for recorded in book.ledger.events_log.streams(streams, before=book.before)
        if isinstance(recorded.event, Noted) and recorded.event.ref in wanted and recorded.event.private != ERASED
    }
