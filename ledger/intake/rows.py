"""The rows of a small table, CSV or XLSX, as texts with their lines: what lists from banks and clerks are read from."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.intake.read_csv import csv_rows
from ledger.intake.read_xlsx import cell_of, refuse_lost_digits, xlsx_rows

WORKBOOK = b"PK\x03\x04"
"""The first bytes of an XLSX workbook."""


def rows_of(content: bytes, name: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, without the blanks around its cells, with the line it begins on.

    CSV is UTF-8 (with or without a byte-order mark) or GB18030; a workbook is known by its first bytes.

    Raises:
        Refused: `file.` codes, with the line.
    """
    if not content.startswith(WORKBOOK):
        for line, cells in csv_rows(content, name):
            yield line, [str(cell) for cell in cells]
        return
    for line, row in xlsx_rows(content, name):
        for value in row:
            refuse_lost_digits(value, f"{name} line {line}", of_digits=False)
        yield line, [str(cell_of(value)) for value in row]
