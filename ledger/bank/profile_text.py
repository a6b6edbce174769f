"""A bank's own return text, read by the columns its profile declares; its totals must be those of its lines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NoReturn

import msgspec

from ledger.bank.answers import RETURNED, SETTLED, TEXT, UNKNOWN, Answer, ReturnFile, TextIdentity
from ledger.errors import Misused, Refused
from ledger.intake.shape import printable
from ledger.intake.text_files import text_of
from ledger.payfile.bank_profile import Column, Columns, Layout, Profile, Returns
from ledger.values.bank_reasons import IN_CLEAR, iso_of, may_stand_in_clear
from ledger.values.money import format_yuan, parse_yuan

_TOTALS = {"count": (SETTLED, RETURNED, UNKNOWN), "paid_count": (SETTLED,), "failed_count": (RETURNED,)}
"""Which outcomes a count is of; the amount of the same name is their sum."""


class _Line(msgspec.Struct, frozen=True):
    """A line's values by the names of its columns, and where it stands."""

    place: str
    number: int
    values: Mapping[str, str]


def read_profile_text(content: bytes, name: str, profile: Profile) -> ReturnFile:
    """The answers of a return text in the profile's encoding, or in UTF-8.

    Raises:
        Misused: `bank_profile.no_returns` for a profile that does not say how the bank answers.
        Refused: `file.` codes; `returns.malformed` for a line or value that is not as declared, `returns.totals` for
            counts or sums that are not those of the lines.
    """
    layout = profile.layout
    returns = layout.returns
    if returns is None:
        raise Misused(
            "bank_profile.no_returns",
            profile.code,
            found="no [returns]",
            expected="the columns of its return file",
        )
    lines = list(_lines(text_of(content, name, ("utf-8-sig", layout.encoding))))
    head = [_line(lines.pop(0), returns.header, layout, name)] if returns.header and lines else []
    tail = [_line(lines.pop(), returns.trailer, layout, name)] if returns.trailer and lines else []
    details = [_line(line, returns.detail, layout, name) for line in lines]
    answers = tuple(_answer(line, returns, layout) for line in details)
    for line in (*head, *tail):
        _require_totals(line, answers, returns, layout)
    return ReturnFile(
        name=name,
        digest=hashlib.sha256(content).hexdigest(),
        format=profile.code,
        answers=answers,
        text=_identity([*head, *tail, *details[:1]], returns, layout, profile.code),
    )


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if line.strip():
            yield number, line


def _line(numbered: tuple[int, str], columns: Columns, layout: Layout, name: str) -> _Line:
    number, text = numbered
    place = f"{name} line {number}"
    cells = text.split(layout.separator) if layout.separator else list(_cut(text, columns, layout, place))
    if len(cells) != len(columns):
        _malformed(place, "the line", f"{len(cells)} fields", f"{len(columns)}: {_named(columns)}")
    values = {}
    for column, cell in zip(columns, cells, strict=True):
        value = _unfilled(cell, column)
        if column.text and value != column.text:
            _malformed(place, "the line", "another mark", column.text)
        values[column.value] = value
    return _Line(place, number, values)


def _cut(text: str, columns: Columns, layout: Layout, place: str) -> Iterator[str]:
    """The fields of a line of fixed width, counted in bytes of the profile's encoding."""
    data = text.encode(layout.encoding, "replace")
    if len(data) != sum(column.width for column in columns):
        _malformed(place, "the line", f"{len(data)} bytes", f"{sum(c.width for c in columns)}: {_named(columns)}")
    start = 0
    for column in columns:
        try:
            yield data[start : start + column.width].decode(layout.encoding)
        except UnicodeDecodeError:
            _malformed(place, column.value, "half a character", "whole ones")
        start += column.width


def _unfilled(text: str, column: Column) -> str:
    if column.align == "right" and column.fill != " ":
        return text.lstrip(column.fill) or column.fill
    return text.strip(" \u3000")


def _answer(line: _Line, returns: Returns, layout: Layout) -> Answer:
    values = line.values
    status, reason = values["status"], values.get("reason") or None
    outcome = _outcome(status, returns)
    if outcome is None:
        _malformed(
            line.place, "status", status, f"one of {', '.join((*returns.paid, *returns.failed, *returns.unknown))}"
        )
    said = reason or status
    if not may_stand_in_clear(said):
        _malformed(line.place, "reason", f"{len(said)} characters", IN_CLEAR)
    number = _count(line, "number") if "number" in values else None
    key = ("account", values["account"]) if number is None else ("number", str(number))
    return Answer(
        line=line.number,
        batch=TEXT,
        key=key,
        outcome=outcome,
        amount_fen=_amount(line, "amount", returns.detail) if "amount" in values else None,
        reason=said,
        iso=None if outcome == SETTLED else returns.reasons.get(said) or iso_of(said),
        account=values.get("account") or None,
    )


def _outcome(status: str, returns: Returns) -> str | None:
    """What a status means; one the profile does not know is nobody's to guess."""
    if status in returns.paid:
        return SETTLED
    if status in returns.failed or (not returns.failed and status in returns.reasons):
        return RETURNED
    return UNKNOWN if status in returns.unknown else None


def _require_totals(line: _Line, answers: Sequence[Answer], returns: Returns, layout: Layout) -> None:
    columns = (*returns.header, *returns.trailer)
    for count_name, outcomes in _TOTALS.items():
        amount_name = count_name.replace("count", "amount")
        own = [answer for answer in answers if answer.outcome in outcomes]
        count, amount_fen = len(own), sum(answer.amount_fen or 0 for answer in own)
        stated_count = _count(line, count_name) if count_name in line.values else count
        stated_fen = _amount(line, amount_name, columns) if amount_name in line.values else amount_fen
        if (stated_count, stated_fen) != (count, amount_fen):
            raise Refused(
                "returns.totals",
                f"{line.place}, {count_name}, {amount_name}",
                found=f"{stated_count} lines, {format_yuan(stated_fen)} yuan",
                expected=f"{count} lines, {format_yuan(amount_fen)} yuan, as the lines say",
            )


def _identity(lines: Sequence[_Line], returns: Returns, layout: Layout, code: str) -> TextIdentity:
    pay_on, unit, number = None, None, None
    columns = (*returns.header, *returns.trailer, *returns.detail)
    for line in lines:
        if "pay_on" in line.values:
            pay_on = _day(line, columns)
        unit = line.values.get("unit_number", unit)
        if "batch_number" in line.values:
            number = _count(line, "batch_number")
    return TextIdentity(bank=code, pay_on=pay_on, unit_number=unit, batch_number=number)


def _count(line: _Line, field: str) -> int:
    text = line.values[field]
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        _malformed(line.place, field, text, "a count")
    return int(text)


def _amount(line: _Line, field: str, columns: Columns) -> int:
    text = line.values[field]
    if _written(field, columns) == "fen":
        return _count(line, field)
    try:
        return parse_yuan(text)
    except ValueError as error:
        _malformed(line.place, field, text, str(error))


def _day(line: _Line, columns: Columns) -> date:
    text = line.values["pay_on"]
    try:
        return datetime.strptime(text, _written("pay_on", columns)).date()  # noqa: DTZ007  a day has no zone
    except ValueError:
        _malformed(line.place, "pay_on", text, "a day")


def _written(field: str, columns: Columns) -> str:
    return next(column.written for column in columns if column.value == field)


def _named(columns: Columns) -> str:
    return ", ".join(column.value or repr(column.text) for column in columns)


def _malformed(place: str, field: str, found: str, expected: str) -> NoReturn:
    raise Refused("returns.malformed", f"{place}, {field}", found=printable(found) or "nothing", expected=expected)
