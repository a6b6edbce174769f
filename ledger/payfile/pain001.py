"""payouts.xml: all payments with an account as ISO 20022 pain.001.001.09, one PmtInf, a line of the file a payment.

Accounts are BBANs, agents CNAPS members (or named, where no profile knows the member number). The ids come from
what is paid alone: a payment's end-to-end id is the message's with the payment's place, at most 35 characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from xml.sax.saxutils import escape

from ledger.errors import IntegrityBroken
from ledger.payfile import message_ids
from ledger.payfile.bank_profile import Profile
from ledger.payfile.contents import Account, BundleContents
from ledger.payfile.figures import NONE, Figures, Money, Routes, payable
from ledger.payfile.message_ids import payment_id
from ledger.payfile.plain_text import plain
from ledger.values.identifiers import normal_id_number
from ledger.values.money import format_yuan, parse_yuan
from ledger.values.month import CHINA

NAME = "payouts.xml"
SCHEMA = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"

_PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n'
_REHEARSAL = "<!-- REHEARSAL 演练数据,不得付款 -->\n"
_HEAD = f"""\
<Document xmlns="{SCHEMA}">
<CstmrCdtTrfInitn>
<GrpHdr>
<MsgId>{{message}}</MsgId>
<CreDtTm>{{created}}</CreDtTm>
<NbOfTxs>{{count}}</NbOfTxs>
<CtrlSum>{{amount}}</CtrlSum>
<InitgPty><Nm>{{payer}}</Nm><Id><OrgId><Othr><Id>{{unit}}</Id></Othr></OrgId></Id></InitgPty>
</GrpHdr>
<PmtInf>
<PmtInfId>{{message}}-1</PmtInfId>
<PmtMtd>TRF</PmtMtd>
<NbOfTxs>{{count}}</NbOfTxs>
<CtrlSum>{{amount}}</CtrlSum>
<PmtTpInf><CtgyPurp><Cd>SSBE</Cd></CtgyPurp></PmtTpInf>
<ReqdExctnDt><Dt>{{pay_on}}</Dt></ReqdExctnDt>
<Dbtr><Nm>{{payer}}</Nm></Dbtr>
<DbtrAcct><Id><Othr>{{payer_account}}</Othr></Id></DbtrAcct>
<DbtrAgt><FinInstnId>{{payer_agent}}</FinInstnId></DbtrAgt>
"""
_PAYMENT = (
    "<CdtTrfTxInf><PmtId><EndToEndId>{id}</EndToEndId></PmtId>"
    '<Amt><InstdAmt Ccy="CNY">{amount}</InstdAmt></Amt>{agent}<Cdtr><Nm>{name}</Nm>{identity}</Cdtr>'
    "<CdtrAcct><Id><Othr><Id>{account}</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr></Id></CdtrAcct>"
    "<RmtInf><Ustrd>{purpose}</Ustrd></RmtInf></CdtTrfTxInf>\n"
)
_TAIL = "</PmtInf>\n</CstmrCdtTrfInitn>\n</Document>\n"
_CNAPS = "<ClrSysMmbId><ClrSysId><Cd>CNAPS</Cd></ClrSysId><MmbId>{}</MmbId></ClrSysMmbId>"
_ID_CARD = "<Id><PrvtId><Othr><Id>{}</Id><SchmeNm><Cd>NIDN</Cd></SchmeNm></Othr></PrvtId></Id>"
_UNKNOWN = "NOTPROVIDED"


def message_id(contents: BundleContents) -> str:
    """The id of the message, 24 characters: the same for the same roll, another one once it is frozen anew."""
    return message_ids.message_id(
        contents.division, contents.month, contents.programme, contents.roll_digest, contents.pay_on,
        rehearsal=contents.rehearsal, file_number=contents.file_number,
    )  # fmt: skip


def write_pain001(contents: BundleContents, figures: Figures) -> Iterator[bytes]:
    """The message, line by line; there is none without a payment, the schema wants one.

    Raises:
        Refused: `payfile.character` for what XML cannot carry.
    """
    message, purpose = message_id(contents), escape(contents.purpose)
    yield (_PROLOGUE + (_REHEARSAL if contents.rehearsal else "") + _head(contents, figures.bank)).encode()
    routes = Routes(contents.banks)
    for number, payment in enumerate(payable(contents.payments), start=1):
        account = payment.account
        assert account is not None
        identity = ""
        if payment.id_number is not None:
            identity = _ID_CARD.format(_text(normal_id_number(payment.id_number), payment.payout, "ID number"))
        yield _PAYMENT.format(
            id=payment_id(message, number),
            amount=format_yuan(payment.amount_fen),
            agent=_creditor_agent(account, routes.bank(payment), payment.payout),
            name=_text(payment.bank_name, payment.payout, "name"),
            identity=identity,
            account=account.number,
            purpose=purpose,
        ).encode()
    yield _TAIL.encode()


def read_pain001(read: Iterable[bytes], *, unit_number: str, pay_on: date, rehearsal: bool) -> Money:
    """What the payments of a message add up to, from its lines; only what the writer writes is accepted.

    Raises:
        IntegrityBroken: `pain.head` where it is not as written, or count, sum, day or unit differ; `pain.line`
            for a payment that is not as written or whose id is not the next.
    """
    lines = iter(read)
    height = _HEAD.count("\n") + (2 if rehearsal else 1)
    head = _READ_HEAD.fullmatch(_decoded(b"".join(islice(lines, height))))
    if head is None:
        raise _broken("head", "other elements", "the head of one payment instruction, as it is written")
    found, tail = NONE, b""
    for number, line in enumerate(lines, start=1):
        if tail or not line.startswith(b"<CdtTrfTxInf>"):
            tail += line
            continue
        payment = _READ_PAYMENT.fullmatch(_decoded(line))
        if payment is None or payment["id"] != payment_id(head["message"], number):
            raise _broken("line", f"payment {number}", "a payment as it is written, numbered from 1")
        found = found.plus(parse_yuan(payment["amount"]))
    said = (head["count"], head["amount"], head["unit"], head["pay_on"], head["rehearsal"] is not None)
    counted = (str(found.count), format_yuan(found.amount_fen), unit_number, pay_on.isoformat(), rehearsal)
    if said != counted or tail != _TAIL.encode():
        raise _broken("head", f"{said[0]} payments, {said[1]} yuan", f"{counted[0]}, {counted[1]}, day and unit")
    return found


def _head(contents: BundleContents, bank: Money) -> str:
    payer = contents.payer
    name = f"REHEARSAL {payer.name}" if contents.rehearsal else payer.name
    account = f"<Id>{_UNKNOWN}</Id>"
    if payer.account is not None:
        account = f"<Id>{escape(payer.account)}</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm>"
    cnaps = contents.banks[0].layout.cnaps
    return _HEAD.format(
        message=message_id(contents),
        created=contents.frozen_at.astimezone(CHINA).isoformat(timespec="seconds"),
        count=bank.count,
        amount=format_yuan(bank.amount_fen),
        payer=escape(name),
        unit=escape(contents.stated_unit),
        pay_on=contents.pay_on.isoformat(),
        payer_account=account,
        payer_agent=_CNAPS.format(cnaps) if cnaps else f"<Othr><Id>{_UNKNOWN}</Id></Othr>",
    )


def _creditor_agent(account: Account, bank: Profile, subject: str) -> str:
    """The bank an account is with: the profile's member number where it speaks of that bank, else its name."""
    if account.bank is None or any(name in account.bank for name in bank.layout.names):
        return (
            f"<CdtrAgt><FinInstnId>{_CNAPS.format(bank.layout.cnaps)}</FinInstnId></CdtrAgt>"
            if bank.layout.cnaps
            else ""
        )
    return f"<CdtrAgt><FinInstnId><Nm>{_text(account.bank, subject, 'bank')}</Nm></FinInstnId></CdtrAgt>"


def _text(value: str, subject: str, field: str) -> str:
    return escape(plain(value, subject=subject, field=field))


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise _broken("line", "bytes that are not UTF-8", "UTF-8") from None


def _pattern(template: str) -> str:
    """A template as a pattern: a field is read where it first stands, and must be the same after."""
    pieces, seen = re.split(r"\{(\w+)\}", template), set[str]()
    for place in range(1, len(pieces), 2):
        name = pieces[place]
        pieces[place] = f"(?P={name})" if name in seen else f"(?P<{name}>[^\n]*)"
        seen.add(name)
    pieces[::2] = map(re.escape, pieces[::2])
    return "".join(pieces)


def _broken(slug: str, found: str, expected: str) -> IntegrityBroken:
    return IntegrityBroken(f"pain.{slug}", NAME, found=found, expected=expected)


_READ_HEAD = re.compile(f"{re.escape(_PROLOGUE)}(?P<rehearsal>{re.escape(_REHEARSAL)})?{_pattern(_HEAD)}")
_READ_PAYMENT = re.compile(_pattern(_PAYMENT))
