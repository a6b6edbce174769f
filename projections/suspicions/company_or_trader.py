"""13 `company_or_trader`: paid for while running a company or trading."""

from __future__ import annotations

from collections.abc import Iterator

from projections.audit_book import AuditBook
from projections.audit_people import matched
from projections.suspicions import Query, Suspicion


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Matches of the month in which the person was paid for."""
    return matched(book, {"company"})


QUERY = Query(
    13,
    "company_or_trader",
    "Company or trader",
    "cases",
    "A person paid for had a company or traded in that month.",
    "民发〔2021〕57号 §§10–12: household property",
    find,
)
