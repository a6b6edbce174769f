"""The published tables: their sums are the payments', a year is its months, workbook and chart say the same."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest
from county_driven import DIVISION, County
from python_calamine import CalamineWorkbook

from commands.report_svg import chart
from commands.report_words import HEADINGS, title
from commands.report_xlsx import workbook
from ledger.closing.order import PROGRAMMES
from ledger.values.month import Month
from projections.report import Figures, Report, months_paid, not_closed, report

NOVEMBER, DECEMBER = Month.parse("2022-11"), Month.parse("2022-12")


@pytest.fixture(scope="module")
def both(over_new_year: County) -> Report:
    return report(over_new_year.installation, [DIVISION], NOVEMBER, DECEMBER)


def figures(found: Report, programme: str | None) -> Figures:
    [row] = [row for row in found.rows if (row.division, row.programme) == (DIVISION, programme)]
    return row.figures


def test_a_month_counts_who_was_paid_and_what_came_back(over_new_year: County) -> None:
    november = report(over_new_year.installation, [DIVISION], NOVEMBER, NOVEMBER)
    assert figures(november, "dibao_rural") == Figures(
        households=3, persons=3, person_months=3, issued_fen=3 * 44300, returned_fen=44300
    )
    # R1 was paid at once and came back; R2 waited for December's close.
    assert figures(november, "relief") == Figures(
        persons=1, person_months=1, issued_fen=80000, returned_fen=80000, relief_times=1
    )
    assert figures(november, "relief").mean_fen == 80000


def test_several_months_add_up_and_heads_are_counted_in_the_last(both: Report) -> None:
    rural = figures(both, "dibao_rural")
    assert (rural.households, rural.persons, rural.person_months) == (3, 3, 6)
    assert (rural.issued_fen, rural.mean_fen, rural.returned_fen) == (6 * 44300, 44300, 2 * 44300)


def test_the_total_is_the_sum_of_the_programmes_and_of_the_payments(over_new_year: County, both: Report) -> None:
    together = figures(both, None)
    assert together.issued_fen == sum(figures(both, programme).issued_fen for programme in PROGRAMMES)
    payments = over_new_year.installation.rolls.payments
    assert together.issued_fen == sum(payments.totals(DIVISION, month)[1] for month in (NOVEMBER, DECEMBER))
    assert {month: sum(sums.values()) for month, sums in both.by_month.items()} == {
        month: payments.totals(DIVISION, month)[1] for month in (NOVEMBER, DECEMBER)
    }
    assert months_paid(over_new_year.installation, [DIVISION]) == (NOVEMBER, DECEMBER)


def test_several_counties_are_added_up(over_new_year: County) -> None:
    found = report(over_new_year.installation, [DIVISION, "520204"], NOVEMBER, NOVEMBER)
    by_place = {(row.division, row.programme): row.figures for row in found.rows}
    assert by_place[None, "dibao_rural"] == by_place[DIVISION, "dibao_rural"]
    assert by_place["520204", None] == Figures()
    assert by_place[None, None] == by_place[DIVISION, None]


def test_the_workbook_holds_the_same_numbers_and_is_the_same_file_again(both: Report) -> None:
    content = workbook(both)
    assert workbook(both) == content
    rows = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
    assert rows[0][0] == f"{title(both)}(REHEARSAL 演练)"
    assert rows[2] == list(HEADINGS.values())
    amount = rows[2].index("发放金额(元)")
    told = {row[1]: Decimal(str(row[amount])) for row in rows[3 : 3 + len(both.rows)]}
    assert told["合计"] == Decimal(figures(both, None).issued_fen).scaleb(-2)
    assert told["临时救助"] == Decimal("1500.01")


def test_the_workbook_is_printed_on_one_sheet_with_its_headings(both: Report) -> None:
    with ZipFile(BytesIO(workbook(both))) as parts:
        sheet, book = (parts.read(f"xl/{part}.xml").decode() for part in ("worksheets/sheet1", "workbook"))
        formats = parts.read("xl/styles.xml").decode()
    assert 'orientation="landscape"' in sheet
    assert 'fitToPage="1"' in sheet
    assert "REHEARSAL" in sheet[sheet.index("<oddFooter>") :]
    assert "$3:$3</definedName>" in book
    assert "#,##0.###" not in formats  # a whole number would be shown with a point


def test_a_month_still_open_is_told(over_new_year: County) -> None:
    installation = over_new_year.installation
    assert not_closed(installation, [DIVISION], DECEMBER) == []
    assert not_closed(installation, [DIVISION], DECEMBER + 1) == [f"{DIVISION} {one}" for one in PROGRAMMES]
    assert not_closed(installation, [DIVISION], NOVEMBER - 1) == []


def test_the_chart_is_as_high_as_the_money(both: Report) -> None:
    drawn = ET.fromstring(chart(both))
    space = "{http://www.w3.org/2000/svg}"
    told = [bar.findtext(f"{space}title") for bar in drawn.iter(f"{space}rect")]
    assert "2022-12 临时救助 700.01 元" in told
    heights = [int(bar.attrib["height"]) for bar in drawn.iter(f"{space}rect") if len(bar)]
    lines = sorted(int(line.attrib["y1"]) for line in drawn.iter(f"{space}line"))
    # November: 1329.00 + 705.00 + 1013.00 + 800.00 of the 4000.00 between the first and the last line.
    assert abs(sum(heights[:4]) - (lines[-1] - lines[0]) * 384700 // 400000) <= 1
    assert any("REHEARSAL" in (text.text or "") for text in drawn.iter(f"{space}text"))


def test_a_report_without_money_is_still_drawn(over_new_year: County) -> None:
    nothing = report(over_new_year.installation, [DIVISION], NOVEMBER - 20, NOVEMBER - 9)
    assert figures(nothing, None) == Figures()
    assert ET.fromstring(chart(nothing)) is not None
    assert figures(nothing, None).mean_fen is None
