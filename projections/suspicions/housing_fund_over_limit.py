"""14 `housing_fund_over_limit`: more housing fund money than the policy allows."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.values.money import parse_yuan
from ledger.values.month import Month
from projections.audit_book import AuditBook
from projections.audit_people import matched
from projections.suspicions import Query, Suspicion


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Each match alone against the limit of its month; without a value it counts as nothing."""

    def above(division: str, month: Month, value: str | None) -> bool:
        limit = parse_yuan(str(book.rules(division).parameter("housing_fund_limit", month)))
        return value is not None and parse_yuan(value) > limit

    return matched(book, {"housing_fund"}, above)


QUERY = Query(
    14,
    "housing_fund_over_limit",
    "Housing fund over the limit",
    "cases",
    "A housing fund match of a month paid for is above `housing_fund_limit`.",
    "民发〔2021〕57号 §§10–12: household property",
    find,
)
