"""27 `return_unresolved`: a returned payout that nobody sent again or cancelled in time."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.domain.payout import PayoutReturned
from projections.audit_book import AuditBook
from projections.suspicions import Query, Suspicion


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Payouts, of cases and of reliefs, that stand returned for more days than the policy of today's month allows."""
    for payout in book.all_payouts():
        if not payout.returned:
            continue
        issued = payout.issued
        returned = payout.later_of(PayoutReturned)[-1]
        allowed = book.rules(issued.division).parameter("return_unresolved_days", book.month)
        days = (book.today - returned.recorded_on).days
        if days > int(allowed):
            detail = f"returned on {returned.recorded_on}, {days} days ago"
            refs = (issued.ref, returned.ref)
            yield Suspicion(
                issued.case, issued.division, refs, detail, issued.case, issued.month, issued.amount_fen
            )


QUERY = Query(
    27,
    "return_unresolved",
    "Return left unresolved",
    "cases and reliefs",
    "A payout was returned more than `return_unresolved_days` ago and neither re-issued nor cancelled.",
    "财社〔2012〕171号 §14: money is paid by the 10th, returned money is re-issued after verification",
    find,
)
