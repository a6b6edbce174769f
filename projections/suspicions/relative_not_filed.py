"""16 `relative_not_filed`: an official's relative, or an official, paid for without a filing in force."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.domain.case import key
from ledger.values.month import Month
from projections.audit_book import AuditBook
from projections.audit_case import AuditedCase
from projections.audit_kin import Tie, told
from projections.audit_payouts import PaidFor
from projections.suspicions import Query, Suspicion, about_case

Found = list[tuple[str, Tie, PaidFor]]
"""Who was paid for, what he is to an official, by which money."""


def find(book: AuditBook) -> Iterator[Suspicion]:
    """One row a case, month and official."""
    for case in book.known_cases():
        if book.kin.concerns(map(book.identity, case.everybody)):
            for (month, official), found in _unfiled(book, case).items():
                yield _row(book, case, month, official, found)


def _unfiled(book: AuditBook, case: AuditedCase) -> dict[tuple[Month, str], Found]:
    found: dict[tuple[Month, str], Found] = {}
    for paid in case.paid_for:
        tied = book.kin.tied(paid.month.first_day, book.kin_scope(case.division, paid.month))
        for person in case.insured_when(paid):
            for tie in tied.get(book.identity(person), ()):
                if not _filed(book, case, tie.official, paid):
                    found.setdefault((paid.month, tie.official), []).append((person, tie, paid))
    return found


def _filed(book: AuditBook, case: AuditedCase, official: str, paid: PaidFor) -> bool:
    """Whether a filing was in force when the money was issued, the same day included.

    It counts from the day it was recorded, a date written back clears nothing; for imports from its own day.
    """
    filings = book.kin.filings_of(key(case.division, case.code), official)
    return any((f.filed_on if paid.imported else f.recorded_on) <= paid.issued_on for f in filings)


def _row(book: AuditBook, case: AuditedCase, month: Month, official: str, found: Found) -> Suspicion:
    person, tie, paid = min(found, key=lambda one: len(one[1].kinship.refs) if one[1].kinship else 0)
    term = book.kin.office(official, month.first_day)
    assert term is not None
    office = f"{official}, in office as {term.official} ({term.role})"
    relation = told(tie.kinship) if tie.kinship else f"{person} is the official"
    issued = {one.ref: one.fen for _, _, one in found}
    return about_case(
        case,
        (*(tie.kinship.because if tie.kinship else ()), term.ref, paid.ref),
        f"person {person} paid for: {relation}; {office}; no filing in force on {paid.issued_on}",
        month=month,
        amount_fen=sum(issued.values()),
    )


QUERY = Query(
    16,
    "relative_not_filed",
    "Relative of an official, not filed",
    "cases",
    "A person paid for in a month is an official in office, or a close relative in scope of one, and no filing of"
    " this official and case was in force when the money was issued.",
    "民发〔2012〕220号 §14, §26; 民发〔2021〕57号 §11, §20; 民法典 §1045",
    find,
)
