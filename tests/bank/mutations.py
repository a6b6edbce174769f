"""Return files as a bank would write them, then damaged: bytes, lines, amounts, names, statuses, totals."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import xlsxwriter
from made import pain002, payment, per_status, text

from ledger.values.money import format_yuan


class Sent:
    """A payment as the bank got it: what it is called in a report, and in a table."""

    def __init__(self, end_to_end: str, case: str, month: str, amount_fen: int, account: str) -> None:
        self.end_to_end, self.case, self.month = end_to_end, case, month
        self.amount_fen, self.account = amount_fen, account
        self.number = end_to_end.rpartition("-")[2]


def _said(chance: random.Random, sent: Sequence[Sent]) -> list[tuple[Sent, str, int, str]]:
    """A few of the payments with an outcome, an amount and an account; now and then not what was sent."""
    lines = []
    for one in chance.sample(list(sent), chance.randint(1, min(4, len(sent)))):
        amount_fen = one.amount_fen + (chance.choice((-1, 1, 100)) if chance.random() < 0.05 else 0)
        account = one.account[::-1] if chance.random() < 0.03 else one.account
        lines.append((one, chance.choice(("settled", "settled", "returned", "unknown")), amount_fen, account))
        if chance.random() < 0.05:
            lines.append((one, chance.choice(("settled", "returned")), amount_fen, account))
    return lines


STATUS = {"settled": "ACSC", "returned": "RJCT", "unknown": "PDNG"}


def report(chance: random.Random, message: str, sent: Sequence[Sent]) -> bytes:
    """A pain.002, its totals right."""
    lines = _said(chance, sent)
    totals = [
        per_status(status, len(of), format_yuan(sum(of)))
        for outcome, status in STATUS.items()
        if (of := [fen for _, said, fen, _ in lines if said == outcome])
    ]
    whole = {"count": str(len(sent)), "amount": format_yuan(sum(one.amount_fen for one in sent))}
    status = chance.choice(("", "PART", "PART", "ACSC", "RJCT")) if chance.random() < 0.2 else "PART"
    payments = [
        payment(one.end_to_end, STATUS[said], format_yuan(fen), reason="AC04" if said == "returned" else "",
                account=account)
        for one, said, fen, account in lines
    ]  # fmt: skip
    return pain002(message, payments if chance.random() > 0.03 else (), status=status, totals=totals, **whole)


def own_text(chance: random.Random, sent: Sequence[Sent]) -> bytes:
    """A return text of the shipped profile `agent`, its totals right."""
    words = {"settled": ("成功", ""), "returned": ("失败", "已销户"), "unknown": ("处理中", "")}
    lines = _said(chance, sent)
    paid, failed = ([fen for _, said, fen, _ in lines if said == of] for of in ("settled", "returned"))
    totals = [str(len(paid)), format_yuan(sum(paid)), str(len(failed)), format_yuan(sum(failed))]
    rows = [[one.number, "王秀英", format_yuan(fen), account, *words[said]] for one, said, fen, account in lines]
    return text(["20220610", "REHEARSAL", "1", *totals], rows, encoding=chance.choice(("gb18030", "utf-8")))


def cells(chance: random.Random, sent: Sequence[Sent]) -> list[list[str]]:
    """A bank's table, its total right."""
    lines = _said(chance, sent)
    reasons = {"returned": "已销户"}
    rows = [[o.case, o.month, format_yuan(fen), said, reasons.get(said, "")] for o, said, fen, _ in lines]
    total = ["total", str(len(rows)), format_yuan(sum(fen for _, _, fen, _ in lines)), "", ""]
    return [["case", "month", "amount", "outcome", "reason"], *rows, total]


def as_csv(rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> bytes:
    """Rows as CSV."""
    return "".join(",".join(row) + "\n" for row in rows).encode(encoding)


def as_xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows as a workbook of text cells; the same bytes whenever it is written, so that a seed brings it back."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": datetime(2022, 6, 11, tzinfo=UTC)})
        sheet = workbook.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def damaged(chance: random.Random, content: bytes) -> bytes:
    """A file with up to four damages."""
    for _ in range(chance.choice((0, 0, 1, 1, 2, 4))):
        content = chance.choice(_DAMAGES)(chance, content)
    return content


def _place(chance: random.Random, content: bytes) -> int:
    return chance.randrange(len(content) + 1)


def _span(chance: random.Random, content: bytes, longest: int) -> tuple[int, int]:
    start = _place(chance, content)
    return start, min(len(content), start + chance.randint(1, longest))


def _flipped(chance: random.Random, content: bytes) -> bytes:
    if not content:
        return content
    at = chance.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :]


def _cut(chance: random.Random, content: bytes) -> bytes:
    start, end = _span(chance, content, 200)
    return content[:start] + content[end:]


def _repeated(chance: random.Random, content: bytes) -> bytes:
    start, end = _span(chance, content, 400)
    return content[:end] + content[start:end] + content[end:]


def _inserted(chance: random.Random, content: bytes) -> bytes:
    at = _place(chance, content)
    return content[:at] + chance.choice(_STRANGE) + content[at:]


def _ended(chance: random.Random, content: bytes) -> bytes:
    return content[: _place(chance, content)]


def _digit(chance: random.Random, content: bytes) -> bytes:
    digits = [at for at, byte in enumerate(content) if 48 <= byte <= 57]
    if not digits:
        return content
    at = chance.choice(digits)
    return content[:at] + str(chance.randrange(10)).encode() + content[at + 1 :]


def _piece(chance: random.Random, content: bytes) -> bytes:
    """A line or an element taken out, doubled, or changed with the one after it."""
    separator = b"\n" if content.count(b"\n") > 2 else b"</TxInfAndSts>"
    pieces = content.split(separator)
    if len(pieces) < 3:
        return content
    at = chance.randrange(len(pieces) - 1)
    kind = chance.randrange(3)
    if kind == 0:
        del pieces[at]
    elif kind == 1:
        pieces.insert(at, pieces[at])
    else:
        pieces[at], pieces[at + 1] = pieces[at + 1], pieces[at]
    return separator.join(pieces)


def _word(chance: random.Random, content: bytes) -> bytes:
    """One word that means something put for another, at one place."""
    old, new = chance.sample(_WORDS, 2)
    places = content.count(old)
    if not places:
        return content
    parts = content.split(old)
    at = chance.randrange(places) + 1
    return old.join(parts[:at]) + new + old.join(parts[at:])


_STRANGE = [
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"&lol;", b"<!DOCTYPE x [<!ENTITY lol 'ha'>]>", b"]]>", b"<", b'"', b",,,",
    b"\r", "合计".encode(), "𠰻".encode("gb18030"), b"-", b"1e9", b"\xe3\x80\x80", b"=1+1", b"99999999999999999999",
]  # fmt: skip
_WORDS = [
    "成功".encode(), "失败".encode(), "失败".encode("gb18030"), "成功".encode("gb18030"), b"7777771", b"7777772", b"|",
    b"ACSC", b"RJCT", b"PDNG", b"PART", b"LOST", b"settled", b"returned", b"unknown", b"443.00", b"443.0", b"442.99",
    b"CNY", b"USD", b"C1", b"C2", b"total", b"2022-06", b"2022-07", b"OrgnlEndToEndId", b"TxSts", b"OrgnlMsgId",
]  # fmt: skip
_DAMAGES: list[Callable[[random.Random, bytes], bytes]] = [
    _flipped, _cut, _repeated, _inserted, _ended, _digit, _digit, _piece, _piece, _word, _word,
]  # fmt: skip
