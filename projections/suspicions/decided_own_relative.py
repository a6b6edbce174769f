"""18 `decided_own_relative`: who accepted, audited or approved an enrolment is of the family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ledger.domain.case import Enrolled
from ledger.values.month import Month
from projections.audit_book import AuditBook
from projections.audit_case import AuditedCase
from projections.audit_kin import told
from projections.suspicions import Query, Suspicion, about_case


def find(book: AuditBook) -> Iterator[Suspicion]:
    """One row a case and handler, whether he was in office and anything paid or not."""
    for case in book.known_cases():
        if handlers := _handlers(case.enrolment):
            members = _members(book, case)
            for official, deeds in handlers.items():
                for person in sorted(book.kin.persons_of(official)):
                    yield from _judged(book, case, members, official, person, " and ".join(deeds))


def _handlers(enrolled: Enrolled) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    deeds = {"accepted": enrolled.accepted_by, "audited": enrolled.audited_by, "approved": enrolled.approved_by}
    for deed, official in deeds.items():
        if official is not None:
            found.setdefault(official, []).append(deed)
    return found


def _members(book: AuditBook, case: AuditedCase) -> dict[str, str]:
    """The members on the day of confirmation, insured or not, by identity."""
    day = case.file.confirmed_on
    stays = (
        stay
        for join, stay in zip(case.file.joins, case.file.stays(), strict=True)
        if (join.confirmed_on is None or join.confirmed_on <= day)
        and (stay.left_on is None or stay.left_on >= day)
    )
    return {book.identity(stay.person): stay.person for stay in stays}


def _judged(
    book: AuditBook, case: AuditedCase, members: Mapping[str, str], official: str, person: str, deeds: str
) -> Iterator[Suspicion]:
    day = case.file.confirmed_on
    term = next(term for term in book.kin.offices[person] if term.official == official)
    said = f"official {official} {deeds} the case confirmed on {day}"
    if person in members:
        yield about_case(case, (term.ref, case.enrolment.ref), f"{said}: he is the member {members[person]}")
        return
    close = book.kin.close_relatives(person, day, book.kin_scope(case.division, Month.of(day)))
    kinships = [close[member] for member in members if member in close]
    if kinships:
        kinship = min(kinships, key=lambda found: (len(found.refs), found.other))
        yield about_case(case, (*kinship.because, term.ref, case.enrolment.ref), f"{said}: {told(kinship)}")


QUERY = Query(
    18,
    "decided_own_relative",
    "Decided on a relative",
    "cases",
    "A handler of the enrolment is a member, or a close relative in scope of one, on the day of confirmation;"
    " in office or not, paid or not.",
    "民发〔2021〕57号 §11, §20; 回避",
    find,
)
