"""ISO 20022 camt.053, the bank's statement of an account: entries, their payments, balances that must add up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date

from ledger.bank.entries import Entry, Statement
from ledger.bank.xml_records import Node, read_records
from ledger.errors import Refused
from ledger.intake.shape import printable
from ledger.values.money import format_yuan, parse_yuan

FORMAT = "camt.053"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001."
_NAMING = ("MsgId", "PmtInfId", "EndToEndId", "InstrId")


def read_camt053(content: bytes, name: str) -> Statement:
    """The booked entries of a statement file.

    Raises:
        Refused: `file.` codes; `statement.malformed` for a field that cannot be read, `statement.totals` where
            entries and balances do not add up; with the line.
    """
    reading = _Reading(name)
    read_records(content, name, namespace=NAMESPACE, at={"Ntry", "Stmt"}, take=reading.take)
    return Statement(name, hashlib.sha256(content).hexdigest(), FORMAT, tuple(reading.entries))


class _Reading:
    def __init__(self, name: str) -> None:
        self.name = name
        self.entries: list[Entry] = []
        self._sum_fen = self._count = 0

    def take(self, node: Node, _: Node) -> None:
        if node.tag == "Stmt":
            self._check(node)
            self._sum_fen = self._count = 0
        elif (node.value("Sts/Cd") or node.value("Sts") or "BOOK") == "BOOK":
            amount_fen = self._signed(node)
            self._sum_fen += amount_fen
            self._count += 1
            self.entries += self._entries(node, amount_fen)

    def _entries(self, node: Node, amount_fen: int) -> Iterator[Entry]:
        """An entry, or its payments where each says its amount and together they are the entry."""
        day = self._day(node)
        batch = [text for tag in _NAMING for text in _texts(node, f"NtryDtls/Btch/{tag}")]
        about = [*batch, *_texts(node, "AddtlNtryInf"), *_texts(node, "NtryRef")]
        parts = [
            (self._part(part, sign=-1 if amount_fen < 0 else 1), tuple(_naming(part)), part.line)
            for part in node.all("NtryDtls/TxDtls")
        ]
        if len(parts) > 1 and sum(fen or 0 for fen, _, _ in parts) == amount_fen and all(p[0] for p in parts):
            for fen, texts, line in parts:
                yield Entry(line, day, fen or 0, (*texts, *batch))
            return
        named = [text for _, texts, _ in parts for text in texts]
        yield Entry(node.line, day, amount_fen, tuple(dict.fromkeys((*named, *about))))

    def _part(self, part: Node, sign: int) -> int | None:
        for path in ("Amt", "AmtDtls/TxAmt/Amt"):
            if part.all(path):
                return sign * self._amount(part, path)
        return None

    def _check(self, statement: Node) -> None:
        stated = statement.value("TxsSummry/TtlNtries/NbOfNtries")
        if stated is not None and stated != str(self._count):
            raise self._differs(statement, f"{printable(stated)} entries", f"{self._count}, as listed")
        opening, closing = (self._balance(statement, *codes) for codes in (("OPBD", "PRCD"), ("CLBD",)))
        if opening is not None and closing is not None and opening + self._sum_fen != closing:
            found = f"{format_yuan(opening)} at first, {format_yuan(closing)} at last"
            raise self._differs(statement, found, f"{format_yuan(opening + self._sum_fen)} after these entries")

    def _balance(self, statement: Node, *codes: str) -> int | None:
        for balance in statement.all("Bal"):
            if balance.value("Tp/CdOrPrtry/Cd") in codes:
                return self._signed(balance)
        return None

    def _signed(self, node: Node) -> int:
        sign = {"CRDT": 1, "DBIT": -1}.get(node.value("CdtDbtInd") or "")
        if sign is None:
            raise self._malformed(node, "CdtDbtInd", node.value("CdtDbtInd"), "CRDT or DBIT")
        return sign * self._amount(node, "Amt")

    def _amount(self, node: Node, path: str) -> int:
        found = node.all(path)
        try:
            if found and found[0].attributes.get("Ccy", "CNY") == "CNY":
                return parse_yuan(found[0].text.strip())
        except ValueError:
            pass
        text = found[0].text if found else None
        raise self._malformed(node, path.rpartition("/")[2], text, "an amount in CNY, such as 443.00")

    def _day(self, node: Node) -> date:
        text = node.value("BookgDt/Dt") or (node.value("BookgDt/DtTm") or "")[:10]
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise self._malformed(node, "BookgDt", text, "a day such as 2022-07-08") from None

    def _malformed(self, node: Node, field: str, found: str | None, expected: str) -> Refused:
        place = f"{self.name} line {node.line}, {field}"
        return Refused("statement.malformed", place, found=printable(found or "") or "nothing", expected=expected)

    def _differs(self, node: Node, found: str, expected: str) -> Refused:
        return Refused("statement.totals", f"{self.name} line {node.line}", found=found, expected=expected)


def _naming(part: Node) -> Iterator[str]:
    for tag in _NAMING:
        yield from _texts(part, f"Refs/{tag}")
    yield from _texts(part, "RmtInf/Ustrd")


def _texts(node: Node, path: str) -> Iterator[str]:
    return (found.text.strip() for found in node.all(path) if found.text.strip())
