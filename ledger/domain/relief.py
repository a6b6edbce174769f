"""Emergency relief (临时救助): granted to a person, paid once; and what is known of one relief."""

from __future__ import annotations

from datetime import date
from typing import Self

import msgspec

from ledger.domain.event import Event, Recorded
from ledger.values.month import Month


class ReliefGranted(Event, frozen=True, kw_only=True):
    """A relief was decided. `account`, `cause` and `reason` reference sealed events of the person."""

    TOPIC = "relief.granted"

    division: str
    person: str
    kind: str
    amount_fen: int
    level: str
    decided_on: date
    account: str | None = None
    cause: str
    reason: str | None = None


class ReliefVoided(Event, frozen=True, kw_only=True):
    """The relief counts as never known; refused once it was paid."""

    TOPIC = "relief.voided"

    of: str
    note: str | None = None


class Relief(msgspec.Struct, frozen=True, gc=False):
    """A fold of a relief's stream."""

    code: str
    version: int = 0
    granted: ReliefGranted | None = None
    position: int = 0

    def after(self, recorded: Recorded) -> Self:
        """The relief with one more event."""
        event = recorded.event
        replace = msgspec.structs.replace
        relief = replace(self, version=event.originator_version)
        match event:
            case ReliefGranted():
                return replace(relief, granted=event, position=recorded.position)
            case ReliefVoided():
                return replace(relief, granted=None)
        return relief

    @property
    def month(self) -> Month | None:
        """The month it is to be paid with, None where it is void."""
        return Month.of(self.granted.decided_on) if self.granted else None


def stream(division: str, code: str) -> str:
    """The stream of a relief."""
    return f"relief/{division}/{code}"


def payout_stream(division: str, code: str) -> str:
    """The stream of a relief's payout: one for ever, so that it cannot be paid twice."""
    return f"payout/relief/{division}/{code}/1"
