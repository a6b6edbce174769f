"""A month's changes of a county: how many of each kind, in which order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from random import Random

from ledger.intake.sampling import changes
from ledger.intake.sampling.changes import Change, Sitting
from ledger.intake.sampling.harvests import harvest_fact
from ledger.intake.sampling.households import Household, enrol_fact
from ledger.intake.sampling.register import Register
from ledger.intake.sampling.standards import Fact
from ledger.values.month import Month

_RATES: tuple[tuple[int, Change], ...] = (
    (22, changes.die),
    (5, changes.bereave),
    (22, changes.go),
    (20, changes.join),
    (200, changes.earn),
    (35, changes.begin_category),
    (20, changes.end_category),
    (12, changes.suspend),
    (10, changes.hold),
    (60, changes.stop),
    (40, changes.change_account),
    (10, changes.correct),
)
"""Of ten thousand households a month; a prefecture of 91,221 households has 200–300 deaths a month."""
_MORE_RATES: tuple[tuple[int, Change], ...] = ((8, changes.grant_grace),)
"""The same of what happens only in a sample of all programmes."""
_ENROLMENTS = 70
_VOIDS = 4
_ALL_KINDS_FROM = 40
"""From this many households on each kind happens at least once a month, so that small samples show all."""
_HARVEST_MONTH = 4


def file_day(month: Month) -> date:
    """The day a month's changes are recorded: after its own close, before the next one."""
    return date(month.year, month.number, 28)


def new_since(month: Month, first_month: Month, *, tidy: bool = False) -> date:
    """The first day of what is new in a month's file; tidily nothing of the month before is left over."""
    if tidy:
        return month.first_day
    return file_day(month - 1) + timedelta(days=1) if month > first_month else (month - 1).last_day


def month_facts(
    register: Register,
    month: Month,
    rng: Random,
    first_month: Month,
    *,
    all_programmes: bool = False,
    tidy: bool = False,
) -> Iterator[Fact]:
    """All that becomes known in a month after it was paid, in an order in which each fact is legal."""
    since = new_since(month, first_month, tidy=tidy)
    sitting = Sitting(register.composer.division, month, since, file_day(month), rng, register, tidy=tidy)
    if not tidy:
        yield from _voids(sitting)
    register.voidable.clear()
    yield from _names_of_heads(sitting)
    yield from _second_halves(sitting)
    for rate, change in _RATES + _MORE_RATES * all_programmes:
        if tidy and change is changes.hold:
            continue
        for _ in range(_count(sitting, rate)):
            yield from register.pick(rng, str(month), partial(change, sitting))
    yield from _enrolments(sitting, first_month)
    if month.number == _HARVEST_MONTH and month.year > first_month.year:
        yield from _harvests(sitting)
    register.headless = sitting.headless


def _count(sitting: Sitting, rate: int) -> int:
    founding = sitting.register.founding
    whole, rest = divmod(rate * founding, 10_000)
    count = whole + (sitting.rng.randrange(10_000) < rest)
    return max(count, 1) if founding >= _ALL_KINDS_FROM else count


def _voids(sitting: Sitting) -> Iterator[Fact]:
    register = sitting.register
    standing = [said for said in register.voidable if said.household.last_day == said.said_on]
    for _ in range(min(_count(sitting, _VOIDS), len(standing))):
        said = standing.pop(sitting.rng.randrange(len(standing)))
        said.forget()
        said.household.touched = str(sitting.month)
        sitting.facts_made += 1
        yield {
            "fact": "void",
            "id": f"{sitting.division}-{sitting.month}-{sitting.facts_made:05d}",
            "division": sitting.division,
            "of": said.fact_id,
            "reason": "录入错误",
        }


def _names_of_heads(sitting: Sitting) -> Iterator[Fact]:
    for household in sitting.register.headless:
        yield from changes.name_head(sitting, household)
        household.touched = str(sitting.month)


def _second_halves(sitting: Sitting) -> Iterator[Fact]:
    """Resumptions and releases of what rested, half of it each month."""
    for household in sitting.register.remembered():
        if household.ended or household.touched == str(sitting.month):
            continue
        change = changes.resume if household.suspended else changes.release
        if (household.suspended or household.held) and sitting.rng.randrange(2):
            yield from change(sitting, household) or ()
            household.touched = str(sitting.month)


def _enrolments(sitting: Sitting, first_month: Month) -> Iterator[Fact]:
    """New households; one in ten was confirmed last month and is recorded late."""
    for _ in range(_count(sitting, _ENROLMENTS)):
        late = sitting.rng.randrange(10) == 0 and sitting.month > first_month
        first = (sitting.month - 1).first_day if late else sitting.since
        day = first + timedelta(days=sitting.rng.randrange(28 if late else (sitting.recorded_on - first).days + 1))
        household = sitting.register.enter(day)
        if household is None:
            return
        household.touched = str(sitting.month)
        yield enrol_fact(sitting.composer, household) | {"id": f"{household.case}-enrol"}
        yield from _harvest(sitting, household)


def _harvests(sitting: Sitting) -> Iterator[Fact]:
    for household in sitting.register:
        if not household.ended:
            yield from _harvest(sitting, household)


def _harvest(sitting: Sitting, household: Household) -> Iterator[Fact]:
    fact = harvest_fact(sitting.composer, household.number, sitting.month.year)
    if fact is not None:
        yield fact
