"""10 `pension_or_wages`: pension or wages that close the gap."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.domain.case import TEKUN
from ledger.values.money import format_yuan, parse_yuan
from projections.audit_book import AuditBook
from projections.audit_people import matches_by_person
from projections.suspicions import Query, Suspicion, about_case


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Income of the month as known, plus the matches (yuan a month), against standard × persons paid for."""
    by_person = matches_by_person(book, {"pension", "wages"})
    for case in book.known_cases():
        if case.file.programme == TEKUN:
            continue
        for paid in case.paid_for:
            persons = case.insured_when(paid)
            found = [m for person in persons for m in by_person.get((book.identity(person), paid.month), ())]
            standard = book.rules(case.division).standard(case.file.programme, paid.month)
            if not found or standard is None:
                continue
            income = case.file.income(paid.month)
            monthly = sum(parse_yuan(match.value) for match in found if match.value is not None)
            if income.annual_fen + 12 * monthly >= standard.annual_fen * len(persons):
                refs = (*(match.ref for match in found), income.ref, standard.ref, paid.ref)
                detail = f"{format_yuan(monthly)} a month of pension or wages"
                yield about_case(case, refs, detail, month=paid.month, amount_fen=paid.fen)


QUERY = Query(
    10,
    "pension_or_wages",
    "Pension or wages close the gap",
    "cases",
    "A dibao case's income of a month with the pension and wages matched reaches the standard of the persons paid for.",
    "民发〔2021〕57号 §§6–9: household income",
    find,
)
