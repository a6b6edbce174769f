"""9 `on_fiscal_payroll`: paid for while on the fiscal payroll."""

from __future__ import annotations

from collections.abc import Iterator

from projections.audit_book import AuditBook
from projections.audit_people import matched
from projections.suspicions import Query, Suspicion


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Matches of the month in which the person was paid for."""
    return matched(book, {"fiscal_payroll"})


QUERY = Query(
    9,
    "on_fiscal_payroll",
    "On the fiscal payroll",
    "cases",
    "A person paid for was on the fiscal payroll in that month.",
    "民发〔2021〕57号: 财政供养人员",
    find,
)
