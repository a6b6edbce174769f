"""The shape every event shares: a stream and version, when it became known, who did it, for which command."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, ClassVar

import msgspec

from ledger.values.month import Month, day_of

UNSTAMPED = datetime.min.replace(tzinfo=UTC)
"""`recorded_at` of an event that no store has accepted yet."""

TOPICS: dict[str, type[Event]] = {}
"""Every event class by the name it has on disk."""


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True, omit_defaults=True):
    """Something that happened and stays true. TOPIC is its name on disk and never changes.

    A changed shape is a new class with a new TOPIC (`case.enrolled.2`); the old class stays and gains a pure
    `upgrade()` that returns the new one.
    """

    TOPIC: ClassVar[str]

    originator_id: str
    originator_version: int
    recorded_at: datetime = UNSTAMPED
    """UTC; set by the store under its append lock, so that it never goes back along the log."""
    actor: str
    command_id: str | None = None
    """The `id` of the fact that caused it, where the fact had one."""
    correlation: str | None = None
    """What was recorded together: the first 16 hex digits of the facts file's digest."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "TOPIC" in cls.__dict__:
            if cls.TOPIC in TOPICS:
                raise TypeError(f"two event classes with the topic {cls.TOPIC}")
            TOPICS[cls.TOPIC] = cls

    @property
    def ref(self) -> str:
        """The event's reference, `stream@version`: printable anywhere, resolved by `ledger history`."""
        return f"{self.originator_id}@{self.originator_version}"

    @property
    def recorded_on(self) -> date:
        """The day it became known, in China Standard Time."""
        return day_of(self.recorded_at)


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """An event with its place in the log; positions grow, with gaps."""

    position: int
    event: Event


class Origin(msgspec.Struct, frozen=True):
    """Who records something, and under which command; the common header of the events it makes."""

    actor: str
    command_id: str | None = None
    correlation: str | None = None


def encode_value(value: Any) -> Any:
    """Msgspec's hook for the value types events may hold."""
    if isinstance(value, Month):
        return value.text
    raise NotImplementedError(f"events hold no {type(value).__name__}")


def decode_value(kind: type, value: Any) -> Any:
    """Msgspec's hook back from `encode_value`."""
    if kind is Month:
        return Month.parse(value)
    raise NotImplementedError(f"events hold no {kind.__name__}")
