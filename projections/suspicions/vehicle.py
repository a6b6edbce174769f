"""11 `vehicle`: paid for while owning a vehicle."""

from __future__ import annotations

from collections.abc import Iterator

from projections.audit_book import AuditBook
from projections.audit_people import matched
from projections.suspicions import Query, Suspicion


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Matches of the month in which the person was paid for."""
    return matched(book, {"vehicle"})


QUERY = Query(
    11,
    "vehicle",
    "Vehicle",
    "cases",
    "A person paid for had a vehicle in that month.",
    "民发〔2021〕57号 §§10–12: household property",
    find,
)
