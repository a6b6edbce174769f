"""The golden file of events: one line a topic as the store keeps it, under a master key that guards nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

import ledger.domain.events  # noqa: F401  registers every topic
from ledger.domain.event import Event
from ledger.domain.person import Sealed
from ledger.store.mapper import EventMapper
from ledger.store.sealing import KeyRing

FILE = Path(__file__).with_name("events.jsonl")
MASTER = bytes(range(32))
"""A key for this file only; its persons are made up."""
PERSON = "P1"
WRAPPED = bytes.fromhex(
    "000000000000000000000000"
    "940f1dba0e44e29bd317fae7390eb12fa5120ca75156d377ddc581a4592f939db6dc73ceb694039ce7fe6e0e811f2059"
)
"""The key of person P1 under MASTER, as the table person_key holds it."""


class GoldenLine(msgspec.Struct, frozen=True):
    """A row of the log, and what the sealed part said."""

    topic: str
    stream: str
    version: int
    state: Any
    clear: Any = None

    @property
    def state_bytes(self) -> bytes:
        """The state as the store holds it: compact JSON."""
        return json.dumps(self.state, ensure_ascii=False, separators=(",", ":")).encode()


def mapper() -> EventMapper:
    """Maps with the golden key."""
    keys = KeyRing(MASTER)
    keys.add({PERSON: WRAPPED})
    return EventMapper(keys)


def read_golden() -> list[GoldenLine]:
    """The lines of the golden file."""
    return [msgspec.json.decode(line, type=GoldenLine) for line in FILE.read_bytes().splitlines()]


def line_of(event: Event) -> str:
    """An event as a line of the golden file."""
    row = mapper().to_stored_event(event)
    line = {"topic": row.topic, "stream": row.originator_id, "version": row.originator_version}
    line["state"] = json.loads(row.state)
    if isinstance(event, Sealed):
        line["clear"] = json.loads(event.private)
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
