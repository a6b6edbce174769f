"""8 `birth_or_sex_differs`: the birth date or sex given is not the ID number's."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.domain.person import PersonFile
from ledger.values.identifiers import birth_of, is_id_number, sex_of
from projections.audit_book import AuditBook
from projections.audit_people import people_in_cases
from projections.suspicions import Query, Suspicion, about_person


def find(book: AuditBook) -> Iterator[Suspicion]:
    """What was given beside a valid ID number, against what the number says."""
    for case, person in people_in_cases(book):
        file = book.person(person)
        told = file.current
        if told.id_number is None or not is_id_number(told.id_number):
            continue
        differs = [
            field
            for field, given, read in (
                ("birth_date", told.birth_date, birth_of(told.id_number)),
                ("sex", told.sex, sex_of(told.id_number)),
            )
            if given is not None and given != read
        ]
        if differs:
            refs = [_told_last(file, field) for field in ("id_number", *differs)]
            what = " and ".join(differs).replace("_", " ")
            yield about_person(person, case, refs, f"{what} other than the ID number's")


def _told_last(file: PersonFile, field: str) -> str:
    """The event that told a particular last."""
    return next(known.ref for known in reversed(file.particulars) if getattr(known.particulars, field))


QUERY = Query(
    8,
    "birth_or_sex_differs",
    "Birth or sex differs from the ID number",
    "persons",
    "A person's given birth date or sex is not the ID number's.",
    "GB 11643-1999",
    find,
)
