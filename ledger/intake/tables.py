"""Rows of a table as facts: a header of field names, dots for fields inside objects, empty cells absent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ledger.errors import Refused
from ledger.intake.facts import KINDS
from ledger.intake.raw import Cell, RawFact
from ledger.intake.shape import printable

_PADDING = " \xa0\u3000"
_MOST_COLUMNS = 200
_DEEPEST_NAME = 3  # member.name, and one to spare


def cell(text: str) -> Cell:
    """A cell's text without the blanks around it; a tab or a line break stays, and is refused later."""
    return Cell(text.strip(_PADDING))


class Table:
    """A table's header, and its rows as facts."""

    def __init__(self, name: str, line: int, header: Sequence[str]) -> None:
        """The columns; without a column `fact` the file is named for its kind (`income.csv`).

        Raises:
            Refused: `file.header` for a name twice, `account` beside `account.number`, or no kind of fact.
        """
        self.name = name
        self.columns = [tuple(title.strip(_PADDING).split(".")) for title in header]
        self.kind: str | None = None
        if len(header) > _MOST_COLUMNS:
            raise Refused(
                "file.header", f"{name} line {line}", found=f"{len(header)} columns",
                expected=f"at most {_MOST_COLUMNS}",
            )  # fmt: skip
        named = [column for column in self.columns if column != ("",)]
        for column in named:
            clash = [other for other in named if other[: len(column)] == column]
            if len(clash) > 1 or "" in column or len(column) > _DEEPEST_NAME:
                raise Refused(
                    "file.header", f"{name} line {line}", found=f"the column {printable('.'.join(column))}",
                    expected="each field once, as field or object.field",
                )  # fmt: skip
        if ("fact",) not in named:
            self.kind = name.partition(".")[0]
            if self.kind not in KINDS:
                raise Refused(
                    "file.header", f"{name} line {line}", found="no column fact",
                    expected="a column fact, or a file named for its kind, such as income.csv",
                )  # fmt: skip

    def fact(self, line: int, cells: Sequence[Cell]) -> RawFact:
        """The fact of a row.

        Raises:
            Refused: `file.row` when it has not as many cells as the header, or one under no name.
        """
        if len(cells) != len(self.columns):
            raise self._refused(line, f"{len(cells)} cells", f"{len(self.columns)}, as in the header")
        data: dict[str, Any] = {} if self.kind is None else {"fact": self.kind}
        for column, value in zip(self.columns, cells, strict=True):
            if value:
                if column == ("",):
                    raise self._refused(line, "a cell without a header", "a field name above each cell")
                inner = data
                for part in column[:-1]:
                    inner = inner.setdefault(part, {})
                inner[column[-1]] = value
        return RawFact(self.name, line, data)

    def _refused(self, line: int, found: str, expected: str) -> Refused:
        return Refused("file.row", f"{self.name} line {line}", found=found, expected=expected)
