"""What clerks, villagers and finance read: sums that agree, nothing private, nothing a spreadsheet runs."""

from __future__ import annotations

import io
import re
import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from bundles_made import TEST_ID, MakeContents, parts, payment, rendered
from python_calamine import CalamineWorkbook

from ledger.payfile import workbook
from ledger.payfile.comparison import Comparison
from ledger.payfile.contents import Payment, PaymentLine
from ledger.payfile.folder import write_bundle
from ledger.payfile.posted import township_of
from ledger.payfile.render import render


def cells(data: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def of_village(case: str, village: str | None, amount_fen: int, *, name: str = "张三") -> Payment:
    return msgspec.structs.replace(payment(case, amount_fen, name=name), village=village)


def cared_for() -> tuple[Payment, ...]:
    """A destitute person's living money, and his carer's."""
    own = of_village("T1", "520203002001", 101300, name="赵六")
    carer = msgspec.structs.replace(
        payment("T1", 35200, name="钱七"), payout="payout/2022-07/520203/T1/carer:P9", village=own.village,
        helped_name="赵六", insured=2, lines=(PaymentLine("tekun_care", "2022-07", 35200),),
    )  # fmt: skip
    return own, carer


def test_the_roll_has_a_row_a_payment_with_its_parts_and_their_sums(make_contents: MakeContents) -> None:
    title, subtitle, headings, *rows, sums = cells(rendered(make_contents())["roll.xlsx"])
    assert title[0] == "2022年7月农村低保资金发放花名册"
    assert "REHEARSAL" in subtitle[0]
    assert headings == [
        "序号", "编号", "属地", "姓名", "身份证号", "保障人数", "低保金(元)", "分类施保金(元)", "发放合计(元)",
        "账户名称", "开户银行", "账号",
    ]  # fmt: skip
    assert rows[0] == [
        1, "C1", "520203001001", "张三", "110************02X", 2, 442, 1, 443, "张三", "农商行", "621*************018",
    ]  # fmt: skip
    assert rows[2][-3:] == ["", "", "无账户"]
    assert sums[1] == "合计"
    assert sums[5:9] == [6, pytest.approx(1526.01), 3, pytest.approx(1529.01)]


def test_a_persons_case_counts_once_however_many_payees_it_has(make_contents: MakeContents) -> None:
    files = rendered(make_contents(payments=cared_for()))
    assert cells(files["roll.xlsx"])[-1][5] == 2
    assert cells(files["posting.xlsx"])[3:] == [
        ["", "520203002001", "", ""],
        [1, "赵六", 2, 1365],
        [1, "本村(社区)合计", 2, 1365],
        [1, "合计", 2, 1365],
    ]
    assert "钱七" not in files["posting.html"].decode()
    assert '<td>520203002</td><td class="n">1</td><td class="n">2</td>' in files["application.html"].decode()


def test_a_notice_shows_name_members_and_amount_alone(make_contents: MakeContents) -> None:
    files = rendered(make_contents())
    shown = files["posting.html"].decode() + repr(cells(files["posting.xlsx"]))
    for private in (TEST_ID, "110***", "6217", "农商行", "C1"):
        assert private not in shown
    assert cells(files["posting.xlsx"])[2] == ["序号", "姓名", "保障人数", "金额(元)"]


def test_each_village_has_its_own_page_and_sum(make_contents: MakeContents) -> None:
    payments = (
        of_village("D1", "520203001002", 1000),
        of_village("D2", "520203001001", 2000),
        of_village("D3", None, 500),
        of_village("D4", "520203001002", 4000),
    )
    files = rendered(make_contents(payments=payments))
    page = files["posting.html"].decode()
    assert re.findall(r"<h2>村\(社区\)：(.+?)</h2>", page) == ["520203001001", "520203001002", "（未登记属地）"]
    assert re.findall(r'class="sum">([0-9.]+)<', page) == ["20.00", "50.00", "5.00"]
    sheet = parts(files["posting.xlsx"])["xl/worksheets/sheet1.xml"].decode()
    assert re.findall(r'<brk id="(\d+)"', sheet) == ["6", "10", "13"]
    application = files["application.html"].decode()
    assert re.findall(r'<td class="n">\d</td><td>(.+?)</td><td class="n">(\d)</td>', application) == [
        ("520203001", "3"), ("（未登记属地）", "1"),
    ]  # fmt: skip


def test_the_application_says_the_total_in_capitals_and_has_three_places_to_sign(
    make_contents: MakeContents,
) -> None:
    page = rendered(make_contents())["application.html"].decode()
    assert "人民币壹仟伍佰贰拾玖元零壹分" in page
    assert page.count("（签字、盖章）") == 3
    assert "<td>payouts.txt</td><td>第 1 批</td>" in page
    assert "无账户，暂不发放" in page
    assert "REHEARSAL" in page


def test_markup_in_a_name_stays_text(make_contents: MakeContents) -> None:
    files = rendered(make_contents(payments=(payment("C1", 1000, name="<b>张&三</b>"),)))
    assert "&lt;b&gt;张&amp;三&lt;/b&gt;" in files["posting.html"].decode()
    assert cells(files["roll.xlsx"])[3][3] == "<b>张&三</b>"


def test_the_headings_stay_in_sight_and_on_every_printed_page(make_contents: MakeContents) -> None:
    read = {name: text.decode() for name, text in parts(rendered(make_contents())["roll.xlsx"]).items()}
    sheet = read["xl/worksheets/sheet1.xml"]
    assert '<pane ySplit="3" topLeftCell="A4" activePane="bottomLeft" state="frozen"/>' in sheet
    assert 'orientation="landscape" fitToWidth="1" fitToHeight="0"' in sheet
    assert "Sheet1!$1:$3" in read["xl/workbook.xml"]
    assert "<f>" not in sheet


def test_a_workbook_packed_by_another_zlib_is_the_same_one(
    tmp_path: Path, make_contents: MakeContents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a later machine's: only how hard it is packed differs."""
    sums = write_bundle(tmp_path / "bundle", make_contents())
    compressor = zlib.compressobj
    with monkeypatch.context() as patch:
        patch.setattr(zlib, "compressobj", lambda _, *rest: compressor(1, *rest))
        again = Comparison(tmp_path / "bundle")
        assert render(make_contents(), again.put) == sums
    assert again.difference() is None


def test_another_cell_is_another_workbook(tmp_path: Path, make_contents: MakeContents) -> None:
    write_bundle(tmp_path / "bundle", make_contents())
    other = Comparison(tmp_path / "bundle")
    render(make_contents(payments=(payment("C1", 44300),)), other.put)
    assert {"roll.xlsx", "posting.xlsx"} <= set(other.differing)
    (tmp_path / "bundle" / "roll.xlsx").write_bytes(b"PK no workbook")
    broken = Comparison(tmp_path / "bundle")
    render(make_contents(), broken.put)
    assert broken.difference() == "another roll.xlsx"


@pytest.mark.parametrize(
    ("village", "township"),
    [
        ("520203001001", "520203001"),
        ("5202", "5202"),
        ("龙河镇新民村", "龙河镇"),
        ("黄土坡街道二社区", "黄土坡街道"),
        ("新场乡", "新场乡"),
        ("新民村", "新民村"),
    ],
)
def test_a_villages_township_is_read_from_its_code_or_name(village: str, township: str) -> None:
    assert township_of(village) == township


def test_more_columns_than_letters_cannot_be_written() -> None:
    with pytest.raises(IndexError):
        workbook._letter(26)
