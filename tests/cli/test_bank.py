"""Returns, statements and reconciliation on the command line: verdicts, exit codes, files refused whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import CommandLine, enrol, standard

LAUGHS = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><Document>&b;</Document>'
BANKS = "case,month,amount,outcome,reason\n"
JUNE = "C1,2022-06,443.00,settled,\nC2,2022-06,443.00,returned,已销户\nC3,2022-06,443.01,settled,\n"


@pytest.fixture(scope="module")
def closed(make_installation: Callable[..., CommandLine]) -> CommandLine:
    """June is closed for C1, C2 and C3."""
    ledger = make_installation("--rehearsal")
    people = [enrol(f"C{n}", f"P{n}", "2022-05-18") for n in (1, 2, 3)]
    facts = ledger.facts("county.jsonl", standard(), *people)
    assert ledger("--on", "2022-06-01", "record", facts, "--yes").code == 0
    assert ledger("--on", "2022-06-02", "close-month", "2022-06", "--yes").code == 0
    return ledger


def file(ledger: CommandLine, name: str, text: str) -> Path:
    path = ledger.home.parent / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_refused_file_is_written_again_only_after_the_refusal_is_recorded(closed: CommandLine) -> None:
    month = ("2022-06", "--programme", "dibao_rural", "--yes")
    ran = closed("payfile", "reissue", *month)
    assert (ran.code, "batch.not_refused" in ran.err) == (3, True)
    assert closed("payfile", "refused", *month, "--reason", "总金额不符").code == 0
    assert "refused_whole" in closed("reconcile", "2022-06").out
    ran = closed("payfile", "reissue", *month, "--output", "json")
    assert (ran.code, ran.json["state"], Path(ran.json["bundle"]).name) == (0, "closed", "dibao_rural@2")
    ca = closed.home / "keys" / "signing" / "ca.pem"
    assert closed("payfile", "verify", ran.json["bundle"], "--ca", ca).code == 0
    assert closed("replay", "2022-06").code == 0
    ran = closed("verify")
    assert ran.code == 0, ran.out


def test_a_banks_table_is_previewed_judged_and_recorded_once(closed: CommandLine) -> None:
    path = file(closed, "june.csv", BANKS + JUNE)
    ran = closed("returns", path)
    assert (ran.code, "confirm.needed" in ran.err, "1 over_amount" in ran.err) == (2, True, True)
    ran = closed("returns", path, "--yes", "--output", "json")
    assert (ran.code, ran.json["verdicts"]) == (4, {"settled": 1, "returned": 1, "over_amount": 1})
    assert ran.json["lines"][2]["detail"] == "443.01, and 443.00 was sent"
    ran = closed("returns", path)
    assert (ran.out, ran.code) == ("june.csv was recorded before, byte for byte: nothing changed.\n", 0)
    notes = closed("explain", "2022-06", "C2", "--output", "json").json["notes"]
    assert any("came back (已销户)" in note for note in notes)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("laughs.xml", LAUGHS, "file.xml_doctype"),
        ("half.xml", "<Document", "file.syntax"),
        ("totals.csv", f"{BANKS}C3,2022-06,443.00,settled,\ntotal,1,443.01,,\n", "returns.totals"),
        ("what.csv", f"{BANKS}C3,2022-06,443.00,maybe,\n", "list.malformed"),
    ],
)
def test_a_broken_file_is_refused_whole_in_words(closed: CommandLine, name: str, text: str, code: str) -> None:
    ran = closed("returns", file(closed, name, text), "--yes")
    assert (ran.out, ran.code) == ("", 3)
    assert f"\n{code}: " in f"\n{ran.err}"
    assert "internal.error" not in ran.err


def test_reconcile_adds_up_and_ends_with_4_until_nothing_is_open(closed: CommandLine) -> None:
    closed("returns", file(closed, "june.csv", BANKS + JUNE), "--yes")
    ran = closed("reconcile", "2022-06", "--output", "json")
    total = ran.json["total"]
    assert (ran.code, total["issued"], total["settled"], total["returned"], total["open"]) == (
        4, "1329.00", "443.00", "443.00", "443.00",
    )  # fmt: skip
    kinds = {item["kind"] for item in ran.json["open"]}
    assert kinds == {"debit_differs", "credit_differs", "no_answer", "returned"}
    last = file(closed, "last.csv", f"{BANKS}C3,2022-06,443.00,settled,\n")
    assert closed("returns", last, "--yes").code == 0
    statement = file(closed, "s.csv", "日期,摘要,支出,收入\n2022-06-10,代发,1329.00,\n2022-06-12,退票,,443.00\n")
    beside = closed("reconcile", "2022-06", "--statement", statement, "--output", "json")
    assert [item["kind"] for item in beside.json["open"]] == ["returned"]
    assert closed("statement", statement, "--yes").out == "s.csv: 2 entries, 1329.00 yuan out, 443.00 yuan in.\n"
    assert closed("statement", statement).out == "s.csv was recorded before, byte for byte: nothing changed.\n"
    assert closed("reissue", "C2", "2022-06", "--yes").code == 0
    rows = closed("reconcile", "2022-06", "--lines", "--output", "json").json
    assert [(row["case"], row["state"], row["resolved"]) for row in rows if row["batch"].endswith("rural")] == [
        ("C1", "settled", False), ("C2", "returned", True), ("C3", "settled", False),
    ]  # fmt: skip
    again = file(
        closed, "again.csv", "case,month,amount,outcome,batch\nC2,2022-06,443.00,settled,2022-06/reissue-1\n"
    )
    assert closed("returns", again, "--yes").code == 0
    last = file(closed, "s2.csv", "日期,摘要,支出,收入\n2022-06-13,重发,443.00,\n")
    assert closed("statement", last, "--yes").code == 0
    assert closed("reconcile", "2022-06").code == 0
    ran = closed("verify")
    assert ran.code == 0, ran.out
