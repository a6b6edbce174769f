"""Households as they are enrolled: who lives there, what they have, what they are called.

Household number k of a county is the same whenever and in whatever order it is asked for: its own seed makes
it, so that nobody has to remember the ones that nothing happens to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from ledger.intake.sampling import names, numbers
from ledger.intake.sampling.chance import base, seeded
from ledger.intake.sampling.homes import Role, compose
from ledger.intake.sampling.standards import Fact, standard_in
from ledger.values.month import Month

BANKS = ("贵州省农村信用社", "贵州省农村信用社", "贵州省农村信用社", "中国邮政储蓄银行", "贵阳银行")
_RURAL_SHARE = 86
_WITHOUT_ACCOUNT = 5
_PASSBOOKS_ONE_IN = 17


@dataclass(slots=True)
class Member:
    """One person of a household; `role` says what he is to the head the enrolment names."""

    person: str
    name: str
    sex: str
    birth_date: date
    id_number: str
    role: Role
    insured: bool = True
    categories: list[str] = field(default_factory=list)
    active: bool = True

    def fact(self) -> Fact:
        """As a member of `enrol` or `join`."""
        fact: Fact = {
            "person": self.person,
            "name": self.name,
            "id_number": self.id_number,
            "birth_date": self.birth_date.isoformat(),
            "sex": self.sex,
            "relation": self.role.relation,
        }
        if not self.insured:
            fact["insured"] = False
        if self.categories:
            fact["categories"] = list(self.categories)
        return fact


@dataclass(slots=True)
class Household:
    """A case and its people as known, and last what the generator remembers saying about it."""

    number: int
    case: str
    urban: bool
    village: str
    members: list[Member]
    head: Member
    income_yuan: int
    confirmed_on: date
    cards: int
    last_day: date
    suspended: bool = False
    held: bool = False
    ended: bool = False
    touched: str = ""

    @property
    def active(self) -> list[Member]:
        """Those who have not left."""
        return [member for member in self.members if member.active]

    @property
    def insured(self) -> list[Member]:
        """Those the allowance counts."""
        return [member for member in self.members if member.active and member.insured]

    @property
    def per(self) -> str:
        """The unit its programme reckons incomes in."""
        return "month" if self.urban else "year"


class Composer:
    """Makes household k of a county: the same arguments give the same household."""

    def __init__(self, division: str, seed: int, first_month: Month, places: numbers.Places) -> None:
        self.division = division
        self.seed = seed
        self.places = places
        self._first_month = first_month
        self._base = base(seed, division)
        self._rng = seeded(seed)  # and anew for each household

    def case(self, number: int) -> str:
        """The case code of household k."""
        return f"C{self.division}{number:06d}"

    def urban(self, number: int) -> bool:
        """Whether household k is an urban one."""
        self._rng.seed(self._base + number)
        return self._rng.randrange(100) >= _RURAL_SHARE

    def founding(self, number: int) -> Household:
        """Household k of the books' opening, confirmed before the first month."""
        urban = self.urban(number)
        months_ago = 1 + self._rng.randrange(9) if self._rng.randrange(100) < 97 else 13 + self._rng.randrange(90)
        month = self._first_month - months_ago
        confirmed_on = month.first_day + timedelta(days=self._rng.randrange(24))
        return self._household(number, confirmed_on, self._first_month, urban=urban)

    def entering(self, number: int, confirmed_on: date) -> Household:
        """Household k, new on the books."""
        return self._household(number, confirmed_on, Month.of(confirmed_on) + 1, urban=self.urban(number))

    def _household(self, number: int, confirmed_on: date, month: Month, *, urban: bool) -> Household:
        rng = self._rng
        roles = compose(rng)
        members = self.people(rng, number, roles, confirmed_on)
        account = rng.randrange(1000) >= _WITHOUT_ACCOUNT
        household = Household(
            number=number,
            case=self.case(number),
            urban=urban,
            village=self.places.village(rng, urban=urban),
            members=members,
            head=members[0],
            income_yuan=0,
            confirmed_on=confirmed_on,
            cards=1 if account else 0,
            last_day=confirmed_on,
        )
        household.income_yuan = income(rng, household, month)
        return household

    def people(self, rng: Random, number: int, roles: list[Role], day: date) -> list[Member]:
        """The members of household k for its roles, born before `day`, no two of one sex and birth year."""
        members: list[Member] = []
        family = names.surname(rng)
        for role in roles:
            members.append(self.member(rng, number, role, day=day, others=members, family=family))
        return members

    def member(
        self, rng: Random, number: int, role: Role, *, day: date, others: list[Member], family: str
    ) -> Member:
        """One more person of household k, born before `day`, of the role's age in years or somewhat more."""
        taken = {(other.sex, other.birth_date.year) for other in others}
        year = day.year - role.age
        while True:
            id_number, born = numbers.id_number(self.division, number, year, role.sex)
            if (role.sex, year) not in taken and born < day:
                break
            year -= 1
        own = family if role.bears_family_name else names.surname(rng)
        return Member(
            person=f"P{self.division}{number:06d}{len(others):02d}",
            name=own + names.given_name(rng, role.sex),
            sex=role.sex,
            birth_date=born,
            id_number=id_number,
            role=role,
            insured=role.insured,
            categories=list(role.categories),
        )

    def account(self, household: Household) -> Fact:
        """The household's latest account, in the head's name."""
        number, version = household.number, household.cards
        kind = numbers.passbook if number % _PASSBOOKS_ONE_IN == 5 else numbers.card
        return {
            "number": kind(self.division, number, version),
            "holder": household.head.name,
            "bank": BANKS[number % len(BANKS)],
        }


def income(rng: Random, household: Household, month: Month) -> int:
    """A yearly (rural) or monthly (urban) income in whole yuan that leaves a gap under the month's standard.

    The gap's share of the standard is drawn so that allowance and top-ups average 453 yuan (urban) and 268
    yuan (rural) a person and month at 705 a month and 5,316 a year.
    """
    standard = standard_in(month)
    line_yuan = int((standard.urban if household.urban else standard.rural).split(".")[0])
    share = 1000 if rng.randrange(100) < 6 else 40 + rng.randrange(462) + rng.randrange(462)
    if household.urban:
        share = min(1000, share + 30)
    insured = max(1, len(household.insured))
    return line_yuan * insured * (1000 - share) // 1000


def enrol_fact(composer: Composer, household: Household) -> Fact:
    """The household's `enrol` fact."""
    division = composer.division
    township = household.village[:9]
    fact: Fact = {
        "fact": "enrol",
        "division": division,
        "case": household.case,
        "programme": "dibao_urban" if household.urban else "dibao_rural",
        "confirmed_on": household.confirmed_on.isoformat(),
        "head": household.head.person,
        "members": [member.fact() for member in household.members],
        "income": {"amount": f"{household.income_yuan}.00", "per": household.per},
        "village": household.village,
        "handlers": {
            "accepted_by": f"H{township}{household.number % 2 + 1}",
            "audited_by": f"H{township}0",
            "approved_by": f"H{division}{household.number % 4 + 1}",
        },
    }
    if household.cards:
        fact["account"] = composer.account(household)
    return fact
