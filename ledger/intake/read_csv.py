"""Tables from CSV, in UTF-8 or, as Chinese spreadsheets save it, GB18030."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from ledger.errors import Refused
from ledger.intake.raw import Cell, RawFact
from ledger.intake.tables import Table, cell
from ledger.intake.text_files import text_of


def read_csv(content: bytes, name: str) -> Iterator[RawFact]:
    """The facts of a file, blank rows aside; a fact's line is the first of its row.

    Raises:
        Refused: `file.header`, `file.row` and what `csv_rows` refuses, with the line.
    """
    table: Table | None = None
    for line, row in csv_rows(content, name):
        if table is None:
            table = Table(name, line, row)
        else:
            yield table.fact(line, row)


def csv_rows(content: bytes, name: str) -> Iterator[tuple[int, list[Cell]]]:
    """The rows of a file that are not blank, each with its first line; blanks around a cell are gone.

    Raises:
        Refused: `file.syntax` and what `text_of` refuses, with the line.
    """
    text = text_of(content, name, ("utf-8-sig", "gb18030"))
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for row in rows:
            if any(value.strip() for value in row):
                yield line, [cell(value) for value in row]
            line = rows.line_num + 1
    except csv.Error:
        raise Refused(
            "file.syntax", f"{name} line {line}", found="broken quotes, or a cell without end",
            expected="comma-separated cells, quotes doubled inside quotes",
        ) from None  # fmt: skip
