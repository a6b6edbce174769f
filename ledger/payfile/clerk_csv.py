"""The tables clerks read: CSV with Chinese headings, in UTF-8 with BOM and CRLF as spreadsheets want it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from ledger.errors import IntegrityBroken
from ledger.payfile.contents import BundleContents, Change, GrainAllocation, Payment
from ledger.payfile.plain_text import cell
from ledger.values.identifiers import mask
from ledger.values.mass import format_kg, parse_kg
from ledger.values.money import format_yuan, parse_yuan

CHANGES, UNPAYABLE, GRAIN, BOOKINGS = "changes.csv", "unpayable.csv", "grain.csv", "bookings.csv"

KINDS = {
    "new": "新增",
    "ended": "停发",
    "raised": "上调",
    "cut": "下调",
    "back_paid": "补发",
    "recovered": "追回",
    "account_changed": "账户变更",
}
COMPONENTS = {
    "dibao": "低保金",
    "top_up": "分类施保金",
    "subsidy": "一次性补贴",
    "tekun_basic": "基本生活费",
    "tekun_care": "照料护理费",
    "relief": "临时救助金",
    "arrears": "补发",
    "recovery": "追回",
}
HEADINGS = {
    CHANGES: ("序号", "编号", "姓名", "变动类型", "上次金额(元)", "本次金额(元)", "差额(元)", "原因"),
    UNPAYABLE: ("序号", "编号", "姓名", "身份证号", "村(社区)", "保障人数", "金额(元)", "原因"),
    GRAIN: ("序号", "编号", "姓名", "村(社区)", "保障人数", "粮食(千克)"),
    BOOKINGS: ("序号", "发放流水", "编号", "姓名", "村(社区)", "项目", "所属月份", "金额(元)"),
}
PAYOUT_COLUMN = 1
"""Where a row of bookings names its payout."""
REHEARSAL_HEADING, REHEARSAL_CELL = "演练", "REHEARSAL"
"""A rehearsal's tables carry one column more, so that a printed page of them says what it is."""

_BOM = "\ufeff".encode()
NO_ACCOUNT = "无账户"

Row = tuple[str, ...]


def write_tables(contents: BundleContents) -> dict[str, Iterator[bytes]]:
    """The tables of a bundle, by file name, line by line; grain and bookings only where there are any.

    ID numbers are masked: the table is passed around, the bank file is not.

    Raises:
        Refused: `payfile.formula` or `payfile.character` for a text no clerk's table may hold.
    """
    unpayable = (payment for payment in contents.payments if payment.account is None)
    tables: dict[str, Iterable[Row]] = {
        CHANGES: map(_change_row, contents.changes),
        UNPAYABLE: map(_unpayable_row, unpayable),
    }
    if contents.grain:
        tables[GRAIN] = map(_grain_row, contents.grain)
    if contents.bookings:
        tables[BOOKINGS] = (row for booking in contents.bookings for row in _booking_rows(booking))
    return {name: _table(name, rows, rehearsal=contents.rehearsal) for name, rows in tables.items()}


def read_table(name: str, read: Iterable[bytes], *, rehearsal: bool) -> Iterator[list[str]]:
    """The rows of a table without its headings, from its lines; only what the writer writes is accepted.

    Raises:
        IntegrityBroken: `clerk_table.encoding`, `clerk_table.headings`, `clerk_table.row`.
    """
    headings = _headings(name, rehearsal=rehearsal)
    lines = iter(read)
    first = next(lines, b"")
    if first != _BOM + _encoded(headings):
        raise _broken("headings", name, "other headings, or none", ",".join(headings))
    for number, line in enumerate(lines, start=1):
        try:
            cells = next(csv.reader([line.decode("utf-8")], strict=True), [])
        except (UnicodeDecodeError, csv.Error) as error:
            raise _broken("encoding", name, type(error).__name__, "CSV in UTF-8") from None
        marked = not rehearsal or cells[-1:] == [REHEARSAL_CELL]
        if len(cells) != len(headings) or cells[0] != str(number) or not marked:
            raise _broken("row", f"{name}, row {number}", f"{len(cells)} cells", f"row {number} as written")
        if _encoded(cells) != line:
            raise _broken("encoding", name, "another spelling of the same table", "CRLF, minimal quotes")
        yield cells


def row_fen(name: str, row: Sequence[str]) -> int:
    """The yuan of a table's row (`UNPAYABLE`, `BOOKINGS`), in fen.

    Raises:
        IntegrityBroken: `clerk_table.row` for a cell that is no amount.
    """
    column = HEADINGS[name].index("金额(元)")
    try:
        return -parse_yuan(row[column][1:]) if row[column].startswith("-") else parse_yuan(row[column])
    except ValueError as error:
        raise _broken("row", name, "no amount", str(error)) from None


def row_g(row: Sequence[str]) -> int:
    """The kilograms of a row of the grain table, in grams.

    Raises:
        IntegrityBroken: `clerk_table.row` for a cell that is no mass.
    """
    column = HEADINGS[GRAIN].index("粮食(千克)")
    try:
        return parse_kg(row[column])
    except ValueError as error:
        raise _broken("row", GRAIN, "no mass", str(error)) from None


def _change_row(change: Change) -> Row:
    return (
        *_who(change.case, change.payee_name),
        "、".join(KINDS[kind] for kind in change.kinds),
        format_yuan(change.previous_fen),
        format_yuan(change.amount_fen),
        format_yuan(change.amount_fen - change.previous_fen),
        cell(change.reason, subject=change.case, field="reason"),
    )


def _unpayable_row(payment: Payment) -> Row:
    id_number = mask(payment.id_number) if payment.id_number else ""
    return (
        *_who(payment.case, payment.payee_name),
        cell(id_number, subject=payment.payout, field="ID number"),
        _village(payment.case, payment.village),
        str(payment.insured),
        format_yuan(payment.amount_fen),
        NO_ACCOUNT,
    )


def _grain_row(grain: GrainAllocation) -> Row:
    return (
        *_who(grain.case, grain.payee_name),
        _village(grain.case, grain.village),
        str(grain.insured),
        format_kg(grain.mass_g),
    )


def _booking_rows(booking: Payment) -> list[Row]:
    who = (
        cell(booking.payout, subject=booking.case, field="payout"),
        *_who(booking.case, booking.payee_name),
        _village(booking.case, booking.village),
    )
    return [
        (
            *who,
            COMPONENTS.get(line.component, line.component),
            line.for_month,
            format_yuan(line.amount_fen),
        )
        for line in booking.lines
    ]


def _who(case: str, name: str) -> tuple[str, str]:
    return cell(case, subject=case, field="code"), cell(name, subject=case, field="name")


def _village(case: str, village: str | None) -> str:
    return cell(village or "", subject=case, field="village")


def _table(name: str, rows: Iterable[Row], *, rehearsal: bool) -> Iterator[bytes]:
    mark = (REHEARSAL_CELL,) if rehearsal else ()
    yield _BOM + _encoded(_headings(name, rehearsal=rehearsal))
    for number, row in enumerate(rows, start=1):
        yield _encoded((str(number), *row, *mark))


def _headings(name: str, *, rehearsal: bool) -> Row:
    return (*HEADINGS[name], REHEARSAL_HEADING) if rehearsal else HEADINGS[name]


def _encoded(row: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(row)
    return text.getvalue().encode("utf-8")


def _broken(slug: str, subject: str, found: str, expected: str) -> IntegrityBroken:
    return IntegrityBroken(f"clerk_table.{slug}", subject, found=found, expected=expected)
