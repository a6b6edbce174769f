"""The bank's list of payouts, as CSV: case, month, amount, reason; for returns, and for what to send again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from ledger.errors import Refused
from ledger.intake.read_csv import csv_rows
from ledger.intake.reading import content_of
from ledger.values.identifiers import is_code
from ledger.values.money import parse_yuan
from ledger.values.month import Month

T = TypeVar("T")

_HEADINGS = {
    "case": "case", "编号": "case", "month": "month", "月份": "month",
    "amount": "amount", "金额": "amount", "reason": "reason", "原因": "reason",
}  # fmt: skip
_EXPECTED = "the headings case,month,amount,reason or 编号,月份,金额,原因 (amount may be left out)"
_LONGEST_REASON = 35
_NUMBER_OF_SOMEBODY = re.compile(r"[0-9]{6}")


class ListedPayout(Struct, frozen=True):
    """A line: the case or relief, its month, the amount where one is given, the bank's reason."""

    line: int
    case: str
    month: Month
    amount_fen: int | None
    reason: str | None


class PayoutList(Struct, frozen=True):
    """A file: its name without folders, the SHA-256 of its bytes in hex, its lines."""

    name: str
    digest: str
    payouts: tuple[ListedPayout, ...]


def read_payout_list(path: Path, *, reasons: bool) -> PayoutList:
    """The payouts of a list in UTF-8 (with or without a byte-order mark) or GB18030.

    With `reasons` each line must give one: the bank's code or words. It is kept in clear, so that a long one, or
    one with somebody's number in it, is refused.

    Raises:
        Failed: `file.unreadable`.
        Refused: `file.` codes, and `list.` codes for a line that names no payout; with the line.
    """
    content, name = content_of(path), path.name
    payouts = tuple(_payouts(content, name, reasons=reasons))
    if not payouts:
        raise Refused("file.empty", name, found="no line below the headings", expected="at least one payout")
    return PayoutList(name, hashlib.sha256(content).hexdigest(), payouts)


def _payouts(content: bytes, name: str, *, reasons: bool) -> Iterator[ListedPayout]:
    columns: list[str] | None = None
    for line, cells in csv_rows(content, name):
        if columns is None:
            columns = _columns(cells, f"{name} line {line}", reasons=reasons)
        else:
            yield _payout(cells, columns, line, f"{name} line {line}", reasons=reasons)


def _columns(cells: Sequence[str], place: str, *, reasons: bool) -> list[str]:
    columns = [_HEADINGS.get(cell.lower(), "") for cell in cells]
    needed = {"case", "month", "reason"} if reasons else {"case", "month"}
    if "" in columns or len(set(columns)) != len(columns) or not needed <= set(columns):
        raise Refused("file.header", place, found=",".join(cells)[:80], expected=_EXPECTED)
    return columns


def _payout(cells: Sequence[str], columns: Sequence[str], line: int, place: str, *, reasons: bool) -> ListedPayout:
    if len(cells) != len(columns):
        raise Refused("file.row", place, found=f"{len(cells)} cells", expected=f"{len(columns)}, as the headings")
    values = {column: str(value) for column, value in zip(columns, cells, strict=True)}
    if not is_code(values["case"]):
        raise _malformed(place, "case", values["case"], "the code of a case or relief")
    try:
        month = Month.parse(values["month"])
    except ValueError as error:
        raise _malformed(place, "month", values["month"], str(error)) from None
    amount_fen = None
    if values.get("amount"):
        try:
            amount_fen = parse_yuan(values["amount"])
        except ValueError as error:
            raise _malformed(place, "amount", values["amount"], str(error)) from None
    reason = values.get("reason") or None
    if reasons and (reason is None or len(reason) > _LONGEST_REASON or _NUMBER_OF_SOMEBODY.search(reason)):
        found = "nothing" if reason is None else f"{len(reason)} characters"
        expected = f"the bank's code or words, at most {_LONGEST_REASON} characters, no number of anybody's"
        raise _malformed(place, "reason", found, expected)
    return ListedPayout(line, values["case"], month, amount_fen, reason)


def _malformed(place: str, field: str, found: str, expected: str) -> Refused:
    return Refused("list.malformed", f"{place}, {field}", found=found[:40] or "nothing", expected=expected)
