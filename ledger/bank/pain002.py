"""ISO 20022 pain.002, the bank's status report on a payment file: statuses of the whole, and of each payment."""

from __future__ import annotations

import hashlib
from collections import Counter

from ledger.bank.answers import RETURNED, SETTLED, UNKNOWN, Answer, Group, ReturnFile
from ledger.bank.xml_records import Node, read_records
from ledger.errors import Refused
from ledger.intake.shape import printable
from ledger.values.bank_reasons import IN_CLEAR, iso_of, may_stand_in_clear
from ledger.values.money import format_yuan, parse_yuan

FORMAT = "pain.002"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.002.001."

_OUTCOMES = {
    "ACSC": SETTLED, "ACCC": SETTLED,
    "RJCT": RETURNED, "CANC": RETURNED,
    "ACCP": UNKNOWN, "ACSP": UNKNOWN, "ACTC": UNKNOWN, "ACWC": UNKNOWN, "ACWP": UNKNOWN, "ACFC": UNKNOWN,
    "PDNG": UNKNOWN, "RCVD": UNKNOWN, "BLCK": UNKNOWN, "PATC": UNKNOWN, "PRES": UNKNOWN,
}  # fmt: skip
"""ExternalPaymentTransactionStatus1Code: what is accepted or on its way is not paid, nor failed."""

_LONGEST_ID = 35


def read_pain002(content: bytes, name: str) -> ReturnFile:
    """A status report on one file of ours or several.

    Raises:
        Refused: `file.` codes; `returns.malformed` for a field that cannot be read, `returns.totals` for counts or
            sums a status that are not those of its payments; with the line.
    """
    reading = _Reading(name)
    read_records(
        content, name, namespace=NAMESPACE,
        at={"TxInfAndSts", "OrgnlGrpInfAndSts", "OrgnlPmtInfAndSts"}, take=reading.take,
    )  # fmt: skip
    reading.finish()
    return ReturnFile(
        name=name,
        digest=hashlib.sha256(content).hexdigest(),
        format=FORMAT,
        answers=tuple(reading.answers),
        groups=tuple(reading.groups),
    )


class _Tally:
    """Payments by status: how many, and their sum where each says its amount."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.sums: Counter[str] = Counter()
        self.without_amount: set[str] = set()

    def add(self, status: str, amount_fen: int | None) -> None:
        self.counts[status] += 1
        self.sums[status] += amount_fen or 0
        if amount_fen is None:
            self.without_amount.add(status)


class _Reading:
    """What has been read: the original file named comes before its payments."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.original: str | None = None
        self.answers: list[Answer] = []
        self.groups: list[Group] = []
        self._stated: list[Node] = []
        self._whole, self._part = _Tally(), _Tally()

    def take(self, node: Node, _: Node) -> None:
        if node.tag == "TxInfAndSts":
            self._payment(node)
        elif node.tag == "OrgnlGrpInfAndSts":
            if self.original is not None:
                raise _malformed(self._place(node), "OrgnlGrpInfAndSts", "a second one", "one a report")
            self.original = self._id(node, "OrgnlMsgId")
            self._group(node, "GrpSts")
            self._stated = node.all("NbOfTxsPerSts")
        else:
            self._group(node, "PmtInfSts")
            self._check(node.all("NbOfTxsPerSts"), self._part)
            self._part = _Tally()

    def finish(self) -> None:
        """Checks what is stated of the whole, once it has been read."""
        if self.original is None:
            raise _malformed(
                f"{self.name} line 1", "OrgnlGrpInfAndSts", "none", "the file of ours that it is about"
            )
        self._check(self._stated, self._whole)

    def _group(self, node: Node, status_tag: str) -> None:
        place, status = self._place(node), node.value(status_tag)
        if status not in (None, "PART", *_OUTCOMES):
            raise _malformed(place, status_tag, status or "", "a status of ISO 20022")
        reason, iso = self._reason(node)
        count = node.value("OrgnlNbOfTxs")
        self.groups.append(
            Group(
                line=node.line,
                batch=self._original(node),
                count=None if count is None else self._number(node, count, "OrgnlNbOfTxs"),
                amount_fen=self._amount(node, "OrgnlCtrlSum"),
                settled=_OUTCOMES.get(status or "") == SETTLED,
                refused=_OUTCOMES.get(status or "") == RETURNED,
                reason=reason or status,
                iso=iso,
            )
        )

    def _payment(self, node: Node) -> None:
        status = node.value("TxSts") or ""
        outcome = _OUTCOMES.get(status)
        if outcome is None:
            raise _malformed(self._place(node), "TxSts", status or "nothing", "a status of ISO 20022")
        reason, iso = self._reason(node)
        amount_fen = self._amount(node, "OrgnlTxRef/Amt/InstdAmt")
        self._whole.add(status, amount_fen)
        self._part.add(status, amount_fen)
        self.answers.append(
            Answer(
                line=node.line,
                batch=self._original(node),
                key=("end_to_end", self._id(node, "OrgnlEndToEndId")),
                outcome=outcome,
                amount_fen=amount_fen,
                reason=reason or status,
                iso=iso,
                account=node.value("OrgnlTxRef/CdtrAcct/Id/Othr/Id"),
            )
        )

    def _check(self, stated: list[Node], tally: _Tally) -> None:
        """A status is either counted with its payments, or stated without them: banks list the failed ones only."""
        for node in stated:
            status = node.value("DtldSts") or ""
            if not tally.counts[status]:
                continue
            count = self._number(node, node.value("DtldNbOfTxs") or "", "DtldNbOfTxs")
            amount_fen = self._amount(node, "DtldCtrlSum")
            if amount_fen is None or status in tally.without_amount:
                amount_fen = tally.sums[status]
            if (count, amount_fen) != (tally.counts[status], tally.sums[status]):
                raise Refused(
                    "returns.totals",
                    f"{self._place(node)}, {status}",
                    found=f"{count} payments, {format_yuan(amount_fen)} yuan",
                    expected=f"{tally.counts[status]} payments, {format_yuan(tally.sums[status])} yuan, as listed",
                )

    def _original(self, node: Node) -> str:
        if self.original is None:
            raise _malformed(self._place(node), "OrgnlMsgId", "none before it", "OrgnlGrpInfAndSts to come first")
        return self.original

    def _reason(self, node: Node) -> tuple[str | None, str | None]:
        """The bank's own words where it gave some, else its code; and the ISO code."""
        code, own = node.value("StsRsnInf/Rsn/Cd"), node.value("StsRsnInf/Rsn/Prtry")
        words = node.value("StsRsnInf/AddtlInf")
        for reason in (own, words, code):
            if reason is not None and may_stand_in_clear(reason):
                return reason, iso_of(code) or iso_of(own) or iso_of(words)
        if own is not None or code is not None:
            raise _malformed(self._place(node), "StsRsnInf", f"{len(own or code or '')} characters", IN_CLEAR)
        return None, None

    def _id(self, node: Node, tag: str) -> str:
        found = node.value(tag)
        if found is None or len(found) > _LONGEST_ID:
            raise _malformed(self._place(node), tag, f"{len(found or '')} characters", f"1 to {_LONGEST_ID}")
        return found

    def _number(self, node: Node, text: str, tag: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 15):
            raise _malformed(self._place(node), tag, text or "nothing", "a count")
        return int(text)

    def _amount(self, node: Node, path: str) -> int | None:
        found = node.all(path)
        if not found:
            return None
        text, currency = found[0].text.strip(), found[0].attributes.get("Ccy", "CNY")
        try:
            if currency == "CNY":
                return parse_yuan(text)
        except ValueError:
            pass
        raise _malformed(self._place(node), path.rpartition("/")[2], text, "an amount in CNY, such as 443.00")

    def _place(self, node: Node) -> str:
        return f"{self.name} line {node.line}"


def _malformed(place: str, field: str, found: str, expected: str) -> Refused:
    return Refused(
        "returns.malformed", f"{place}, {field}", found=printable(found) or "nothing", expected=expected
    )
