"""20 `top_up_wrong`: an imported payment's top-up is not the one due."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.values.money import format_yuan
from projections.audit_book import AuditBook
from projections.suspicions import Query, Suspicion, about_case


def find(book: AuditBook) -> Iterator[Suspicion]:
    """One row an import; one without `lines` says nothing of its top-up."""
    for case in book.computable_cases():
        for made, _ in case.imports:
            if made.lines is None:
                continue
            due = book.due(case, made.month)
            paid_fen = made.lines.top_up_fen
            if paid_fen != due.top_up_fen:
                reasons = [ref for top_up in due.top_ups for ref in top_up.because]
                detail = f"top-up paid {format_yuan(paid_fen)}, due as known now {format_yuan(due.top_up_fen)}"
                yield about_case(case, (made.ref, *reasons), detail, month=made.month, amount_fen=paid_fen)


QUERY = Query(
    20,
    "top_up_wrong",
    "Top-up wrong",
    "cases",
    "The top-up line of an imported payment is not the top-up due for its month as known now.",
    "docs/rules.md R2; 分类施保",
    find,
)
