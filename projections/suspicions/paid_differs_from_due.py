"""19 `paid_differs_from_due`: what counts as paid for a month is not what is due for it."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.values.money import format_yuan
from ledger.values.month import Month
from projections.audit_book import AuditBook
from projections.audit_case import AuditedCase
from projections.suspicions import Query, Suspicion, about_case


def find(book: AuditBook) -> Iterator[Suspicion]:
    """One row a case and month, with what is paid too much (negative: too little)."""
    for case in book.computable_cases():
        for month in _months(book, case):
            paid, due = case.booked.get(month, 0), book.due_total(case, month)
            if paid != due:
                detail = f"paid {format_yuan(paid)}, due as known now {format_yuan(due)}"
                because = (*case.payments_of(month), *book.due_because(case, month))
                yield about_case(case, because, detail, month=month, amount_fen=paid - due)


def _months(book: AuditBook, case: AuditedCase) -> list[Month]:
    """The closed and the imported months, from the opening of the books on."""
    opening = book.rules(case.division).opening(case.file.programme)
    imported = {made.month for made, _ in case.imports if opening is None or made.month >= opening}
    return sorted(imported.union(book.closed_months(case)))


QUERY = Query(
    19,
    "paid_differs_from_due",
    "Paid differs from due",
    "cases",
    "For a closed or imported month from the opening of the books on, what counts as paid, recoveries taken off,"
    " is not what is due as known now.",
    "docs/rules.md R4; 民发〔2021〕57号 §§22–23",
    find,
)
