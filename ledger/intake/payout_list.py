"""A list of payouts, CSV or XLSX: a clerk's (case, month, amount, reason), or a bank's, with what became of each.

A list with a column outcome is a bank's: then every line says its amount and outcome, may name the batch
(`2022-06/dibao_rural`) and the payee it is about, and a last row `total` has the count below month and the sum below
amount.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from ledger.errors import Refused
from ledger.intake.reading import content_of
from ledger.intake.rows import rows_of
from ledger.intake.shape import printable
from ledger.values.bank_reasons import IN_CLEAR, may_stand_in_clear
from ledger.values.identifiers import is_code
from ledger.values.money import format_yuan, parse_yuan
from ledger.values.month import Month

_HEADINGS = {
    "case": "case", "编号": "case", "month": "month", "月份": "month",
    "amount": "amount", "金额": "amount", "reason": "reason", "原因": "reason",
    "outcome": "outcome", "结果": "outcome", "batch": "batch", "批次": "batch", "payee": "payee", "领款人": "payee",
}  # fmt: skip
_CLERKS = {"case", "month", "amount", "reason"}
_EXPECTED = (
    "the headings case,month,amount,reason or 编号,月份,金额,原因 (amount may be left out); a bank's with outcome"
)
_OUTCOMES = {
    "settled": "settled", "成功": "settled", "已入账": "settled",
    "returned": "returned", "失败": "returned", "退票": "returned",
    "unknown": "unknown", "未知": "unknown", "处理中": "unknown",
}  # fmt: skip
_TOTAL = {"total", "合计"}


class ListedPayout(Struct, frozen=True):
    """A line: the case or relief, its month, the amount where one is given, the bank's reason, and what it adds."""

    line: int
    case: str
    month: Month
    amount_fen: int | None
    reason: str | None
    outcome: str | None = None
    batch: str | None = None
    payee: str | None = None


class PayoutList(Struct, frozen=True):
    """A file: its name without folders, the SHA-256 of its bytes in hex, its lines."""

    name: str
    digest: str
    payouts: tuple[ListedPayout, ...]
    by_bank: bool = False
    """Whether it says what became of each payout, so that each is judged."""


def read_payout_list(path: Path, *, reasons: bool) -> PayoutList:
    """The payouts of a list, CSV in UTF-8 (with or without a byte-order mark) or GB18030, or XLSX.

    With `reasons` each line must give one: the bank's code or words. It is kept in clear, so that a long one, or
    one with somebody's number in it, is refused.

    Raises:
        Failed: `file.unreadable`.
        Refused: `file.` codes; `list.` codes for a line that names no payout; `returns.totals` for a total row that is
            not that of the lines; with the line.
    """
    return payout_list_of(content_of(path), path.name, reasons=reasons)


def has_headings(content: bytes) -> bool:
    """Whether a text begins with a row of headings, one of which names the case."""
    first = content.lstrip(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)[0]
    cells = [cell.strip().strip(b'"').lower() for cell in first.split(b",")]
    return any(cell in cells for cell in (b"case", "编号".encode(), "编号".encode("gb18030")))


def payout_list_of(content: bytes, name: str, *, reasons: bool) -> PayoutList:
    """The same, of a file's bytes."""
    rows = rows_of(content, name)
    line, headings = next(rows, (1, []))
    columns = _columns(headings, f"{name} line {line}", reasons=reasons)
    payouts = tuple(_payouts(rows, columns, name, reasons=reasons))
    if not payouts:
        raise Refused("file.empty", name, found="no line below the headings", expected="at least one payout")
    return PayoutList(name, hashlib.sha256(content).hexdigest(), payouts, "outcome" in columns)


def _columns(cells: Sequence[str], place: str, *, reasons: bool) -> list[str]:
    columns = [_HEADINGS.get(cell.lower(), "") for cell in cells]
    by_bank = "outcome" in columns
    needed = {"case", "month"} | ({"amount"} if by_bank else {"reason"} if reasons else set())
    strange = not by_bank and not set(columns) <= _CLERKS
    if "" in columns or strange or len(set(columns)) != len(columns) or not needed <= set(columns):
        raise Refused("file.header", place, found=printable(",".join(cells)), expected=_EXPECTED)
    return columns


def _payouts(
    rows: Iterator[tuple[int, list[str]]], columns: Sequence[str], name: str, *, reasons: bool
) -> Iterator[ListedPayout]:
    count = amount_fen = 0
    total: int | None = None
    for line, cells in rows:
        place = f"{name} line {line}"
        if len(cells) != len(columns):
            raise Refused(
                "file.row", place, found=f"{len(cells)} cells", expected=f"{len(columns)}, as the headings"
            )
        if total is not None:
            raise Refused(
                "file.row", place, found="a row below the total", expected=f"line {total} to be the last"
            )
        values = dict(zip(columns, cells, strict=True))
        if "outcome" in values and values["case"].lower() in _TOTAL:
            _require_total(values, place, count, amount_fen)
            total = line
            continue
        payout = _payout(values, line, place, reasons=reasons)
        count, amount_fen = count + 1, amount_fen + (payout.amount_fen or 0)
        yield payout


def _require_total(values: Mapping[str, str], place: str, count: int, amount_fen: int) -> None:
    stated = _amount(values["amount"], place)
    if values["month"] not in ("", str(count)) or stated != amount_fen:
        raise Refused(
            "returns.totals",
            place,
            found=f"{printable(values['month']) or 'no'} lines, {format_yuan(stated)} yuan",
            expected=f"{count} lines, {format_yuan(amount_fen)} yuan, as the lines say",
        )


def _payout(values: Mapping[str, str], line: int, place: str, *, reasons: bool) -> ListedPayout:
    if not is_code(values["case"]):
        raise _malformed(place, "case", values["case"], "the code of a case or relief")
    try:
        month = Month.parse(values["month"])
    except ValueError as error:
        raise _malformed(place, "month", values["month"], str(error)) from None
    outcome = None
    if "outcome" in values:
        outcome = _OUTCOMES.get(values["outcome"].lower())
        if outcome is None:
            raise _malformed(
                place, "outcome", values["outcome"], "settled, returned or unknown; 成功, 失败 or 处理中"
            )
    needs_reason = reasons and outcome in (None, "returned")
    amount_fen = _amount(values["amount"], place) if values.get("amount") or outcome else None
    reason = values.get("reason") or None
    if (needs_reason and reason is None) or (reasons and reason and not may_stand_in_clear(reason)):
        found = "nothing" if reason is None else f"{len(reason)} characters"
        raise _malformed(place, "reason", found, IN_CLEAR)
    batch, payee = values.get("batch") or None, values.get("payee") or None
    return ListedPayout(line, values["case"], month, amount_fen, reason, outcome, batch, payee)


def _amount(text: str, place: str) -> int:
    try:
        return parse_yuan(text)
    except ValueError as error:
        raise _malformed(place, "amount", text, str(error)) from None


def _malformed(place: str, field: str, found: str, expected: str) -> Refused:
    return Refused("list.malformed", f"{place}, {field}", found=printable(found) or "nothing", expected=expected)
