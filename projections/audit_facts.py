"""The facts of supervision that stand: registers, relations, matches; read from the log for the audit book."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from ledger.application import Ledger
from ledger.domain.case import CaseFactVoided, Visited
from ledger.domain.event import Recorded
from ledger.domain.person import (
    ERASED,
    Described,
    Matched,
    MatchedData,
    Monitored,
    Particulars,
    PersonFactVoided,
    Related,
    open_private,
)
from ledger.domain.supervision import REGISTERS, Filed, Register, TermRecorded
from ledger.kinship import StatedRelation
from ledger.values.month import Month


class Match(msgspec.Struct, frozen=True):
    """Another department's data on a person in a month."""

    person: str
    month: Month
    dataset: str
    value: str | None
    ref: str


class Term(msgspec.Struct, frozen=True):
    """A term of office of an official."""

    official: str
    person: str
    role: str
    unit: str
    from_on: date
    to_on: date | None
    ref: str

    def holds_on(self, day: date) -> bool:
        """Whether the official is in office on a day."""
        return self.from_on <= day and (self.to_on is None or day <= self.to_on)


class Filing(msgspec.Struct, frozen=True):
    """A close-relative filing; it counts from the day it was recorded, for imports from its own day."""

    official: str
    case: str
    filed_on: date
    recorded_on: date
    ref: str


def registers(ledger: Ledger, before: int) -> dict[str, Register]:
    """All registers by stream."""
    found: dict[str, Register] = {}
    for kind in REGISTERS:
        for recorded in ledger.events_log.below(f"{kind}/", before=before):
            stream = recorded.event.originator_id
            found[stream] = (found.get(stream) or Register(stream)).after(recorded)
    return found


def person_facts(ledger: Ledger, before: int) -> list[Recorded]:
    """Relations, matches and monitoring that stand, in the order of the log."""
    topics = [Related.TOPIC, Matched.TOPIC, Monitored.TOPIC, PersonFactVoided.TOPIC]
    found: dict[str, Recorded] = {}
    for recorded in ledger.events_log.of_topics(topics, before=before):
        event = recorded.event
        if isinstance(event, PersonFactVoided):
            found.pop(event.of, None)
        else:
            found[event.ref] = recorded
    return list(found.values())


def id_numbers(ledger: Ledger, before: int) -> dict[str, str]:
    """The ID number of every person who has one, as known last, read without the rest of his file."""
    told: dict[str, dict[str, str]] = {}
    topics = [Described.TOPIC, PersonFactVoided.TOPIC]
    for recorded in ledger.events_log.below("person/", before=before, topics=topics):
        event = recorded.event
        person = event.originator_id.removeprefix("person/")
        if isinstance(event, PersonFactVoided):
            told.get(person, {}).pop(event.of, None)
        elif isinstance(event, Described) and event.private != ERASED:
            number = open_private(event, Particulars).id_number
            if number is not None:
                told.setdefault(person, {}).pop(event.cause, None)
                told[person][event.cause] = number
    return {person: next(reversed(numbers.values())) for person, numbers in told.items() if numbers}


def matches(facts: list[Recorded]) -> list[Match]:
    """The matches among them."""
    found = []
    for recorded in facts:
        event = recorded.event
        if isinstance(event, Matched) and event.private:
            data = open_private(event, MatchedData)
            person = event.originator_id.removeprefix("person/")
            found.append(Match(person, event.month, data.dataset, data.value, event.ref))
    return found


def terms(found: Mapping[str, Register]) -> list[Term]:
    """Terms of office; recorded again with the same `from` a term replaces the one before."""
    latest: dict[tuple[str, date], Term] = {}
    for stream, register in found.items():
        if not stream.startswith("official/"):
            continue
        code = stream.removeprefix("official/")
        for event in register.standing:
            if isinstance(event, TermRecorded):
                term = Term(code, event.person, event.role, event.unit, event.from_on, event.to_on, event.ref)
                latest[code, event.from_on] = term
    return list(latest.values())


def filings(found: Mapping[str, Register]) -> list[Filing]:
    """Close-relative filings."""
    return [
        Filing(stream.removeprefix("official/"), event.case, event.filed_on, event.recorded_on, event.ref)
        for stream, register in found.items()
        for event in register.standing
        if isinstance(event, Filed)
    ]


def relations(facts: Iterable[Recorded]) -> list[StatedRelation]:
    """The recorded relations; recorded again for the same two persons, code and `from` one replaces the other."""
    latest: dict[tuple[str, str, str, date | None], StatedRelation] = {}
    for recorded in facts:
        event = recorded.event
        if isinstance(event, Related):
            person = event.originator_id.removeprefix("person/")
            latest[person, event.to_person, event.code, event.from_on] = StatedRelation(
                person, event.to_person, event.code, event.from_on, event.to_on, event.ref
            )
    return list(latest.values())


def home_visits(events: Iterable[Recorded]) -> list[date]:
    """The days of the county's visits that stand among a case's events."""
    visits: dict[str, date] = {}
    for recorded in events:
        event = recorded.event
        if isinstance(event, Visited):
            visits[event.ref] = event.visited_on
        elif isinstance(event, CaseFactVoided):
            visits.pop(event.of, None)
    return sorted(visits.values())
