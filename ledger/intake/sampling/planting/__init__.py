"""A prefecture's months with planted suspicions: clean years otherwise, and the answers an audit of them must give.

Every kind of suspicion is planted several times, beside decoys: the same but for the one thing that makes it one.
Planted households live beside the prefecture's own. Whom which query must name is written down while planting,
from what is planted alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from heapq import merge

from ledger.intake.sampling.counties import CLOSE_DAY, SampleFile, prefecture
from ledger.intake.sampling.numbers import COUNTIES
from ledger.intake.sampling.planting import accounts, deaths, due, filings, imports, kinship, persons, programmes
from ledger.intake.sampling.planting.ground import ZONE, Answer, Ground, Plot, When
from ledger.intake.sampling.planting.zone import CLOSED_LATE, LATE_DAY, appropriate, zone
from ledger.intake.sampling.standards import Fact
from ledger.values.month import Month

__all__ = ["DIVISIONS", "Answer", "Closes", "PlantedYear", "SendsAgain", "SendsBack", "Step", "planted_year"]

DIVISIONS = (*COUNTIES, ZONE)
_MONTHS = range(4, 13)
_RECIPES: tuple[Callable[[Plot], None], ...] = (
    *deaths.RECIPES,
    *due.RECIPES,
    *imports.RECIPES,
    *persons.RECIPES,
    *accounts.RECIPES,
    *programmes.RECIPES,
    *kinship.RECIPES,
    *filings.RECIPES,
)


@dataclass(frozen=True, slots=True)
class Closes:
    """A month of some divisions is closed."""

    on: date
    month: Month
    divisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SendsBack:
    """The bank returns payouts: case or relief, and month."""

    on: date
    division: str
    payouts: tuple[tuple[str, Month], ...]


@dataclass(frozen=True, slots=True)
class SendsAgain:
    """Returned payouts are sent again."""

    on: date
    division: str
    payouts: tuple[tuple[str, Month], ...]


Step = SampleFile | Closes | SendsBack | SendsAgain


@dataclass(frozen=True, slots=True)
class PlantedYear:
    """What happens, in order, and whom an audit on `audited_on` must and must not name."""

    steps: Iterator[Step]
    answers: frozenset[Answer]
    decoys: frozenset[Answer]
    audited_on: date


def planted_year(households: int, seed: int, first_month: Month, months: int, *, times: int = 1) -> PlantedYear:
    """A clean prefecture (see `prefecture`) with each suspicion planted `times` over, in one county after the other.

    The same arguments give the same year.

    Raises:
        ValueError: for other than 4 to 12 months, one of them from June to August and one not; as `prefecture`.
    """
    ground = Ground(seed, first_month, months)
    seasons = {month.number in (6, 7, 8) for month in ground.months}
    if months not in _MONTHS or len(seasons) < 2:
        raise ValueError("4 to 12 months, of which one has relief grain (June to August) and one has none")
    kinship.widen(ground)
    zone(ground)
    for division in COUNTIES:
        appropriate(Plot(ground, division))
    for number in range(times):
        for place, plant in enumerate(_RECIPES):
            plant(Plot(ground, COUNTIES[(number + place) % len(COUNTIES)]))
    files = prefecture(households, seed, first_month, months, all_programmes=True, supervision=True, tidy=True)
    background = ((When(file.recorded_on), file) for file in files if file.recorded_on <= ground.audited_on)
    steps = merge(background, _planted(ground), key=lambda at: at[0])
    return PlantedYear(
        (step for _, step in steps), frozenset(ground.answers), frozenset(ground.decoys), ground.audited_on
    )


def _planted(ground: Ground) -> Iterator[tuple[When, Step]]:
    """Closes and what is planted, by the moment: facts before what the bank does on their day."""
    found: list[tuple[When, Step]] = list(_closes(ground))
    for when, facts in ground.facts.items():
        name = f"planted_{when.day}_{when.turn}.jsonl"
        found.append((when, SampleFile(name, when.day, [_dated(fact, when.day) for fact in facts])))
    for (day, division), payouts in ground.returned.items():
        found.append((When(day, _BY_THE_BANK), SendsBack(day, division, tuple(payouts))))
    for (day, division), payouts in ground.sent_again.items():
        found.append((When(day, _BY_THE_BANK), SendsAgain(day, division, tuple(payouts))))
    return iter(sorted(found, key=lambda at: at[0]))


def _closes(ground: Ground) -> Iterator[tuple[When, Closes]]:
    """All divisions on the day of closing; the zone in some months late."""
    for number, month in enumerate(ground.months):
        day, late = month.first_day.replace(day=CLOSE_DAY), month.first_day.replace(day=LATE_DAY)
        yield When(day, _CLOSING), Closes(day, month, COUNTIES if number in CLOSED_LATE else DIVISIONS)
        if number in CLOSED_LATE:
            yield When(late, _CLOSING), Closes(late, month, (ZONE,))


_CLOSING, _BY_THE_BANK = 1, 3


def _dated(fact: Fact, day: date) -> Fact:
    return fact | {"recorded_on": day.isoformat()}
