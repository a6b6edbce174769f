"""Persons paid for in one month in two cases of some kinds; what three queries share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

from ledger.values.month import Month
from projections.audit_book import AuditBook, AuditedCase
from projections.suspicions import Suspicion, about_person


def doubly_paid(book: AuditBook, clash: Callable[[str, str], bool]) -> Iterator[Suspicion]:
    """Each person (every code of his) paid for in one month in two cases whose programmes clash."""
    found: dict[tuple[str, Month], list[tuple[str, AuditedCase, str]]] = {}
    for case in book.known_cases():
        for paid in case.paid_for:
            for person in case.insured_when(paid):
                found.setdefault((book.identity(person), paid.month), []).append((person, case, paid.ref))
    for (_, month), seen in found.items():
        for one, other in combinations(seen, 2):
            if one[1] is other[1] or not clash(one[1].file.programme, other[1].file.programme):
                continue
            for (person, case, _), (_, second, _) in ((one, other), (other, one)):
                detail = f"paid for in case {case.code} and in case {second.code} of division {second.division}"
                yield about_person(person, case, (one[2], other[2]), detail, month)
