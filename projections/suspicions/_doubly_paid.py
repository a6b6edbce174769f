"""Persons paid for in one month in two cases of some kinds; what three queries share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain, combinations

from ledger.values.month import Month
from projections.audit_book import AuditBook
from projections.audit_case import AuditedCase
from projections.audit_people import cases_of
from projections.suspicions import Suspicion, about_person


def doubly_paid(book: AuditBook, clash: Callable[[str, str], bool]) -> Iterator[Suspicion]:
    """Each person (every code of his) paid for in one month in two cases whose programmes clash.

    The first payment of a case for a month proves it, its later ones (arrears) add nothing.
    """
    found: dict[tuple[str, Month], dict[tuple[str, str, str], tuple[str, AuditedCase, str]]] = {}
    members = ({book.identity(person) for person in case.everybody} for case in book.known_cases())
    counted = Counter(chain.from_iterable(members))
    for case in cases_of(book, {identity for identity, cases in counted.items() if cases > 1}):
        for paid in case.paid_for:
            for person in case.insured_when(paid):
                seen = found.setdefault((book.identity(person), paid.month), {})
                seen.setdefault((case.division, case.code, person), (person, case, paid.ref))
    for (_, month), seen in found.items():
        for one, other in combinations(seen.values(), 2):
            if one[1] is other[1] or not clash(one[1].file.programme, other[1].file.programme):
                continue
            for (person, case, _), (_, second, _) in ((one, other), (other, one)):
                detail = f"paid for in case {case.code} and in case {second.code} of division {second.division}"
                yield about_person(person, case, (one[2], other[2]), detail, month)
