"""The desk: the files at hand while facts are admitted, and the events that admitting them makes.

Pure: what is needed is put on it beforehand (`take`), what is decided lies on it afterwards (`events`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, TypeVar

from ledger.domain import book, case, person, policy
from ledger.domain.batch_events import Closed as BatchClosed
from ledger.domain.case_file import CaseFile
from ledger.domain.event import UNSTAMPED, Event, Origin, Recorded
from ledger.domain.payout import Payout, PayoutIssued
from ledger.domain.person import Note, Noted, PersonFile
from ledger.domain.policy import PolicyFile
from ledger.domain.relief import Relief, ReliefGranted
from ledger.domain.supervision import REGISTERS, Register
from ledger.errors import Refused
from ledger.values.identifiers import division_chain
from ledger.values.month import Month

Happened = TypeVar("Happened", bound=Event)


class Desk:
    """Files by stream, closed months by division and programme, and what has been decided so far."""

    def __init__(self) -> None:
        self.cases: dict[str, CaseFile] = {}
        self.persons: dict[str, PersonFile] = {}
        self.policies: dict[str, PolicyFile] = {}
        self.commands: dict[str, book.CommandDone] = {}
        self.reliefs: dict[str, Relief] = {}
        self.payouts: dict[str, Payout] = {}
        self._registers: dict[str, Register] = {}
        self.closed: dict[tuple[str, str], set[Month]] = {}
        self.events: list[Event] = []
        self.origin = Origin("")
        self.today = date.min
        self.recorded_at = UNSTAMPED
        self._versions: dict[str, int] = {}
        self._position = 0

    def start_fact(self, origin: Origin, today: date, recorded_at: datetime) -> None:
        """Says for whom, for which command and on which day the next fact is recorded."""
        self.origin, self.today, self.recorded_at = origin, today, recorded_at

    def take(self, recorded: Iterable[Recorded]) -> None:
        """Puts events on the desk: each is folded into the file of its stream."""
        for one in recorded:
            event, stream = one.event, one.event.originator_id
            self._position = max(self._position, one.position)
            self._versions[stream] = event.originator_version
            match stream.split("/"):
                case ["case", division, code]:
                    self.cases[stream] = (self.cases.get(stream) or CaseFile(division, code)).after(one)
                case ["person", code]:
                    self.persons[stream] = (self.persons.get(stream) or PersonFile(code)).after(one)
                case ["policy", division]:
                    self.policies[stream] = (self.policies.get(stream) or PolicyFile(division)).after(one)
                case ["command", *_]:
                    assert isinstance(event, book.CommandDone)
                    self.commands[stream] = event
                case ["relief", _, code]:
                    self.reliefs[stream] = (self.reliefs.get(stream) or Relief(code)).after(one)
                case ["payout", *_]:
                    self._take_payout(stream, one)
                case [kind, *_] if kind in REGISTERS:
                    self._registers[stream] = self.register(stream).after(one)
                case ["batch", division, month, programme] if isinstance(event, BatchClosed):
                    self.closed.setdefault((division, programme), set()).add(Month.parse(month))

    def _take_payout(self, stream: str, one: Recorded) -> None:
        known = self.payouts.get(stream)
        if isinstance(one.event, PayoutIssued):
            self.payouts[stream] = Payout.begin(one.event)
        elif known is not None:
            self.payouts[stream] = known.after(one)

    def emit(self, kind: type[Happened], stream: str, /, **fields: Any) -> Happened:
        """Decides an event: the next of its stream, folded at once so that the next fact sees it."""
        event = kind(
            originator_id=stream,
            originator_version=self._versions.get(stream, 0) + 1,
            recorded_at=self.recorded_at,
            actor=self.origin.actor,
            command_id=self.origin.command_id,
            correlation=self.origin.correlation,
            **fields,
        )
        self.events.append(event)
        self.take([Recorded(self._position + 1, event)])
        return event

    def emit_sealed(
        self, kind: type[Happened], code: str, part: Any, cause: str | None = None, /, **fields: Any
    ) -> Happened:
        """Decides a person's event with a private part; without a cause it is the fact's own event."""
        stream = person.stream(code)
        cause = cause or self.next_ref(stream)
        return self.emit(kind, stream, private=person.private(part), cause=cause, **fields)

    def note(self, code: str, text: str, cause: str) -> str:
        """Seals free text with a person and returns its reference."""
        return self.emit_sealed(Noted, code, Note(text), cause).ref

    def office_note(self, division: str | None, text: str | None, cause: str) -> str | None:
        """Seals free text that belongs to no person with the division's office; None for no text."""
        return self.note(person.office(division or ""), text, cause) if text else None

    def next_ref(self, stream: str) -> str:
        """The reference the next event of a stream will have."""
        return f"{stream}@{self._versions.get(stream, 0) + 1}"

    def case(self, division: str | None, code: str) -> CaseFile:
        """A case that is known.

        Raises:
            Refused: `case.unknown`.
        """
        found = self.cases.get(case.stream(division or "", code))
        if found is None or not found.known:
            raise Refused(
                "case.unknown",
                f"case {code} of division {division}",
                found="no enrolment",
                expected="a case enrolled before, or earlier in the file",
            )
        return found

    def person(self, code: str) -> PersonFile:
        """A person's file, empty where nothing is known."""
        return self.persons.get(person.stream(code)) or PersonFile(code)

    def granted(self, stream: str) -> ReliefGranted | None:
        """The grant of a relief that stands, None where there is none."""
        relief = self.reliefs.get(stream)
        return relief.granted if relief is not None else None

    def register(self, stream: str) -> Register:
        """A register's facts, empty where nothing is known."""
        return self._registers.get(stream) or Register(stream)

    def policy(self, division: str) -> PolicyFile:
        """A division's policy file, empty where nothing is known."""
        return self.policies.get(policy.stream(division)) or PolicyFile(division)

    def months_closed(self, division: str, programme: str | None = None) -> set[Month]:
        """Closed months of the division and those below it, of one programme or all."""
        return {
            month
            for (where, what), months in self.closed.items()
            if division in division_chain(where) and programme in (None, what)
            for month in months
        }


def divisions_touched(desk: Desk) -> frozenset[str]:
    """The divisions whose rolls the decided events may change; a higher one stands for all below it."""
    touched: set[str] = set()
    for event in desk.events:
        match event.originator_id.split("/"):
            case ["case" | "policy", division, *_]:
                touched.add(division)
            case ["person", _]:
                file = desk.persons[event.originator_id]
                touched |= {known.case.split("/")[0] for known in file.insured_in}
    return frozenset(touched)
