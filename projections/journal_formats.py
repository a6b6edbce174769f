"""A journal as plain text, in the syntax of beancount and in that of hledger; the same accounts and amounts in both."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from heapq import merge
from itertools import groupby

from ledger.domain.fund import ALLOTTED, BUDGET_LINES, CANCELLED, PAID, REISSUED, RETURNED
from ledger.values.money import format_yuan
from projections.journal import CLOSED, MEANINGS, Balance, Entry, Journal, Posting

_KINDS = {
    ALLOTTED: "拨款", CLOSED: "关账", PAID: "发放", RETURNED: "退票", REISSUED: "重发", CANCELLED: "不再发放",
}  # fmt: skip
_CURRENCY = "CNY"


def beancount(journal: Journal, *, rehearsal: bool) -> Iterator[str]:
    """Lines for `bean-check`; each balance says that it allows for nothing: else a fen would be forgiven."""
    entries = journal.entries()
    accounts = journal.accounts(entries)
    yield f'option "title" "{_title(journal, rehearsal=rehearsal)}"'
    yield f'option "operating_currency" "{_CURRENCY}"'
    for account, first in accounts.items():
        yield ""
        yield f"; {_meaning(account)}"
        yield f"{first} open {account} {_CURRENCY}"
    for each in _in_order(journal, entries):
        yield ""
        if isinstance(each, Entry):
            yield f'{each.day} * "{_words(each)}"'
            yield from (f'  {name}: "{value}"' for name, value in _facts(each))
            for posting in _postings(journal, each):
                yield f"  {posting.account}  {format_yuan(posting.fen)} {_CURRENCY}"
                if posting.payout is not None:
                    yield f'    ref: "{posting.payout}"'
        else:
            # A balance of beancount is that of the morning.
            morning = each[0].day + timedelta(days=1)
            yield from (f"{morning} balance {b.account}  {format_yuan(b.fen)} ~ 0.00 {_CURRENCY}" for b in each)


def hledger(journal: Journal, *, rehearsal: bool) -> Iterator[str]:
    """Lines for `hledger check --strict`: accounts and the commodity are declared."""
    entries = journal.entries()
    yield f"; {_title(journal, rehearsal=rehearsal)}"
    yield "decimal-mark ."
    yield f"commodity 1000.00 {_CURRENCY}"
    for account in journal.accounts(entries):
        yield f"account {account}  ; {_meaning(account)}"
    for each in _in_order(journal, entries):
        yield ""
        if isinstance(each, Entry):
            yield f"{each.day} * {_words(each)}"
            yield from (f"    ; {name}:{value}" for name, value in _facts(each))
            for posting in _postings(journal, each):
                ref = f"  ; ref:{posting.payout}" if posting.payout is not None else ""
                yield f"    {posting.account}  {format_yuan(posting.fen)} {_CURRENCY}{ref}"
        else:
            yield f"{each[0].day} * 月末余额 balances by the views"
            yield from (f"    {b.account}  0.00 {_CURRENCY} = {format_yuan(b.fen)} {_CURRENCY}" for b in each)


FORMATS = {"beancount": beancount, "hledger": hledger}


def _in_order(journal: Journal, entries: list[Entry]) -> Iterator[Entry | tuple[Balance, ...]]:
    """Entries and the balances of each month's end, by day; the balances of a day after its entries."""
    months = (tuple(group) for _, group in groupby(journal.balances(), key=lambda balance: balance.day))
    moved: Iterator[tuple[date, int, Entry | tuple[Balance, ...]]] = ((entry.day, 0, entry) for entry in entries)
    held: Iterator[tuple[date, int, Entry | tuple[Balance, ...]]] = ((group[0].day, 1, group) for group in months)
    return (each for *_, each in merge(moved, held, key=lambda placed: placed[:2]))


def _postings(journal: Journal, entry: Entry) -> Iterator[Posting]:
    yield from entry.postings
    yield from journal.payouts(entry)


def _title(journal: Journal, *, rehearsal: bool) -> str:
    mark = "REHEARSAL " if rehearsal else ""
    return f"{mark}社会救助资金 {journal.division} disbursement ledger"


def _words(entry: Entry) -> str:
    month = f" {entry.month}" if entry.month is not None else ""
    return f"{_KINDS[entry.kind]} {entry.kind}{month} {entry.programme}"


def _facts(entry: Entry) -> tuple[tuple[str, str], ...]:
    return (*entry.facts, ("line", BUDGET_LINES[entry.programme]), ("year", str(entry.day.year)))


def _meaning(account: str) -> str:
    return next(words for kind, words in MEANINGS.items() if account.startswith(f"{kind}:"))
