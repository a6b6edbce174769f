"""5 `shared_account`: one account for several households."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.values.identifiers import mask
from projections.audit_accounts import sent_to
from projections.audit_book import AuditBook
from projections.suspicions import Query, Suspicion


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Accounts that money was sent to, re-issues too; an import's only where it names one."""
    for sent in sent_to(book).values():
        for one in sent:
            others = [other for other in sent if other.people.isdisjoint(one.people)]
            if others:
                codes = ", ".join(dict.fromkeys(other.code for other in others))
                refs = tuple(dict.fromkeys((one.ref, *(other.ref for other in others))))
                detail = f"the account {mask(one.number)} was also used for {codes}"
                case = None if one.relief else one.code
                yield Suspicion(one.code, one.division, refs, detail, case)


QUERY = Query(
    5,
    "shared_account",
    "Account shared by several",
    "cases and reliefs",
    "Money of cases or reliefs with no person in common was sent to one account (carers' and institutions' aside).",
    "银发: household money goes to the head's own card",
    find,
)
