"""Every scenario file is a test: the rule in its title, through the real application and the real store."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.intake.scenario_file import read_scenario
from ledger.store.embedded import ServerAddress
from projections.scenario_run import Result, run
from projections.throw_away import ThrowAwayLedgers

FOLDER = Path(__file__).parent / "scenarios"
FILES = sorted(FOLDER.glob("*.yaml"))

NOT_YET = {
    "late_death_recovered": "scenario.not_supported",  # an audit
    "relative_not_filed": "scenario.not_supported",  # an audit
    "relief_grain": "scenario.not_supported",  # an audit
}
"""Scenarios that need what the ledger does not do yet, with the code of the refusal that stops them.

Such a test fails as soon as its scenario passes, or stops for another reason: take it out then.
"""


@pytest.fixture(scope="session")
def ledgers(server: ServerAddress, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> ThrowAwayLedgers:
    return ThrowAwayLedgers(server.conninfo, tmp_path_factory.mktemp("ledgers"), label=f"scenario_{worker_id}")


def _run(path: Path, ledgers: ThrowAwayLedgers) -> Result:
    scenario = read_scenario(path)
    with ledgers.fresh(scenario.division) as installation:
        return run(scenario, installation)


def _told(path: Path, result: Result) -> str:
    lines = [f"{path.name}: {result.title}"]
    lines += [
        f"  line {d.line}, {d.where}\n    expected {d.expected}\n    got      {d.got}" for d in result.differences
    ]
    return "\n".join(lines)


@pytest.mark.parametrize("path", [p for p in FILES if p.stem not in NOT_YET], ids=lambda p: p.stem)
def test_the_ledger_does_what_the_scenario_says(path: Path, ledgers: ThrowAwayLedgers) -> None:
    result = _run(path, ledgers)
    if result.differences:
        pytest.fail(_told(path, result), pytrace=False)


@pytest.mark.parametrize("name", sorted(NOT_YET))
def test_a_scenario_that_is_not_supported_yet_is_stopped_by_nothing_else(
    name: str, ledgers: ThrowAwayLedgers
) -> None:
    path = FOLDER / f"{name}.yaml"
    result = _run(path, ledgers)
    if not result.differences:
        pytest.fail(f"{path.name} passes: take it out of NOT_YET", pytrace=False)
    code = result.differences[0].got.split(":")[0]
    if len(result.differences) > 1 or code != NOT_YET[name]:
        pytest.fail(_told(path, result), pytrace=False)


def test_a_scenario_is_named_by_the_rule_it_shows() -> None:
    titles = [read_scenario(path).title for path in FILES]
    assert len(titles) == len(set(titles))
