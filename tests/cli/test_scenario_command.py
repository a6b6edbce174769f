"""`ledger scenario`: a line a file, in the order of the files, and exit codes that scripts can rely on."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import CommandLine

GOOD = """\
scenario: a household is paid from the month after confirmation
division: "520203"
steps:
  - on: 2022-05-20
    record:
      - {fact: standard, programme: dibao_rural, amount: "5316.00", per: year, from: 2022-04}
      - {fact: enrol, case: C1, programme: dibao_rural, confirmed_on: 2022-05-18, head: P1,
         members: [{person: P1, name: 王秀英, relation: "02"}]}
  - {on: 2022-06-08, close: "2022-06", expect: {C1: "443.00"}}
"""


@pytest.fixture
def ledger(tmp_path: Path, clone_root: Path) -> CommandLine:
    """The command line without an installation: scenarios need none."""
    return CommandLine(tmp_path / "none", clone_root)


def test_files_that_hold_and_files_that_do_not(ledger: CommandLine, tmp_path: Path) -> None:
    good, wrong = tmp_path / "good.yaml", tmp_path / "wrong.yaml"
    good.write_text(GOOD)
    wrong.write_text(GOOD.replace('C1: "443.00"', 'C1: "444.00"'))
    title = "a household is paid from the month after confirmation"
    assert ledger("scenario", good).out == f"ok      good.yaml  {title}\n"
    ran = ledger("scenario", wrong, good)
    assert ran.code == 4
    assert ran.out.splitlines() == [
        f"FAILED  wrong.yaml  {title}",
        f"          {wrong}:9: case C1, total",
        "            expected  444.00",
        "            got       443.00 (dibao 443.00)",
        f"ok      good.yaml  {title}",
    ]
    assert ran.err == "2 scenarios, 1 failed\n"
    assert not ledger.home.exists()


def test_amounts_are_explained_where_they_differ_or_everywhere(ledger: CommandLine, tmp_path: Path) -> None:
    good, wrong = tmp_path / "good.yaml", tmp_path / "wrong.yaml"
    good.write_text(GOOD.replace('expect: {C1: "443.00"}', 'expect: {C1: "443.00", C2: "0.00"}'))
    wrong.write_text(GOOD.replace('C1: "443.00"', 'C1: "444.00"'))
    dibao = (
        "            dibao 443.00: standard 5316.00 a year = 5316.00 a year; "
        "× 1 insured − income 0.00 a year = 5316.00; ÷ 12, rounded half up to the fen: base 443.00"
    )
    unpayable = "            no account of the household is known: the payout is listed apart as unpayable"
    ran = ledger("scenario", good, wrong, "--explain")
    assert ran.code == 4
    lines = ran.out.splitlines()
    assert lines[1:4] == [f"          {good}:9: case C1, 2022-06: 443.00", dibao, unpayable]
    assert lines[4:6] == [
        f"          {good}:9: case C2, 2022-06: 0.00",
        "            not explained: case.unknown, no enrolment",
    ]
    assert lines[-3:] == [f"          {wrong}:9: case C1, 2022-06: 443.00", dibao, unpayable]


def test_a_folder_runs_in_the_order_of_names_whichever_process_runs_a_file(
    ledger: CommandLine, tmp_path: Path
) -> None:
    for number in range(9):
        amount = "444.00" if number == 4 else "443.00"
        (tmp_path / f"s{number}.yaml").write_text(GOOD.replace("443.00", amount))
    ran = ledger("scenario", tmp_path, "--output", "json")
    assert ran.code == 4
    assert [Path(row["file"]).name for row in ran.json] == [f"s{number}.yaml" for number in range(9)]
    assert [row["ok"] for row in ran.json] == [number != 4 for number in range(9)]
    assert ran.json[4] == {
        "file": str(tmp_path / "s4.yaml"), "title": ran.json[0]["title"], "ok": False, "error": None,
        "differences": [{"line": 9, "where": "case C1, total", "expected": "444.00",
                         "got": "443.00 (dibao 443.00)"}],
    }  # fmt: skip


def test_what_is_no_scenario(ledger: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("scenario: x\n")
    ran = ledger("scenario", tmp_path / "bad.yaml", tmp_path / "none.yaml")
    assert ran.code == 3
    assert ran.out == "FAILED  bad.yaml  scenario.missing_key\nFAILED  none.yaml  file.unreadable\n"
    assert "scenario.missing_key: bad.yaml" in ran.err


def test_a_folder_without_scenarios(ledger: CommandLine, tmp_path: Path) -> None:
    ran = ledger("scenario", tmp_path)
    assert (ran.out, ran.code) == ("", 2)
    assert ran.err.startswith(f"scenario.none: {tmp_path}\n")
