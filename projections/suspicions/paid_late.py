"""22 `paid_late`: money issued after the pay-by day of its month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ledger.values.month import Month
from projections.audit_book import AuditBook
from projections.audit_case import AuditedCase
from projections.suspicions import Query, Suspicion, about_case


def find(book: AuditBook) -> Iterator[Suspicion]:
    """One row a payout of a close, or an import."""
    for case in book.known_cases():
        for month, issued_on, ref, fen in _issued(case):
            last = _pay_by(book, case, month)
            if issued_on > last:
                detail = f"issued on {issued_on}, to be paid by {last}"
                yield about_case(case, (ref,), detail, month=month, amount_fen=fen)


def _issued(case: AuditedCase) -> Iterator[tuple[Month, date, str, int]]:
    """The month, day, event and amount of each; one sent again counts with the day it was first issued."""
    for payout in case.payouts:
        if payout.went_out:
            issued = payout.issued
            yield issued.month, issued.recorded_on, issued.ref, issued.amount_fen
    for made, _ in case.imports:
        if made.amount_fen > 0:
            yield made.month, made.paid_on, made.ref, made.amount_fen


def _pay_by(book: AuditBook, case: AuditedCase, month: Month) -> date:
    day = int(book.rules(case.division).parameter("pay_by_day", month))
    return month.first_day.replace(day=min(day, month.last_day.day))


QUERY = Query(
    22,
    "paid_late",
    "Paid late",
    "cases",
    "A payout of a close, or an imported payment, was issued after the pay-by day of its month; re-issues and"
    " reliefs aside.",
    "财社〔2012〕171号 §14",
    find,
)
