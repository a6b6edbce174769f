"""23 `first_month_wrong`: paid for a month before the one after confirmation."""

from __future__ import annotations

from collections.abc import Iterator

from projections.audit_book import AuditBook
from projections.suspicions import Query, Suspicion, about_case


def find(book: AuditBook) -> Iterator[Suspicion]:
    """One row a payment for such a month."""
    for case in book.known_cases():
        first = case.file.first_month
        for paid in case.paid_for:
            if paid.month < first:
                confirmed = [k.ref for k in case.file.corrections if k.confirmed_on is not None]
                because = (paid.ref, confirmed[-1] if confirmed else case.enrolment.ref)
                detail = f"confirmed on {case.file.confirmed_on}, first month {first}"
                yield about_case(case, because, detail, month=paid.month, amount_fen=paid.fen)


QUERY = Query(
    23,
    "first_month_wrong",
    "First month wrong",
    "cases",
    "The case was paid for a month before the one after its confirmation.",
    "民发〔2021〕57号 §21; docs/rules.md R3",
    find,
)
