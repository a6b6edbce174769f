"""Suspicions planted in a made-up prefecture's months: each query names all of them, and nothing else."""

from __future__ import annotations

from collections import Counter

import pytest

from ledger.intake.sampling.planting import DIVISIONS, Answer, PlantedYear, planted_year
from ledger.store.embedded import ServerAddress
from ledger.values.month import Month
from projections.suspicions import catalogue, query_of
from projections.throw_away import ThrowAwayLedgers
from scripts.planted import Outcome, Sheet, audited, judged, play

APRIL = Month.parse("2022-04")
HOUSEHOLDS, MONTHS, SEED = 300, 4, 7


@pytest.fixture(scope="module")
def sheet_and_outcomes(
    server: ServerAddress, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> tuple[Sheet, dict[str, Outcome]]:
    ledgers = ThrowAwayLedgers(server.conninfo, tmp_path_factory.mktemp("planted"), label=f"planted_{worker_id}")
    with ledgers.fresh(DIVISIONS[0]) as installation:
        sheet = play(installation, planted_year(HOUSEHOLDS, SEED, APRIL, MONTHS))
        return sheet, {outcome.query: outcome for outcome in audited(installation, sheet)}


@pytest.mark.parametrize("slug", catalogue())
def test_a_query_names_all_that_is_planted_and_nothing_else(
    sheet_and_outcomes: tuple[Sheet, dict[str, Outcome]], slug: str
) -> None:
    outcome = sheet_and_outcomes[1][slug]
    assert outcome.planted > 0
    assert outcome.decoys > 0
    assert outcome.wrong == ()
    assert (outcome.precision_percent, outcome.recall_percent) == (100.0, 100.0)


def planted(**other: int) -> PlantedYear:
    return planted_year(other.pop("households", 80), SEED, APRIL, other.pop("months", MONTHS), **other)


def test_nobody_planted_is_a_decoy_of_the_same_query_and_month() -> None:
    year = planted(times=4)
    assert not year.answers & year.decoys
    anywhen = {answer._replace(month=None) for answer in year.answers}
    assert not {decoy for decoy in year.decoys if decoy.month is None} & anywhen


def test_the_same_seed_plants_the_same_and_twice_over_twice_as_much() -> None:
    once, again, twice = planted(), planted(), planted(times=2)
    assert (once.answers, once.decoys) == (again.answers, again.decoys)
    counts, doubled = (Counter(answer.query for answer in year.answers) for year in (once, twice))
    assert all(doubled[query] > counts[query] for query in counts.keys() - {"fund_imbalance"})


@pytest.mark.parametrize(("months", "start"), [(3, "2022-04"), (13, "2022-04"), (4, "2022-09")])
def test_months_in_which_not_everything_can_be_planted_are_refused(months: int, start: str) -> None:
    with pytest.raises(ValueError, match="4 to 12 months"):
        planted_year(80, SEED, Month.parse(start), months)


def test_what_is_missed_and_what_is_named_without_being_planted_is_told_apart() -> None:
    answers = {Answer("vehicle", "520203", "C1"), Answer("vehicle", "520203", "C2", "2022-04")}
    outcome = judged(query_of("vehicle"), [], Sheet(APRIL.first_day, frozenset(answers), frozenset()), (0.0, 0.0))
    assert (outcome.missed, outcome.recall_percent, outcome.precision_percent) == (2, 0.0, 100.0)
    assert outcome.wrong == (
        "planted and not named: 520203 C1",
        "planted and not named: 520203 C2 2022-04",
    )
