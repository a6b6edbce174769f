"""12 `property_over_limit`: more property than the policy allows."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ledger.values.month import Month
from projections.audit_book import AuditBook
from projections.audit_people import matched
from projections.suspicions import Query, Suspicion


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Each match alone against the limit of its month."""

    def above(division: str, month: Month, value: str | None) -> bool:
        return Decimal(value or 1) > Decimal(str(book.rules(division).parameter("property_limit", month)))

    return matched(book, {"property"}, above)


QUERY = Query(
    12,
    "property_over_limit",
    "Property over the limit",
    "cases",
    "A property match of a month paid for is above `property_limit`; without a value it counts as one.",
    "民发〔2021〕57号 §§10–12: household property",
    find,
)
