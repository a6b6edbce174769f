"""The agent bank's batch file: pipe-delimited GB18030, a header with count and total, a line a payment.

The layout is one that an agent bank has in use: header `date|unit number|count|total`, then
`agent_no|name|amount|account|unit_no|id_type|id_no|nth_batch_today`. Lines end in CRLF, the last one too: the
banks' terminals run Windows. Read it by decoding first: `|` (0x7C) is also the second byte of many
characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import msgspec

from ledger.errors import IntegrityBroken, Refused
from ledger.payfile.contents import Payment
from ledger.payfile.plain_text import plain
from ledger.values.identifiers import is_account, mask, normal_id_number
from ledger.values.money import format_yuan, parse_yuan

NAME = "payouts.txt"
ENCODING = "gb18030"
REHEARSAL_UNIT = "REHEARSAL"
"""The unit number of every rehearsal's file: a text no bank has given to a payer."""

_SEPARATOR = "|"
_LINE_END = "\r\n"
_ID_CARD = "1"
_YUAN = r"(?:0|[1-9][0-9]{0,12})\.[0-9]{2}"
_COUNT = r"[1-9][0-9]{0,8}"
_HEADER = re.compile(rf"([0-9]{{8}})\|([^|]+)\|(0|{_COUNT})\|({_YUAN})")
_DETAIL = re.compile(
    rf"({_COUNT})\|([^|]+)\|(?!0\.00)({_YUAN})\|([0-9]{{6,32}})\|([^|]+)\|"
    rf"(?:{_ID_CARD}\|([^|]+)|\|)\|({_COUNT})"
)


class BankRow(msgspec.Struct, frozen=True, gc=False):
    """One detail line; `agent_no` counts from 1 and is what a return file names."""

    agent_no: int
    name: str
    amount_fen: int
    account: str
    id_number: str | None


class BankFile(msgspec.Struct, frozen=True):
    """A whole batch file as read back: its header says what its rows add up to."""

    pay_on: date
    unit_number: str
    batch_number: int | None
    rows: tuple[BankRow, ...]

    @property
    def amount_fen(self) -> int:
        """The sum of the rows, in fen."""
        return sum([row.amount_fen for row in self.rows])


def bank_order(payments: Sequence[Payment]) -> list[Payment]:
    """The payments that go to the bank; the file's agent number n is the n-th of them, from 1."""
    return [payment for payment in payments if payment.account is not None]


def write_bank_text(payments: Sequence[Payment], *, pay_on: date, unit_number: str, batch_number: int) -> bytes:
    """The batch file of the payments that have an account, in the order given.

    Raises:
        Refused: `payfile.character` for a separator or an invisible character, `payfile.empty` for a missing
            name, `payfile.account` for an account that is not 6 to 32 digits, `payfile.amount` for an amount
            that is not above zero.
    """
    unit = _field(unit_number, "batch", "unit number")
    tail = f"{_SEPARATOR}{batch_number}"
    details: list[str] = []
    total_fen = 0
    for payment in bank_order(payments):
        amount_fen = payment.amount_fen
        total_fen += amount_fen
        details.append(f"{len(details) + 1}{_SEPARATOR}{_detail(payment, amount_fen, unit)}{tail}")
    header = _SEPARATOR.join((f"{pay_on:%Y%m%d}", unit, str(len(details)), format_yuan(total_fen)))
    return _LINE_END.join((header, *details, "")).encode(ENCODING)


def _detail(payment: Payment, amount_fen: int, unit: str) -> str:
    account, subject = payment.account, payment.payout
    assert account is not None
    if amount_fen <= 0:
        raise Refused("payfile.amount", subject, found=format_yuan(amount_fen), expected="an amount above zero")
    if not is_account(account.number):
        raise Refused("payfile.account", subject, found=mask(account.number), expected="6 to 32 digits")
    name = _field(payment.bank_name, subject, "name")
    identity = _SEPARATOR
    if payment.id_number is not None:
        number = _field(normal_id_number(payment.id_number), subject, "ID number")
        identity = f"{_ID_CARD}{_SEPARATOR}{number}"
    return _SEPARATOR.join((name, format_yuan(amount_fen), account.number, unit, identity))


def _field(value: str, subject: str, field: str) -> str:
    if not value.strip():
        raise Refused("payfile.empty", f"{subject}, {field}", found="nothing", expected="a text")
    return plain(value, subject=subject, field=field, without=_SEPARATOR)


def read_bank_text(data: bytes) -> BankFile:
    """The batch file as values, its count and total recomputed; only what the writer writes is accepted.

    Raises:
        IntegrityBroken: `bank_text.encoding`, `bank_text.line`, `bank_text.header` (count, total, date),
            `bank_text.sequence` (agent numbers), `bank_text.mixed` (unit or batch number differs between
            lines).
    """
    lines = _lines(data)
    header = _HEADER.fullmatch(lines[0])
    if header is None:
        raise _broken("line", "line 1", mask(lines[0][:80]), "date|unit number|count|total")
    unit_number = header[2]
    batch_number: str | None = None
    rows: list[BankRow] = []
    for number, line in enumerate(lines[1:], start=2):
        detail = _DETAIL.fullmatch(line)
        if detail is None:
            raise _broken("line", f"line {number}", mask(line[:80]), "eight fields, separated by |")
        agent_no, name, amount, account, unit, id_number, nth = detail.groups()
        if int(agent_no) != number - 1:
            raise _broken("sequence", f"line {number}", f"agent number {agent_no}", f"{number - 1}")
        batch_number = batch_number or nth
        if unit != unit_number or nth != batch_number:
            raise _broken("mixed", f"line {number}", f"{unit}, {nth}", f"{unit_number}, {batch_number}")
        rows.append(BankRow(int(agent_no), name, parse_yuan(amount), account, id_number))
    file = BankFile(
        pay_on=_day(header[1]),
        unit_number=unit_number,
        batch_number=None if batch_number is None else int(batch_number),
        rows=tuple(rows),
    )
    counted, stated = (len(rows), format_yuan(file.amount_fen)), (int(header[3]), header[4])
    if counted != stated:
        raise _broken("header", "line 1", f"{stated[0]} payments, {stated[1]} yuan", f"{counted[0]}, {counted[1]}")
    return file


def _lines(data: bytes) -> list[str]:
    try:
        text = data.decode(ENCODING)
    except UnicodeDecodeError as error:
        raise _broken("encoding", f"byte {error.start}", "no GB18030 text", "GB18030") from None
    if text.encode(ENCODING) != data:
        raise _broken("encoding", "the file", "a second spelling of a character", "each character's own bytes")
    lines = text.split(_LINE_END)
    if lines[-1] or len(lines) < 2 or "\n" in "".join(lines) or "\r" in "".join(lines):
        raise _broken("line", "the file", "other line ends, or none at the end", "every line ended by CR LF")
    return lines[:-1]


def _day(text: str) -> date:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise _broken("header", "line 1", text, "a date as YYYYMMDD") from None


def _broken(slug: str, place: str, found: str, expected: str) -> IntegrityBroken:
    return IntegrityBroken(f"bank_text.{slug}", f"{NAME}, {place}", found=found, expected=expected)
