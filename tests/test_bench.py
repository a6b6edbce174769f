"""scripts/bench.py: its JSON is complete and adds up; how fast anything is, no test says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from projections.suspicions import catalogue

CLOSE = ("views", "freeze", "bundle", "approve", "close")
APPENDING = ("execute", "close", "close_next")


@pytest.fixture(scope="module")
def figures(clone_root: Path) -> dict[str, Any]:
    script = str(clone_root / "scripts" / "bench.py")
    command = [sys.executable, script, "--json", "--audit", "--households", "30"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_says_what_was_measured(figures: dict[str, Any]) -> None:
    assert set(figures) == {"seed", "repeat", "sizes", "growth"}
    assert [size["households"] for size in figures["sizes"]] == [30]
    assert set(figures["sizes"][0]) == {"households", "peak_memory_mb", "limits", "phases", "audits"}


def test_every_phase_has_its_figures(figures: dict[str, Any]) -> None:
    phases = figures["sizes"][0]["phases"]
    expected = {"read", "plan", "execute", "replay", "whole_close", "whole_close_next"}
    expected |= {name + suffix for name in CLOSE for suffix in ("", "_next")}
    # In a month of so small a county nothing may become known.
    assert set(phases) - {"read_month", "plan_month", "execute_month"} == expected
    for phase in phases.values():
        assert set(phase) == {"rows", "seconds", "rows_per_s", "of_limit"}
        assert phase["rows"] > 0
        assert phase["seconds"] > 0


def test_the_limit_copies_the_rows_that_were_appended(figures: dict[str, Any]) -> None:
    size = figures["sizes"][0]
    assert set(APPENDING) <= set(size["limits"])
    assert size["limits"]["execute"]["rows"] == size["phases"]["execute"]["rows"]
    # A close appends an event of its own for each of the two programmes.
    assert size["limits"]["close"]["rows"] == size["phases"]["close"]["rows"] + 2
    assert "of_limit" not in size["limits"]["close"]


def test_each_audit_query_is_timed(figures: dict[str, Any]) -> None:
    audits = figures["sizes"][0]["audits"]
    assert list(audits) == ["cases read", *catalogue()]
    assert all(set(audit) == {"rows", "seconds", "rows_per_s"} for audit in audits.values())


def test_the_whole_close_is_the_sum_of_its_steps(figures: dict[str, Any]) -> None:
    phases = figures["sizes"][0]["phases"]
    steps = sum(phases[name]["seconds"] for name in CLOSE)
    assert phases["whole_close"]["seconds"] == pytest.approx(steps, abs=0.001)


def test_growth_compares_the_sizes_phase_by_phase(figures: dict[str, Any]) -> None:
    assert set(figures["growth"]) == {"households", *figures["sizes"][0]["phases"]}
    assert set(figures["growth"].values()) == {1.0}
