"""What supervision lives on: officials and filings, applications, inspections, alerts, funds and grain stores.

None of it changes an amount. Names and free text are sealed with a person, or with the division's office, and
referenced here.
"""

from __future__ import annotations

from datetime import date
from typing import Self
from urllib.parse import quote

import msgspec

from ledger.domain.event import Event, Recorded
from ledger.values.month import Month


class TermRecorded(Event, frozen=True, kw_only=True):
    """A term of office; recorded again with the same `from_on` it replaces the one before."""

    TOPIC = "official.term_recorded"

    person: str
    role: str
    unit: str
    from_on: date
    to_on: date | None = None


class Filed(Event, frozen=True, kw_only=True):
    """The official filed that a case (division/case) is his relative's (民发〔2012〕220号 §14, §26)."""

    TOPIC = "official.filed"

    case: str
    filed_on: date


class Declared(Event, frozen=True, kw_only=True):
    """The official's yearly declaration of relatives; `nil` says that he has none."""

    TOPIC = "official.declared"

    declared_on: date
    nil: bool = False


class Applied(Event, frozen=True, kw_only=True):
    """An application, what came of it and when; the case where it led to one."""

    TOPIC = "application.recorded"

    person: str
    programme: str
    applied_on: date
    case: str | None = None
    outcome: str | None = None
    decided_on: date | None = None


class Inspected(Event, frozen=True, kw_only=True):
    """A joint inspection; scope, team and conclusion are sealed with the office."""

    TOPIC = "inspection.recorded"

    kind: str
    inspected_on: date
    scope: str | None = None
    team: str | None = None
    conclusion: str | None = None


class DrawnUnit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A case, or a relief, that a sample drew, with the programme that paid it."""

    programme: str
    case: str


class Sampled(Event, frozen=True, kw_only=True):
    """A sample was drawn for the inspection: enough to draw it again (`ledger/domain/sample.py`), and what came out.

    `programme` None: of all. It is no fact and cannot be voided: whoever draws until he likes it shows here.
    """

    TOPIC = "inspection.sampled"

    month: Month
    programme: str | None = None
    seed: str
    size: int
    population: int
    population_digest: str
    drawn: tuple[DrawnUnit, ...]


class Concluded(Event, frozen=True, kw_only=True):
    """The inspection's conclusion, sealed with the office, and the SHA-256 of its papers."""

    TOPIC = "inspection.concluded"

    concluded_on: date
    conclusion: str
    evidence: tuple[str, ...] = ()


class AlertRaised(Event, frozen=True, kw_only=True):
    """A suspicion from data matching; `detail` references the sealed dataset and text."""

    TOPIC = "alert.raised"

    person: str
    side: str
    raised_on: date
    detail: str


class AlertStepped(Event, frozen=True, kw_only=True):
    """What was done about an alert; `note` references the sealed outcome and evidence."""

    TOPIC = "alert.stepped"

    step: str
    done_on: date
    by: str | None = None
    note: str | None = None


class Appropriated(Event, frozen=True, kw_only=True):
    """Money that a level of government put into a fund."""

    TOPIC = "fund.appropriated"

    programme: str
    source: str
    amount_fen: int
    appropriated_on: date
    document: str | None = None


class StockMoved(Event, frozen=True, kw_only=True):
    """Grain into or out of a township's store."""

    TOPIC = "store.moved"

    mass_g: int
    moved_on: date
    direction: str
    document: str | None = None


class RegisterFactVoided(Event, frozen=True, kw_only=True):
    """The fact `of` of this stream counts as never known; `note` references the reason."""

    TOPIC = "register.fact_voided"

    of: str
    note: str | None = None


class Register(msgspec.Struct, frozen=True, gc=False):
    """The facts of one such stream that stand, in the order known."""

    stream: str
    version: int = 0
    standing: tuple[Event, ...] = ()

    def after(self, recorded: Recorded) -> Self:
        """The register with one more event."""
        event = recorded.event
        standing = (*self.standing, event)
        if isinstance(event, RegisterFactVoided):
            standing = tuple(known for known in self.standing if known.ref != event.of)
        return msgspec.structs.replace(self, version=event.originator_version, standing=standing)


REGISTERS = ("official", "application", "inspection", "alert", "fund", "store")
"""The kinds of streams kept as registers, by the first part of their names."""


def official(code: str) -> str:
    """The stream of an official; officials are known to all divisions."""
    return f"official/{code}"


def store(division: str, unit: str) -> str:
    """The stream of a grain store: its unit is a place's name, which may hold what stream names may not."""
    return register("store", division, quote(unit, safe=""))


def register(kind: str, division: str, code: str) -> str:
    """The stream of an application, inspection, alert, fund or grain store of a division."""
    return f"{kind}/{division}/{code}"
