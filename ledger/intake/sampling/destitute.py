"""Tekun cases of a sample: as many for its households as the reference prefecture has, and what befalls them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from ledger.intake.sampling import names, numbers
from ledger.intake.sampling.chance import seeded
from ledger.intake.sampling.numbers import Places
from ledger.intake.sampling.standards import Fact
from ledger.values.month import Month

TEKUN_PER_MILLE = 63
"""5,751 destitute persons to 91,221 households."""
_BANK = "贵州省农村信用社"
_INSTITUTIONAL = 20
_CARERS_FROM = 500
"""Accounts of a case from this version on are its carers'."""
_TIERS = ("self", "self", "partial", "full")
_CARED = ("person", "person", "person", "account", "account", "")
"""What is known of a scattered person's carer: a person with an account, an account alone, nothing."""


def tekun_rules(division: str, first: Month) -> Iterator[Fact]:
    """The basic living standard of the reference prefecture and the care standards of Nayong (2023)."""
    amounts = {"tekun_basic": "1013.00", "tekun_care_full": "1760.00", "tekun_care_partial": "1056.00"}
    for programme, amount in amounts.items():
        yield {
            "fact": "standard", "division": division, "programme": programme, "amount": amount, "per": "month",
            "from": str(first - 24),
        }  # fmt: skip


@dataclass(slots=True)
class Destitute:
    """One destitute person as known; `accounts` and `carers` count those he and his carers have had."""

    number: int
    case: str
    name: str
    sex: str
    id_number: str
    birth_date: date
    village: str
    tier: str
    institution: str
    carer: str
    confirmed_on: date
    last_day: date
    accounts: int = 0
    carers: int = 0
    ended: bool = False


class DestitutePeople:
    """A county's destitute; who is on the books at the opening is the same whenever asked for."""

    def __init__(
        self, division: str, households: int, seed: int, first: Month, places: Places, *, tidy: bool = False
    ) -> None:
        self.division = division
        self._tidy = tidy
        self.founding = max(1, households * TEKUN_PER_MILLE // 1000)
        self._seed, self._first, self._places = seed, first, places
        self._people: list[Destitute] = []

    def opening(self) -> Iterator[Fact]:
        """The enrolments of those on the books when they open."""
        for number in range(self.founding):
            yield self._enrolment(self._founder(number))

    def month_facts(self, month: Month, since: date, recorded_on: date) -> Iterator[Fact]:
        """What becomes known in a month, in an order in which each fact is legal; take the months in order."""
        if not self._people:
            self._people = [self._founder(number) for number in range(self.founding)]
        rng = seeded(self._seed, self.division, "tekun", month)
        touched: set[int] = set()
        made = 0
        if self._tidy and month == self._first:
            yield from self._assessments(since, recorded_on)
        for per_mille, change in _CHANGES:
            for _ in range(self._count(rng, per_mille)):
                someone = rng.choice(self._people)
                day = max(since, someone.last_day + timedelta(days=1))
                if someone.ended or someone.number in touched or day > recorded_on:
                    continue
                day += timedelta(days=rng.randrange((recorded_on - day).days + 1))
                for fact in change(self, someone, day, rng):
                    made += 1
                    someone.last_day = day
                    touched.add(someone.number)
                    yield fact | {"id": f"{self.division}-{month}-T{made:05d}", "division": self.division}
        for _ in range(self._count(rng, _ENTERING)):
            day = since + timedelta(days=rng.randrange((recorded_on - since).days + 1))
            someone = self._person(len(self._people), day, rng)
            self._people.append(someone)
            yield self._enrolment(someone) | {"id": f"{someone.case}-enrol"}

    def reviews(self, on: date) -> Iterator[Fact]:
        """The yearly review of those on the books."""
        for someone in self._people:
            if not someone.ended:
                yield {
                    "fact": "review", "division": self.division, "case": someone.case, "on": on.isoformat(),
                    "kind": "yearly", "outcome": "维持",
                }  # fmt: skip

    def _assessments(self, since: date, recorded_on: date) -> Iterator[Fact]:
        """Everybody's tier assessed anew, with no change: the year is covered."""
        for someone in self._people:
            someone.last_day = since
            yield {
                "fact": "care", "division": self.division, "case": someone.case, "tier": someone.tier,
                "assessed_on": since.isoformat(),
            }  # fmt: skip

    def _count(self, rng: Random, per_mille: int) -> int:
        whole, rest = divmod(per_mille * self.founding, 1000)
        return whole + (rng.randrange(1000) < rest)

    def _founder(self, number: int) -> Destitute:
        rng = seeded(self._seed, self.division, "tekun", number)
        confirmed_on = (self._first - 1).first_day - timedelta(days=rng.randrange(300))
        return self._person(number, confirmed_on, rng)

    def _person(self, number: int, confirmed_on: date, rng: Random) -> Destitute:
        sex = rng.choice(("male", "male", "female"))
        born_in = confirmed_on.year - 60 - rng.randrange(32)
        id_number, born = numbers.id_number(self.division, _place(number), born_in, sex)
        institutional = rng.randrange(100) < _INSTITUTIONAL
        tier = rng.choice(_TIERS)
        return Destitute(
            number, f"T{self.division}{number:06d}", names.surname(rng) + names.given_name(rng, sex), sex,
            id_number, born, self._places.village(rng, urban=False), tier,
            f"{self.division}敬老院" if institutional else "",
            "" if institutional or tier == "self" else rng.choice(_CARED), confirmed_on, confirmed_on,
        )  # fmt: skip

    def _enrolment(self, someone: Destitute) -> Fact:
        rng = seeded(self._seed, self.division, "carer", someone.number, 0)
        member = {
            "person": f"P{someone.case}", "name": someone.name, "id_number": someone.id_number,
            "birth_date": someone.birth_date.isoformat(), "sex": someone.sex,
        }  # fmt: skip
        care: Fact = {"tier": someone.tier, "mode": "institutional" if someone.institution else "scattered"}
        if someone.institution:
            care["institution"] = someone.institution
        fact: Fact = {
            "fact": "enrol", "division": self.division, "case": someone.case, "programme": "tekun",
            "confirmed_on": someone.confirmed_on.isoformat(), "head": f"P{someone.case}", "members": [member],
            "account": self._account(someone), "care": care | self.carer(someone, rng),
        }  # fmt: skip
        return fact if self._tidy else fact | {"village": someone.village}

    def _account(self, someone: Destitute) -> Fact:
        if someone.institution:
            return {"number": f"{self.division}0000000001", "holder": someone.institution, "bank": _BANK}
        number = numbers.passbook(self.division, _place(someone.number), someone.accounts)
        return {"number": number, "holder": someone.name, "bank": _BANK}

    def carer(self, someone: Destitute, rng: Random) -> Fact:
        """Who cares, as far as it is known: a person and an account, the account alone, or nothing."""
        if not someone.carer:
            return {}
        number = numbers.passbook(self.division, _place(someone.number), _CARERS_FROM + someone.carers)
        holder = names.surname(rng) + names.given_name(rng, "female")
        known: Fact = {"carer_account": {"number": number, "holder": holder, "bank": _BANK}}
        if someone.carer == "person":
            known["carer"] = f"P{someone.case}K{someone.carers}"
        return known

    def new_account(self, someone: Destitute) -> Fact:
        """His next account."""
        someone.accounts += 1
        return self._account(someone)


def _place(number: int) -> int:
    """The last households' places in a county are kept for the destitute."""
    return numbers.HOUSEHOLDS_AT_MOST - 1 - number


_Change = Callable[[DestitutePeople, Destitute, date, Random], Iterator[Fact]]


def _assess(people: DestitutePeople, someone: Destitute, day: date, rng: Random) -> Iterator[Fact]:
    someone.tier = rng.choice(_TIERS)
    yield {"fact": "care", "case": someone.case, "tier": someone.tier, "assessed_on": day.isoformat()}


def _change_carer(people: DestitutePeople, someone: Destitute, day: date, rng: Random) -> Iterator[Fact]:
    if someone.carer:
        someone.carers += 1
        fact = {"fact": "care", "case": someone.case, "tier": someone.tier, "assessed_on": day.isoformat()}
        yield fact | people.carer(someone, rng)


def _change_account(people: DestitutePeople, someone: Destitute, day: date, rng: Random) -> Iterator[Fact]:
    if not someone.institution and someone.accounts + 1 < _CARERS_FROM:
        yield {"fact": "account", "case": someone.case, "account": people.new_account(someone)}


def _die(people: DestitutePeople, someone: Destitute, day: date, rng: Random) -> Iterator[Fact]:
    someone.ended = True
    yield {
        "fact": "leave", "case": someone.case, "person": f"P{someone.case}", "date": day.isoformat(),
        "reason": "death",
    }  # fmt: skip


def _take_home(people: DestitutePeople, someone: Destitute, day: date, rng: Random) -> Iterator[Fact]:
    if someone.institution:
        someone.ended = True
        reason = "离院由亲属接回赡养"
        yield {"fact": "discharge", "case": someone.case, "on": day.isoformat()}
        yield {"fact": "stop", "case": someone.case, "decided_on": day.isoformat(), "reason": reason}


_CHANGES: tuple[tuple[int, _Change], ...] = (
    (20, _assess),
    (12, _change_carer),
    (6, _change_account),
    (6, _die),
    (8, _take_home),
)
"""Tries of a thousand destitute a month; a change that does not fit who was drawn is left out."""
_ENTERING = 7
