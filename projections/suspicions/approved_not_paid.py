"""24 `approved_not_paid`: due for a closed month, and nothing booked for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ledger.domain.case_file import CaseFile
from ledger.domain.case_known import HOLD, RELEASE
from ledger.values.money import format_yuan
from projections.audit_book import AuditBook
from projections.suspicions import Query, Suspicion, about_case


def find(book: AuditBook) -> Iterator[Suspicion]:
    """One row a case and month; cases held today wait on purpose."""
    for case in book.computable_cases():
        if _held(case.file, book.today):
            continue
        for month in book.closed_months(case):
            if case.booked.get(month, 0) > 0 or (due := book.due_total(case, month)) <= 0:
                continue
            closed = book.batches[f"batch/{case.division}/{month}/{case.file.programme}"].closed
            assert closed is not None
            because = (closed.ref, *book.due_because(case, month))
            detail = f"due as known now {format_yuan(due)}, nothing booked"
            yield about_case(case, because, detail, month=month, amount_fen=due)


def _held(file: CaseFile, today: date) -> bool:
    """Whether the last hold or release decided by a day is a hold."""
    decided = [d for d in file.in_order(HOLD, RELEASE) if d.decided_on <= today] if file.decisions else []
    return bool(decided) and decided[-1].kind == HOLD


QUERY = Query(
    24,
    "approved_not_paid",
    "Approved, not paid",
    "cases",
    "Something is due for a closed month as known now, nothing is booked for it, and the case is not held today.",
    "民发〔2021〕57号 §21; docs/rules.md R4",
    find,
)
