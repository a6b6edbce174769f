"""Persons in the audit: who stands in a case, and what other departments know of those paid for."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator

from ledger.values.month import Month
from projections.audit_book import AuditBook
from projections.audit_case import AuditedCase
from projections.audit_facts import Match, matches
from projections.suspicions import Suspicion, about_case

Above = Callable[[str, Month, str | None], bool]


def people_in_cases(book: AuditBook) -> Iterator[tuple[AuditedCase, str]]:
    """Everybody who ever was a member of a case that stands, with the first such case; each once."""
    seen: set[str] = set()
    for case in book.known_cases():
        for join in case.file.joins:
            if join.person not in seen:
                seen.add(join.person)
                yield case, join.person


def cases_of(book: AuditBook, identities: Container[str]) -> Iterator[AuditedCase]:
    """The cases that stand and ever had one of these as a member: the others need no look at their payments."""
    for case in book.known_cases():
        if any(book.identity(person) in identities for person in case.everybody):
            yield case


def matches_by_person(book: AuditBook, datasets: set[str]) -> dict[tuple[str, Month], list[Match]]:
    """The matches of some datasets by the person's identity and month."""
    found: dict[tuple[str, Month], list[Match]] = {}
    for match in matches(book.person_facts):
        if match.dataset in datasets:
            found.setdefault((book.identity(match.person), match.month), []).append(match)
    return found


def matched(book: AuditBook, datasets: set[str], above: Above | None = None) -> Iterator[Suspicion]:
    """Cases with a person paid for in a month with a match of that month; with `above` only where it says so."""
    by_person = matches_by_person(book, datasets)
    for case in cases_of(book, {identity for identity, _ in by_person}):
        for paid in case.paid_for:
            for person in case.insured_when(paid):
                for match in by_person.get((book.identity(person), paid.month), ()):
                    if above is None or above(case.division, paid.month, match.value):
                        detail = f"person {person}: {match.dataset} match of {match.month}"
                        yield about_case(
                            case, (match.ref, paid.ref), detail, month=paid.month, amount_fen=paid.fen
                        )
