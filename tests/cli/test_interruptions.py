"""Ctrl-C in the middle, and a ledger of two counties."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable

import pytest
from conftest import CommandLine, enrol, standard


@pytest.fixture(scope="module")
def counties(make_installation: Callable[..., CommandLine]) -> CommandLine:
    """A rehearsal of two counties with a household each."""
    ledger = make_installation("--rehearsal")
    facts = ledger.facts(
        "counties.jsonl",
        standard(),
        standard(division="520204"),
        enrol("C1", "P1", "2022-05-18"),
        enrol("C1", "P2", "2022-05-18", division="520204"),
    )
    ran = ledger("--on", "2022-06-01", "record", facts, "--yes")
    assert ran.code == 0, ran.err
    return ledger


@pytest.mark.parametrize(
    "command", [("roll", "2022-06"), ("close-month", "2022-06", "--yes"), ("replay", "2022-06"),
                ("approve", "2022-06", "--role", "maker")],
)  # fmt: skip
def test_several_divisions_are_listed(counties: CommandLine, command: tuple[str, ...]) -> None:
    ran = counties(*command)
    assert (ran.out, ran.code) == ("", 2)
    assert "division.several: --division" in ran.err
    assert ran.err.endswith("expected: one of 520203, 520204\n")


def test_a_case_code_of_two_counties_is_not_guessed(counties: CommandLine) -> None:
    ran = counties("history", "C1")
    assert ran.code == 2
    assert ran.err.endswith("expected: one of case/520203/C1, case/520204/C1\n")


def test_ctrl_c_leaves_nothing_half_done(counties: CommandLine) -> None:
    command = [*counties.argv, "close-month", "2022-06", "--division", "520204", "--yes"]
    with subprocess.Popen(
        command, env=counties.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        while "not frozen yet" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (out, process.returncode) == ("", 1)
    assert err.endswith("Stopped; what was not finished is finished by running the same command again.\n")
    assert "Traceback" not in err
    again = counties("close-month", "2022-06", "--division", "520204", "--yes", "--output", "json")
    assert (again.code, again.json["payouts"], again.json["amount"]) == (0, 1, "443.00")
    assert counties("replay", "2022-06", "--division", "520204").code == 0
