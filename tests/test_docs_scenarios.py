"""The YAML in docs/scenarios.md is run: every example holds, and a wrong one differs as the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ledger.intake.scenario_file import read_scenario
from ledger.store.embedded import ServerAddress
from projections.scenario_run import run
from projections.throw_away import ThrowAwayLedgers

PAGE = Path(__file__).parent.parent / "docs" / "scenarios.md"
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_page_teaches_by_examples() -> None:
    assert len(EXAMPLES) == 5
    assert all(example.startswith("scenario: ") for example in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.splitlines()[0].removeprefix("scenario: "))
def test_every_example_holds_and_is_explained(
    example: str, server: ServerAddress, tmp_path: Path, worker_id: str
) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(example, encoding="utf-8")
    scenario = read_scenario(path)
    label = f"docs_{worker_id}_{EXAMPLES.index(example)}"
    ledgers = ThrowAwayLedgers(server.conninfo, tmp_path / "ledgers", label=label)
    with ledgers.fresh(scenario.division) as installation:
        result = run(scenario, installation, explain=True)
    assert result.differences == ()
    assert result.reckoned


def test_an_example_that_is_wrong_is_told_as_the_page_says(
    server: ServerAddress, tmp_path: Path, worker_id: str
) -> None:
    path = tmp_path / "raise.yaml"
    path.write_text(EXAMPLES[1].replace('arrears: "57.00"', 'arrears: "56.00"'), encoding="utf-8")
    scenario = read_scenario(path)
    ledgers = ThrowAwayLedgers(server.conninfo, tmp_path / "ledgers", label=f"docs_{worker_id}_wrong")
    with ledgers.fresh(scenario.division) as installation:
        result = run(scenario, installation, explain=True)
    assert [(d.where, d.expected, d.got) for d in result.differences] == [("case C1, arrears", "56.00", "57.00")]
    arithmetic = [line for reckoned in result.reckoned for line in reckoned.lines if line.startswith("arrears")]
    assert arithmetic
    assert "due as known 500.00, counted as paid 443.00: 57.00 still owed" in arithmetic[0]
