"""3 `dibao_and_tekun`: a person paid for in dibao and in tekun in one month."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.domain.case import TEKUN
from projections.audit_book import AuditBook
from projections.suspicions import Query, Suspicion
from projections.suspicions._doubly_paid import doubly_paid


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Both cases' person codes are named; one person under two codes is one person."""
    return doubly_paid(book, lambda one, other: (one == TEKUN) != (other == TEKUN))


QUERY = Query(
    3,
    "dibao_and_tekun",
    "Dibao and tekun together",
    "persons",
    "A person was paid for in one month in a dibao and in a tekun case.",
    "特困人员认定办法: exclusive with dibao in the same month",
    find,
)
