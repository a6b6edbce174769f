"""Paying through several banks in a rehearsal: a TOML file is a bank, and old bundles keep the one they had."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import CommandLine, enrol, standard


def account(number: str, bank: str | None) -> dict[str, Any]:
    return {"number": number, "holder": "王秀英"} | ({"bank": bank} if bank else {})


@pytest.fixture(scope="module")
def closed(make_installation: Callable[..., CommandLine]) -> CommandLine:
    """June is closed through two banks: rural dibao through both, a relief and urban dibao through one."""
    ledger = make_installation("--rehearsal")
    (ledger.home / "banks").mkdir()
    (ledger.home / "banks" / "postal.toml").touch()  # as a shell does, before the command that writes it runs
    (ledger.home / "banks" / "postal.toml").write_text(ledger("payfile", "bank", "postal").out, "utf-8")
    urban = standard(programme="dibao_urban", amount="705.00", per="month")
    relief = {
        "fact": "relief", "relief": "R1", "person": "P9", "kind": "urgent", "cause": "火灾", "amount": "700.00",
        "level": "township", "decided_on": "2022-06-01", "account": account("77777777", "邮储银行水城支行"),
    }  # fmt: skip
    facts = ledger.facts(
        "county.jsonl", standard(), urban, relief,
        enrol("C1", "P1", "2022-05-18", account=account("61000001", "中国邮政储蓄银行"), village="520203001001"),
        enrol("C2", "P2", "2022-05-18", account=account("61000002", "贵州省农村信用社"), village="520203002001"),
        enrol("C3", "P3", "2022-05-18", account=account("61000003", None), programme="dibao_urban"),
    )  # fmt: skip
    assert ledger("--on", "2022-06-01", "record", facts, "--yes").code == 0
    ran = ledger(
        "--on", "2022-06-02", "close-month", "2022-06", "--yes", env={"LEDGER_PAYER_NAME": "水城区民政局"}
    )
    assert ran.code == 0, ran.err
    return ledger


def bundle(ledger: CommandLine, programme: str) -> Path:
    return ledger.home / "bundles" / "520203" / "2022-06" / programme


def manifest(ledger: CommandLine, programme: str) -> Any:
    return json.loads((bundle(ledger, programme) / "manifest.json").read_bytes())


def test_a_toml_file_is_a_bank(closed: CommandLine) -> None:
    rows = {row["bank"]: row for row in closed("payfile", "bank", "--output", "json").json}
    assert {code: (row["in_use"], row["default"]) for code, row in rows.items()} == {
        "agent": (True, True), "postal": (True, False),
    }  # fmt: skip
    unknown = closed("payfile", "bank", "none")
    assert (unknown.code, "bank_profile.unknown" in unknown.err) == (2, True)


def test_each_bank_has_its_file_and_they_add_up_to_the_roll(closed: CommandLine) -> None:
    read = manifest(closed, "dibao_rural")
    assert [(bank["file"], bank["amount_fen"]) for bank in read["banks"]] == [
        ("payouts.agent.txt", 44300), ("payouts.postal.txt", 44300),
    ]  # fmt: skip
    assert read["payments"] == {"count": 2, "amount_fen": 88600}
    assert (bundle(closed, "dibao_rural") / "payouts.postal.txt").read_bytes()[:1] == b"H"
    assert (bundle(closed, "relief") / "payouts.txt").read_bytes()[:1] == b"H"
    assert "水城区民政局" in (bundle(closed, "relief") / "application.html").read_text("utf-8")


def test_every_file_of_a_day_has_a_number_of_its_own_at_its_bank(closed: CommandLine) -> None:
    numbers = {
        programme: {bank["code"]: bank["batch_number"] for bank in manifest(closed, programme)["banks"]}
        for programme in ("dibao_urban", "dibao_rural", "relief")
    }
    assert numbers == {
        "dibao_urban": {"agent": 1}, "dibao_rural": {"agent": 2, "postal": 1}, "relief": {"postal": 2},
    }  # fmt: skip
    assert re.match(rb"H.{20}20220610002", (bundle(closed, "relief") / "payouts.txt").read_bytes())


def test_a_bank_that_has_changed_since_is_paid_and_replayed_as_it_was(closed: CommandLine) -> None:
    changed = closed.home / "banks" / "postal.toml"
    text = changed.read_text("utf-8")
    changed.write_text(text.replace("width = 60", "width = 80"), "utf-8")
    try:
        replayed = closed("replay", "2022-06", "--output", "json")
        verified = closed("payfile", "verify", bundle(closed, "dibao_rural"))
    finally:
        changed.write_text(text, "utf-8")
    assert (replayed.code, verified.code) == (0, 0), (replayed.err, verified.out)


def test_a_bank_that_cannot_be_read_stops_the_close_by_its_field(closed: CommandLine) -> None:
    changed = closed.home / "banks" / "postal.toml"
    text = changed.read_text("utf-8")
    changed.write_text(text.replace("width = 60", "width = 0"), "utf-8")
    try:
        ran = closed("--on", "2022-07-01", "close-month", "2022-07", "--yes")
    finally:
        changed.write_text(text, "utf-8")
    assert ran.code == 2
    assert "postal.toml, detail[3].width" in ran.err
    assert closed("verify").code == 0


def test_what_one_of_several_banks_refused_is_not_written_again_for_all(closed: CommandLine) -> None:
    refused = ("payfile", "refused", "2022-06", "--programme", "dibao_rural", "--reason", "总金额不符", "--yes")
    ran = closed(*refused)
    assert (ran.code, "batch.several_banks" in ran.err, "files for agent, postal" in ran.err) == (3, True, True)
    assert closed("payfile", "reissue", "2022-06", "--programme", "dibao_rural", "--yes").code == 3
    one_bank = closed.home.parent / "postal.csv"
    one_bank.write_text("case,month,amount,reason\nC1,2022-06,443.00,总金额不符\n", "utf-8")
    assert closed("returns", one_bank, "--yes").code == 0
    ran = closed(*refused, "--every-bank")
    assert (ran.code, "batch.answered" in ran.err) == (3, True)


def test_a_file_that_every_bank_refused_is_written_again_for_all(closed: CommandLine) -> None:
    month = ("2022-07", "--programme", "dibao_rural", "--yes")
    assert closed("--on", "2022-07-01", "close-month", *month).code == 0
    assert closed("payfile", "refused", *month, "--reason", "总金额不符", "--every-bank").code == 0
    ran = closed("payfile", "reissue", *month, "--output", "json")
    assert (ran.code, ran.json["amount"]) == (0, "886.00")
