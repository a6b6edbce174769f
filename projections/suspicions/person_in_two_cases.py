"""4 `person_in_two_cases`: a person paid for in one month in two cases."""

from __future__ import annotations

from collections.abc import Iterator

from projections.audit_book import AuditBook
from projections.suspicions import Query, Suspicion
from projections.suspicions._doubly_paid import doubly_paid


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Both cases' person codes are named; one person under two codes is one person."""
    return doubly_paid(book, lambda _one, _other: True)


QUERY = Query(
    4,
    "person_in_two_cases",
    "Person in two cases",
    "persons",
    "A person was paid for in one month in two cases.",
    "社会救助暂行办法 §9: one household, one case",
    find,
)
