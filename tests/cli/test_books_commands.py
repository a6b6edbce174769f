"""The books on the command line: a blocked close and its override, funds, journal, published tables, cut-over."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import CommandLine, enrol, standard

BLOCKING = {"LEDGER_FUNDS_BLOCK": "true"}
JUNE = ("2022-06", "--programme", "dibao_rural")
PAPER = ("--document", "六财社〔2022〕5号")


@pytest.fixture(scope="module")
def blocked(make_installation: Callable[..., CommandLine]) -> CommandLine:
    """Two households of 443.00, of which 500.00 were appropriated: June is frozen, bundled, signed, and refused."""
    ledger = make_installation("--rehearsal")
    second = {"person": "P2", "name": "陈国强", "id_number": "110105195206300013"}
    facts = ledger.facts(
        "books.jsonl",
        standard(),
        {"fact": "opening", "month": "2022-06"},
        enrol("C1", "P1", "2022-05-18", account={"number": "77777777", "holder": "王秀英"}),
        enrol("C2", "P2", "2022-05-18", members=[second], account={"number": "88888888", "holder": "陈国强"}),
        {"fact": "appropriation", "fund": "F1", "programme": "dibao_rural", "source": "central", "amount": "500.00",
         "on": "2022-06-01"},
    )  # fmt: skip
    assert ledger("--on", "2022-06-02", "record", facts, "--yes").code == 0
    ran = ledger("--on", "2022-06-08", "close-month", "2022-06", "--yes", env=BLOCKING)
    assert ran.code == 3
    assert "fund.overspent" in ran.err
    assert "386.00 yuan more than was appropriated for dibao_rural up to 2022" in ran.err
    assert "`ledger override 2022-06 --programme dibao_rural --role maker --document NUMBER`" in ran.err
    return ledger


@pytest.fixture(scope="module")
def closed(blocked: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """The maker signs here, the checker elsewhere with stock openssl; then the month closes."""
    ran = blocked("override", *JUNE, "--role", "maker", *PAPER, "--yes", "--output", "json", env=BLOCKING)
    assert ran.code == 0, ran.err
    assert (ran.json["over"], ran.json["year"], ran.json["signer"]) == ("386.00", 2022, "REHEARSAL-MAKER")
    folder = tmp_path_factory.mktemp("elsewhere")
    said, signature = folder / "statement.txt", folder / "checker.p7s"
    ran = blocked("override", *JUNE, "--role", "checker", *PAPER, "--statement", said, env=BLOCKING)
    assert ran.code == 0, ran.err
    assert "REHEARSAL\n" in said.read_text("utf-8")
    keys = blocked.home / "keys" / "signing"
    subprocess.run(
        ["openssl", "cms", "-sign", "-binary", "-in", said, "-signer", keys / "checker.crt", "-inkey",
         keys / "checker.key", "-md", "sha256", "-outform", "DER", "-nocerts", "-out", signature], check=True,
    )  # fmt: skip
    ran = blocked("override", *JUNE, "--role", "checker", *PAPER, "--signature", signature, "--yes", env=BLOCKING)
    assert ran.code == 0, ran.err
    ran = blocked("close-month", "2022-06", "--yes", "--output", "json", env=BLOCKING)
    assert (ran.code, ran.json["amount"]) == (0, "886.00"), ran.err
    return blocked


def test_an_override_wants_a_programme_and_a_yes(blocked: CommandLine) -> None:
    assert blocked("override", "2022-06", "--role", "maker", *PAPER, "--yes", env=BLOCKING).code == 2
    ran = blocked("override", *JUNE, "--role", "checker", *PAPER, env=BLOCKING)
    assert (ran.code, "batch.not_its_turn" in ran.err) == (3, True)
    ran = blocked("override", *JUNE, "--role", "maker", *PAPER, env=BLOCKING)
    assert (ran.code, "confirm.needed" in ran.err) == (2, True)
    ran = blocked("override", *JUNE, "--role", "maker", *PAPER, "--yes")
    assert (ran.code, "fund.not_blocking" in ran.err) == (3, True)


def test_the_ledger_verifies_and_its_history_tells_the_override(closed: CommandLine) -> None:
    checks = {row["check"]: row["ok"] for row in closed("verify", "--output", "json").json}
    assert checks.pop("overrides of batch/520203/2022-06/dibao_rural")
    assert all(checks.values())
    assert "overspending allowed" in closed("history", "batch/520203/2022-06/dibao_rural").out


def test_funds_name_what_is_overspent(closed: CommandLine) -> None:
    ran = closed("funds", "--output", "json")
    [row] = ran.json
    assert (row["budget_line"], row["year"], row["central"], row["paid"], row["balance"]) == (
        "2081902", 2022, "500.00", "886.00", "-386.00",
    )  # fmt: skip
    assert "dibao_rural 2022: 386.00 yuan more spent than appropriated." in ran.err
    assert "paid_for_other_years" not in closed("funds").out
    assert closed("funds", "--year", "2021", "--output", "json").json == []


def test_the_journal_is_written_whole_and_checked(closed: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "books.beancount"
    ran = closed("export", "journal", "--out", path)
    assert (ran.code, ran.out) == (0, ""), ran.err
    assert path.read_text("utf-8") == closed("export", "journal").out
    program = Path(sys.executable).with_name("bean-check")
    checked = subprocess.run([program, path], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
    assert closed("export", "journal", "--format", "hledger").out.startswith("; REHEARSAL")
    ran = closed("export", "journal", "--out", tmp_path / "none" / "books")
    assert (ran.code, "file.not_written" in ran.err) == (1, True)


def test_the_report_prints_and_writes_the_same_table(closed: CommandLine, tmp_path: Path) -> None:
    files = ("--xlsx", tmp_path / "a.xlsx", "--svg", tmp_path / "a.svg")
    ran = closed("report", "2022-06", *files, "--output", "json")
    assert ran.code == 0, ran.err
    rural = next(row for row in ran.json["rows"] if row["programme"] == "dibao_rural")
    assert (rural["households"], rural["amount"], rural["mean"]) == (2, "886.00", "443.00")
    assert (tmp_path / "a.xlsx").read_bytes().startswith(b"PK")
    assert "农村低保 886.00 元" in (tmp_path / "a.svg").read_text("utf-8")
    text = closed("report", "2022", "--cumulated")
    assert text.out.startswith("2022年1—6月社会救助资金发放情况\n")
    assert "农村低保" in text.out
    assert closed("report", "2022", "--output", "csv").out.startswith("division,programme,households,persons")
    assert closed("report", "2022-13").code == 2
    assert "not closed" not in text.err
    assert "2022-07 is not closed, and this table not final: 520203 dibao_urban" in closed("report", "2022-07").err


def test_the_cut_over_is_proven_or_the_differences_named(closed: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    head = "姓名,身份证号,保障人数,保障金,分类施保金,发放合计,账号\n"
    same = "王 秀英,11010519491231002x,1,443.00,0.00,443.00,77777777\n"
    same += "陈国强,110105195206300013,1,443.00,,443.00,88888888\n"
    path.write_text(head + same, "utf-8")
    ran = closed("compare", path, *JUNE)
    assert ran.code == 0, ran.err
    assert "the same on both: 2." in ran.out
    path.write_text(head + same.replace("443.00", "400.00", 2).replace("88888888", "88888889"), "utf-8")
    ran = closed("compare", path, *JUNE, "--output", "json")
    assert ran.code == 4
    assert ran.json["summary"] == {
        "old_households": 2, "new_households": 2, "same": 0, "only_old": 0, "only_new": 0, "differs": 2,
        "old_total": "843.00", "by_kind": {"only_old": "0.00", "only_new": "0.00", "differs": "43.00"},
        "new_total": "886.00",
    }  # fmt: skip
    assert ran.json["differences"][0]["reasons"] == [{"what": "base", "old": "400.00", "new": "443.00"}]
    shown = closed("compare", path, *JUNE)
    assert "110105195206300013" not in ran.out + shown.out + shown.err
    assert "陈国强" not in ran.out + shown.out
    assert "base 400.00 → 443.00" in shown.out
