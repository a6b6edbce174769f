"""15 `in_custody`: paid for while in custody."""

from __future__ import annotations

from collections.abc import Iterator

from projections.audit_book import AuditBook
from projections.audit_people import matched
from projections.suspicions import Query, Suspicion


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Matches of the month in which the person was paid for."""
    return matched(book, {"prison", "detox"})


QUERY = Query(
    15,
    "in_custody",
    "In prison or compulsory detox",
    "cases",
    "A person paid for was in prison or compulsory detox in that month.",
    "民发〔2021〕57号: prisoners are no family members",
    find,
)
