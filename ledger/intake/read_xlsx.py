"""Tables from the first sheet of an XLSX workbook."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time

from python_calamine import CalamineWorkbook

from ledger.errors import Refused
from ledger.intake.raw import Cell, RawFact
from ledger.intake.tables import Table, cell

_LARGEST_UNPACKED = 256_000_000
_LARGEST_AREA = 10_000_000
_CELL_AT = re.compile(rb"""\br=["']([A-Za-z]{1,3})([0-9]{1,7})["']""")
_DIGITS = frozenset({"number", "id_number", "id"})
_EXACT = 10**15


def read_xlsx(content: bytes, name: str) -> Iterator[RawFact]:
    """The facts of the first sheet, blank rows aside; a fact's line is its row.

    Raises:
        Refused: `file.workbook` for no readable workbook; `file.digits_lost` for an account, an ID number or
            any number of more than 15 digits in a number cell; `file.header`, `file.row`.
    """
    table: Table | None = None
    for line, row in xlsx_rows(content, name):
        if table is None:
            table = Table(name, line, [str(value) for value in row])
            continue
        for column, value in zip(table.columns, row, strict=True):
            refuse_lost_digits(
                value, f"{name} line {line}, field {'.'.join(column)}", of_digits=column[-1] in _DIGITS
            )
        yield table.fact(line, [cell_of(value) for value in row])


def xlsx_rows(content: bytes, name: str) -> Iterator[tuple[int, Sequence[object]]]:
    """The rows of the first sheet that are not blank, with their numbers; cells as the workbook has them.

    Raises:
        Refused: `file.workbook` for no readable workbook, or one that would be laid out over the whole memory.
    """
    for line, row in enumerate(_rows(content, name), 1):
        if any(value != "" for value in row):
            yield line, row


def refuse_lost_digits(value: object, subject: str, *, of_digits: bool) -> None:
    """Refuses a number cell that may not be the number typed: in a column `of_digits`, or of more than 15 digits.

    Raises:
        Refused: `file.digits_lost`.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    if of_digits or abs(value) >= _EXACT:
        raise Refused(
            "file.digits_lost", subject, found="a number cell, which keeps 15 digits and no leading zero",
            expected="a text cell", hint="Format the column as text and enter the digits anew.",
        )  # fmt: skip


def _rows(content: bytes, name: str) -> list[Sequence[object]]:
    try:
        if _fits(content):
            workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
            return list[Sequence[object]](workbook.get_sheet_by_index(0).to_python(skip_empty_area=False))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as reason:  # the reader is compiled: a panic of its is no Exception
        if not isinstance(reason, Exception) and type(reason).__name__ != "PanicException":
            raise
    raise Refused(
        "file.workbook", name, found="no workbook that can be read, or one with stray cells far out",
        expected=f"an XLSX workbook without password, its cells within {_LARGEST_AREA:,}",
    )  # fmt: skip


def _fits(content: bytes) -> bool:
    """Whether it is XLSX that unpacks to a table of sane size: the reader lays out every cell up to the last.

    One stray cell in the farthest corner would make it ask for 500 GB, which ends the process.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        if "xl/workbook.xml" not in parts.namelist():
            return False
        if sum(part.file_size for part in parts.infolist()) > _LARGEST_UNPACKED:
            return False
        sheets = [part for part in parts.namelist() if part.startswith("xl/worksheets/")]
        return all(_area(parts.read(sheet)) <= _LARGEST_AREA for sheet in sheets)


def _area(sheet: bytes) -> int:
    columns, last_row = set(), 0
    for cell_at in _CELL_AT.finditer(sheet):
        columns.add(cell_at[1].upper())
        last_row = max(last_row, int(cell_at[2]))
    return last_row * max((_column_number(letters) for letters in columns), default=0)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def cell_of(value: object) -> Cell:
    """A workbook's cell as the text it shows."""
    if isinstance(value, bool):
        return Cell("true" if value else "false")
    if isinstance(value, float) and value.is_integer():
        return Cell(str(int(value)))
    if isinstance(value, datetime) and value.time() == time():
        return Cell(value.date().isoformat())
    if isinstance(value, date):
        return Cell(value.isoformat())
    return cell(str(value))
