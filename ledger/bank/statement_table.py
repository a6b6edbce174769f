"""A statement of an account as a table, CSV or XLSX, as banks' and the treasury's terminals save it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date

from ledger.bank.entries import Entry, Statement
from ledger.errors import Refused
from ledger.intake.rows import rows_of
from ledger.intake.shape import printable
from ledger.values.money import format_yuan, parse_yuan

FORMAT = "table"

_HEADINGS = {
    "date": "date", "日期": "date", "交易日期": "date", "记账日期": "date",
    "amount": "amount", "金额": "amount", "交易金额": "amount",
    "direction": "direction", "方向": "direction", "借贷标志": "direction",
    "debit": "debit", "支出": "debit", "借方": "debit", "借方金额": "debit",
    "credit": "credit", "收入": "credit", "贷方": "credit", "贷方金额": "credit",
    "reference": "reference", "摘要": "reference", "附言": "reference", "用途": "reference",
}  # fmt: skip
_SIGNS = {"debit": -1, "借": -1, "支": -1, "out": -1, "credit": 1, "贷": 1, "收": 1, "in": 1}
_TOTAL = {"total", "合计"}
_EXPECTED = "date, reference, and amount with direction, or debit and credit (日期, 摘要, 支出, 收入)"


def read_statement_table(content: bytes, name: str) -> Statement:
    """The entries of a table; columns of other names are passed over, they are the bank's own.

    A last row `total` in the date's column states the sums of debit and credit.

    Raises:
        Refused: `file.` codes; `statement.malformed`, `statement.totals`; with the line.
    """
    rows = rows_of(content, name)
    line, headings = next(rows, (1, []))
    columns = _columns(headings, f"{name} line {line}")
    entries: list[Entry] = []
    for number, cells in rows:
        place = f"{name} line {number}"
        if len(cells) != len(columns):
            raise Refused(
                "file.row", place, found=f"{len(cells)} cells", expected=f"{len(columns)}, as the headings"
            )
        values = {column: cell for column, cell in zip(columns, cells, strict=True) if column}
        if values["date"].lower() in _TOTAL:
            _require_totals(values, entries, place)
        else:
            entries.append(
                Entry(number, _day(values["date"], place), _amount(values, place), (values["reference"],))
            )
    if not entries:
        raise Refused("file.empty", name, found="no line below the headings", expected="at least one entry")
    return Statement(name, hashlib.sha256(content).hexdigest(), FORMAT, tuple(entries))


def _columns(headings: Sequence[str], place: str) -> list[str]:
    columns = [_HEADINGS.get(heading.lower(), "") for heading in headings]
    named = [column for column in columns if column]
    whole = {"date", "reference"} <= set(named) and ({"amount", "direction"} <= set(named) or "debit" in named)
    if not whole or len(set(named)) != len(named) or {"amount", "debit"} <= set(named):
        raise Refused("file.header", place, found=printable(",".join(headings)), expected=_EXPECTED)
    return columns


def _day(text: str, place: str) -> date:
    digits = text[:10].replace("-", "").replace("/", "").replace(".", "")
    try:
        if len(digits) == 8 and digits.isascii() and digits.isdigit():
            return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        pass
    raise _malformed(place, "date", text, "a day such as 2022-07-08")


def _amount(values: Mapping[str, str], place: str) -> int:
    if "direction" in values:
        sign = _SIGNS.get(values["direction"].lower())
        if sign is None:
            raise _malformed(place, "direction", values["direction"], "debit or credit; 借 or 贷")
        return sign * _yuan(values, "amount", place)
    out, back = (_yuan(values, column, place) for column in ("debit", "credit"))
    if bool(out) == bool(back):
        raise _malformed(place, "debit, credit", "both, or neither", "one of the two")
    return back - out


def _require_totals(values: Mapping[str, str], entries: Sequence[Entry], place: str) -> None:
    out = -sum(entry.amount_fen for entry in entries if entry.amount_fen < 0)
    back = sum(entry.amount_fen for entry in entries if entry.amount_fen > 0)
    if "direction" in values:
        stated, summed = [_yuan(values, "amount", place)], [out + back]
    else:
        stated, summed = [_yuan(values, column, place) for column in ("debit", "credit")], [out, back]
    if stated != summed:
        raise Refused(
            "statement.totals",
            place,
            found=" and ".join(map(format_yuan, stated)),
            expected=" and ".join(map(format_yuan, summed)) + ", as the entries add up",
        )


def _yuan(values: Mapping[str, str], column: str, place: str) -> int:
    text = values.get(column, "").replace(",", "")
    try:
        return parse_yuan(text) if text else 0
    except ValueError as error:
        raise _malformed(place, column, text, str(error)) from None


def _malformed(place: str, field: str, found: str, expected: str) -> Refused:
    return Refused(
        "statement.malformed", f"{place}, {field}", found=printable(found) or "nothing", expected=expected
    )
