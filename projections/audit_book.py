"""The audit book: all that is known at a moment, folded once, in the words the audit queries use.

Built from the events alone, of every division: a household in one county may have a relative who is an official in
the next. Queries read it and change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from itertools import groupby

from ledger.apart import persons_of
from ledger.application import Ledger
from ledger.domain.batch import Batch
from ledger.domain.case import Enrolled, MemberJoined, PaymentImported
from ledger.domain.case_file import CaseFile
from ledger.domain.event import Event, Recorded
from ledger.domain.payout import ARREARS, RECOVERY, GrainAllocated, Payout, PayoutIssued, PayoutReissued
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
from projections.audit_facts import person_facts, registers
from projections.audit_kin import AuditKin


class PaidFor:
    """Money issued for one month of a case: by one payout of a close, or by an import; above zero."""

    __slots__ = ("fen", "imported", "issued_on", "known_at", "month", "payout", "ref")

    def __init__(
        self, month: Month, fen: int, issued_on: date, known_at: int, ref: str, payout: AuditedPayout | None
    ) -> None:
        """`known_at`: what stands before this log position was known when the money was issued."""
        self.month = month
        self.fen = fen
        self.issued_on = issued_on
        self.known_at = known_at
        self.ref = ref
        self.payout = payout
        self.imported = payout is None

    @property
    def issued_at(self) -> int:
        """The log position at which it was issued."""
        return self.payout.position if self.payout is not None else self.known_at - 1


class AuditedPayout:
    """A payout with its whole stream, and what was known when it was issued."""

    def __init__(self, events: Sequence[Recorded], frozen_at: int) -> None:
        issued = events[0].event
        assert isinstance(issued, PayoutIssued)
        self.issued = issued
        self.position = events[0].position
        self.frozen_at = frozen_at
        self.later = [recorded.event for recorded in events[1:]]
        self.state = Payout.begin(issued)
        for recorded in events[1:]:
            self.state = self.state.after(recorded)

    @property
    def went_out(self) -> bool:
        """Whether it was more than a booking, and not cancelled: returned money still counts."""
        return self.issued.amount_fen > 0 and self.state.cancellation is None

    def later_of(self, kind: type[Event]) -> list[Event]:
        """The later events of a kind."""
        return [event for event in self.later if isinstance(event, kind)]

    def accounts(self) -> list[str]:
        """The accounts it was sent to, by reference."""
        sent = [self.issued.account, *(e.account for e in self.later if isinstance(e, PayoutReissued))]
        return [account for account in dict.fromkeys(sent) if account is not None]


class AuditedCase:
    """A case: as known now, as known when its money was issued, and what it was paid."""

    def __init__(
        self, division: str, code: str, events: Sequence[Recorded], payouts: Sequence[AuditedPayout]
    ) -> None:
        self.division = division
        self.code = code
        self.events = events
        self.payouts = payouts
        self._files: dict[int, CaseFile] = {}
        self.file = self.file_at(None)
        self.due_totals: dict[Month, int] = {}
        """What the case is due as known now, for months that were asked for."""

    def file_at(self, before: int | None) -> CaseFile:
        """The case file before a log position (None: as known now)."""
        known = [r for r in self.events if before is None or r.position < before]
        found = self._files.get(len(known))
        if found is None:
            found = CaseFile(self.division, self.code)
            for recorded in known:
                found = found.after(recorded)
            self._files[len(known)] = found
        return found

    @property
    def known(self) -> bool:
        """Whether an enrolment stands."""
        return self.file.known

    def event(self, ref: str) -> Event:
        """The event of a reference in the case's stream."""
        return next(r.event for r in self.events if r.event.ref == ref)

    @cached_property
    def imports(self) -> list[tuple[PaymentImported, int]]:
        """The imported payments that stand, with their log positions."""
        standing = {made.ref for made in self.file.imports}
        return [
            (r.event, r.position)
            for r in self.events
            if isinstance(r.event, PaymentImported) and r.event.ref in standing
        ]

    @cached_property
    def enrolment(self) -> Enrolled:
        """The enrolment that stands."""
        event = self.event(self.file.granted.ref)
        assert isinstance(event, Enrolled)
        return event

    @cached_property
    def paid_for(self) -> list[PaidFor]:
        """Money issued for months: own due and arrears of payouts that went out, imports; oldest month first."""
        found = []
        for payout in self.payouts:
            if not payout.went_out:
                continue
            sums: dict[Month, int] = {}
            for line in payout.issued.lines:
                if line.component != RECOVERY:
                    sums[line.for_month] = sums.get(line.for_month, 0) + line.amount_fen
            issued_on = payout.issued.recorded_on
            found += [
                PaidFor(month, fen, issued_on, payout.frozen_at, payout.issued.ref, payout)
                for month, fen in sums.items()
                if fen > 0
            ]
        found += [
            PaidFor(made.month, made.amount_fen, made.paid_on, position + 1, made.ref, None)
            for made, position in self.imports
            if made.amount_fen > 0
        ]
        return sorted(found, key=lambda paid: (paid.month, paid.known_at))

    @cached_property
    def booked(self) -> dict[Month, int]:
        """Per month all that counts as paid, recoveries taken off: closes, bookings too, and imports."""
        sums: dict[Month, int] = {}
        for payout in self.payouts:
            if payout.state.cancellation is None:
                for line in payout.issued.lines:
                    sums[line.for_month] = sums.get(line.for_month, 0) + line.amount_fen
        for made, _ in self.imports:
            sums[made.month] = sums.get(made.month, 0) + made.amount_fen
        return sums

    def payments_of(self, month: Month) -> list[str]:
        """The payouts, bookings and imports that count for a month, by reference; cancelled ones do not."""
        found = [
            payout.issued.ref
            for payout in self.payouts
            if payout.state.cancellation is None and any(line.for_month == month for line in payout.issued.lines)
        ]
        return found + [made.ref for made, _ in self.imports if made.month == month]

    @cached_property
    def everybody(self) -> frozenset[str]:
        """Everybody who was ever recorded as a member, what was voided since included."""
        found: set[str] = set()
        for recorded in self.events:
            event = recorded.event
            if isinstance(event, Enrolled):
                found.update(member.person for member in event.members)
            elif isinstance(event, MemberJoined):
                found.add(event.member.person)
        return frozenset(found)

    def insured_when(self, paid: PaidFor) -> list[str]:
        """The persons money was issued for: those insured in its month by what was known then.

        An import counts the case's insured members whether it still stood or not; the dead too, unless its count
        of persons is the number without them.
        """
        household = Household(self.file_at(paid.known_at), {})
        alive = [stay.person for stay in household.insured(paid.month)]
        if not paid.imported:
            return alive
        dead = [
            stay.person
            for stay in household.stays
            if stay.insured and stay.died and stay.last is not None and stay.last < paid.month
        ]
        imported = self.event(paid.ref)
        assert isinstance(imported, PaymentImported)
        if imported.persons == len(alive):
            return alive
        return list(dict.fromkeys((*alive, *dead)))


class AuditBook:
    """Everything known before a log position, of every division; `today` is the day audits are made on."""

    def __init__(self, ledger: Ledger, before: int, today: date, *, payments: bool = True) -> None:
        """Without `payments` no payout is read: for what is asked of persons and cases alone."""
        self.ledger = ledger
        self.before = before
        self.today = today
        self.batches = _batches(ledger, before)
        payouts = _payouts(ledger, self.batches, before) if payments else {}
        self.cases = {
            name: AuditedCase(division, code, events, payouts.pop(name, ()))
            for (name, division, code), events in _case_streams(ledger, before)
        }
        self.relief_payouts = {name: found[0] for name, found in payouts.items() if name.startswith("relief/")}
        self.reliefs = _reliefs(ledger, before)
        self._rules: dict[str, RuleBook] = {}
        self._household: tuple[AuditedCase, Household] | None = None

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
        found = {}
        for code, file in sorted(self.persons.items()):
            number = file.current.id_number
            key = eighteen_digits(number) if number else None
            found[code] = by_number.setdefault(key, code) if key else code
        return found

    def identity(self, code: str) -> str:
        """One code for a person under several codes with one ID number (15 digits equal their 18-digit form)."""
        return self._identities.get(code, code)

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
        return AuditKin.of(self)

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


def _payouts(ledger: Ledger, batches: Mapping[str, Batch], before: int) -> dict[str, list[AuditedPayout]]:
    """Payouts by case (`division/case`) or relief (`relief/division/code`), oldest first."""
    found: dict[str, list[AuditedPayout]] = {}
    streams = groupby(ledger.events_log.below("payout/", before=before), key=lambda r: r.event.originator_id)
    for stream, group in streams:
        events = list(group)
        issued = events[0].event
        assert isinstance(issued, PayoutIssued)
        batch = batches.get(f"batch/{issued.division}/{issued.month}/{issued.programme}")
        frozen_at = batch.frozen_at if batch and batch.frozen_at is not None else events[0].position
        prefix = "relief/" if stream.startswith("payout/relief/") else ""
        name = f"{prefix}{issued.division}/{issued.case}"
        found.setdefault(name, []).append(AuditedPayout(events, frozen_at))
    for payouts in found.values():
        payouts.sort(key=lambda payout: payout.position)
    return found


def _reliefs(ledger: Ledger, before: int) -> dict[str, Relief]:
    found: dict[str, Relief] = {}
    for recorded in ledger.events_log.below("relief/", before=before):
        stream = recorded.event.originator_id
        found[stream] = (found.get(stream) or Relief(stream.rpartition("/")[2])).after(recorded)
    return {stream: relief for stream, relief in found.items() if relief.granted is not None}
