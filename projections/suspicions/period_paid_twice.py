"""25 `period_paid_twice`: several payments for one month, together more than is due."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.values.money import format_yuan
from ledger.values.month import Month
from projections.audit_book import AuditBook
from projections.audit_case import AuditedCase
from projections.suspicions import Query, Suspicion, about_case


def find(book: AuditBook) -> Iterator[Suspicion]:
    """One row a case and month, with what is above its due."""
    for case in book.computable_cases():
        for month, payments in _payments(case).items():
            paid = case.booked[month]
            if payments < 2 or paid <= (due := book.due_total(case, month)):
                continue
            because = (*case.payments_of(month), *book.due_because(case, month))
            detail = f"{payments} payments, together {format_yuan(paid)}, due as known now {format_yuan(due)}"
            yield about_case(case, because, detail, month=month, amount_fen=paid - due)


def _payments(case: AuditedCase) -> dict[Month, int]:
    """Per month how many payments there were: closes that booked money for it, taken together, and imports."""
    by_close: dict[tuple[Month, str, Month], int] = {}
    for payout in case.payouts:
        if not payout.cancelled:
            issued = payout.issued
            for line in issued.lines:
                close = (line.for_month, issued.programme, issued.month)
                by_close[close] = by_close.get(close, 0) + line.amount_fen
    found: dict[Month, int] = {}
    for (month, _, _), fen in by_close.items():
        if fen > 0:
            found[month] = found.get(month, 0) + 1
    for made, _ in case.imports:
        if made.amount_fen > 0:
            found[made.month] = found.get(made.month, 0) + 1
    return found


QUERY = Query(
    25,
    "period_paid_twice",
    "Period paid twice",
    "cases",
    "Two or more payments for one month (the payouts of one close are one, an import is one), together above"
    " what is due for it as known now.",
    "docs/rules.md R4; 社会救助暂行办法 §66",
    find,
)
