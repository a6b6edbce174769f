"""10 `pension_or_wages`: pension or wages that close the gap."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.domain.case import TEKUN
from ledger.values.money import format_yuan, parse_yuan
from projections.audit_book import AuditBook
from projections.audit_facts import Match
from projections.audit_people import cases_of, matches_by_person
from projections.suspicions import Query, Suspicion, about_case


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Income of the month as known, plus the matches (yuan a month), against standard × persons paid for."""
    by_person = matches_by_person(book, {"pension", "wages"})
    for case in cases_of(book, {identity for identity, _ in by_person}):
        if case.file.programme == TEKUN:
            continue
        for paid in case.paid_for:
            persons = dict.fromkeys(book.identity(person) for person in case.insured_when(paid))
            found = [match for person in persons for match in by_person.get((person, paid.month), ())]
            standard = book.rules(case.division).standard(case.file.programme, paid.month)
            if not found or standard is None:
                continue
            income = case.file.income(paid.month)
            missing = standard.annual_fen * len(persons) - income.annual_fen
            monthly = sum(map(_fen, found))
            if 12 * monthly >= missing:
                refs = (*_enough(found, missing), income.ref, standard.ref, paid.ref)
                detail = f"{format_yuan(monthly)} a month of pension or wages"
                yield about_case(case, refs, detail, month=paid.month, amount_fen=paid.fen)


def _fen(match: Match) -> int:
    """The money of a match a month; without a value nothing."""
    return parse_yuan(match.value) if match.value is not None else 0


def _enough(found: list[Match], missing: int) -> Iterator[str]:
    """The fewest matches, one at least, that bring what is missing a year: the largest first."""
    for match in sorted(found, key=_fen, reverse=True):
        yield match.ref
        missing -= 12 * _fen(match)
        if missing <= 0:
            return


QUERY = Query(
    10,
    "pension_or_wages",
    "Pension or wages close the gap",
    "cases",
    "A dibao case's income of a month with the pension and wages matched reaches the standard of the persons paid for.",
    "民发〔2021〕57号 §§6–9: household income",
    find,
)
