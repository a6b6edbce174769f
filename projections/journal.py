"""The journal: every move of public money as a balanced entry of double-entry books, told from the events.

appropriation → programme → payable → bank → returned. The balances at each month's end are told from the views
(`projections/funds.py`), so that a checker of journals (bean-check, hledger) compares the two to the fen. Codes of
cases and event references stand in it, no personal data. What was voided is reversed on the day of the void.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby

import msgspec

from ledger.application import Ledger
from ledger.closing.order import PROGRAMMES
from ledger.domain import fund
from ledger.domain.batch import Batch
from ledger.domain.event import Event
from ledger.domain.fund import ALLOTTED, CANCELLED, PAID, REISSUED, RETURNED, Move, course, paid_on, programme_of
from ledger.domain.payout import CancellationVoided, PayoutCancelled, PayoutIssued, PayoutReissued, PayoutReturned
from ledger.domain.supervision import Appropriated, RegisterFactVoided
from ledger.values.month import Month
from projections.funds import Funds

APPROPRIATED, FUNDS, BANK = "Income:Appropriated", "Assets:Funds", "Assets:Bank"
PAYABLE, BACK, SPENT = "Liabilities:Payable", "Liabilities:Returned", "Expenses:Assistance"

MEANINGS = {
    APPROPRIATED: "拨入资金", FUNDS: "可用资金", BANK: "代发银行", PAYABLE: "应付救助金", BACK: "退票待重发",
    SPENT: "救助支出",
}  # fmt: skip
"""The accounts, each of a division and programme (and of a source where money comes in), and their Chinese names."""

CLOSED = "closed"
"""The entry of a close: the money is spent and payable, and paid on the day of payment."""

_LATER = (PayoutReturned, PayoutReissued, PayoutCancelled, CancellationVoided)
_ORDER = (ALLOTTED, CLOSED, PAID, RETURNED, REISSUED, CANCELLED)


class Posting(msgspec.Struct, frozen=True, gc=False):
    """An amount in fen on an account; `payout` names the event where a payout has a posting of its own."""

    account: str
    fen: int
    payout: str | None = None


class Entry(msgspec.Struct, frozen=True, gc=False):
    """What happened on a day: the postings add up to nothing. `facts` are references and particulars by name."""

    day: date
    kind: str
    division: str
    programme: str
    postings: tuple[Posting, ...]
    facts: tuple[tuple[str, str], ...]
    month: Month | None = None
    each: tuple[Batch, int] | None = None
    """The close whose payouts are posted one by one on the account payable, and their sum."""


class Balance(msgspec.Struct, frozen=True, gc=False):
    """What an account holds at the end of a day, in fen."""

    day: date
    account: str
    fen: int


class Journal:
    """The journal of one division."""

    def __init__(self, ledger: Ledger, funds: Funds, division: str, *, detail: bool = False) -> None:
        """With `detail` each payout of a close has a posting of its own."""
        self._ledger = ledger
        self._funds = funds
        self.division = division
        self._detail = detail

    def entries(self) -> list[Entry]:
        """All entries by day; of one day in the order money moves. Payouts of a detailed close come by `payouts`."""
        found = [*self._appropriations(), *self._closes(), *self._later()]
        return sorted(found, key=lambda e: (e.day, _ORDER.index(e.kind), PROGRAMMES.index(e.programme), e.facts))

    def payouts(self, entry: Entry) -> Iterator[Posting]:
        """The postings of a close, one a payout, read as they are asked for."""
        if entry.each is None:
            return
        batch, _ = entry.each
        account = self._account(PAYABLE, entry.programme)
        relief = f"payout/relief/{batch.division}/"
        prefix = relief if batch.relief else f"payout/{batch.month}/{batch.division}/"
        for recorded in self._ledger.events_log.below(prefix):
            event = recorded.event
            if (
                isinstance(event, PayoutIssued)
                and (event.programme, event.month) == (batch.programme, batch.month)
                and event.amount_fen
            ):
                yield Posting(account, -event.amount_fen, event.ref)

    def balances(self) -> Iterator[Balance]:
        """What each account holds at each month's end, from the first move to the last, by the views."""
        moves = self._funds.moves(self.division)
        if not moves:
            return
        posted = sorted(self._as_posted(moves), key=lambda one: one[0])
        month, last = Month.of(posted[0][0]), Month.of(posted[-1][0])
        held: dict[str, int] = {}
        at = 0
        while month <= last:
            while at < len(posted) and posted[at][0] <= month.last_day:
                _, account, fen = posted[at]
                held[account] = held.get(account, 0) + fen
                at += 1
            yield from (Balance(month.last_day, account, fen) for account, fen in sorted(held.items()))
            month += 1

    def disagreements(self) -> list[str]:
        """The balances that the views tell otherwise than the events do."""
        entries, held, at = self.entries(), dict[str, int](), 0
        found = []
        for told in self.balances():
            while at < len(entries) and entries[at].day <= told.day:
                for posting in (*entries[at].postings, *self.payouts(entries[at])):
                    held[posting.account] = held.get(posting.account, 0) + posting.fen
                at += 1
            if held.get(told.account, 0) != told.fen:
                found.append(f"{told.account} at the end of {told.day}")
        return found if at == len(entries) else [*found, "entries after the last balance"]

    def accounts(self, entries: Iterable[Entry]) -> dict[str, date]:
        """Every account used, with the first day it is used on."""
        first: dict[str, date] = {}
        for entry in entries:
            for posting in entry.postings:
                first.setdefault(posting.account, entry.day)
            if entry.each is not None:
                first.setdefault(self._account(PAYABLE, entry.programme), entry.day)
        return dict(sorted(first.items()))

    def _appropriations(self) -> Iterator[Entry]:
        known: dict[str, Appropriated] = {}
        for recorded in self._ledger.events_log.below(f"fund/{self.division}/"):
            event = recorded.event
            if isinstance(event, Appropriated):
                known[event.ref] = event
                yield self._appropriation(event, event, event.appropriated_on, event.amount_fen)
            elif isinstance(event, RegisterFactVoided) and event.of in known:
                voided = known[event.of]
                yield self._appropriation(voided, event, event.recorded_on, -voided.amount_fen)

    def _appropriation(self, given: Appropriated, because: Event, day: date, fen: int) -> Entry:
        source = self._account(APPROPRIATED, given.programme, given.source)
        postings = (Posting(self._account(FUNDS, given.programme), fen), Posting(source, -fen))
        return self._entry(day, ALLOTTED, given.programme, postings, because, source=given.source)

    def _closes(self) -> Iterator[Entry]:
        for months in self._ledger.batches(self.division).values():
            for batch in months.values():
                closed = batch.closed
                if closed is None or batch.reissue or not closed.totals.amount_fen:
                    continue
                programme, fen = programme_of(batch.programme), closed.totals.amount_fen
                payable = self._account(PAYABLE, programme)
                spent = Posting(self._account(SPENT, programme), fen)
                one_sum = () if self._detail else (Posting(payable, -fen),)
                entry = self._entry(
                    closed.recorded_on, CLOSED, programme, (spent, *one_sum), closed, batch.month,
                    payouts=str(closed.totals.payouts), roll=closed.roll_digest,
                )  # fmt: skip
                yield msgspec.structs.replace(entry, each=(batch, fen)) if self._detail else entry
                paid = (
                    Posting(self._account(FUNDS, programme), -fen), Posting(self._account(BANK, programme), fen),
                    Posting(payable, fen), Posting(self._account(BANK, programme), -fen),
                )  # fmt: skip
                yield self._entry(paid_on(batch), PAID, programme, paid, closed, batch.month)

    def _later(self) -> Iterator[Entry]:
        """The entries of payouts that came back, each from its own events."""
        topics = [kind.TOPIC for kind in _LATER]
        log, end = self._ledger.events_log, self._ledger.events_log.end() + 1
        streams = {recorded.event.originator_id for recorded in log.of_topics(topics, before=end)}
        mine = [name for name in streams if name.split("/")[2] == self.division]
        batches = self._ledger.batches(self.division)
        closed = {batch.id: batch for months in batches.values() for batch in months.values() if batch.closed}
        for _, group in groupby(log.streams(mine, before=end), key=lambda recorded: recorded.event.originator_id):
            events = [recorded.event for recorded in group]
            issued = events[0]
            assert isinstance(issued, PayoutIssued)
            sent_on = paid_on(closed[f"batch/{self.division}/{issued.month}/{issued.programme}"])
            later = [event for event in events if isinstance(event, _LATER)]
            steps = [_step(event, closed) for event in later]
            for event, (day, sent), (kind, _) in zip(later, course(sent_on, steps), steps, strict=True):
                yield self._step(issued, event, kind, day, sent)

    def _step(self, issued: PayoutIssued, event: Event, kind: str, day: date, sent_on: date) -> Entry:
        programme, fen = programme_of(issued.programme), issued.amount_fen
        back, bank = self._account(BACK, programme), self._account(BANK, programme)
        more = {"sent": sent_on.isoformat()} if kind == RETURNED else {}
        postings: tuple[Posting, ...]
        if kind == CANCELLED:
            fen = -fen if isinstance(event, CancellationVoided) else fen
            postings = (
                Posting(back, fen), Posting(self._account(SPENT, programme), -fen), Posting(bank, -fen),
                Posting(self._account(FUNDS, programme), fen),
            )  # fmt: skip
        else:
            fen = -fen if kind == REISSUED else fen
            postings = (Posting(bank, fen), Posting(back, -fen))
        if isinstance(event, PayoutReissued):
            more["batch"] = event.batch
        return self._entry(day, kind, programme, postings, event, issued.month, **more)

    def _as_posted(self, moves: Sequence[Move]) -> Iterator[tuple[date, str, int]]:
        """What moves do to accounts: day, account, fen."""
        for move in moves:
            programme, fen = move.programme, move.amount_fen
            funds, bank = self._account(FUNDS, programme), self._account(BANK, programme)
            payable, back = self._account(PAYABLE, programme), self._account(BACK, programme)
            spent = self._account(SPENT, programme)
            match move.kind:
                case fund.ALLOTTED:
                    assert move.source is not None
                    effects = [(funds, fen), (self._account(APPROPRIATED, programme, move.source), -fen)]
                case fund.PAID:
                    assert move.known_on is not None
                    yield move.known_on, spent, fen
                    yield move.known_on, payable, -fen
                    effects = [(payable, fen), (funds, -fen), (bank, 0)]
                case fund.RETURNED:
                    effects = [(bank, fen), (back, -fen)]
                case fund.REISSUED:
                    effects = [(bank, -fen), (back, fen)]
                case _:
                    effects = [(back, fen), (bank, -fen), (spent, -fen), (funds, fen)]
            yield from ((move.day, account, change) for account, change in effects)

    def _entry(
        self,
        day: date,
        kind: str,
        programme: str,
        postings: tuple[Posting, ...],
        because: Event,
        month: Month | None = None,
        **facts: str,
    ) -> Entry:
        named = (("ref", because.ref), *facts.items())
        return Entry(day, kind, self.division, programme, postings, named, month)

    def _account(self, kind: str, programme: str, source: str = "") -> str:
        parts = [kind, self.division, "".join(word.capitalize() for word in programme.split("_"))]
        return ":".join([*parts, *([source.capitalize()] if source else [])])


def _step(event: Event, closed: dict[str, Batch]) -> tuple[str, date]:
    match event:
        case PayoutReissued():
            return REISSUED, paid_on(closed[event.batch])
        case PayoutReturned():
            return RETURNED, event.recorded_on
        case PayoutCancelled():
            return CANCELLED, event.cancelled_on
    return CANCELLED, event.recorded_on
