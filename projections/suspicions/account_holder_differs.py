"""6 `account_holder_differs`: the account holder is no member of the household."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.values.identifiers import mask
from projections.audit_accounts import sendings, without_spaces
from projections.audit_book import AuditBook
from projections.suspicions import Query, Suspicion


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Holders' names against all names known of members; institutions and cases without any name aside."""
    for sent in sendings(book):
        if sent.relief or not sent.holder or not sent.names or without_spaces(sent.holder) in sent.names:
            continue
        detail = f"paid to an account of {mask(sent.holder)}, no member's name"
        yield Suspicion(sent.code, sent.division, (sent.account, sent.ref), detail, sent.code)


QUERY = Query(
    6,
    "account_holder_differs",
    "Account in another name",
    "cases",
    "A case was paid to an account whose holder's name is no member's, past or present.",
    "财社〔2012〕171号: 实名制, one household one card",
    find,
)
