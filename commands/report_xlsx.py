"""A report as an XLSX workbook: one sheet, Chinese headings, numbers that a spreadsheet can add up."""

from __future__ import annotations

import io
from datetime import datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from commands.report_words import HEADINGS, REHEARSAL, read_by_people, title
from projections.report import Report

_AMOUNTS = {HEADINGS[name] for name in ("amount", "mean", "top_up", "arrears", "recovery", "returned")}
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001  a fixed moment: the same report is the same file
_NOTES = (
    "期末户数、期末人数:末月领取的家庭和人员;人次:各月领取人数之和;人月均=发放金额÷人次。",
    "按所属月份统计各次关账发放额,退票未重发的仍计在发放金额内;按付款年度的收支另见资金收支表。",
)


def workbook(found: Report) -> bytes:
    """The file's bytes; a rehearsal's says so in its title."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": _CREATED})
        sheet = book.add_worksheet("发放情况")
        bold = book.add_format({"bold": True, "font_size": 14, "align": "center"})
        head = book.add_format({"bold": True, "border": 1, "align": "center", "text_wrap": True})
        text, whole, mass, money = (
            book.add_format({"border": 1, "num_format": form}) for form in ("@", "#,##0", "#,##0.000", "#,##0.00")
        )
        rows = [read_by_people(row) for row in found.rows]
        sheet.merge_range(0, 0, 0, len(HEADINGS) - 1, _heading(found), bold)
        for column, name in enumerate(HEADINGS.values()):
            sheet.write_string(2, column, name, head)
        for line, row in enumerate(rows, 3):
            for column, (name, value) in enumerate(row.items()):
                number = money if name in _AMOUNTS else mass if "." in str(value) else whole
                _write(sheet, line, column, value, number, text)
        for line, note in enumerate(_NOTES, 4 + len(rows)):
            sheet.write_string(line, 0, note)
        sheet.set_column(0, len(HEADINGS) - 1, 14)
        sheet.freeze_panes(3, 2)
        _print_on_a4(sheet, rehearsal=found.rehearsal)
    return stream.getvalue()


def _print_on_a4(sheet: Any, *, rehearsal: bool) -> None:
    """Across, as wide as the paper, the headings on each page."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)
    sheet.center_horizontally()
    sheet.set_footer(f"&L{REHEARSAL if rehearsal else ''}&C第 &P 页，共 &N 页")


def _heading(found: Report) -> str:
    return f"{title(found)}({REHEARSAL})" if found.rehearsal else title(found)


def _write(sheet: Any, line: int, column: int, value: object, number: Any, text: Any) -> None:
    """The first two columns are words; decimals go through Decimal, which the sheet keeps to 16 digits."""
    if value is None:
        sheet.write_blank(line, column, None, text)
    elif column < 2:
        sheet.write_string(line, column, str(value), text)
    else:
        sheet.write_number(line, column, Decimal(str(value)), number)
