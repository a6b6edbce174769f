"""39 `changed_after_confirmation`: an income lowered for a month that was paid already."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.domain.case import IncomeAssessed
from projections.audit_book import AuditBook
from projections.suspicions import Query, Suspicion, about_case


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Incomes recorded with `from` that lower the income of a month already paid for when they were recorded."""
    for case in book.known_cases():
        standing = {income.ref for income in case.file.incomes}
        for recorded in case.events:
            event = recorded.event
            if not isinstance(event, IncomeAssessed) or event.from_month is None or event.ref not in standing:
                continue
            before, after = case.file_at(recorded.position), case.file_at(recorded.position + 1)
            for paid in case.paid_for:
                paid_before = paid.issued_at < recorded.position
                if not paid_before or paid.month < event.from_month or not before.known:
                    continue
                if after.income(paid.month).annual_fen < before.income(paid.month).annual_fen:
                    detail = f"income lowered from {event.from_month} on after the month was paid"
                    yield about_case(case, (event.ref, paid.ref), detail, month=paid.month, amount_fen=paid.fen)


QUERY = Query(
    39,
    "changed_after_confirmation",
    "Income changed after payment",
    "cases",
    "An income recorded with `from` lowers the income of a month already paid for.",
    "民发〔2021〕57号 §34: changes take effect from the month after",
    find,
)
