"""The relatives of a person on a day: what each is to him, by which stated links, in what office or case."""

from __future__ import annotations

from datetime import date

import msgspec

from ledger.entitlement.household import Household
from ledger.errors import Refused
from ledger.kinship import Kinship
from ledger.values.month import Month
from projections.audit_book import AuditBook
from projections.audit_facts import Term


class Relative(msgspec.Struct, frozen=True):
    """One kinship of a relative, with his office on the day and the cases he is insured in that month."""

    kinship: Kinship
    close: bool
    office: Term | None
    cases: tuple[str, ...]

    @property
    def person(self) -> str:
        """Who it is."""
        return self.kinship.other


class KinView(msgspec.Struct, frozen=True):
    """A person, the other codes with his ID number, and every kinship of his, the nearest first."""

    person: str
    codes: tuple[str, ...]
    on: date
    office: Term | None
    cases: tuple[str, ...]
    relatives: tuple[Relative, ...]


def kin_view(book: AuditBook, person: str, on: date, division: str) -> KinView:
    """All that is stated or derived about a person; close by the `kin_scope` of the day's month in a division.

    Raises:
        Refused: `kin.unknown` for a person of whom nothing is known.
    """
    kin, identity = book.kin, book.identity(person)
    _require_known(book, person)
    scope = book.kin_scope(division, Month.of(on))
    found = kin.graph.relatives(identity, on)
    cases = _cases(book, {identity, *found}, Month.of(on))
    rows = [
        Relative(kinship, kinship.in_scope(scope), kin.office(other, on), cases.get(other, ()))
        for other, kinships in found.items()
        for kinship in kinships
    ]
    rows.sort(key=lambda row: (len(row.kinship.refs), row.person, row.kinship.derived, row.kinship.refs))
    codes = tuple(code for code in book.codes_of(identity) if code != identity)
    return KinView(identity, codes, on, kin.office(identity, on), cases.get(identity, ()), tuple(rows))


def _require_known(book: AuditBook, person: str) -> None:
    """An official's code is taken for a person's too easily: nobody found is then no answer."""
    kin, identity = book.kin, book.identity(person)
    stated = any(identity in (relation.person, relation.to_person) for relation in kin.stated)
    if stated or identity in kin.offices or book.ledger.events_log.version(f"person/{person}"):
        return
    persons = sorted(kin.persons_of(person))
    raise Refused(
        "kin.unknown",
        person,
        found="no person of that code" + (", but an official" if persons else ""),
        expected="a person's code",
        hint=f"The official is {', '.join(persons)}." if persons else "Check the code, capitals included.",
    )


def _cases(book: AuditBook, wanted: set[str], month: Month) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for case in book.known_cases():
        persons = {book.identity(join.person) for join in case.file.joins}
        if wanted.isdisjoint(persons):
            continue
        for stay in Household(case.file, {}).insured(month):
            identity = book.identity(stay.person)
            if identity in wanted:
                found.setdefault(identity, []).append(f"{case.division}/{case.code}")
    return {person: tuple(codes) for person, codes in found.items()}
