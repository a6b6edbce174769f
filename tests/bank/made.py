"""Files as banks write them, made for tests: pain.002 of a batch's payments, camt.053, tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

PAIN002 = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"
CAMT053 = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def tag(name: str, *inner: str, **attributes: str) -> str:
    """An element; empty ones are left out."""
    text = "".join(inner)
    said = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{name}{said}>{text}</{name}>" if text else ""


def payment(
    end_to_end: str, status: str, amount: str = "", *, reason: str = "", words: str = "", account: str = ""
) -> str:
    """One TxInfAndSts."""
    return tag(
        "TxInfAndSts",
        tag("OrgnlEndToEndId", end_to_end),
        tag("TxSts", status),
        tag("StsRsnInf", tag("Rsn", tag("Cd", reason)), tag("AddtlInf", escape(words))),
        tag(
            "OrgnlTxRef",
            tag("Amt", tag("InstdAmt", amount, Ccy="CNY")),
            tag("CdtrAcct", tag("Id", tag("Othr", tag("Id", account)))),
        ),
    )


def per_status(status: str, count: int, amount: str = "") -> str:
    """One NbOfTxsPerSts."""
    return tag("NbOfTxsPerSts", tag("DtldNbOfTxs", str(count)), tag("DtldSts", status), tag("DtldCtrlSum", amount))


def pain002(
    message: str,
    payments: Iterable[str] = (),
    *,
    status: str = "",
    count: str = "",
    amount: str = "",
    reason: str = "",
    totals: Sequence[str] = (),
    prologue: str = '<?xml version="1.0" encoding="UTF-8"?>',
    encoding: str = "utf-8",
) -> bytes:
    """A status report on one file."""
    inner = tag("OrgnlPmtInfAndSts", tag("OrgnlPmtInfId", f"{message}-1"), *payments)
    report = tag(
        "CstmrPmtStsRpt",
        tag("GrpHdr", tag("MsgId", "BANK1"), tag("CreDtTm", "2022-06-10T09:00:00")),
        tag(
            "OrgnlGrpInfAndSts",
            tag("OrgnlMsgId", message),
            tag("OrgnlMsgNmId", "pain.001.001.09"),
            tag("OrgnlNbOfTxs", count),
            tag("OrgnlCtrlSum", amount),
            tag("GrpSts", status),
            tag("StsRsnInf", tag("Rsn", tag("Cd", reason))),
            *totals,
        ),
        inner if payments else "",
    )
    return (prologue + tag("Document", report, xmlns=PAIN002)).encode(encoding)


def entry(day: str, amount: str, *, name: str = "", text: str = "") -> str:
    """One Ntry; a negative amount is a debit."""
    indicator = "DBIT" if amount.startswith("-") else "CRDT"
    return tag(
        "Ntry",
        tag("Amt", amount.lstrip("-"), Ccy="CNY"),
        tag("CdtDbtInd", indicator),
        tag("Sts", tag("Cd", "BOOK")),
        tag("BookgDt", tag("Dt", day)),
        tag("NtryDtls", tag("TxDtls", tag("Refs", tag("EndToEndId", name)), tag("RmtInf", tag("Ustrd", text)))),
    )


def camt053(entries: Iterable[str], *, opening: str = "", closing: str = "") -> bytes:
    """A statement."""
    balances = [
        tag(
            "Bal",
            tag("Tp", tag("CdOrPrtry", tag("Cd", code))),
            tag("Amt", amount, Ccy="CNY"),
            tag("CdtDbtInd", "CRDT"),
        )
        for code, amount in (("OPBD", opening), ("CLBD", closing))
        if amount
    ]
    statement = tag("Stmt", tag("Id", "S1"), *balances, *entries)
    return tag("Document", tag("BkToCstmrStmt", statement), xmlns=CAMT053).encode()


def text(header: Sequence[str], lines: Iterable[Sequence[str]], *, encoding: str = "gb18030") -> bytes:
    """A return text of the shipped profile `agent`: header, then number|name|amount|account|status|reason."""
    return "".join("|".join(row) + "\r\n" for row in (header, *lines)).encode(encoding)
