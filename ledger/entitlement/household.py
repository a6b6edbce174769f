"""A household as the rules see it: its case file and the files of its persons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from ledger.domain.case import TEKUN, carer_of, key
from ledger.domain.case_file import CaseFile
from ledger.domain.case_known import NamedAccount, Stay
from ledger.domain.payout import CARER, HOUSEHOLD, INSTITUTION, PERSON, payee_role
from ledger.domain.person import PersonFile
from ledger.values.month import Month, age_on

AGE_60_69, AGE_70_PLUS, MINOR = "age_60_69", "age_70_plus", "minor"
_LAST_MINOR, _FIRST_OLD = 18, 60
"""Who turns an age in between in the year is in no age category all year."""
AGE_CATEGORIES = frozenset({AGE_60_69, AGE_70_PLUS, MINOR})


class Household:
    """A case with its persons; a person of whom nothing is known beside the case may be missing."""

    __slots__ = ("_born", "case", "persons", "stays")

    def __init__(self, case: CaseFile, persons: Mapping[str, PersonFile]) -> None:
        self.case = case
        self.persons = persons
        self.stays = case.stays()
        self._born: dict[str, date | None] = {}

    @property
    def erased(self) -> bool:
        """Whether personal data the rules need may be gone: nothing can be computed anew for the household."""
        return any(file.erased for file in self.persons.values())

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
        categories follow the birth date where one is known (docs/rules.md R10).
        """
        file = self.person(stay.person)
        born = self._birth_date(file)
        found = self._recorded(file, stay, month, born) if file.categories else []
        if born is not None and file.particulars:
            found += [(c, file.particulars[-1].ref) for c in age_categories(born, month)]
        return found

    def _recorded(self, file: PersonFile, stay: Stay, month: Month, born: date | None) -> list[tuple[str, str]]:
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
        return [(c, ref) for c, (_, to, ref) in in_force.items() if to is None or month <= to]

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

    @property
    def living(self) -> str:
        """Whose the living money is: the household's, the destitute person's, or the institution's."""
        if self.case.programme != TEKUN:
            return HOUSEHOLD
        care = self.case.granted.care
        return INSTITUTION if care is not None and care.institutional else PERSON

    @property
    def caring(self) -> str:
        """Whose the care money is: the carer's where the enrolment has one, else it goes with the living money."""
        care = self.case.granted.care
        return CARER if care is not None and care.has_carer else self.living

    @property
    def carer(self) -> str:
        """The payee who cares at present, `carer:P9`; a person stands for one of whom only an account is known."""
        return f"{CARER}:{self.case.carer or carer_of(self.case.division, self.case.case)}"

    def recipient(self, payee: str, month: Month) -> str:
        """The person a payee is: the carer named, else the head."""
        return payee.partition(":")[2] or self.head(month)

    def account(self, payee: str, month: Month) -> str | None:
        """The account a payee's money goes to, by reference: of the case's and his own the last known.

        An institution is paid to the case's account whatever its people have.
        """
        role = payee_role(payee)
        named = self._carer_accounts(payee) if role == CARER else self.case.accounts
        own = None if role == INSTITUTION else self.person(self.recipient(payee, month)).own_account
        last = named[-1] if named else None
        if own is not None and (last is None or own.position > last.position):
            return own.ref
        return last.account if last else None

    def _carer_accounts(self, payee: str) -> list[NamedAccount]:
        """The accounts that were given for this carer, in the order known."""
        granted = self.case.granted
        terms = granted.care
        carer = terms.carer if terms else None
        found = [(carer, granted.ref, granted.position, terms.carer_account if terms else None)]
        for known in self.case.assessments:
            carer = known.carer or carer
            found.append((carer, known.ref, known.position, known.carer_account))
        wanted = payee.partition(":")[2]
        anonymous = carer_of(self.case.division, self.case.case)
        return [
            NamedAccount(ref, position, account)
            for who, ref, position, account in found
            if account is not None and (who or anonymous) == wanted
        ]


def age_categories(born: date, month: Month) -> list[str]:
    """The age categories of a month: by the age on its last day; a minor is under 18 on its first day."""
    if _LAST_MINOR < month.year - born.year < _FIRST_OLD:
        return []  # most people, before anything is reckoned by the day
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
