"""1 `paid_after_death`: paid for a month after a person's death."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.values.month import Month
from projections.audit_book import AuditBook
from projections.audit_people import cases_of
from projections.suspicions import Query, Suspicion, about_case


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Persons paid for in a month after the month of the death known now, wherever it was recorded."""
    deaths: dict[str, tuple[Month, str]] = {}
    for case in book.known_cases():
        for stay in case.file.stays():
            if stay.died and stay.last is not None:
                identity = book.identity(stay.person)
                if identity not in deaths or stay.last < deaths[identity][0]:
                    deaths[identity] = (stay.last, stay.refs[-1])
    for case in cases_of(book, deaths):
        for paid in case.paid_for:
            for person in case.insured_when(paid):
                died = deaths.get(book.identity(person))
                if died is not None and died[0] < paid.month:
                    detail = f"person {person} died in {died[0]}"
                    yield about_case(case, (died[1], paid.ref), detail, month=paid.month, amount_fen=paid.fen)


QUERY = Query(
    1,
    "paid_after_death",
    "Paid after death",
    "cases",
    "A person was paid for in a month after the month of the death known now.",
    "民发〔2021〕57号 §34; 社会救助暂行办法 §66",
    find,
)
