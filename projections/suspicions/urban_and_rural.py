"""2 `urban_and_rural`: a person paid for in urban and in rural dibao in one month."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.domain.case import DIBAO_RURAL, DIBAO_URBAN
from projections.audit_book import AuditBook
from projections.suspicions import Query, Suspicion
from projections.suspicions._doubly_paid import doubly_paid


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Both cases' person codes are named; one person under two codes is one person."""
    return doubly_paid(book, lambda one, other: {one, other} == {DIBAO_URBAN, DIBAO_RURAL})


QUERY = Query(
    2,
    "urban_and_rural",
    "Urban and rural dibao together",
    "persons",
    "A person was paid for in one month in an urban and in a rural case.",
    "社会救助暂行办法 §9; 民发〔2021〕57号",
    find,
)
