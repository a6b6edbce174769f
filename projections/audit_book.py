"""The audit book: all that is known at a moment, folded once, in the words the audit queries use.

Built from the events alone, of every division: a household in one county may have a relative who is an official in
the next. Queries read it and change nothing. Payouts, persons and registers are read when a query first asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from itertools import groupby

from ledger.application import Ledger
from ledger.closing.apart import persons_of
from ledger.domain.batch import Batch
from ledger.domain.event import Recorded
from ledger.domain.payout import ARREARS, GrainAllocated
from ledger.domain.person import PersonFile, Related
from ledger.domain.relief import Relief
from ledger.domain.supervision import Register, TermRecorded
from ledger.entitlement.due import Due
from ledger.entitlement.entitled import due
from ledger.entitlement.household import Household
from ledger.entitlement.roll import reasons
from ledger.entitlement.rule_book import RuleBook
from ledger.values.identifiers import eighteen_digits
from ledger.values.month import Month
from projections.audit_case import AuditedCase
from projections.audit_facts import id_numbers, person_facts, registers
from projections.audit_kin import AuditKin
from projections.audit_payouts import AuditedPayout, read_payouts


class AuditBook:
    """Everything known before a log position, of every division; `today` is the day audits are made on."""

    def __init__(self, ledger: Ledger, before: int, today: date) -> None:
        self.ledger = ledger
        self.before = before
        self.today = today
        self.batches = _batches(ledger, before)
        self.cases = {
            name: AuditedCase(division, code, events, lambda: self._payouts)
            for (name, division, code), events in _case_streams(ledger, before)
        }
        self.reliefs = _reliefs(ledger, before)
        self._rules: dict[str, RuleBook] = {}
        self._household: tuple[AuditedCase, Household] | None = None

    @cached_property
    def _payouts(self) -> dict[str, list[AuditedPayout]]:
        return read_payouts(self.ledger, self.batches, self.before)

    @property
    def relief_payouts(self) -> dict[str, AuditedPayout]:
        """The payouts of reliefs by relief."""
        return {name: found[0] for name, found in self._payouts.items() if name.startswith("relief/")}

    @cached_property
    def persons(self) -> dict[str, PersonFile]:
        """The file of everybody who is named anywhere."""
        codes = {code for case in self.cases.values() for code in case.file.people()}
        codes |= {relief.granted.person for relief in self.reliefs.values() if relief.granted}
        codes |= {r.event.originator_id.removeprefix("person/") for r in self.person_facts}
        codes |= {r.event.to_person for r in self.person_facts if isinstance(r.event, Related)}
        said = (event for register in self.registers.values() for event in register.standing)
        codes |= {event.person for event in said if isinstance(event, TermRecorded)}
        return persons_of(self.ledger, codes, self.before)

    @cached_property
    def person_facts(self) -> list[Recorded]:
        """Relations, matches and monitoring of all persons that stand, in the order of the log."""
        return person_facts(self.ledger, self.before)

    @cached_property
    def registers(self) -> dict[str, Register]:
        """Officials, applications, inspections, alerts, funds and stores, by stream."""
        return registers(self.ledger, self.before)

    def person(self, code: str) -> PersonFile:
        """A person's file, empty where nothing is known."""
        return self.persons.get(code) or PersonFile(code)

    @cached_property
    def _identities(self) -> dict[str, str]:
        by_number: dict[str, str] = {}
        numbers = sorted(id_numbers(self.ledger, self.before).items())
        return {code: by_number.setdefault(eighteen_digits(number), code) for code, number in numbers}

    def identity(self, code: str) -> str:
        """One code for a person under several codes with one ID number (15 digits equal their 18-digit form)."""
        return self._identities.get(code, code)

    def codes_of(self, identity: str) -> list[str]:
        """Every code of a person, in order."""
        return sorted({identity, *(code for code, same in self._identities.items() if same == identity)})

    def rules(self, division: str) -> RuleBook:
        """The policy of a division as known."""
        if division not in self._rules:
            self._rules[division] = self.ledger.rule_book(division, before=self.before)
        return self._rules[division]

    def household(self, case: AuditedCase) -> Household:
        """A case with its persons, as known; the last one asked for is kept: queries go case by case."""
        if self._household is None or self._household[0] is not case:
            persons = {code: self.person(code) for code in case.file.people()}
            self._household = case, Household(case.file, persons)
        return self._household[1]

    def due(self, case: AuditedCase, month: Month) -> Due:
        """What a case is due for a month as known."""
        return due(self.household(case), self.rules(case.division), month)

    def due_total(self, case: AuditedCase, month: Month) -> int:
        """The sum of it, also for months before our books begin; nothing for a case that is not enrolled."""
        if month not in case.due_totals:
            case.due_totals[month] = self.due(case, month).total_fen if case.known else 0
        return case.due_totals[month]

    def closed_months(self, case: AuditedCase) -> list[Month]:
        """The closed months of a case's programme, from the opening of the books on."""
        rules = self.rules(case.division)
        opening = rules.opening(case.file.programme)
        return sorted(m for m in rules.closed(case.file.programme) if opening is None or m >= opening)

    @property
    def month(self) -> Month:
        """Today's month."""
        return Month.of(self.today)

    def all_payouts(self) -> Iterator[AuditedPayout]:
        """Every payout, of cases and of reliefs."""
        for case in self.cases.values():
            yield from case.payouts
        yield from self.relief_payouts.values()

    @cached_property
    def grain_allocated(self) -> dict[tuple[str, str, Month], tuple[int, str]]:
        """Grams allocated by division, case and month, with the event."""
        return {
            (event.division, event.case, event.month): (event.mass_g, event.ref)
            for recorded in self.ledger.events_log.below("grain/", before=self.before)
            if isinstance(event := recorded.event, GrainAllocated)
        }

    @cached_property
    def kin(self) -> AuditKin:
        """Who is whose relative, and which of them hold office and have filed."""
        return AuditKin.of(self.person_facts, self.known_cases(), self.registers, self.identity)

    def kin_scope(self, division: str, month: Month) -> frozenset[str]:
        """The relation codes of close relatives for the cases of a division in a month."""
        return frozenset(self.rules(division).parameter("kin_scope", month))

    def computable_cases(self) -> Iterator[AuditedCase]:
        """The enrolled cases whose due can be computed anew: nobody's data were erased."""
        return (case for case in self.known_cases() if not self.household(case).erased)

    def due_because(self, case: AuditedCase, month: Month) -> tuple[str, ...]:
        """The events that what a case is due for a month rests on; where nothing is due, those that ended it."""
        return reasons(self.household(case), self.due(case, month), ARREARS)

    def known_cases(self) -> Iterator[AuditedCase]:
        """The cases that are enrolled."""
        return (case for case in self.cases.values() if case.known)


def _case_streams(ledger: Ledger, before: int) -> Iterator[tuple[tuple[str, str, str], list[Recorded]]]:
    streams = groupby(ledger.events_log.below("case/", before=before), key=lambda r: r.event.originator_id)
    for stream, events in streams:
        _, division, code = stream.split("/")
        yield (f"{division}/{code}", division, code), list(events)


def _batches(ledger: Ledger, before: int) -> dict[str, Batch]:
    found: dict[str, Batch] = {}
    for recorded in ledger.events_log.below("batch/", before=before):
        stream = recorded.event.originator_id
        _, division, month, programme = stream.split("/")
        batch = found.get(stream) or Batch(division, Month.parse(month), programme)
        found[stream] = batch.after(recorded)
    return found


def _reliefs(ledger: Ledger, before: int) -> dict[str, Relief]:
    found: dict[str, Relief] = {}
    for recorded in ledger.events_log.below("relief/", before=before):
        stream = recorded.event.originator_id
        found[stream] = (found.get(stream) or Relief(stream.rpartition("/")[2])).after(recorded)
    return {stream: relief for stream, relief in found.items() if relief.granted is not None}
