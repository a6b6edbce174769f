"""Kinship for audits: one graph of all that is stated, who of it holds office, and what was filed.

Persons are identities here: one code for a person under several codes with one ID number. docs/rules.md R18.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from ledger.domain.event import Recorded
from ledger.domain.supervision import Register
from ledger.kinship import KinGraph, Kinship, StatedRelation, relations_to_head
from projections.audit_case import AuditedCase
from projections.audit_facts import Filing, Term, filings, relations, terms


class Tie(NamedTuple):
    """What somebody is to an official; no kinship: he is the official himself."""

    official: str
    kinship: Kinship | None


class AuditKin:
    """The graph of all relations known, with offices and filings."""

    def __init__(
        self,
        stated: Iterable[StatedRelation],
        offices: Iterable[Term],
        filed: Iterable[Filing],
        identity: Callable[[str], str],
    ) -> None:
        self.stated = [replace(s, person=identity(s.person), to_person=identity(s.to_person)) for s in stated]
        self.graph = KinGraph(self.stated)
        self.offices: dict[str, list[Term]] = defaultdict(list)
        self._persons: dict[str, set[str]] = defaultdict(set)
        for term in offices:
            self.offices[identity(term.person)].append(term)
            self._persons[term.official].add(identity(term.person))
        self._filings: dict[tuple[str, str], list[Filing]] = defaultdict(list)
        for filing in filed:
            for person in self._persons.get(filing.official, ()):
                self._filings[filing.case, person].append(filing)
        self._families = _Families(self.stated)
        self._concerned = self._families.of_any(self.offices)
        self._close: dict[tuple[str, int, frozenset[str]], dict[str, Kinship]] = {}
        self._tied: dict[tuple[date, frozenset[str]], dict[str, list[Tie]]] = {}

    @classmethod
    def of(
        cls,
        person_facts: Iterable[Recorded],
        cases: Iterable[AuditedCase],
        registers: Mapping[str, Register],
        identity: Callable[[str], str],
    ) -> AuditKin:
        """From what is known of persons, of cases that are enrolled and of officials."""
        stated = relations(person_facts)
        stated += [relation for case in cases for relation in _in_household(case)]
        return cls(stated, terms(registers), filings(registers), identity)

    def concerns(self, persons: Iterable[str]) -> bool:
        """Whether any of them is an official, or linked to one by relations of any kind and time."""
        return not self._concerned.isdisjoint(persons)

    def close_relatives(self, person: str, on: date, scope: frozenset[str]) -> Mapping[str, Kinship]:
        """Everyone in scope for a person on a day, with the shortest kinship that is."""
        span = self._families.span(person, on)
        if span is None:
            return {}
        found = self._close.get((person, span, scope))
        if found is None:
            found = self._close[person, span, scope] = self.graph.close_relatives(person, on, scope)
        return found

    def tied(self, on: date, scope: frozenset[str]) -> Mapping[str, list[Tie]]:
        """Everyone who is an official in office on a day, or a close relative of one."""
        found = self._tied.get((on, scope))
        if found is None:
            found = self._tied[on, scope] = defaultdict(list)
            for official in self.offices:
                if self.office(official, on) is not None:
                    found[official].append(Tie(official, None))
                    for relative, kinship in self.close_relatives(official, on, scope).items():
                        found[relative].append(Tie(official, kinship))
        return found

    def office(self, person: str, on: date) -> Term | None:
        """A term of office of a person on a day, the one that began first."""
        holding = (term for term in self.offices.get(person, ()) if term.holds_on(on))
        return min(holding, key=lambda term: (term.from_on, term.ref), default=None)

    def persons_of(self, official: str) -> set[str]:
        """Whom the terms of an official code are of."""
        return self._persons.get(official, set())

    def filings_of(self, case: str, official: str) -> list[Filing]:
        """The filings of a case (`division/case`) by a person, in whatever office."""
        return self._filings.get((case, official), [])


class _Families:
    """Persons linked by relations of whatever time, and the days on which anything changes among them."""

    def __init__(self, stated: Iterable[StatedRelation]) -> None:
        self._above: dict[str, str] = {}
        days: dict[str, set[date]] = defaultdict(set)
        for relation in stated:
            self._above[self._top(relation.to_person)] = self._top(relation.person)
        for relation in stated:
            changes = days[self._top(relation.person)]
            if relation.from_ is not None:
                changes.add(relation.from_)
            if relation.to is not None and relation.to < date.max:
                changes.add(relation.to + timedelta(days=1))
        self._days = {top: sorted(changes) for top, changes in days.items()}

    def _top(self, person: str) -> str:
        top = person
        while (above := self._above.setdefault(top, top)) != top:
            self._above[top] = self._above[above]
            top = above
        return top

    def span(self, person: str, on: date) -> int | None:
        """The stretch of days without a change that a day lies in; None for one without relations."""
        return bisect_right(self._days[self._top(person)], on) if person in self._above else None

    def of_any(self, persons: Iterable[str]) -> frozenset[str]:
        """These persons and everybody in their families."""
        asked = set(persons)
        tops = {self._top(person) for person in asked if person in self._above}
        return frozenset(asked | {person for person in [*self._above] if self._top(person) in tops})


def _in_household(case: AuditedCase) -> Iterator[StatedRelation]:
    """What each member is to the head the enrolment names."""
    head = case.file.granted.head
    for join in case.file.joins:
        if join.relation is not None:
            yield from relations_to_head(head, [(join.person, join.relation)], join.ref)


def told(kinship: Kinship) -> str:
    """A kinship in words: what one is to the other; where derived, how long the chain is and what is derived."""
    if not kinship.derived:
        return f"{_words(kinship)}, as stated"
    links = ", ".join(_words(link) for link in kinship.chain)
    between = [_words(part) for part in _derived_parts(kinship)]
    by_way_of = f"; derived on the way: {', '.join(between)}" if between else ""
    return f"{_words(kinship)}, derived by a chain of {len(kinship.chain)} stated links ({links}{by_way_of})"


def class_name(kinship: Kinship) -> str:
    """The class in words, or the code of a relation without one."""
    if kinship.class_ is not None:
        return kinship.class_.value.replace("_", " ")
    return f"relation {kinship.stated.code}" if kinship.stated else "relation"


def _words(kinship: Kinship) -> str:
    return f"{kinship.other} {class_name(kinship)} of {kinship.person}"


def _derived_parts(kinship: Kinship) -> Iterator[Kinship]:
    for part in kinship.parts:
        if part.derived:
            yield part
            yield from _derived_parts(part)
