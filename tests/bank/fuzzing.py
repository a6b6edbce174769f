"""Damaged return files recorded one after the other; each posting held against a second, naive reading of the file."""

from __future__ import annotations

import csv
import io
import random
import re
from collections import Counter
from collections.abc import Iterator

import msgspec
from county_at_bank import DIVISION, JUNE, County, account
from mutations import Sent, as_csv, as_xlsx, cells, damaged, own_text, report

from ledger.bank.answers import ReturnFile
from ledger.bank.reading import read_returns
from ledger.bank.returns import record_answers
from ledger.bank.sent import message_of, payment_ids
from ledger.closing.issuing import folded
from ledger.closing.returning import named_in, record_returns
from ledger.domain.bank_files import RefusedByBank
from ledger.domain.payout import Payout, PayoutOutcomeUnknown, PayoutReturned, PayoutSettled
from ledger.errors import LedgerError

KINDS = {PayoutSettled: "settled", PayoutReturned: "returned", PayoutOutcomeUnknown: "unknown"}
Line = tuple[str, str, int | None]
"""What names a payment, its outcome, its amount in fen."""


class Tally(msgspec.Struct):
    """What a run of files came to."""

    files: int = 0
    refused: int = 0
    posted: int = 0
    verdicts: Counter[str] = msgspec.field(default_factory=Counter)
    wrong: list[str] = msgspec.field(default_factory=list)


def run(county: County, chance: random.Random, files: int, tally: Tally, label: str) -> None:
    """Records damaged files; what went wrong is in the tally, named so that it can be made again."""
    sent = _sent(county)
    for number in range(files):
        kind, content = _made(county, chance, sent)
        before = _payouts(county)
        end = county.ledger.events_log.end()
        tally.files += 1
        try:
            counted = _record(county, content)
        except LedgerError:
            tally.refused += 1
            counted = {}
            if county.ledger.events_log.end() != end:
                tally.wrong.append(f"{label}.{number} {kind}: refused, and something was recorded")
        except Exception as error:
            tally.wrong.append(f"{label}.{number} {kind}: {type(error).__name__}: {error}")
            continue
        tally.verdicts.update(counted)
        for fault in _faults(county, before, _naive(kind, content), sent, content):
            tally.wrong.append(f"{label}.{number} {kind}: {fault}")
        tally.posted += sum(p.version for p in _payouts(county).values()) - sum(p.version for p in before.values())
        if county.batch().refused is not None:
            return


def _sent(county: County) -> list[Sent]:
    names = {payout: name for name, payout in payment_ids(county.desk, county.batch())}
    return [
        Sent(names[stream], p.issued.case, JUNE.text, p.issued.amount_fen, account(int(p.issued.case[1:])))
        for stream, p in sorted(_payouts(county).items())
    ]


def _made(county: County, chance: random.Random, sent: list[Sent]) -> tuple[str, bytes]:
    kind = chance.choice(("pain.002", "pain.002", "text", "text", "csv", "gb18030", "xlsx"))
    if kind == "text":
        return kind, damaged(chance, own_text(chance, sent))
    if kind == "pain.002":
        return kind, damaged(chance, report(chance, message_of(county.batch()), sent))
    rows = cells(chance, sent)
    if kind == "xlsx":
        text = damaged(chance, as_csv(rows)).decode("utf-8", "replace")
        rows = [[cell for cell in line.split(",") if cell.isprintable()] for line in text.split("\n")]
        content = as_xlsx(rows)
        return kind, damaged(chance, content) if chance.random() < 0.2 else content
    encoding = "utf-8" if kind == "csv" else kind
    return kind, damaged(chance, as_csv(rows, encoding))


def _record(county: County, content: bytes) -> Counter[str]:
    read = read_returns(content, "back", county.desk.profiles)
    if isinstance(read, ReturnFile):
        planned = record_answers(county.desk, DIVISION, read, content, county.installation.from_bank)
        assert planned.already or len(planned.judged) >= len(read.answers)
        return Counter(planned.verdicts)
    listed = record_returns(county.ledger, DIVISION, named_in(read), read.digest)
    return Counter({"returned": len(listed.payouts)})


def _payouts(county: County) -> dict[str, Payout]:
    found = folded(county.ledger.events_log.below(f"payout/{JUNE}/{DIVISION}/"))
    return {payout.issued.originator_id: payout for payout in found}


def _faults(
    county: County, before: dict[str, Payout], lines: list[Line] | None, sent: list[Sent], content: bytes
) -> Iterator[str]:
    """Postings that the naive reading does not bear out."""
    by_case = {one.case: one for one in sent}
    whole = lines is not None and ("whole", "settled", None) in lines
    for stream, payout in _payouts(county).items():
        was = before[stream]
        if payout.version == was.version:
            continue
        new = [r.event for r in county.ledger.history(stream)[was.version :]]
        one = by_case[payout.issued.case]
        kind = KINDS.get(type(new[0]))
        if len(new) > 1 or kind is None:
            yield f"{stream} got {len(new)} events by one file"
        if was.returned or (was.settled and kind != "returned") or (was.unknown and kind == "unknown"):
            yield f"{stream} is {kind} after it had an answer"
        if lines is None:
            continue  # a workbook: only this ledger's own reader reads it
        names = (one.end_to_end, one.case, f"number {one.number}")
        own = {line for line in lines if line[0] in names}
        if not own and whole and kind == "settled":
            continue
        if own not in ({(name, kind, one.amount_fen)} for name in names) and own != {(names[0], kind, None)}:
            yield f"{stream} is {kind}, and the file says {own or 'nothing of it'}"
    refused = [r for r in county.ledger.history(county.batch().id) if isinstance(r.event, RefusedByBank)]
    if refused and b"<GrpSts>RJCT</GrpSts>" not in content and b"<GrpSts>CANC</GrpSts>" not in content:
        yield "the batch is refused whole, and the file does not say so"


def _naive(kind: str, content: bytes) -> list[Line] | None:
    """The lines of a file by text alone, without its structure."""
    if kind == "xlsx":
        return None
    if kind == "pain.002":
        return list(_naive_report(content.decode("utf-8", "replace")))
    if kind == "text":
        return list(_naive_text(content))
    return list(_naive_table(_decoded(content)))


def _naive_report(text: str) -> Iterator[Line]:
    outcomes = {"ACSC": "settled", "RJCT": "returned", "PDNG": "unknown"}
    for block in re.findall(r"<TxInfAndSts>(.*?)</TxInfAndSts>", text, re.DOTALL):
        found = {
            tag: re.search(rf"<{tag}[^>]*>(.*?)</{tag}>", block, re.DOTALL)
            for tag in ("OrgnlEndToEndId", "TxSts", "InstdAmt")
        }
        name, status, amount = (match and match[1].strip() for match in found.values())
        yield name or "", outcomes.get(status or "", status or ""), _fen(amount) if amount else None
    if "<GrpSts>ACSC</GrpSts>" in text:
        yield "whole", "settled", None


def _naive_text(content: bytes) -> Iterator[Line]:
    outcomes = {"成功": "settled", "失败": "returned", "处理中": "unknown"}
    for line in _decoded(content).replace("\r\n", "\n").split("\n")[1:]:
        values = [value.strip(" \u3000") for value in line.split("|")]
        if len(values) == 6:
            number = str(int(values[0])) if values[0].isdigit() else values[0]
            yield f"number {number}", outcomes.get(values[4], values[4]), _fen(values[2])


def _decoded(content: bytes) -> str:
    """A damage may make UTF-8 of a file in GB18030: what is UTF-8 is read so."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030", "replace")


def _naive_table(text: str) -> Iterator[Line]:
    for row in csv.DictReader(io.StringIO(text, newline="")):
        values = [str(value).strip(" \xa0\u3000") for value in row.values()]
        if len(values) > 3 and values[1] == JUNE.text:
            yield values[0], values[3], _fen(values[2])


def _fen(text: str) -> int | None:
    whole, _, part = text.partition(".")
    return int(whole + part.ljust(2, "0")) if (whole + part).isdigit() and len(part) <= 2 else -1
