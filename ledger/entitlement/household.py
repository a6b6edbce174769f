"""A household as the rules see it: its case file and the files of its persons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from ledger.domain.case import key
from ledger.domain.case_file import CaseFile, Stay
from ledger.domain.person import KnownAccount, PersonFile
from ledger.values.month import Month, age_on

AGE_60_69, AGE_70_PLUS, MINOR = "age_60_69", "age_70_plus", "minor"
AGE_CATEGORIES = frozenset({AGE_60_69, AGE_70_PLUS, MINOR})


class Household:
    """A case with its persons; a person of whom nothing is known beside the case may be missing."""

    __slots__ = ("_born", "case", "persons", "stays")

    def __init__(self, case: CaseFile, persons: Mapping[str, PersonFile]) -> None:
        self.case = case
        self.persons = persons
        self.stays = case.stays()
        self._born: dict[str, date | None] = {}

    def insured(self, month: Month) -> tuple[Stay, ...]:
        """The insured members of a month, each person once, in the order they joined."""
        found: dict[str, Stay] = {}
        for stay in self.stays:
            if stay.insured and stay.person not in found and stay.covers(month):
                found[stay.person] = stay
        return tuple(found.values())

    def person(self, code: str) -> PersonFile:
        """The file of a person, empty where nothing is known."""
        return self.persons.get(code) or PersonFile(code)

    def categories(self, stay: Stay, month: Month) -> list[tuple[str, str]]:
        """A member's top-up categories in a month, each with the reference of the event behind it.

        Per category the fact with the latest `from` decides, of equals the last known; after its `to` there is
        none. What an enrolment or a joining lists counts from the member's first month in this case. Age
        categories follow the birth date where one is known (scenario.md, corners: births, corrections).
        """
        file = self.person(stay.person)
        born = self._birth_date(file)
        in_force: dict[str, tuple[Month, Month | None, str]] = {}
        here = key(self.case.division, self.case.case)
        for known in file.categories:
            if born is not None and known.category in AGE_CATEGORIES:
                continue
            if known.from_month is not None:
                begins = known.from_month
            elif known.case == here:
                begins = self._listed_from(known.cause, stay)
            else:
                continue
            best = in_force.get(known.category)
            if begins <= month and (best is None or begins >= best[0]):
                in_force[known.category] = (begins, known.to_month, known.ref)
        found = [(c, ref) for c, (_, to, ref) in in_force.items() if to is None or month <= to]
        if born is not None and file.particulars:
            found += [(c, file.particulars[-1].ref) for c in age_categories(born, month)]
        return found

    def _birth_date(self, file: PersonFile) -> date | None:
        """The person's birth date, read out of the ID number once for all months."""
        if file.person not in self._born:
            self._born[file.person] = file.birth_date
        return self._born[file.person]

    def _listed_from(self, cause: str, stay: Stay) -> Month:
        listed = (s.first for s in self.stays if s.person == stay.person and s.refs[0] == cause)
        return next(listed, stay.first)

    def head(self, month: Month) -> str:
        """Who heads the household in a month, dead or gone or not: he is paid until another is named."""
        return self.case.head(month.last_day).person

    def headless(self, month: Month) -> bool:
        """Whether the head named is no member any more: a new one must be named."""
        head, last_day = self.head(month), month.last_day
        return all(
            stay.left_on is not None and stay.left_on <= last_day for stay in self.stays if stay.person == head
        )

    def account(self, month: Month) -> str | None:
        """The account household money goes to, by reference: of the case's and the head's own the last known."""
        own: KnownAccount | None = self.person(self.head(month)).own_account
        named = self.case.accounts[-1] if self.case.accounts else None
        if own is not None and (named is None or own.position > named.position):
            return own.ref
        return named.account if named else None


def age_categories(born: date, month: Month) -> list[str]:
    """The age categories of a month: by the age on its last day; a minor is under 18 on its first day."""
    found = []
    age = age_on(born, month.last_day)
    if age >= 70:
        found.append(AGE_70_PLUS)
    elif age >= 60:
        found.append(AGE_60_69)
    # Who is under 18 on the first day is 18 at most on the last.
    if age <= 18 and born <= month.last_day and age_on(born, month.first_day) < 18:
        found.append(MINOR)
    return found
