"""A department's monthly file: the ID numbers it names, each with what it says of that person."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

from msgspec import Struct

from ledger.errors import Misused, Refused
from ledger.intake.fields import FIRST_YEAR, LAST_YEAR, TEXT, read_match_value
from ledger.intake.match_columns import Columns
from ledger.intake.raw import Cell
from ledger.intake.reading import content_of
from ledger.intake.shape import Unreadable, described, printable, read_value
from ledger.values.identifiers import eighteen_digits, is_like_id_number

_DAY = re.compile(r"([0-9]{4})(?:[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?|([0-9]{2})([0-9]{2}))")
_NOTHING = frozenset({"", "-", "--", "—", "——", "/", "无"})
_TITLE_ROWS = 10
_Rows = Iterator[tuple[int, Sequence[object]]]


class MatchLine(Struct, frozen=True, gc=False):
    """A line: the ID number in its 18-digit form, its value, what else it says with the day in front."""

    line: int
    id_number: str
    value: str | None
    detail: str | None


class MatchFile:
    """A file of a dataset, read line by line."""

    def __init__(self, path: Path, dataset: str, columns: Columns) -> None:
        """Reads the bytes; its lines are read when asked for.

        Raises:
            Misused: `file.format` for another suffix than .csv and .xlsx.
            Failed: `file.unreadable`.
        """
        self.name = path.name
        self._dataset = dataset
        self.columns = columns
        rows = _FORMATS.get(path.suffix.lower())
        if rows is None:
            raise Misused(
                "file.format", path.name, found=f"the suffix {path.suffix or '(none)'}",
                expected="one of " + ", ".join(_FORMATS),
            )  # fmt: skip
        self._rows = rows
        self._content = content_of(path)
        self.digest = hashlib.sha256(self._content).hexdigest()

    def lines(self) -> Iterator[MatchLine]:
        """The lines below the headings, which stand in one of the first rows: a title may be above them.

        Raises:
            Refused: `file.` codes; `match.malformed` for a cell that is not what its column takes, with line and
                column, the value masked. ID numbers are 15 or 18 characters; a wrong check digit is no mistake of
                the clerk's who brings the file, and finds nobody but whose own is as wrong.
        """
        cells: _Cells | None = None
        for number, (line, row) in enumerate(self._rows(self._content, self.name), 1):
            place = f"{self.name} line {line}"
            if cells is not None:
                yield cells.line(line, row, place)
            elif (found := _found(self.columns, row)).get("id_number") is not None:
                cells = _Cells(self._dataset, row, self._require(found, row, place))
            elif number == _TITLE_ROWS:
                break
        if cells is None:
            raise self._without("id_number", f"{self.name} line 1", "no such heading in the first rows")

    def _require(self, found: dict[str, int], row: Sequence[object], place: str) -> dict[str, int]:
        for field in sorted(self.columns.needed(self._dataset) - found.keys()):
            shown = "、".join(str(title) for title in row if title != "")
            raise self._without(field, place, f"the headings {printable(shown)}")
        for field, index in found.items():
            if [str(title) for title in row].count(str(row[index])) > 1:
                heading = printable(str(row[index]))
                raise self._without(field, place, f"{heading} twice")
        return found

    def _without(self, field: str, place: str, found: str) -> Refused:
        headings = [name for name in self.columns.headings[field] if name != field]
        return Refused(
            "file.header", place, found=found,
            expected=f"a column of the {field.replace('_', ' ')}: {'、'.join(headings)}",
            hint="A column map names another heading: --map FILE.toml.",
        )  # fmt: skip


def _found(columns: Columns, row: Sequence[object]) -> dict[str, int]:
    """Where each field stands in a row of headings."""
    titles = ["".join(str(title).split()) for title in row]
    found = {}
    for field, headings in columns.headings.items():
        at = next(
            (titles.index("".join(name.split())) for name in headings if "".join(name.split()) in titles), None
        )
        if at is not None:
            found[field] = at
    return found


class _Cells:
    """The columns of a file, and its rows read by them."""

    def __init__(self, dataset: str, titles: Sequence[object], found: dict[str, int]) -> None:
        self._dataset = dataset
        self._titles = titles
        self._found = found

    def line(self, line: int, row: Sequence[object], place: str) -> MatchLine:
        if len(row) != len(self._titles):
            raise Refused(
                "file.row", place, found=f"{len(row)} cells", expected=f"{len(self._titles)}, as in the headings"
            )
        number = self._read("id_number", row, place, _read_id_number)
        value = self._read("value", row, place, lambda text: read_match_value(Cell(text), self._dataset))
        detail = self._read("detail", row, place, lambda text: read_value(TEXT, " ".join(text.split())))
        day = self._read("date", row, place, _read_day)
        if number is None:
            raise _malformed(place, self._title("id_number"), _EXPECTED_NUMBER, "nothing")
        return MatchLine(line, number, value, " ".join(part for part in (day, detail) if part) or None)

    def _read(self, field: str, row: Sequence[object], place: str, read: Callable[[str], str]) -> str | None:
        at = self._found.get(field)
        if at is None:
            return None
        cell = row[at]
        text = cell if isinstance(cell, Cell) else self._of_workbook(cell, field, place)
        if "".join(text.split()) in _NOTHING:
            return None
        try:
            return read(text)
        except Unreadable as reason:
            raise _malformed(place, self._title(field), reason.expected, reason.found) from None

    def _of_workbook(self, value: object, field: str, place: str) -> str:
        from ledger.intake.read_xlsx import cell_of, refuse_lost_digits

        refuse_lost_digits(value, f"{place}, column {self._title(field)}", of_digits=field == "id_number")
        return str(cell_of(value))

    def _title(self, field: str) -> str:
        return printable(str(self._titles[self._found[field]]))


_EXPECTED_NUMBER = "an ID number of 18 characters, or 15 digits"


def _read_id_number(text: str) -> str:
    # Spreadsheets export a text cell of digits with an apostrophe in front.
    number = text.removeprefix("'")
    if not is_like_id_number(number):
        raise Unreadable(_EXPECTED_NUMBER, found=described(text, personal=True))
    return eighteen_digits(number)


def _read_day(text: str) -> str:
    match = _DAY.fullmatch(text.split(maxsplit=1)[0])
    try:
        if match is not None:
            year, *others = match.groups()
            month, day = (int(part) for part in others if part)
            if FIRST_YEAR <= int(year) <= LAST_YEAR:
                return date(int(year), month, day).isoformat()
    except ValueError:
        pass
    raise Unreadable("a day such as 2022-05-17, 2022/5/17 or 20220517", found=described(text, personal=True))


def _malformed(place: str, column: str, expected: str, found: str) -> Refused:
    return Refused("match.malformed", f"{place}, column {column}", found=found, expected=expected)


def _csv(content: bytes, name: str) -> _Rows:
    from ledger.intake.read_csv import csv_rows

    return csv_rows(content, name)


def _xlsx(content: bytes, name: str) -> _Rows:
    from ledger.intake.read_xlsx import xlsx_rows

    return xlsx_rows(content, name)


_FORMATS: dict[str, Callable[[bytes, str], _Rows]] = {".csv": _csv, ".xlsx": _xlsx}
