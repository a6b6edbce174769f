"""Inspections: as folded from their registers; the sample drawn for one, its conclusion."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby

import msgspec

from ledger.application import Decision, Ledger
from ledger.domain.event import Event
from ledger.domain.sample import Sample
from ledger.domain.supervision import Concluded, DrawnUnit, Inspected, Register, Sampled, register
from ledger.errors import Refused
from ledger.office import noted
from ledger.quiet_moment import in_a_quiet_moment
from ledger.values.month import Month, day_of

PREFIX = "inspection/"


class Inspection(msgspec.Struct, frozen=True):
    """An inspection that stands: how it began, what was drawn for it, how it ended."""

    division: str
    code: str
    version: int
    begun: Inspected
    samples: tuple[Sampled, ...]
    concluded: Concluded | None

    @property
    def conclusion(self) -> str | None:
        """The reference of its conclusion, given with the inspection or later."""
        return self.concluded.conclusion if self.concluded else self.begun.conclusion

    @property
    def next_ref(self) -> str:
        """The reference its next event will have."""
        return f"{self.begun.originator_id}@{self.version + 1}"


def inspections(ledger: Ledger, division: str) -> Iterator[Inspection]:
    """The inspections of a division that stand, in the order of their codes."""
    events = ledger.events_log.below(f"{PREFIX}{division}/")
    for name, group in groupby(events, key=lambda recorded: recorded.event.originator_id):
        known = Register(name)
        for recorded in group:
            known = known.after(recorded)
        found = _inspection(known)
        if found is not None:
            yield found


def inspection(ledger: Ledger, division: str, code: str) -> Inspection:
    """One inspection.

    Raises:
        Refused: `register.unknown`.
    """
    known = Register(register("inspection", division, code))
    for recorded in ledger.events_log.streams([known.stream]):
        known = known.after(recorded)
    found = _inspection(known)
    if found is None:
        raise Refused(
            "register.unknown",
            f"inspection {code} of division {division}",
            found="nothing recorded under this code",
            expected="an inspection recorded before, by a fact `inspection`",
        )
    return found


def record_sample(
    ledger: Ledger, division: str, code: str, month: Month, programme: str | None, drawn: Sample
) -> bool:
    """Puts a sample on an inspection's record; False where the very same stands there.

    Raises:
        Refused: `register.unknown`, `inspection.concluded`, `record.busy`.
    """

    def once() -> bool:
        known = inspection(ledger, division, code)
        event = Sampled(
            originator_id=known.begun.originator_id, originator_version=known.version + 1, actor=ledger.actor,
            month=month, programme=programme, seed=drawn.seed, size=drawn.size, population=len(drawn.population),
            population_digest=drawn.population_digest,
            drawn=tuple(DrawnUnit(unit.programme, unit.case) for unit in drawn.drawn),
        )  # fmt: skip
        if any(_said(event) == _said(before) for before in known.samples):
            return False
        require_going_on(known)
        ledger.append(Decision(event.originator_id, [event]), ())
        return True

    return in_a_quiet_moment(f"inspection {code} of division {division}", once)


def conclude(
    ledger: Ledger, division: str, code: str, text: str, *, evidence: tuple[str, ...] = (), on: date | None = None
) -> Inspection:
    """Records an inspection's conclusion, sealed with the office; `on` None: today.

    Raises:
        Refused: `register.unknown`, `inspection.concluded`, `inspection.day`, `record.busy`.
    """

    def once() -> Inspection:
        known = inspection(ledger, division, code)
        require_going_on(known)
        moment = ledger.now(not_before=on)
        day = on or day_of(moment)
        if not known.begun.inspected_on <= day <= day_of(moment):
            raise Refused(
                "inspection.day",
                f"inspection {code} of division {division}",
                found=f"a conclusion of {day}",
                expected=f"a day from {known.begun.inspected_on} to {day_of(moment)}",
            )
        note = noted(ledger, division, text, known.next_ref)
        event = Concluded(
            originator_id=known.begun.originator_id, originator_version=known.version + 1, actor=ledger.actor,
            concluded_on=day, conclusion=note.ref, evidence=evidence,
        )  # fmt: skip
        ledger.append(Decision(event.originator_id, [note, event]), (), clock=lambda: moment)
        return inspection(ledger, division, code)

    return in_a_quiet_moment(f"inspection {code} of division {division}", once)


def require_going_on(known: Inspection) -> None:
    """Refuses an inspection that has a conclusion.

    Raises:
        Refused: `inspection.concluded`.
    """
    if known.conclusion is not None:
        ref = known.concluded.ref if known.concluded else known.begun.ref
        raise Refused(
            "inspection.concluded",
            f"inspection {known.code} of division {known.division}",
            found=f"a conclusion already, {ref}",
            expected="an inspection that goes on",
            hint="A conclusion that was wrong is voided first (a fact `void` of that reference).",
        )


def _said(event: Sampled) -> tuple[object, ...]:
    return event.month, event.programme, event.seed, event.size, event.population_digest, event.drawn


def _inspection(known: Register) -> Inspection | None:
    def last(kind: type[Event]) -> Event | None:
        return next((event for event in reversed(known.standing) if isinstance(event, kind)), None)

    begun, concluded = last(Inspected), last(Concluded)
    if not isinstance(begun, Inspected):
        return None
    _, division, code = known.stream.split("/")
    samples = tuple(event for event in known.standing if isinstance(event, Sampled))
    ended = concluded if isinstance(concluded, Concluded) else None
    return Inspection(division, code, known.version, begun, samples, ended)
