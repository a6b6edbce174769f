"""A county's or the prefecture's facts files, one for each day something becomes known, in that order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial

from ledger.intake.sampling.chance import seeded
from ledger.intake.sampling.destitute import DestitutePeople, tekun_rules
from ledger.intake.sampling.harvests import harvest_fact
from ledger.intake.sampling.households import Composer, enrol_fact
from ledger.intake.sampling.months import file_day, month_facts, new_since
from ledger.intake.sampling.numbers import COUNTIES, HOUSEHOLDS_AT_MOST, Places
from ledger.intake.sampling.payments import import_facts, one_off_facts
from ledger.intake.sampling.register import Register
from ledger.intake.sampling.reliefs import relief_facts
from ledger.intake.sampling.standards import FIRST_MONTH, Fact, policy_facts, raises_in, standard_facts
from ledger.intake.sampling.supervision import opening_facts, supervision_facts
from ledger.values.month import Month

CLOSE_DAY = 8
"""The day on which a sample's months are meant to be closed: after the file of the month before."""
_SHARES = (16, 22, 30, 32)
"""Percent of the prefecture's households in each of `COUNTIES`."""
SIZES = {"village": 80, "county": 23_000, "prefecture": 91_221}
"""Households on the books, by size; the prefecture's are those of Liupanshui's news release of 2022-09-16."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts made anew each time they are read, each with the day it is recorded on."""

    recorded_on: date
    make: Callable[[], Iterable[Fact]]

    def __iter__(self) -> Iterator[Fact]:
        recorded_on = self.recorded_on.isoformat()
        for fact in self.make():
            fact["recorded_on"] = recorded_on
            yield fact


@dataclass(frozen=True, slots=True)
class SampleFile:
    """A facts file: its name, the day it becomes known, and its facts (docs/facts.md), never all in memory."""

    name: str
    recorded_on: date
    facts: Iterable[Fact]


def county(
    households: int,
    division: str,
    seed: int,
    first_month: Month,
    months: int,
    *,
    all_programmes: bool = False,
    supervision: bool = False,
    tidy: bool = False,
) -> Iterator[SampleFile]:
    """The files of one county whose books open with `first_month`.

    Policies and enrolments become known in the month before; then there is a file for each of the `months`,
    recorded on the 28th, after that month's close and before the next. A standard raised within the months
    is a file of its own, mostly known only after a month was paid without it. Take the files in order: a
    month's facts follow from those before. The same arguments give the same facts. People, ID numbers and
    accounts are unique among the counties of Liupanshui whatever the seed.

    With `all_programmes` there are destitute people, emergency reliefs, one-off subsidies, grace periods and
    some payments of the old books beside dibao. With `supervision` there are officials and their relatives'
    filings, applications, postings, reviews, matches, monitored people, appropriations and grain hand-outs, in
    files of their own. Neither changes the other files' facts, but for the grace periods among a month's
    changes.

    `tidy` leaves out what an audit would name: what is known after a month it should have stopped, holds and
    voids, imports, relatives not filed or decided on by their own, repeated reliefs, telling matches, short
    postings, missing reviews and assessments.

    Raises:
        ValueError: for households or months below 1, a first month before 2012-01 (the oldest standard), or
            more households than have unique numbers (nine tenths of them with `all_programmes`).
    """
    wanted = _Wanted(division, seed, first_month, months, all_programmes, supervision, tidy)
    return _files({division: households}, wanted)


def prefecture(
    households: int,
    seed: int,
    first_month: Month,
    months: int,
    *,
    all_programmes: bool = False,
    supervision: bool = False,
    tidy: bool = False,
) -> Iterator[SampleFile]:
    """The files of the four counties of Liupanshui, interleaved by day; the rules are its own (520200).

    Raises:
        ValueError: as `county`.
    """
    parts = [households * share // 100 for share in _SHARES]
    parts[-1] = households - sum(parts[:-1])
    wanted = _Wanted("520200", seed, first_month, months, all_programmes, supervision, tidy)
    return _files(dict(zip(COUNTIES, parts, strict=True)), wanted)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What was asked for; `rules_of` is the division the rules are recorded for."""

    rules_of: str
    seed: int
    first: Month
    months: int
    all_programmes: bool
    supervision: bool
    tidy: bool


def _files(households: dict[str, int], wanted: _Wanted) -> Iterator[SampleFile]:
    counts = households.values()
    at_most = HOUSEHOLDS_AT_MOST * 9 // 10 if wanted.all_programmes else HOUSEHOLDS_AT_MOST
    if wanted.months < 1 or min(counts) < 1 or max(counts) > at_most or wanted.first < FIRST_MONTH:
        raise ValueError(f"at least one month from {FIRST_MONTH} on, and 1 to {at_most} households a county")
    return _in_order([_County(division, count, wanted) for division, count in households.items()], wanted)


def _in_order(counties: list[_County], wanted: _Wanted) -> Iterator[SampleFile]:
    several = len(counties) > 1
    before = wanted.first - 1

    def file(number: int, title: str, division: str, day: date, make: Callable[[], Iterable[Fact]]) -> SampleFile:
        part = f"_{division}" if several and division else ""
        return SampleFile(f"{number:03d}_{title}{part}_{day}.jsonl", day, Facts(day, make))

    rules = partial(_rules, [county.division for county in counties], wanted)
    yield file(0, "policy", "", _day(before, 20), rules)
    for number, title, day_before, make in _OPENING:
        for county in counties:
            if title in county.titles:
                yield file(number, title, county.division, _day(before, day_before), partial(make, county))
    for number in range(wanted.months):
        month = wanted.first + number
        day = file_day(month)
        for county in counties:
            facts = county.month_facts(month)
            yield file(20 + number, f"month_{month}", county.division, day, partial(iter, facts))
            if wanted.supervision:
                facts = county.supervision_facts(month, facts)
                yield file(20 + number, f"supervision_{month}", county.division, day, partial(iter, facts))
        for standard in raises_in(month, wanted.first, wanted.months):
            make_raise = partial(standard_facts, wanted.rules_of, standard)
            yield file(20 + number, f"raise_{standard.effective_from}", "", day, make_raise)
        one_offs = list(one_off_facts(wanted.rules_of, month, wanted.first)) if wanted.all_programmes else []
        if one_offs:
            yield file(20 + number, f"one_offs_{month + 1}", "", day, partial(iter, one_offs))


class _County:
    """One county's books in the making."""

    def __init__(self, division: str, households: int, wanted: _Wanted) -> None:
        places = Places.of(division, households)
        composer = Composer(division, wanted.seed, wanted.first, places)
        self.division = division
        self.titles = {"enrolments", "harvests"}
        self.titles |= {"tekun"} if wanted.all_programmes else set()
        self.titles |= {"imports"} if wanted.all_programmes and not wanted.tidy else set()
        self.titles |= {"supervision"} if wanted.supervision else set()
        self._wanted = wanted
        self._register = Register(composer, households)
        self._destitute = DestitutePeople(
            division, households, wanted.seed, wanted.first, places, tidy=wanted.tidy
        )
        self._rng = seeded(wanted.seed, division, "months")

    def enrolments(self) -> Iterator[Fact]:
        """The households on the books when they open."""
        composer = self._register.composer
        for number in range(self._register.founding):
            yield enrol_fact(composer, composer.founding(number))

    def tekun(self) -> Iterator[Fact]:
        """The destitute on the books when they open."""
        return self._destitute.opening()

    def harvests(self) -> Iterator[Fact]:
        """The first year's harvests."""
        for number in range(self._register.founding):
            fact = harvest_fact(self._register.composer, number, self._wanted.first.year)
            if fact is not None:
                yield fact

    def imports(self) -> Iterator[Fact]:
        """What the old books had paid for the first month."""
        first = self._wanted.first
        return import_facts(self._register, self._wanted.seed, first, _day(first - 1, 24))

    def supervision(self) -> Iterator[Fact]:
        """Officials, relatives, the watched and appropriations."""
        first = self._wanted.first
        return opening_facts(self._register, self._wanted.seed, first, _day(first - 1, 27), tidy=self._wanted.tidy)

    def month_facts(self, month: Month) -> list[Fact]:
        """All that becomes known in a month."""
        wanted = self._wanted
        kinds = {"all_programmes": wanted.all_programmes, "tidy": wanted.tidy}
        facts = list(month_facts(self._register, month, self._rng, wanted.first, **kinds))
        if wanted.all_programmes:
            day, founding = file_day(month), self._register.founding
            since = new_since(month, wanted.first, tidy=wanted.tidy)
            facts += self._destitute.month_facts(month, since, day)
            facts += relief_facts(self.division, founding, wanted.seed, month, day, tidy=wanted.tidy)
        return facts

    def supervision_facts(self, month: Month, facts: list[Fact]) -> list[Fact]:
        """What supervision gets to know with a month's facts."""
        wanted = self._wanted
        day = file_day(month)
        found = list(
            supervision_facts(self._register, wanted.seed, month, wanted.first, day, facts, tidy=wanted.tidy)
        )
        if wanted.tidy and wanted.all_programmes and month.number == wanted.first.number:
            found += self._destitute.reviews(day)
        return found


_OPENING: tuple[tuple[int, str, int, Callable[[_County], Iterable[Fact]]], ...] = (
    (10, "enrolments", 25, _County.enrolments),
    (12, "tekun", 25, _County.tekun),
    (15, "harvests", 26, _County.harvests),
    (16, "imports", 26, _County.imports),
    (18, "supervision", 27, _County.supervision),
)
"""Number, title and day in the month before of the files known before the first close."""


def _day(month: Month, number: int) -> date:
    return date(month.year, month.number, number)


def _rules(divisions: list[str], wanted: _Wanted) -> Iterator[Fact]:
    for division in divisions:
        yield {"fact": "opening", "division": division, "month": str(wanted.first)}
    yield from policy_facts(wanted.rules_of, wanted.first, wanted.months)
    if wanted.all_programmes:
        yield from tekun_rules(wanted.rules_of, wanted.first)
