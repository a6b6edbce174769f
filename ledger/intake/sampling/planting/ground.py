"""The ground that suspicions are planted in: households, officials and dated facts, and what an audit must answer."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from ledger.intake.sampling import names, numbers
from ledger.intake.sampling.chance import seeded
from ledger.intake.sampling.numbers import COUNTIES
from ledger.intake.sampling.standards import STANDARDS, Fact, Standard, known_in, standard_in
from ledger.values.month import Month

PREFECTURE = "520200"
ZONE = "520291"
"""A development zone with planted households alone: what concerns a whole county's batch or fund is planted there."""
WIDE = "520203"
"""The county whose `kin_scope` is widened with the second month."""
AUDITED_ON = 20
"""The day of the last month that audits are made on."""
BEFORE_CLOSE, AFTER_CLOSE = 0, 2
_BANK = "贵州省农村信用社"
_BORN = (1975, 1978, 1981, 1984, 1987, 1990, 1993, 1996)
"""Planted members are of no age that gets a top-up."""


class Answer(NamedTuple):
    """Whom a query must name (or, as a decoy, must not); without `month` in whatever months."""

    query: str
    division: str
    subject: str
    month: str | None = None


class When(NamedTuple):
    """A day, and whether what becomes known on it does so before or after the day's close."""

    day: date
    turn: int = BEFORE_CLOSE


@dataclass(frozen=True, slots=True)
class Member:
    """A planted person as the enrolment tells him."""

    person: str
    name: str
    sex: str
    id_number: str
    birth_date: date

    def fact(self, **other: object) -> Fact:
        """As a member of `enrol`."""
        told = {
            "person": self.person, "name": self.name, "id_number": self.id_number,
            "birth_date": self.birth_date.isoformat(), "sex": self.sex,
        } | other  # fmt: skip
        return {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Home:
    """A planted case."""

    division: str
    case: str
    members: tuple[Member, ...]
    account: Fact

    @property
    def head(self) -> Member:
        """Who heads it."""
        return self.members[0]


class Ground:
    """All that is planted: facts by the moment they become known, payouts sent back and again, and the answers."""

    def __init__(self, seed: int, first: Month, months: int) -> None:
        self.first = first
        self.last = first + (months - 1)
        self.months = [first + n for n in range(months)]
        self.facts: dict[When, list[Fact]] = defaultdict(list)
        self.returned: dict[tuple[date, str], list[tuple[str, Month]]] = defaultdict(list)
        self.sent_again: dict[tuple[date, str], list[tuple[str, Month]]] = defaultdict(list)
        self.answers: set[Answer] = set()
        self.decoys: set[Answer] = set()
        self.rng = seeded(seed, "planted")
        self.planted = 0

    @property
    def audited_on(self) -> date:
        """The day audits are made on."""
        return self.last.first_day.replace(day=AUDITED_ON)

    def raised_in(self, month: Month) -> Standard | None:
        """The standard, in force from the first month on, that becomes known in a month's file."""
        found = (s for s in STANDARDS if known_in(s, self.first, len(self.months)) == month)
        return next((s for s in found if s.effective_from <= self.first), None)

    def back_paid(self) -> list[Month]:
        """The months that a later close paid the difference of a raise for."""
        raises = [(s.effective_from, known_in(s, self.first, len(self.months))) for s in STANDARDS]
        return [m for m in self.months for since, known in raises if known is not None and since <= m <= known]

    def number(self) -> int:
        """A number nothing planted has had."""
        self.planted += 1
        return self.planted


@dataclass(frozen=True, slots=True)
class Plot:
    """Where one suspicion is planted: a county, the next one, and the months by their place in the year."""

    ground: Ground
    division: str

    @property
    def neighbour(self) -> Plot:
        """The next county: relatives, second cases and accounts may be there."""
        there = COUNTIES[(COUNTIES.index(self.division) + 1) % len(COUNTIES)]
        return Plot(self.ground, there)

    def month(self, number: int) -> Month:
        """The month so many after the first (before, where negative)."""
        return self.ground.first + number

    @property
    def last(self) -> Month:
        """The last month closed."""
        return self.ground.last

    def from_on(self, number: int) -> list[Month]:
        """The months from the one so many after the first on, to the last."""
        return self.ground.months[number:]

    # -- what becomes known

    def tell(self, when: date | When, kind: str, /, **fields: object) -> Fact:
        """A fact that becomes known on a day; a field ending in `_` is a word of the language."""
        moment = when if isinstance(when, When) else When(when)
        fact: Fact = {"fact": kind, "division": self.division}
        fact |= {name.rstrip("_"): _told(value) for name, value in fields.items() if value is not None}
        self.ground.facts[moment].append(fact)
        return fact

    def of(self, home: Home, when: date | When, kind: str, /, **fields: object) -> Fact:
        """A fact about a case."""
        return Plot(self.ground, home.division).tell(when, kind, case=home.case, **fields)

    def void(self, home: Home, when: date, told: Fact) -> None:
        """Voids a fact told before."""
        told["id"] = f"{home.case}-{self.ground.number()}"
        Plot(self.ground, home.division).tell(when, "void", of=told["id"], reason="录入错误")

    def reviewed(self, home: Home) -> None:
        """A review in the first month, for who was confirmed too long ago to go without."""
        self.of(home, paid(self.month(0)), "review", on=day(self.month(0), 10), kind="yearly")

    def send_back(self, code: str, month: Month, on: date) -> None:
        """The bank returns a month's payout of a case or relief."""
        self.ground.returned[on, self.division].append((code, month))

    def send_again(self, code: str, month: Month, on: date) -> None:
        """A returned payout is sent again."""
        self.ground.sent_again[on, self.division].append((code, month))

    # -- who there is

    def member(self, *, number: int, place: int, like: Member | None = None) -> Member:
        """The person of a place in planted household `number`; `like`: under the particulars of another."""
        rng = self.ground.rng
        code = f"P{self.division}9{number:05d}{place}"
        if like is not None:
            return Member(code, like.name, like.sex, like.id_number, like.birth_date)
        sex = "male" if place % 2 == 0 else "female"
        id_number, born = numbers.id_number(self.division, _place(number), _BORN[place], sex)
        return Member(code, names.surname(rng) + names.given_name(rng, sex), sex, id_number, born)

    def home(
        self,
        persons: int = 1,
        *,
        programme: str = "dibao_rural",
        confirmed_on: date | None = None,
        known_on: date | None = None,
        like: Member | None = None,
        told: dict[int, Fact] | None = None,
        account: Fact | None = None,
        **fields: object,
    ) -> Home:
        """A household enrolled in time, with nothing wrong but what is asked for.

        `like`: its head is that person under another code. `told` changes what is told of a member.
        """
        number = self.ground.number()
        confirmed_on = confirmed_on or day(self.month(-1), 25)
        members = tuple(
            self.member(number=number, place=place, like=None if place else like) for place in range(persons)
        )
        own = account or self.card(number, members[0].name)
        home = Home(self.division, f"C{self.division}9{number:05d}", members, own)
        self.tell(
            max(confirmed_on, known_on or day(self.month(-1), 25)),
            "enrol",
            **{
                "case": home.case, "programme": programme, "confirmed_on": confirmed_on, "head": home.head.person,
                "members": [m.fact(**(told or {}).get(place, {})) for place, m in enumerate(members)],
                "village": f"{self.division}9{number:05d}", "account": own,
            } | fields,
        )  # fmt: skip
        return home

    def tekun(
        self, *, tier: str = "self", institution: str | None = None, care: Fact | None = None, **fields: Any
    ) -> Home:
        """A destitute person alone; `care` says more of who cares."""
        terms: Fact = {"tier": tier, "mode": "institutional" if institution else "scattered"}
        terms |= {"institution": institution} if institution else {}
        return self.home(programme="tekun", care=terms | (care or {}), **fields)

    def card(self, number: int, holder: str) -> Fact:
        """The account of a planted household."""
        return {"number": numbers.card(self.division, _place(number), 0), "holder": holder, "bank": _BANK}

    def official(
        self, *, person: str | None = None, since: date = date(2019, 3, 1), to: date | None = None
    ) -> tuple[str, str]:
        """An official of the county and his person, known before the first close."""
        number = self.ground.number()
        code = f"V{self.division}9{number:05d}"
        person = person or f"P{code}"
        self.tell(
            self.known_first, "official", official=code, person=person, role="village_committee",
            unit=f"{self.division}201201", from_=since, to=to,
        )  # fmt: skip
        return code, person

    def village(self) -> str:
        """A village where nobody lives yet."""
        return f"{self.division}8{self.ground.number():05d}"

    def stranger(self) -> str:
        """A person outside every case."""
        return f"P{self.division}8{self.ground.number():05d}"

    @property
    def known_first(self) -> date:
        """A day on which what is on the books becomes known before the first close."""
        return day(self.month(-1), 26)

    # -- what an audit must answer

    def named(self, query: str, whom: Home | str, *months: Month) -> None:
        """The query must name him: in these months and no other, or whichever."""
        self.ground.answers |= self._answers(query, whom, months)

    def clean(self, query: str, whom: Home | str, *months: Month) -> None:
        """The query must not name him."""
        self.ground.decoys |= self._answers(query, whom, months)

    def _answers(self, query: str, whom: Home | str, months: tuple[Month, ...]) -> set[Answer]:
        division, subject = (whom.division, whom.case) if isinstance(whom, Home) else (self.division, whom)
        told: tuple[str | None, ...] = tuple(map(str, months)) or (None,)
        return {Answer(query, division, subject, month) for month in told}


def day(month: Month, number: int) -> date:
    """A day of a month."""
    return date(month.year, month.number, number)


def paid(month: Month) -> date:
    """A day after a month was closed."""
    return day(month, 12)


def last_day_before(month: Month) -> date:
    """The last day of the month before."""
    return month.first_day - timedelta(days=1)


def rural_fen(month: Month, persons: int = 1) -> int:
    """What rural dibao is for so many persons without income: every published standard divides by 12."""
    return parse_fen(standard_in(month).rural) * persons // 12


def parse_fen(yuan: str) -> int:
    """A published amount in fen."""
    whole, _, cents = yuan.partition(".")
    return int(whole) * 100 + int(cents or 0)


def yuan(fen: int) -> str:
    """Fen as a fact tells them."""
    return f"{fen // 100}.{fen % 100:02d}"


def _place(number: int) -> int:
    """Planted households have numbers from below the destitute's place down, each in one county alone."""
    return numbers.HOUSEHOLDS_AT_MOST * 9 // 10 - 1 - number


def _told(value: object) -> object:
    return str(value) if isinstance(value, date | Month) else value
