"""The old system's last list, as CSV or XLSX: the roll in its usual columns, or one row a household with its members.

Such lists are typed and passed around: a title above the headings, totals below, amounts as text, spaces inside names,
a lower-case x, ID numbers of 15 digits. What can be read in one way only is read; all else is refused with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from msgspec import Struct

from ledger.comparing import Listed, plain
from ledger.errors import Misused, Refused
from ledger.intake.read_csv import csv_rows
from ledger.intake.read_xlsx import xlsx_rows
from ledger.intake.reading import content_of
from ledger.values.identifiers import eighteen_digits, is_account
from ledger.values.money import format_yuan

MOST_MEMBERS = 6
"""People side by side in a row (审计月刊 2012-10)."""

_HEADINGS = {
    "name": ("姓名", "户主", "户主姓名", "姓名1"),
    "id_number": ("身份证号", "身份证号码", "户主身份证号", "户主身份证号码", "身份证号1", "身份证号码1"),
    "insured": ("保障人数", "保障人口", "保障人口数"),
    "base": ("保障金", "低保金", "保障金额"),
    "top_up": ("分类施保金", "分类施保", "分类施保金额"),
    "total": ("发放合计", "合计", "发放金额", "合计金额"),
    "account": ("账号", "银行账号", "帐号"),
    "holder": ("账户名称", "户名", "帐户名称"),
}
_FIELDS = {title: field for field, titles in _HEADINGS.items() for title in titles}
_MEMBER = re.compile(r"(姓名|身份证号|身份证号码)([2-9])")
_UNIT = re.compile(r"\((?:元|人|元/月)\)$")
_TOTAL, _SUBTOTAL = ("合计", "总计", "总合计"), ("小计",)
_HEADER_WITHIN = 10
_EXACT = 10**15
_FLOAT_NOISE = Decimal("0.000001")
_EXPONENT = re.compile(r"[0-9.]+E\+?[0-9]+")
_AMOUNT = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]+)?")
_FEN = Decimal("0.01")

Row = dict[str, str]


class OldList(Struct, frozen=True):
    """A list: its name without folders, its households, the headings that were not read."""

    name: str
    households: tuple[Listed, ...]
    unread: tuple[str, ...]


def read_old_list(path: Path) -> OldList:
    """The households of an old list (.csv in UTF-8 or GB18030, .xlsx).

    Raises:
        Misused: `file.format`.
        Failed: `file.unreadable`.
        Refused: `file.` codes; `compare.header` where no row has the headings, `compare.malformed` for a cell that
            cannot be read, `compare.total` where the list's own total is not the sum of its lines; with the line.
    """
    content, name = content_of(path), path.name
    rows = list(_rows(content, name, path.suffix.lower()))
    at, columns = _header(rows, name)
    unread = tuple(title for title in rows[at][1] if title and _field(title) is None)
    households: list[Listed] = []
    totals: list[tuple[int, int]] = []
    for line, cells in rows[at + 1 :]:
        place = f"{name} line {line}"
        row = {columns[n]: text for n, text in enumerate(cells) if n in columns and text}
        if any(text in _SUBTOTAL for text in cells):
            continue
        if any(text in _TOTAL for text in cells) and not row.get("id_number"):
            if "total" in row:
                totals.append((line, _fen(row["total"], place, "total")))
        elif any(cells):
            households.append(_household(row, place, frozenset(columns.values())))
    if not households:
        raise Refused("file.empty", name, found="no household below the headings", expected="at least one")
    _check_totals(totals, households, name)
    return OldList(name, tuple(households), unread)


def _rows(content: bytes, name: str, suffix: str) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line that has any, as compared: no blanks, one form of each character."""
    if suffix not in (".csv", ".xlsx"):
        raise Misused("file.format", name, found=f"the suffix {suffix or '(none)'}", expected="one of .csv, .xlsx")
    rows: Iterable[tuple[int, Sequence[object]]] = (xlsx_rows if suffix == ".xlsx" else csv_rows)(content, name)
    for line, cells in rows:
        yield line, [_text(cell, f"{name} line {line}") for cell in cells]


def _text(cell: object, place: str) -> str:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if abs(cell) >= _EXACT:
            raise _digits_lost(place)
        number = Decimal(repr(cell))
        return str(int(number)) if number == number.to_integral_value() else str(number)
    return plain(str(cell)).lstrip("'")


def _header(rows: Sequence[tuple[int, list[str]]], name: str) -> tuple[int, Mapping[int, str]]:
    for at, (line, cells) in enumerate(rows[:_HEADER_WITHIN]):
        fields = {number: field for number, cell in enumerate(cells) if (field := _field(cell)) is not None}
        if "id_number" in fields.values():
            twice = {field for field in fields.values() if list(fields.values()).count(field) > 1}
            if twice:
                raise Refused(
                    "compare.header", f"{name} line {line}", found=f"several columns for {', '.join(sorted(twice))}",
                    expected="each column once",
                )  # fmt: skip
            return at, fields
    raise Refused(
        "compare.header",
        name,
        found=f"no heading 身份证号 in the first {_HEADER_WITHIN} lines",
        expected="the columns of a roll (姓名, 身份证号, 保障人数, 保障金, 分类施保金, 发放合计, 账户名称, 账号), "
        "or 姓名1, 身份证号1 … 姓名6, 身份证号6",
    )


def _field(title: str) -> str | None:
    title = _UNIT.sub("", title)
    member = _MEMBER.fullmatch(title)
    if member is not None:
        number = int(member[2])
        kind = "name" if member[1] == "姓名" else "id_number"
        return f"{kind}{number}" if number <= MOST_MEMBERS else None
    return _FIELDS.get(title)


def _household(row: Row, place: str, columns: frozenset[str]) -> Listed:
    id_number = _id_number(row, "id_number", place)
    if id_number is None and not row.get("account"):
        raise _malformed(place, "id_number", "nothing", "the head's ID number, or at least an account")
    base_fen, top_up_fen, total_fen = (
        _fen(row.get(what, ""), place, what) if what in columns else None for what in ("base", "top_up", "total")
    )
    if total_fen is None and base_fen is not None:
        total_fen = base_fen + (top_up_fen or 0)
        # One column of money is the whole of it, whatever it is called.
        base_fen = base_fen if top_up_fen is not None else None
    return Listed(
        place=place,
        name=row.get("name"),
        id_number=id_number,
        insured=_count(row, place),
        base_fen=base_fen,
        top_up_fen=top_up_fen,
        total_fen=total_fen,
        account=_account(row, place),
        holder=row.get("holder"),
        members=_members(row, id_number, place) if id_number and "id_number2" in columns else None,
    )


def _members(row: Row, head: str, place: str) -> dict[str, str | None]:
    members = {head: row.get("name")}
    for n in range(2, MOST_MEMBERS + 1):
        member = _id_number(row, f"id_number{n}", place)
        if member is not None:
            members[member] = row.get(f"name{n}")
        elif row.get(f"name{n}"):
            raise _malformed(place, f"id_number{n}", "nothing", "the ID number of each person named")
    return members


def _id_number(row: Row, field: str, place: str) -> str | None:
    text = row.get(field)
    if not text:
        return None
    if _EXPONENT.fullmatch(text.upper()):
        raise _digits_lost(place)
    return eighteen_digits(text)


def _count(row: Row, place: str) -> int | None:
    text = row.get("insured")
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,3}", text):
        raise _malformed(place, "insured", text, "a number of persons")
    return int(text)


def _account(row: Row, place: str) -> str | None:
    text = row.get("account", "").replace("-", "")
    if not text:
        return None
    if _EXPONENT.fullmatch(text.upper()):
        raise _digits_lost(place)
    if not is_account(text):
        raise _malformed(place, "account", f"{len(text)} characters", "an account of 6 to 32 digits")
    return text


def _fen(text: str, place: str, field: str) -> int:
    """An amount as typed: `1,234.50`, `¥443`, `443.00元`; an empty cell is 0, a sheet's 443.00000000001 is 443."""
    digits = text.replace(",", "").removeprefix("¥").removeprefix("￥").removesuffix("元")
    if digits in ("", "-", "—", "/"):
        return 0
    amount = Decimal(digits) if _AMOUNT.fullmatch(digits) else None
    if amount is None or abs(amount - amount.quantize(_FEN)) > _FLOAT_NOISE:
        raise _malformed(place, field, text[:40], "an amount in yuan with at most two decimals")
    return int(amount.quantize(_FEN) * 100)


def _check_totals(totals: Sequence[tuple[int, int]], households: Sequence[Listed], name: str) -> None:
    sum_fen = sum(one.total_fen or 0 for one in households)
    for line, fen in totals:
        if fen != sum_fen:
            raise Refused(
                "compare.total", f"{name} line {line}", found=f"a total of {format_yuan(fen)}",
                expected=f"the sum of the lines, {format_yuan(sum_fen)}",
                hint="A line is missing, or one too many; several totals belong in lists of their own.",
            )  # fmt: skip


def _digits_lost(place: str) -> Refused:
    return Refused(
        "file.digits_lost", place, found="a number cell, which keeps 15 digits and no leading zero",
        expected="a text cell", hint="Take the list from the old system anew, with text columns.",
    )  # fmt: skip


def _malformed(place: str, field: str, found: str, expected: str) -> Refused:
    return Refused("compare.malformed", f"{place}, {field}", found=found, expected=expected)
