"""21 `insured_persons_differ`: an imported payment counts other persons than are insured."""

from __future__ import annotations

from collections.abc import Iterator

from projections.audit_book import AuditBook
from projections.suspicions import Query, Suspicion, about_case


def find(book: AuditBook) -> Iterator[Suspicion]:
    """One row an import that counts its persons."""
    for case in book.known_cases():
        household = book.household(case) if case.imports else None
        for made, _ in case.imports:
            if household is None or made.persons is None:
                continue
            insured = household.insured(made.month)
            if made.persons != len(insured):
                members = [ref for stay in household.stays if stay.insured for ref in stay.refs]
                detail = f"paid for {made.persons} persons, {len(insured)} insured"
                yield about_case(case, (made.ref, *members), detail, month=made.month, amount_fen=made.amount_fen)


QUERY = Query(
    21,
    "insured_persons_differ",
    "Insured persons differ",
    "cases",
    "The count of persons of an imported payment is not the number insured in its month as known now.",
    "docs/rules.md R3; 保障人口",
    find,
)
