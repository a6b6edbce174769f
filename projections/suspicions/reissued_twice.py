"""28 `reissued_twice`: a payout sent again more than once."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.domain.payout import PayoutReissued
from projections.audit_book import AuditBook
from projections.suspicions import Query, Suspicion


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Payouts with two re-issues or more."""
    for payout in book.all_payouts():
        again = payout.later_of(PayoutReissued)
        if len(again) > 1:
            issued = payout.issued
            refs = (issued.ref, *(event.ref for event in again))
            detail = f"sent again {len(again)} times"
            yield Suspicion(
                issued.case, issued.division, refs, detail, issued.case, issued.month, issued.amount_fen
            )


QUERY = Query(
    28,
    "reissued_twice",
    "Re-issued more than once",
    "cases",
    "A payout was re-issued more than once.",
    "社会救助暂行办法 §66: payments are not made twice",
    find,
)
