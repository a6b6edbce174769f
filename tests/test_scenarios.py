"""Every scenario file is a test: the rule in its title, through the real application and the real store."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ledger.intake.scenario_file import read_scenario
from ledger.intake.scenario_steps import CloseStep, ReplayStep
from ledger.store.embedded import ServerAddress
from projections.scenario_run import Result, run
from projections.throw_away import ThrowAwayLedgers

FOLDER = Path(__file__).parent / "scenarios"
FILES = sorted(FOLDER.glob("*.yaml"))


@pytest.fixture(scope="session")
def ledgers(server: ServerAddress, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> ThrowAwayLedgers:
    return ThrowAwayLedgers(server.conninfo, tmp_path_factory.mktemp("ledgers"), label=f"scenario_{worker_id}")


def _run(path: Path, ledgers: ThrowAwayLedgers) -> Result:
    scenario = read_scenario(path)
    with ledgers.emptied(scenario.division) as installation:
        return run(scenario, installation)


def _told(path: Path, result: Result) -> str:
    lines = [f"{path.name}: {result.title}"]
    lines += [
        f"  line {d.line}, {d.where}\n    expected {d.expected}\n    got      {d.got}" for d in result.differences
    ]
    return "\n".join(lines)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_the_ledger_does_what_the_scenario_says(path: Path, ledgers: ThrowAwayLedgers) -> None:
    result = _run(path, ledgers)
    if result.differences:
        pytest.fail(_told(path, result), pytrace=False)


def test_a_scenario_is_named_by_the_rule_it_shows() -> None:
    titles = [read_scenario(path).title for path in FILES]
    assert len(titles) == len(set(titles))


def _expects_money(path: Path) -> bool:
    steps = [step for step in read_scenario(path).steps if isinstance(step, CloseStep | ReplayStep)]
    cases = [expected for step in steps for expected in step.expect.values()]
    return any(case.total_fen or any((case.lines or {}).values()) for case in cases)


@pytest.mark.parametrize("path", [path for path in FILES if _expects_money(path)], ids=lambda p: p.stem)
def test_a_scenario_with_an_amount_shows_its_arithmetic(path: Path) -> None:
    comments = re.findall(r"(?:^|\s)#(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert any(re.search(r"\d.*=|= *\d", comment) for comment in comments)
