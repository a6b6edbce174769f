"""A bank's batch file as its profile declares it: written line by line, read back line by line, flat in memory.

Read a line by decoding it first: a separator's byte (`|`, 0x7C) is also the second byte of many characters. Line ends
are safe to split at: no byte of a GB18030 character is CR or LF.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

import msgspec

from ledger.errors import IntegrityBroken, Refused
from ledger.payfile.bank_profile import Column, Columns, Layout, Profile
from ledger.payfile.contents import Payment
from ledger.payfile.plain_text import plain
from ledger.values.identifiers import is_account, mask, normal_id_number
from ledger.values.money import format_yuan, parse_yuan

_LINE_ENDS = {"crlf": b"\r\n", "lf": b"\n"}


class FileIdentity(msgspec.Struct, frozen=True):
    """What every line of one bank's file may repeat; `batch_number` is which file of the day it is, from 1."""

    pay_on: date
    unit_number: str
    batch_number: int
    purpose: str


class BankRow(msgspec.Struct, frozen=True, gc=False):
    """One detail line; `number` counts from 1 and is what a return file names."""

    number: int
    name: str
    amount_fen: int
    account: str
    id_number: str | None


def write_bank_text(
    payments: Iterable[Payment], profile: Profile, identity: FileIdentity, *, count: int, amount_fen: int
) -> Iterator[bytes]:
    """The lines of the batch file of these payments, each with an account, in the order given.

    Raises:
        Refused: `payfile.character` for a separator or an invisible character, `payfile.encoding` for a character
            the bank's encoding has not, `payfile.width` for a text wider than its column, `payfile.empty` for a
            missing name, `payfile.account` for an account that is not 6 to 32 digits, `payfile.amount` for an
            amount that is not above zero.
    """
    lines, layout = _Lines(profile.layout, identity), profile.layout
    if layout.header:
        yield lines.total(layout.header, count, amount_fen)
    for number, payment in enumerate(payments, start=1):
        yield lines.detail(_row(number, payment, layout.separator), payment.payout)
    if layout.trailer:
        yield lines.total(layout.trailer, count, amount_fen)


def read_bank_text(
    read: Iterable[bytes], profile: Profile, identity: FileIdentity, *, name: str
) -> Iterator[BankRow]:
    """The rows of a batch file, from its lines; only what the writer writes is accepted.

    Count and total are compared with the rows once the last one is read: rely on nothing before.

    Raises:
        IntegrityBroken: `bank_text.encoding`, `bank_text.line`, `bank_text.sequence` (the rows' numbers),
            `bank_text.total` (first or last line: count, total, date, unit or batch number).
    """
    lines, layout = _Lines(profile.layout, identity), profile.layout
    numbered = enumerate(read, start=1)
    header = next(numbered, (1, b""))[1] if layout.header else b""
    trailer = b""
    count = amount_fen = 0
    held = next(numbered, None)
    while held is not None:
        following = next(numbered, None)
        if following is None and layout.trailer:
            trailer = held[1]
        else:
            count += 1
            row = lines.row(held[1], count, f"{name}, line {held[0]}")
            amount_fen += row.amount_fen
            yield row
        held = following
    for columns, line, place in ((layout.header, header, "first"), (layout.trailer, trailer, "last")):
        if columns and line != lines.total(columns, count, amount_fen):
            shown = mask(line.decode(layout.encoding, "replace").rstrip()[:80])
            expected = f"{count} payments, {format_yuan(amount_fen)} yuan, the day and numbers of the manifest"
            raise _broken("total", f"{name}, {place} line", shown, expected)


def _row(number: int, payment: Payment, separator: str) -> BankRow:
    account, subject = payment.account, payment.payout
    assert account is not None
    amount_fen = payment.amount_fen
    if amount_fen <= 0:
        raise Refused("payfile.amount", subject, found=format_yuan(amount_fen), expected="an amount above zero")
    if not is_account(account.number):
        raise Refused("payfile.account", subject, found=mask(account.number), expected="6 to 32 digits")
    id_number = payment.id_number
    if id_number is not None:
        id_number = _field(normal_id_number(id_number), subject, "ID number", separator)
    name = _field(payment.bank_name, subject, "name", separator)
    return BankRow(number, name, amount_fen, account.number, id_number)


def _field(value: str, subject: str, field: str, separator: str) -> str:
    if not value.strip():
        raise Refused("payfile.empty", f"{subject}, {field}", found="nothing", expected="a text")
    return plain(value, subject=subject, field=field, without=separator)


class _Lines:
    """The lines of one file, to bytes and back."""

    def __init__(self, layout: Layout, identity: FileIdentity) -> None:
        self.layout = layout
        self.end = _LINE_ENDS[layout.line_end]
        self.same: dict[str, object] = {field: getattr(identity, field) for field in identity.__struct_fields__}
        self.writers = [self._writer(column) for column in layout.detail]
        self.in_fen = any(column.value == "amount" and column.written == "fen" for column in layout.detail)

    def total(self, columns: Columns, count: int, amount_fen: int) -> bytes:
        """The first or last line."""
        values = {**self.same, "count": count, "amount": amount_fen}
        return self._joined(columns, [_text(column, values) for column in columns], "the file")

    def detail(self, row: BankRow, subject: str) -> bytes:
        """The line of a payment."""
        return self._joined(self.layout.detail, [write(row) for write in self.writers], subject)

    def row(self, line: bytes, number: int, place: str) -> BankRow:
        """A payment's line as values; it must be what would be written for them, byte for byte."""
        read = self._values(line, place)
        try:
            amount = read["amount"]
            row = BankRow(
                int(read.get("number", number)),
                read["name"],
                int(amount) if self.in_fen else parse_yuan(amount),
                read["account"],
                read.get("id_number") or None,
            )
        except ValueError:
            raise self._broken_line(line, place) from None
        if row.number != number:
            raise _broken("sequence", place, f"number {row.number}", f"{number}")
        if not row.amount_fen or not is_account(row.account) or self.detail(row, place) != line:
            raise self._broken_line(line, place)
        return row

    def _writer(self, column: Column) -> Callable[[BankRow], str]:
        """What writes a column of a payment's line; what is the same in all lines is made once."""
        match column.value:
            case "number":
                return lambda row: str(row.number)
            case "name":
                return lambda row: row.name
            case "amount":
                return lambda row: _text(column, {"amount": row.amount_fen})
            case "account":
                return lambda row: row.account
            case "id_type":
                return lambda row: "" if row.id_number is None else self.layout.id_type
            case "id_number":
                return lambda row: row.id_number or ""
        known = _text(column, self.same)
        return lambda _: known

    def _values(self, line: bytes, place: str) -> dict[str, str]:
        layout = self.layout
        if not line.endswith(self.end):
            raise self._broken_line(line, place)
        body = line[: -len(self.end)]
        try:
            if layout.separator:
                texts = body.decode(layout.encoding).split(layout.separator)
            else:
                texts = [part.decode(layout.encoding) for part in _cut(body, layout.detail)]
        except UnicodeDecodeError:
            raise _broken("encoding", place, f"no {layout.encoding}", f"text in {layout.encoding}") from None
        if len(texts) != len(layout.detail):
            raise self._broken_line(line, place)
        columns = zip(layout.detail, texts, strict=True)
        return {column.value: _unfilled(text, column) for column, text in columns if column.value}

    def _joined(self, columns: Columns, texts: list[str], subject: str) -> bytes:
        layout = self.layout
        try:
            if layout.separator:
                return layout.separator.join(texts).encode(layout.encoding) + self.end
            padded = zip(columns, texts, strict=True)
            return (
                b"".join(_filled(text.encode(layout.encoding), column, subject) for column, text in padded)
                + self.end
            )
        except UnicodeEncodeError as error:
            raise Refused(
                "payfile.encoding",
                subject,
                found=f"U+{ord(error.object[error.start]):04X}",
                expected=f"characters that {layout.encoding} has",
                hint="gb18030 and utf-8 have them all: ask the bank, and set `encoding` in its profile.",
            ) from None

    def _broken_line(self, line: bytes, place: str) -> IntegrityBroken:
        columns = ", ".join(column.value or repr(column.text) for column in self.layout.detail)
        shown = mask(line.decode(self.layout.encoding, "replace").rstrip()[:80])
        return _broken("line", place, shown, f"as it is written: {columns}")


def _text(column: Column, values: Mapping[str, object]) -> str:
    if column.text:
        return column.text
    match values[column.value]:
        case date() as day:
            return f"{day:{column.written}}"
        case int() as fen if column.written == "yuan":
            return format_yuan(fen)
        case value:
            return str(value)


def _filled(data: bytes, column: Column, subject: str) -> bytes:
    if len(data) > column.width:
        raise Refused(
            "payfile.width",
            f"{subject}, {column.value or column.text}",
            found=f"{len(data)} bytes",
            expected=f"{column.width} at most: nothing is cut off",
            hint="Correct the fact it came from, or ask the bank for a wider column.",
        )
    fill = column.fill.encode()
    return data.rjust(column.width, fill) if column.align == "right" else data.ljust(column.width, fill)


def _unfilled(text: str, column: Column) -> str:
    if not column.width:
        return text
    return text.rstrip(" ") if column.align == "left" else text.lstrip(column.fill) or column.fill.strip()


def _cut(body: bytes, columns: Columns) -> Iterator[bytes]:
    start = 0
    for column in columns:
        yield body[start : start + column.width]
        start += column.width
    if start != len(body):
        yield body[start:]


def _broken(slug: str, place: str, found: str, expected: str) -> IntegrityBroken:
    return IntegrityBroken(f"bank_text.{slug}", place, found=found, expected=expected)
