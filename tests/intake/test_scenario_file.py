from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ledger.errors import Failed, Refused
from ledger.intake.facts import parse_fact
from ledger.intake.scenario_file import read_scenario
from ledger.intake.scenario_steps import (
    AuditStep,
    CloseStep,
    ExpectedTotals,
    RecordStep,
    ReissueStep,
    ReplayStep,
    ReturnsStep,
    Scenario,
)
from ledger.values.month import Month

EXAMPLES = sorted((Path(__file__).parent.parent / "scenarios").glob("*.yaml"))

WHOLE = """\
scenario: every action once
division: 520203
steps:
  - on: 2022-05-20
    record:
      - {fact: leave, case: C1, person: P2, date: 2022-05-17, reason: death}
      - fact: nonsense
        x: [1]
    refused: fact.unknown
    division: "520201"
  - on: 2022-06-08
    close: "2022-06"
    only: true
    expect:
      C1:
        total: "205.00"
        lines:
          dibao: "443.00"
          recovery: "-238.00"
      C9: "0.00"
    grain:
      C1: 15
      C9: "7.5"
    totals: {payouts: 1, amount: "205.00"}
  - on: 2022-06-20
    returns: [{case: C1, month: "2022-06", reason: AC04, amount: "205.00"}]
  - {on: 2022-06-25, reissue: [{case: C1, month: 2022-06}], refused: true}
  - audit: relative_not_filed
    expect: [C1, 17]
  - replay: "2022-06"
  - {on: 2022-06-26, replay: "2022-06", known_on: 2022-07-31, expect: {C1: {lines: {dibao: "200.00"}}}}
"""


def scenario(folder: Path, text: str) -> Scenario:
    path = folder / "s.yaml"
    path.write_text(text, encoding="utf-8")
    return read_scenario(path)


def test_every_action_is_read_with_its_lines(tmp_path: Path) -> None:
    read = scenario(tmp_path, WHOLE)
    assert (read.name, read.title, read.division) == ("s.yaml", "every action once", "520203")
    record, close, returns, reissue, audit, replay, replay_then = read.steps
    assert isinstance(record, RecordStep)
    assert (record.line, record.on, record.refused, record.division) == (
        4,
        date(2022, 5, 20),
        "fact.unknown",
        "520201",
    )
    assert [(fact.place, fact.line) for fact in record.facts] == [("s.yaml", 6), ("s.yaml", 7)]
    assert isinstance(close, CloseStep)
    assert (close.line, close.month, close.only, close.refused) == (11, Month.parse("2022-06"), True, False)
    assert close.expect["C1"].total_fen == 20500
    assert close.expect["C1"].lines == {"dibao": 44300, "recovery": -23800}
    assert close.expect["C1"].line_of == {"total": 16, "dibao": 18, "recovery": 19}
    assert (close.expect["C9"].total_fen, close.expect["C9"].lines, close.expect["C9"].line) == (0, None, 20)
    assert {case: (grain.line, grain.mass_g) for case, grain in close.grain.items()} == {
        "C1": (22, 15000), "C9": (23, 7500),
    }  # fmt: skip
    assert close.totals == ExpectedTotals(line=24, payouts=1, amount_fen=20500)
    assert isinstance(returns, ReturnsStep)
    (returned,) = returns.payouts
    assert (returned.line, returned.case, returned.amount_fen, returned.reason) == (26, "C1", 20500, "AC04")
    assert isinstance(reissue, ReissueStep)
    assert (reissue.payouts[0].amount_fen, reissue.refused) == (None, True)
    assert isinstance(audit, AuditStep)
    assert (audit.query, audit.expect, audit.expect_line, audit.on) == (
        "relative_not_filed", frozenset({"C1", "17"}), 29, None,
    )  # fmt: skip
    assert isinstance(replay, ReplayStep)
    assert (replay.known_on, replay.expect) == (None, {})
    assert isinstance(replay_then, ReplayStep)
    assert (replay_then.known_on, replay_then.expect["C1"].total_fen) == (date(2022, 7, 31), None)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_read_and_only_refused_steps_hold_bad_facts(path: Path) -> None:
    read = read_scenario(path)
    for step in read.steps:
        for raw in step.facts if isinstance(step, RecordStep) else ():
            try:
                parse_fact(raw, division=step.division or read.division)
            except Refused:
                assert step.refused


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 6


HEAD = 'scenario: x\ndivision: "520203"\nsteps:\n'

MALFORMED_FILES = [
    ("- a", "scenario.malformed", "s.yaml"),
    ("scenario: x\nsteps: []", "scenario.missing_key", "s.yaml line 1, division"),
    ('scenario: x\ndivision: "5202"\nsteps: []', "scenario.malformed", "s.yaml line 2, division"),
    ("division: 520203\nsteps: []", "scenario.missing_key", "s.yaml line 1, scenario"),
    ('scenario: x\ndivision: "520203"', "scenario.malformed", "s.yaml line 1, steps"),
    (
        'scenario: x\ndivision: "520203"\ncounty: y\nsteps: []',
        "scenario.unknown_key",
        "s.yaml line 3, county",
    ),
    ("scenario: &a x", "file.yaml_feature", "s.yaml line 1"),
    ("", "file.empty", "s.yaml"),
]

MALFORMED_STEPS = [
    ("[]", "scenario.malformed", "line 3, steps"),
    ("stop", "scenario.malformed", "line 3, steps"),
    ("{on: 2022-05-01}", "scenario.one_action", "line 4, step"),
    ("{on: 2022-05-01, close: 2022-05, audit: x}", "scenario.one_action", "line 4, step"),
    ("{close: 2022-05}", "scenario.missing_key", "line 4, on"),
    ("{audit: x, expect: []}", "scenario.missing_key", "line 4, on"),
    (
        "{on: 2022-05-02, close: 2022-05}\n  - on: 2022-05-01\n    close: 2022-06",
        "scenario.order",
        "line 5, on",
    ),
    (
        "{on: 2022-05-02, close: 2022-05}\n  - {audit: x, expect: []}\n  - {on: 2022-05-01, close: 2022-06}",
        "scenario.order",
        "line 6, on",
    ),
    ("{on: 2022-05-01, close: 2022-05-01}", "scenario.malformed", "line 4, close"),
    ("{on: 2022-05-01, close: 2022-05, typo: 1}", "scenario.unknown_key", "line 4, typo"),
    ("{on: 2022-05-01, record: [{fact: x}], expect: {}}", "scenario.unknown_key", "line 4, expect"),
    ("{on: 2022-05-01, close: 2022-05, known_on: 2022-05-01}", "scenario.unknown_key", "line 4, known_on"),
    ("{on: 2022-05-01, record: []}", "scenario.malformed", "line 4, record"),
    ("{on: 2022-05-01, record: {fact: x}}", "scenario.malformed", "line 4, record"),
    ("{on: 2022-05-01, record: [x]}", "file.syntax", "line 4"),
    (
        "on: 2022-05-01\n    record:\n      - {fact: x, recorded_on: 2022-05-01}",
        "scenario.unknown_key",
        "line 6, recorded_on",
    ),
    ("{on: 2022-05-01, close: 2022-05, refused: [a]}", "scenario.malformed", "line 4, refused"),
    ("{on: 2022-05-01, close: 2022-05, only: yes}", "scenario.malformed", "line 4, only"),
    ("on: 2022-05-01\n    close: 2022-05\n    expect:\n      C1: 443.00", "scenario.malformed", "line 7, C1"),
    ("{on: 2022-05-01, close: 2022-05, expect: [C1]}", "scenario.malformed", "line 4, expect"),
    ("{on: 2022-05-01, close: 2022-05, expect: {C1: {}}}", "scenario.malformed", "line 4, C1"),
    ("{on: 2022-05-01, close: 2022-05, expect: {C 1: '1.00'}}", "scenario.malformed", "line 4, C 1"),
    (
        "{on: 2022-05-01, close: 2022-05, expect: {C1: {lines: {grain: '1.00'}}}}",
        "scenario.unknown_key",
        "line 4, grain",
    ),
    ("{on: 2022-05-01, close: 2022-05, grain: {C1: -1}}", "scenario.malformed", "line 4, C1"),
    ("{on: 2022-05-01, close: 2022-05, totals: {payout: 1}}", "scenario.unknown_key", "line 4, payout"),
    ("{on: 2022-05-01, returns: [{case: C1}]}", "scenario.missing_key", "line 4, month"),
    ("{on: 2022-05-01, returns: []}", "scenario.malformed", "line 4, returns"),
    (
        "{on: 2022-05-01, reissue: [{case: C1, month: 2022-05, reason: x}]}",
        "scenario.unknown_key",
        "line 4, reason",
    ),
    ("{on: 2022-05-01, audit: x}", "scenario.malformed", "line 4, expect"),
    ("{on: 2022-05-01, audit: x, expect: [[C1]]}", "scenario.malformed", "line 4, expect"),
    ("{on: 2022-05-01, on: 2022-05-01, close: 2022-05}", "fact.duplicate_key", "line 4"),
]


@pytest.mark.parametrize(("text", "code", "subject"), MALFORMED_FILES)
def test_a_malformed_file_is_refused_with_its_line(tmp_path: Path, text: str, code: str, subject: str) -> None:
    with pytest.raises(Refused) as caught:
        scenario(tmp_path, text)
    assert (caught.value.code, caught.value.subject) == (code, subject)


@pytest.mark.parametrize(("step", "code", "place"), MALFORMED_STEPS)
def test_a_malformed_step_is_refused_with_its_line(tmp_path: Path, step: str, code: str, place: str) -> None:
    """The first step stands on line 4."""
    with pytest.raises(Refused) as caught:
        scenario(tmp_path, f"{HEAD}  - {step}")
    assert (caught.value.code, caught.value.subject) == (code, f"s.yaml {place}")


def test_a_scenario_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"file\.unreadable"):
        read_scenario(tmp_path / "none.yaml")
