"""A rehearsal county of three households: record, roll, close, replay, history, verify; and what is refused."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import CommandLine, enrol, standard


@pytest.fixture(scope="module")
def county(make_installation: Callable[..., CommandLine]) -> CommandLine:
    """Three households known on 1 June 2022; C2 has no account, C3 is owed May too and had a poor harvest."""
    ledger = make_installation("--rehearsal")
    facts = ledger.facts(
        "county.jsonl",
        standard(),
        enrol("C1", "P1", "2022-05-18", id="e1"),
        enrol("C2", "P2", "2022-05-20", account=None, income={"amount": "100.00", "per": "month"}),
        enrol("C3", "P3", "2022-04-20"),
        {"fact": "harvest", "case": "C3", "year": 2022, "kg_per_head": "90"},
    )
    recorded = ledger("--on", "2022-06-01", "record", facts, "--yes")
    assert recorded.code == 0, recorded.err
    return ledger


@pytest.fixture(scope="module")
def closed(county: CommandLine) -> CommandLine:
    """June is closed."""
    ran = county("close-month", "2022-06", "--yes", "--output", "json")
    assert ran.code == 0, ran.err
    return county


def test_the_roll_as_of_now(county: CommandLine) -> None:
    ran = county("roll", "2022-06")
    assert ran.code == 0
    assert ran.out.split() == [
        *("case", "programme", "payee", "amount", "lines"),
        *("C1", "dibao_rural", "household", "443.00", "dibao", "443.00"),
        *("C2", "dibao_rural", "household", "343.00", "dibao", "343.00"),
        *("C3", "dibao_rural", "household", "886.00", "dibao", "443.00,", "arrears", "443.00", "(2022-05)"),
    ]  # fmt: skip
    assert "as of now, not frozen" in ran.err
    assert "3 payouts, 1672.00 yuan, 15 kg of grain for 1 household" in ran.err
    assert "no account: issued, but not in the bank file: C2" in ran.err
    assert ran.err.startswith("REHEARSAL")


def test_each_line_of_the_json_roll_names_its_events(county: CommandLine) -> None:
    rows = county("roll", "2022-06", "--output", "json").json
    assert rows[2] == {
        "case": "C3", "programme": "dibao_rural", "division": "520203", "payee": "household",
        "amount": "886.00",
        "lines": [
            {"component": "dibao", "for_month": "2022-06", "amount": "443.00",
             "because": ["policy/520203@1", "case/520203/C3@1"]},
            {"component": "arrears", "for_month": "2022-05", "amount": "443.00",
             "because": ["policy/520203@1", "case/520203/C3@1"]},
        ],
    }  # fmt: skip


def test_a_programme_without_cases_is_an_empty_array(county: CommandLine) -> None:
    ran = county("roll", "2022-06", "--programme", "dibao_urban", "--output", "json")
    assert (ran.out, ran.code) == ("[]\n", 0)


def test_a_csv_has_a_row_a_line_so_that_amounts_add_up(county: CommandLine) -> None:
    lines = county("roll", "2022-06", "--output", "csv").out.splitlines()
    assert lines[0] == "case,programme,division,payee,component,for_month,amount,because"
    assert lines[4] == ("C3,dibao_rural,520203,household,arrears,2022-05,443.00,policy/520203@1 case/520203/C3@1")


def test_replay_of_an_open_month_is_refused(county: CommandLine) -> None:
    ran = county("replay", "2022-07")
    assert (ran.out, ran.code) == ("", 3)
    assert ran.err.splitlines()[1].startswith("replay.not_closed: 520203 2022-07")


def test_closing_again_changes_nothing_and_answers_the_same(closed: CommandLine) -> None:
    ran = closed("close-month", "2022-06", "--yes", "--output", "json")
    assert ran.code == 0
    assert "2022-06 of 520203 is closed already; nothing was changed." in ran.err
    assert list(ran.json) == [
        "division", "month", "payouts", "amount", "grain_kg", "batches", "checkpoint",
    ]  # fmt: skip
    assert (ran.json["payouts"], ran.json["amount"], ran.json["grain_kg"]) == (3, "1672.00", 15)
    urban, rural, *_ = ran.json["batches"]
    assert (urban["bundle"], urban["payouts"]) == (None, 0)
    assert Path(rural["bundle"]).is_dir()


def test_the_roll_stays_as_it_was_frozen_whatever_becomes_known(closed: CommandLine) -> None:
    before = closed("roll", "2022-06", "--output", "json").json
    raised = closed.facts("raise.jsonl", standard(amount="6000.00", **{"from": "2022-05"}))
    assert closed("--on", "2022-07-01", "record", raised, "--yes").code == 0
    after = closed("roll", "2022-06", "--output", "json")
    assert after.json == before
    assert "(closed)" in after.err
    assert "arrears" in closed("roll", "2022-07").out


def test_a_month_that_was_passed_over_has_no_roll(closed: CommandLine) -> None:
    ran = closed("roll", "2022-05")
    assert ran.code == 3
    assert "roll.never_closed: batch/520203/2022-05/dibao_urban" in ran.err


def test_replay_agrees(closed: CommandLine) -> None:
    ran = closed("replay", "2022-06", "--output", "json")
    assert ran.code == 0
    rural = ran.json[1]
    assert list(rural) == [
        "programme", "ok", "payouts", "amount", "grain_kg", "events", "files", "differences",
    ]  # fmt: skip
    assert (rural["ok"], rural["payouts"], rural["amount"]) == (True, 3, "1672.00")


def test_replay_as_known_on_a_day_is_the_month_alone(closed: CommandLine) -> None:
    ran = closed("replay", "2022-06", "--known-at", "2022-06-30", "--output", "json")
    assert ran.code == 0
    assert [(row["case"], row["amount"]) for row in ran.json] == [
        ("C1", "443.00"), ("C2", "343.00"), ("C3", "443.00"),
    ]  # fmt: skip


def test_a_replay_that_differs_is_an_integrity_error(closed: CommandLine) -> None:
    payouts = closed.home / "bundles/520203/2022-06/dibao_rural/payouts.txt"
    whole = payouts.read_bytes()
    payouts.write_bytes(whole + b"\n")
    try:
        ran = closed("replay", "2022-06")
    finally:
        payouts.write_bytes(whole)
    assert ran.code == 5
    assert "payouts.txt" in ran.err
    assert "differs" in ran.out


def test_approving_a_closed_month_changes_nothing(closed: CommandLine) -> None:
    ran = closed("approve", "2022-06", "--role", "maker", "--yes")
    assert ran.code == 0
    assert "dibao_rural 2022-06: closed." in ran.err
    assert ran.err.endswith("waits for the maker; nothing was changed.\n")


def test_a_case_with_its_persons_and_payouts_in_the_order_of_the_log(closed: CommandLine) -> None:
    rows = closed("history", "C1", "--output", "json").json
    assert [list(row) for row in rows] == [["ref", "recorded_at", "actor", "event", "fields"]] * len(rows)
    assert [row["event"] for row in rows] == [
        "person.account_recorded", "case.enrolled", "person.described", "person.insured", "payout.issued",
    ]  # fmt: skip
    assert rows[1]["recorded_at"] == "2022-06-01T12:00:00+08:00"


def test_personal_values_are_masked(closed: CommandLine) -> None:
    for output in ("text", "json", "csv"):
        shown = closed("history", "C1", "--output", output).out
        assert "622**********678" in shown
        assert "110************02X" in shown
        assert not re.search("6228480012345678|11010519491231002X|王秀英", shown)


@pytest.mark.parametrize("name", ["P1", "person/P1", "case/520203/C1@1", "e1"])
def test_other_names(closed: CommandLine, name: str) -> None:
    rows = closed("history", name, "--output", "json").json
    assert rows
    if "@" in name:
        assert [row["ref"] for row in rows] == [name]


@pytest.mark.parametrize("name", ["C9", "case/520203/C9", "case/520203/C1@99", "no such"])
def test_an_unknown_name_is_refused(closed: CommandLine, name: str) -> None:
    ran = closed("history", name)
    assert (ran.out, ran.code) == ("", 3)
    assert f"history.unknown: {name}\n" in ran.err


def test_a_reader_that_leaves_early_is_no_error_to_speak_of(closed: CommandLine) -> None:
    command = [*closed.argv, "history", "C1"]
    with subprocess.Popen(command, env=closed.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read().decode()
    assert said.startswith("REHEARSAL")
    assert len(said.splitlines()) == 1


def test_a_good_bundle(closed: CommandLine) -> None:
    bundle = closed.home / "bundles/520203/2022-06/dibao_rural"
    ran = closed("payfile", "verify", bundle, "--ca", closed.home / "keys/signing/ca.pem", "--output", "json")
    assert ran.code == 0
    assert all(list(row) == ["check", "ok", "detail"] and row["ok"] for row in ran.json)


def test_a_changed_file(closed: CommandLine, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(closed.home / "bundles/520203/2022-06/dibao_rural", bundle)
    (bundle / "payouts.txt").write_text("nothing")
    ran = closed("payfile", "verify", bundle)
    assert ran.code == 5
    assert ran.err.startswith("DO NOT PAY: digests")


def test_no_folder_and_no_certificate(closed: CommandLine, tmp_path: Path) -> None:
    assert closed("payfile", "verify", tmp_path / "none").code == 2
    ran = closed("payfile", "verify", tmp_path, "--ca", tmp_path / "none")
    assert (ran.code, ran.err.splitlines()[0]) == (1, f"file.unreadable: {tmp_path / 'none'}")


def test_a_state_change_off_a_terminal_needs_yes(county: CommandLine) -> None:
    facts = county.facts("more.jsonl", enrol("C7", "P7", "2022-06-01"))
    for command in (["record", facts], ["close-month", "2022-07"]):
        ran = county(*command)
        assert (ran.out, ran.code) == ("", 2)
        assert "confirm.needed: this command changes the ledger" in ran.err
        assert ran.err.endswith("Nothing was changed. Run it again with --yes.\n")
    assert county("history", "C7").code == 3


@pytest.mark.parametrize(("command", "month"), [("roll", "2022-13"), ("replay", "June")])
def test_a_month_that_is_none(county: CommandLine, command: str, month: str) -> None:
    ran = county(command, month)
    assert (ran.out, ran.code) == ("", 2)
    assert f"'{month}' is not a month such as 2022-07" in ran.err


@pytest.mark.parametrize(("division", "code"), [("5202", "division.malformed"), ("110101", "division.unknown")])
def test_a_division_that_is_none(county: CommandLine, division: str, code: str) -> None:
    ran = county("roll", "2022-06", "--division", division)
    assert ran.code == 2
    assert f"{code}: --division" in ran.err


def test_a_bad_file_names_its_line_and_records_nothing(county: CommandLine) -> None:
    facts = county.facts("bad.jsonl", enrol("C8", "P8", "2022-06-01"), {"fact": "stop", "case": "C8"})
    ran = county("record", facts, "--yes")
    assert ran.code == 3
    assert "bad.jsonl line 2" in ran.err
    assert county("history", "C8").code == 3


def test_keys_of_a_rehearsal_are_not_replaced(county: CommandLine) -> None:
    ran = county("keys", "init", "--maker", "M1", "--checker", "K1", "--yes")
    assert ran.code == 3
    assert "keys.exist" in ran.err


def test_no_ledger(county: CommandLine, tmp_path: Path) -> None:
    ran = county("roll", "2022-06", env={"LEDGER_HOME": str(tmp_path)})
    assert (ran.out, ran.code) == ("", 3)
    assert ran.err.startswith(f"ledger.not_founded: {tmp_path}\n")


def test_keys_show_what_goes_on_paper(county: CommandLine) -> None:
    rows = county("keys", "show", "--output", "json").json
    assert [row["role"] for row in rows] == ["ca", "maker", "checker"]
    shown = county("keys", "show").out
    assert f"SHA-256 fingerprint of ca.pem: {rows[0]['fingerprint']}" in shown


def test_doctor_says_what_to_mend(county: CommandLine) -> None:
    rows = county("doctor", "--output", "json")
    assert all(list(row) == ["check", "ok", "found", "remedy"] for row in rows.json)
    slip = county("doctor", env={"LEDGER_HOEM": "x"})
    assert slip.code == 1
    assert re.search(r"MEND  variables +LEDGER_HOEM", slip.out)
