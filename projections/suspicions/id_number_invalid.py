"""7 `id_number_invalid`: an ID number that cannot be one."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.values.identifiers import is_id_number, mask
from projections.audit_book import AuditBook
from projections.audit_people import people_in_cases
from projections.suspicions import Query, Suspicion, about_person


def find(book: AuditBook) -> Iterator[Suspicion]:
    """The ID numbers known last of everybody in a case, by length, date and check digit."""
    for case, person in people_in_cases(book):
        file = book.person(person)
        number = file.current.id_number
        if number is not None and not is_id_number(number):
            ref = next(k.ref for k in reversed(file.particulars) if k.particulars.id_number)
            yield about_person(person, case, (ref,), f"ID number {mask(number)}")


QUERY = Query(
    7,
    "id_number_invalid",
    "Invalid ID number",
    "persons",
    "A person's ID number fails GB 11643 (let in with an imported enrolment).",
    "GB 11643-1999",
    find,
)
