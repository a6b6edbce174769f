"""17 `filed_not_visited`: a filed household that the county has not visited since."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.domain.case import key
from projections.audit_book import AuditBook
from projections.audit_facts import filings, home_visits
from projections.suspicions import Query, Suspicion, about_case


def find(book: AuditBook) -> Iterator[Suspicion]:
    """One row a filing."""
    cases = {key(case.division, case.code): case for case in book.known_cases()}
    for filing in filings(book.registers):
        case = cases.get(filing.case)
        if case is not None and not any(day >= filing.filed_on for day in home_visits(case.events)):
            detail = f"filed by official {filing.official} on {filing.filed_on}, no home visit since"
            yield about_case(case, (filing.ref,), detail)


QUERY = Query(
    17,
    "filed_not_visited",
    "Filed, not visited",
    "cases",
    "A close-relative filing of the case is without a home visit by the county on or after its day.",
    "民发〔2012〕220号 §14; 民发〔2021〕57号 §11, §20",
    find,
)
