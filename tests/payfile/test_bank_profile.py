"""Bank profiles: what is wrong is named by its field, and each account finds its bank."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from bundles_made import MakeContents, payment, rendered

from ledger.errors import Failed, Misused
from ledger.payfile.bank_profile import (
    parse_profile,
    profile_for,
    profile_to_start_from,
    profiles_in_use,
    shipped_profiles,
)
from ledger.payfile.bundle_files import BundleFiles
from ledger.payfile.contents import Account
from ledger.payfile.folder import write_bundle
from ledger.payfile.reconcile import reconcile

SHIPPED = shipped_profiles()
AGENT, POSTAL = SHIPPED["agent"].text, SHIPPED["postal"].text


def test_the_shipped_profiles_map_returns_to_iso_reasons() -> None:
    assert sorted(SHIPPED) == ["agent", "postal"]
    for profile in SHIPPED.values():
        returns = profile.layout.returns
        assert returns is not None
        assert {"AC01", "AC04", "AM05"} <= set(returns.reasons.values())


@pytest.mark.parametrize(
    ("text", "was", "becomes", "field"),
    [
        (AGENT, 'code = "agent"', "", "the profile"),
        (AGENT, 'code = "agent"', 'code = "../agent"', "code"),
        (AGENT, 'code = "agent"', "code = 7", "code"),
        (AGENT, 'code = "agent"', 'code = "agent"\ncolour = "red"', "the profile"),
        (AGENT, 'code = "agent"', 'code = "agent', "the profile"),
        (AGENT, '"gb18030"', '"utf-16"', "encoding"),
        (AGENT, '"crlf"', '"cr"', "line_end"),
        (AGENT, 'separator = "|"', 'separator = "||"', "separator"),
        (AGENT, 'separator = "|"', 'separator = "."', "separator"),
        (AGENT, 'separator = "|"', 'separator = "0"', "separator"),
        (AGENT, 'separator = "|"', 'separator = ""', "header[0].width"),
        (AGENT, '{ value = "number" }', '{ value = "number", width = 8 }', "detail[0].width"),
        (AGENT, '{ value = "number" }', '{ value = "colour" }', "detail[0].value"),
        (AGENT, '{ value = "number" }', '{ value = "count" }', "detail[0].value"),
        (AGENT, '{ value = "number" }', '{ value = "number", text = "1" }', "detail[0].value"),
        (AGENT, '{ value = "number" }', "{ }", "detail[0].value"),
        (AGENT, '{ value = "number" }', '{ text = "a|b" }', "detail[0].text"),
        (AGENT, '{ value = "number" }', '{ value = "name" }', "detail[1].value"),
        (AGENT, '{ value = "number" }', '{ value = "number", form = "fen" }', "detail[0].form"),
        (AGENT, '{ value = "number" }', '{ value = "number", size = 8 }', "detail[0]"),
        (AGENT, '{ value = "number" }', '{ value = "number", align = "middle" }', "detail[0].align"),
        (AGENT, '    { value = "account" },\n    { value = "unit', '    { value = "unit', "detail"),
        (AGENT, '    { value = "id_number" },\n', "", "detail"),
        (AGENT, '{ value = "count" }, ', "", "header, trailer"),
        (AGENT, '"BE01"', '"be"', "returns.reasons.户名不符"),
        (AGENT, '    { value = "status" },\n', "", "returns.detail"),
        (POSTAL, 'cnaps = "403100000004"', 'cnaps = "4031"', "cnaps"),
        (POSTAL, '"邮储银行"', '"行"', "names[1]"),
        (POSTAL, '"name", width = 60', '"name", width = 60, fill = "*"', "detail[3].fill"),
        (POSTAL, '"account", width = 32', '"account", width = 32, align = "right", fill = "0"', "detail[2].fill"),
        (POSTAL, '"number", width = 8, align = "right"', '"number", width = 8', "detail[1].fill"),
        (POSTAL, '"name", width = 60', '"name", width = -1', "detail[3].width"),
    ],
)  # fmt: skip
def test_a_malformed_profile_is_refused_by_its_field(text: str, was: str, becomes: str, field: str) -> None:
    assert was in text
    with pytest.raises(Misused) as caught:
        parse_profile(text.replace(was, becomes, 1), place="bank.toml")
    assert caught.value.code == "bank_profile.malformed"
    assert caught.value.subject == f"bank.toml, {field}"


def test_an_installations_profiles_are_those_of_its_folder_and_the_default(tmp_path: Path) -> None:
    assert [profile.code for profile in profiles_in_use(tmp_path / "none")] == ["agent"]
    (tmp_path / "postal.toml").write_text(POSTAL, "utf-8")
    assert [profile.code for profile in profiles_in_use(tmp_path)] == ["agent", "postal"]
    (tmp_path / "ours.toml").write_text(AGENT.replace('title = "', 'title = "我行'), "utf-8")
    assert [profile.layout.title[:2] for profile in profiles_in_use(tmp_path)] == ["我行", "邮政"]
    (tmp_path / "postal.toml").write_text(POSTAL.replace("encoding", "default = true\nencoding"), "utf-8")
    assert [profile.code for profile in profiles_in_use(tmp_path)] == ["postal", "agent"]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (POSTAL, "code"),
        (POSTAL.replace('code = "postal"', 'code = "post"'), "names"),
        (AGENT.replace("encoding", "default = true\nencoding", 1), "default"),
    ],
)
def test_two_profiles_that_cannot_be_told_apart_are_refused(tmp_path: Path, other: str, said: str) -> None:
    first = POSTAL.replace("encoding", "default = true\nencoding") if said == "default" else POSTAL
    (tmp_path / "a.toml").write_text(first, "utf-8")
    (tmp_path / "b.toml").write_text(other, "utf-8")
    with pytest.raises(Misused) as caught:
        profiles_in_use(tmp_path)
    assert caught.value.code == "bank_profile.ambiguous"
    assert caught.value.subject.endswith(said)


def test_a_profile_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(POSTAL.encode("gb18030"))
    with pytest.raises(Failed, match=r"bank_profile\.file"):
        profiles_in_use(tmp_path)


def test_an_account_goes_through_the_bank_with_the_longest_name_else_the_default() -> None:
    longer = POSTAL.replace('"postal"', '"shuicheng"').replace('"邮储银行"', '"邮储银行水城"').replace(
        '"邮政储蓄银行", ', ""
    )  # fmt: skip
    profiles = (SHIPPED["agent"], SHIPPED["postal"], parse_profile(longer, place="test"))
    banks = [None, "", "贵州省农村信用社", "邮储银行", "邮储银行水城支行", "中国邮政储蓄银行"]
    assert [profile_for(bank, profiles).code for bank in banks] == [
        "agent", "agent", "agent", "postal", "shuicheng", "postal",
    ]  # fmt: skip


def test_several_banks_have_a_file_each_and_add_up_to_the_roll(
    tmp_path: Path, make_contents: MakeContents
) -> None:
    banks = ("中国邮政储蓄银行", "贵阳银行", None)
    sent = [
        msgspec.structs.replace(payment(f"D{n}", 1000 + n), account=Account(f"6217000{n}", "张三", banks[n % 3]))
        for n in range(7)
    ]
    payments = (*sent, payment("D8", 5000, account=None))
    used = (SHIPPED["agent"], SHIPPED["postal"])
    contents = make_contents(payments=payments, banks=used, batch_numbers={"agent": 4, "postal": 1})
    files = rendered(contents)
    assert [name for name in files if name.startswith("payouts")] == [
        "payouts.agent.txt", "payouts.postal.txt", "payouts.xml",
    ]  # fmt: skip
    manifest = json.loads(files["manifest.json"])
    assert [(bank["code"], bank["batch_number"], bank["count"]) for bank in manifest["banks"]] == [
        ("agent", 4, 4), ("postal", 1, 3),
    ]  # fmt: skip
    assert sum(bank["amount_fen"] for bank in manifest["banks"]) + 5000 == manifest["payments"]["amount_fen"]
    assert [bank["profile"] for bank in manifest["banks"]] == [AGENT, POSTAL]
    write_bundle(tmp_path / "bundle", contents)
    with BundleFiles(tmp_path / "bundle") as read:
        assert reconcile(read).payments.amount_fen == sum(payment.amount_fen for payment in payments)


def test_the_only_bank_that_pays_has_the_plain_name(make_contents: MakeContents) -> None:
    account = Account("62170001", "张三", "邮储银行")
    payments = (msgspec.structs.replace(payment("C1", 1000), account=account),)
    files = rendered(make_contents(payments=payments, banks=(SHIPPED["agent"], SHIPPED["postal"])))
    assert files["payouts.txt"].startswith(b"H")
    assert "payouts.agent.txt" not in files


def test_the_profile_to_start_from_is_printed_into_a_file_that_is_still_empty(tmp_path: Path) -> None:
    (tmp_path / "postal.toml").touch()
    assert profile_to_start_from("postal", tmp_path).text == POSTAL
    with pytest.raises(Misused, match=r"bank_profile\.malformed"):
        profiles_in_use(tmp_path)
    (tmp_path / "own.toml").write_text(POSTAL.replace('cnaps = "403100000004"', 'cnaps = "403701000004"'), "utf-8")
    assert profile_to_start_from("postal", tmp_path).layout.cnaps == "403701000004"
    with pytest.raises(Misused, match=r"bank_profile\.unknown"):
        profile_to_start_from("none", tmp_path)
