"""35 `grace_overrun`: paid after a grace period's end."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.domain.case_known import GRACE
from ledger.values.month import Month
from projections.audit_book import AuditBook
from projections.suspicions import Query, Suspicion, about_case


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Cases paid for a month after the last of a grace period."""
    for case in book.known_cases():
        for grace in (decision for decision in case.file.decisions if decision.kind == GRACE):
            last = Month.of(grace.decided_on) + grace.months
            for paid in case.paid_for:
                if paid.month > last:
                    detail = f"the grace period ended with {last}"
                    yield about_case(case, (grace.ref, paid.ref), detail, month=paid.month, amount_fen=paid.fen)


QUERY = Query(
    35,
    "grace_overrun",
    "Paid after the grace period",
    "cases",
    "A case was paid for a month after a grace period's last.",
    "渐退期: Guizhou 2019, three to twelve months by reason",
    find,
)
