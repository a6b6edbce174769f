"""The events of a finding (问题): a suspicion taken up, ruled on, rectified, paid back; none changes a payout."""

from __future__ import annotations

from datetime import date

import msgspec

from ledger.domain.event import Event
from ledger.values.month import Month


class Found(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A row of the query that named the subject: the events that prove it, the month and amount it is about."""

    because: tuple[str, ...]
    month: Month | None = None
    amount_fen: int | None = None


class CameBack(msgspec.Struct, frozen=True, gc=False):
    """Money that came back: taken from a later payout (`ref` is that payout), or a payout cancelled."""

    ref: str
    amount_fen: int


class FindingEvent(Event, frozen=True, kw_only=True):
    """A step: the day it happened, the deadline it sets, the SHA-256 of its papers; `note` references its words."""

    happened_on: date
    due_on: date | None = None
    evidence: tuple[str, ...] = ()
    note: str | None = None


class FindingOpened(FindingEvent, frozen=True, kw_only=True):
    """A suspicion was taken up; `case` is the code of the case where there is one."""

    TOPIC = "finding.opened"

    division: str
    query: str
    subject: str
    case: str | None = None
    found: tuple[Found, ...]
    inspection: str | None = None


class FoundAgain(FindingEvent, frozen=True, kw_only=True):
    """While it was open the query said more, or an inspection came upon it too."""

    TOPIC = "finding.found_again"

    found: tuple[Found, ...] = ()
    inspection: str | None = None


class FindingReopened(FindingEvent, frozen=True, kw_only=True):
    """It had ended, and the query found what was not known then, or somebody reopened it with a reason."""

    TOPIC = "finding.reopened"

    found: tuple[Found, ...] = ()
    inspection: str | None = None


class FindingConfirmed(FindingEvent, frozen=True, kw_only=True):
    """It is a breach; `to_recover_fen` is what must come back in all, what did so before included."""

    TOPIC = "finding.confirmed"

    to_recover_fen: int


class FindingDismissed(FindingEvent, frozen=True, kw_only=True):
    """It was looked into and is none."""

    TOPIC = "finding.dismissed"


class RectificationOrdered(FindingEvent, frozen=True, kw_only=True):
    """Rectification (整改) was ordered; ordered again, the deadline is the new one."""

    TOPIC = "finding.rectification_ordered"


class RectificationReported(FindingEvent, frozen=True, kw_only=True):
    """It was reported as done, with papers."""

    TOPIC = "finding.rectification_reported"


class Recovered(FindingEvent, frozen=True, kw_only=True):
    """Money came back: `amount_fen` in all, `came_back` the part that this ledger's own events prove."""

    TOPIC = "finding.recovered"

    amount_fen: int
    came_back: tuple[CameBack, ...] = ()


class FindingClosed(FindingEvent, frozen=True, kw_only=True):
    """Done with; `written_off_fen` will not come back."""

    TOPIC = "finding.closed"

    written_off_fen: int = 0


def stream(division: str, query: str, subject: str, case: str | None) -> str:
    """The stream of a finding: one query about one subject, for ever; a person in a case is one in each case."""
    inside = f"/{case}" if case not in (None, subject) else ""
    return f"finding/{division}/{query}/{subject}{inside}"
