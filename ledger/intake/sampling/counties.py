"""A county's or the prefecture's facts files, one for each day something becomes known, in that order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial

from ledger.intake.sampling.chance import seeded
from ledger.intake.sampling.destitute import relief_facts, tekun_facts
from ledger.intake.sampling.harvests import harvest_fact
from ledger.intake.sampling.households import Composer, enrol_fact
from ledger.intake.sampling.months import file_day, month_facts
from ledger.intake.sampling.numbers import COUNTIES, HOUSEHOLDS_AT_MOST, Places
from ledger.intake.sampling.register import Register
from ledger.intake.sampling.standards import FIRST_MONTH, Fact, policy_facts, raises_in, standard_facts
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
    households: int, division: str, seed: int, first_month: Month, months: int, *, all_programmes: bool = False
) -> Iterator[SampleFile]:
    """The files of one county whose books open with `first_month`.

    Policies and enrolments become known in the month before; then there is a file for each of the `months`,
    recorded on the 28th, after that month's close and before the next. A standard raised within the months
    is a file of its own, mostly known only after a month was paid without it. Take the files in order: a
    month's facts follow from those before. The same arguments give the same facts. People, ID numbers and
    accounts are unique among the counties of Liupanshui whatever the seed. With `all_programmes` there are
    destitute people and emergency reliefs beside dibao.

    Raises:
        ValueError: for households or months below 1, a first month before 2012-01 (the oldest standard), or
            more households than have unique numbers.
    """
    return _files({division: households}, division, seed, first_month, months, all_programmes=all_programmes)


def prefecture(
    households: int, seed: int, first_month: Month, months: int, *, all_programmes: bool = False
) -> Iterator[SampleFile]:
    """The files of the four counties of Liupanshui, interleaved by day; the rules are its own (520200).

    Raises:
        ValueError: as `county`.
    """
    parts = [households * share // 100 for share in _SHARES]
    parts[-1] = households - sum(parts[:-1])
    shares = dict(zip(COUNTIES, parts, strict=True))
    return _files(shares, "520200", seed, first_month, months, all_programmes=all_programmes)


def _files(
    households: dict[str, int], rules_of: str, seed: int, first: Month, months: int, *, all_programmes: bool
) -> Iterator[SampleFile]:
    counts = households.values()
    if months < 1 or min(counts) < 1 or max(counts) > HOUSEHOLDS_AT_MOST or first < FIRST_MONTH:
        raise ValueError(
            f"at least one month from {FIRST_MONTH} on, and 1 to {HOUSEHOLDS_AT_MOST} households a county"
        )
    registers = {
        division: Register(Composer(division, seed, first, Places.of(division, count)), count)
        for division, count in households.items()
    }
    return _in_order(registers, rules_of, seed, first, months, all_programmes=all_programmes)


def _in_order(
    registers: dict[str, Register], rules_of: str, seed: int, first: Month, months: int, *, all_programmes: bool
) -> Iterator[SampleFile]:
    several = len(registers) > 1
    before = first - 1

    def file(number: int, title: str, division: str, day: date, make: Callable[[], Iterable[Fact]]) -> SampleFile:
        part = f"_{division}" if several and division else ""
        return SampleFile(f"{number:03d}_{title}{part}_{day}.jsonl", day, Facts(day, make))

    yield file(0, "policy", "", _day(before, 20), partial(_rules, list(registers), rules_of, first, months))
    for division, register in registers.items():
        yield file(10, "enrolments", division, _day(before, 25), partial(_enrolments, register))
    for division, register in registers.items() if all_programmes else ():
        make = partial(tekun_facts, division, register.founding, seed, first)
        yield file(12, "tekun", division, _day(before, 25), make)
    for division, register in registers.items():
        yield file(15, "harvests", division, _day(before, 26), partial(_harvests, register, first.year))
    rngs = {division: seeded(seed, division, "months") for division in registers}
    for number in range(months):
        month = first + number
        for division, register in registers.items():
            facts = list(month_facts(register, month, rngs[division], first))
            if all_programmes:
                facts += relief_facts(division, register.founding, month, file_day(month), rngs[division])
            yield file(20 + number, f"month_{month}", division, file_day(month), partial(iter, facts))
        for standard in raises_in(month, first, months):
            make = partial(standard_facts, rules_of, standard)
            yield file(20 + number, f"raise_{standard.effective_from}", "", file_day(month), make)


def _day(month: Month, number: int) -> date:
    return date(month.year, month.number, number)


def _rules(divisions: list[str], rules_of: str, first: Month, months: int) -> Iterator[Fact]:
    for division in divisions:
        yield {"fact": "opening", "division": division, "month": str(first)}
    yield from policy_facts(rules_of, first, months)


def _enrolments(register: Register) -> Iterator[Fact]:
    composer = register.composer
    for number in range(register.founding):
        yield enrol_fact(composer, composer.founding(number))


def _harvests(register: Register, year: int) -> Iterator[Fact]:
    for number in range(register.founding):
        fact = harvest_fact(register.composer, number, year)
        if fact is not None:
            yield fact
