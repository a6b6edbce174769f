"""Where money was sent: accounts of households, destitute persons and reliefs, with who stands behind each."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ledger.domain.payout import CARER, INSTITUTION, payee_role
from ledger.domain.person import ERASED, Account, AccountRecorded, open_private
from projections.audit_book import AuditBook
from projections.audit_case import AuditedCase


class Sent(msgspec.Struct, frozen=True):
    """Money of a case or relief sent to an account: `ref` proves the sending, `account` names the account's event."""

    code: str
    division: str
    relief: bool
    number: str
    holder: str | None
    account: str
    ref: str
    people: frozenset[str]
    names: frozenset[str]


def sent_to(book: AuditBook) -> dict[str, list[Sent]]:
    """By account number, each case or relief once; carers' and institutions' accounts aside."""
    found: dict[str, dict[tuple[bool, str, str], Sent]] = {}
    for sent in sendings(book):
        found.setdefault(sent.number, {}).setdefault((sent.relief, sent.division, sent.code), sent)
    return {number: list(by_code.values()) for number, by_code in found.items()}


def sendings(book: AuditBook) -> Iterator[Sent]:
    """Each case or relief once an account it was sent to, as recorded: one number may come under several holders."""
    accounts = _accounts(book)
    seen: set[tuple[bool, str, str, str]] = set()
    for sent in _all(book, accounts):
        key = (sent.relief, sent.division, sent.code, sent.account)
        if key not in seen:
            seen.add(key)
            yield sent


def without_spaces(name: str) -> str:
    """A name as compared."""
    return "".join(name.split())


def _accounts(book: AuditBook) -> dict[str, Account]:
    """Every account by reference, voided ones too: a void does not call back money that went there."""
    return {
        event.ref: open_private(event, Account)
        for recorded in book.ledger.events_log.of_topics([AccountRecorded.TOPIC], before=book.before)
        if isinstance(event := recorded.event, AccountRecorded) and event.private != ERASED
    }


def _all(book: AuditBook, accounts: dict[str, Account]) -> Iterator[Sent]:
    for case in book.known_cases():
        people = frozenset(book.identity(join.person) for join in case.file.joins)
        names = _names(book, case)
        for payout in case.payouts:
            if payout.went_out and payee_role(payout.issued.payee) not in (CARER, INSTITUTION):
                for account in payout.accounts():
                    yield from _sent(accounts, case.code, case.division, account, payout.issued.ref, people, names)
        care = case.file.granted.care
        for made, _ in case.imports if not (care and care.institutional) else ():
            if made.account is not None and made.amount_fen:
                yield from _sent(accounts, case.code, case.division, made.account, made.ref, people, names)
    for payout in book.relief_payouts.values():
        issued = payout.issued
        if payout.went_out:
            person = frozenset({book.identity(issued.person)})
            for account in payout.accounts():
                yield from _sent(
                    accounts, issued.case, issued.division, account, issued.ref, person, frozenset(), relief=True
                )


def _sent(
    accounts: dict[str, Account],
    code: str,
    division: str,
    account: str,
    ref: str,
    people: frozenset[str],
    names: frozenset[str],
    *,
    relief: bool = False,
) -> Iterator[Sent]:
    known = accounts.get(account)
    if known is not None:
        yield Sent(code, division, relief, known.number, known.holder, account, ref, people, names)


def _names(book: AuditBook, case: AuditedCase) -> frozenset[str]:
    files = (book.person(join.person) for join in case.file.joins)
    told = (known.particulars.name for file in files for known in file.particulars)
    return frozenset(without_spaces(name) for name in told if name)
