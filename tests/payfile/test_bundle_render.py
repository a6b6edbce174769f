"""Rendering a bundle: the same contents give the same bytes, and what must not go out is refused."""

from __future__ import annotations

import csv
import io
import json

import pytest
from bundles_made import TEST_ID, MakeContents, booking, payment, readable, rendered

from ledger.errors import Refused
from ledger.payfile.contents import Change, GrainAllocation


def table(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_the_same_contents_give_the_same_bytes(make_contents: MakeContents) -> None:
    assert rendered(make_contents()) == rendered(make_contents())


def test_the_manifest_says_the_totals_in_fen(make_contents: MakeContents) -> None:
    data = rendered(make_contents())["manifest.json"]
    manifest = json.loads(data)
    assert list(manifest) == sorted(manifest)
    assert manifest["payments"] == {"count": 3, "amount_fen": 44300 + 88600 + 20001}
    assert manifest["bank"] == {"count": 2, "amount_fen": 44300 + 88600}
    assert manifest["unpayable"] == {"count": 1, "amount_fen": 20001}
    assert manifest["components"] == {"dibao": 152901 - 300, "top_up": 300}
    assert manifest["grain"] == {"count": 1, "mass_g": 30000}
    assert (manifest["bookings"], manifest["changes"], manifest["pay_on"]) == (1, 2, "2022-08-10")
    assert sorted(manifest["files"]) == [
        "application.html",
        "bookings.csv",
        "changes.csv",
        "grain.csv",
        "payouts.txt",
        "payouts.xml",
        "posting.html",
        "posting.xlsx",
        "roll.xlsx",
        "unpayable.csv",
    ]


def test_the_clerks_read_chinese_headings_and_kinds(make_contents: MakeContents) -> None:
    files = rendered(make_contents(rehearsal=False))
    assert table(files["changes.csv"]) == [
        ["序号", "编号", "姓名", "变动类型", "上次金额(元)", "本次金额(元)", "差额(元)", "原因"],
        ["1", "C1", "张三", "新增", "0.00", "443.00", "443.00", ""],
        ["2", "C9", "王五", "停发、追回", "200.00", "0.00", "-200.00", "迁出"],
    ]
    assert table(files["unpayable.csv"])[1][2:] == [
        "李四",
        "110************02X",
        "520203001001",
        "2",
        "200.01",
        "无账户",
    ]
    assert table(files["grain.csv"])[1] == ["1", "C1", "张三", "520203001001", "2", "30"]
    assert [row[-3:] for row in table(files["bookings.csv"])[1:]] == [
        ["补发", "2022-05", "5.00"],
        ["追回", "2022-06", "-5.00"],
    ]


def test_grain_and_bookings_have_files_only_where_there_are_any(make_contents: MakeContents) -> None:
    files = rendered(make_contents(grain=(), bookings=()))
    assert "grain.csv" not in files
    assert "bookings.csv" not in files


def test_an_unpayable_payment_is_listed_and_not_in_the_bank_file(make_contents: MakeContents) -> None:
    files = rendered(make_contents())
    assert "李四" not in files["payouts.txt"].decode("gb18030")
    assert "李四" in files["unpayable.csv"].decode()


def test_no_clerks_table_shows_an_id_number(make_contents: MakeContents) -> None:
    files = {name: readable(name, data) for name, data in rendered(make_contents()).items()}
    for number in (TEST_ID, "6217990000000000018"):
        assert [name for name, data in files.items() if number.encode() in data] == ["payouts.txt", "payouts.xml"]


def test_no_bank_takes_the_file_of_a_rehearsal(make_contents: MakeContents) -> None:
    files = {name: readable(name, data) for name, data in rendered(make_contents()).items()}
    assert files["payouts.txt"].startswith(b"20220810|REHEARSAL|")
    assert not [name for name, data in files.items() if b"8520203001" in data]
    unmarked = [name for name, data in files.items() if b"REHEARSAL" not in data]
    assert unmarked == ["SM3SUMS", "SHA256SUMS"]


def test_a_real_bundle_nowhere_says_rehearsal(make_contents: MakeContents) -> None:
    files = rendered(make_contents(rehearsal=False))
    assert not [name for name, data in files.items() if b"REHEARSAL" in readable(name, data)]


@pytest.mark.parametrize("reason", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", " =1", "\t=1", "a\r\nb"])
def test_a_text_a_spreadsheet_would_run_is_refused(make_contents: MakeContents, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        rendered(make_contents(changes=(Change("C1", "张三", ("cut",), 100, 50, reason),)))
    assert caught.value.code in {"payfile.formula", "payfile.character"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"payments": (payment("C1", 100), payment("C1", 100))}, "payfile.duplicate"),
        ({"payments": (payment("C1", 100),), "bookings": (booking("C1"),)}, "payfile.duplicate"),
        ({"payments": (payment("C1", -100, account=None),)}, "payfile.amount"),
        ({"bookings": (payment("C8", 100),)}, "payfile.amount"),
        ({"rehearsal": False, "unit_number": "rehearsal"}, "payfile.unit_number"),
        ({"batch_numbers": {"agent": 0}}, "payfile.particulars"),
        ({"grain": (GrainAllocation("C1", "=张三", None, 1, 15000),)}, "payfile.formula"),
    ],
)
def test_what_must_not_go_out_is_refused(
    make_contents: MakeContents, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(Refused) as caught:
        rendered(make_contents(**changes))
    assert caught.value.code == code


def test_a_change_of_an_unknown_kind_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="kinds"):
        Change("C1", "张三", ("lowered",), 100, 50, "")
