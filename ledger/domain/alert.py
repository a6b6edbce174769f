"""An alert: raised, assigned, checked in the field, reviewed, cleared; a fold of its stream by the days of its steps.

Steps may be recorded in any order and late (an imported register has only what it has): where an alert stands says
the last step by its own day, of one day the one recorded last.
"""

from __future__ import annotations

from datetime import date

import msgspec

from ledger.domain.event import Event
from ledger.domain.supervision import AlertRaised, AlertStepped

RAISED, ASSIGNED, FIELD_CHECKED, REVIEWED, CLEARED = STATES = (
    "raised", "assigned", "field_checked", "reviewed", "cleared",
)  # fmt: skip
NEXT: dict[str, tuple[str, ...]] = {
    RAISED: (ASSIGNED,),
    ASSIGNED: (FIELD_CHECKED, ASSIGNED),
    FIELD_CHECKED: (REVIEWED, ASSIGNED),
    REVIEWED: (CLEARED, ASSIGNED),
    CLEARED: (),
}
"""The steps of the walk from each state: on, or back to somebody who checks again."""
_NOT_ONE_PERSON = {REVIEWED: FIELD_CHECKED, FIELD_CHECKED: REVIEWED}


class Alert(msgspec.Struct, frozen=True):
    """An alert that stands, with its steps that count, in their order."""

    raised: AlertRaised
    steps: tuple[AlertStepped, ...] = ()

    @property
    def state(self) -> str:
        """Where it stands, one of STATES."""
        return self.steps[-1].step if self.steps else RAISED

    @property
    def since(self) -> date:
        """Since when it stands there."""
        return self.steps[-1].done_on if self.steps else self.raised.raised_on

    @property
    def open(self) -> bool:
        """Whether it still counts: the count of open ones is what goes to zero (动态清零)."""
        return self.state != CLEARED

    @property
    def holder(self) -> str | None:
        """Who has it: the village assistant it was assigned to last, or whoever took the last step."""
        return next((step.by for step in reversed(self.steps) if step.by), None)

    def age_days(self, today: date) -> int:
        """Days since it was raised; of a cleared one the days it took."""
        return ((today if self.open else self.since) - self.raised.raised_on).days


def alert_of(standing: tuple[Event, ...], on: date | None = None) -> Alert | None:
    """The alert that an alert's register tells of, as it stood at the end of a day; None where none was raised."""
    raised = next((event for event in reversed(standing) if isinstance(event, AlertRaised)), None)
    if raised is None or (on is not None and raised.raised_on > on):
        return None
    steps = [e for e in standing if isinstance(e, AlertStepped) and (on is None or e.done_on <= on)]
    return Alert(raised, tuple(sorted(steps, key=lambda step: step.done_on)))


def other_hand(standing: tuple[Event, ...], step: str, by: str | None) -> AlertStepped | None:
    """The step that `by` did himself and so may not take this one: who checked in the field does not review."""
    if by is None or step not in _NOT_ONE_PERSON:
        return None
    done = (e for e in standing if isinstance(e, AlertStepped) and e.step == _NOT_ONE_PERSON[step])
    return next((event for event in done if event.by is not None and _same(event.by, by)), None)


def _same(one: str, other: str) -> bool:
    return "".join(one.split()) == "".join(other.split())
