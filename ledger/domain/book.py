"""The ledger's own streams: how it was founded, which files and commands it has taken."""

from __future__ import annotations

from ledger.domain.event import Event

STREAM = "ledger"


class LedgerFounded(Event, frozen=True, kw_only=True):
    """The first event: for which division, and whether it is a rehearsal (a clock that can be set)."""

    TOPIC = "ledger.founded"

    division: str
    rehearsal: bool = False


class IntakeRecorded(Event, frozen=True, kw_only=True):
    """A facts file was recorded whole (stream `intake/<sha256>`): the same bytes again are a no-op."""

    TOPIC = "intake.recorded"

    facts: int
    events: int


class CommandDone(Event, frozen=True, kw_only=True):
    """A fact with an `id` was recorded (stream `command/<id>`): `content` is a keyed digest of what it said.

    `fact` is the reference of the fact's own event.
    """

    TOPIC = "command.done"

    content: str
    fact: str


def intake_stream(digest: str) -> str:
    """The stream of a facts file."""
    return f"intake/{digest}"


def command_stream(command_id: str) -> str:
    """The stream of a command id."""
    return f"command/{command_id}"
