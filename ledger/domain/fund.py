"""Public money: budget lines and sources, the moves it makes, and the days and budget years they count for.

Budgets are kept on a cash basis (预算法 §58: 收付实现制): a payment counts in the year in which it is paid, whatever
month it is for (docs/rules.md R22).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import msgspec

from ledger.domain.batch import RELIEF, Batch
from ledger.domain.case import DIBAO_RURAL, DIBAO_URBAN, TEKUN
from ledger.values.month import Month

SOURCES = ("central", "province", "prefecture", "county")
"""The levels of government that appropriate, highest first."""

BUDGET_LINES = {DIBAO_URBAN: "2081901", DIBAO_RURAL: "2081902", RELIEF: "2082001", TEKUN: "20821"}
"""The line of the classification of budget expenditure by programme. Destitute support is split there into urban
(2082101) and rural (2082102); enrolments do not say which, so that its class stands for both."""

ALLOTTED, PAID, RETURNED, REISSUED, CANCELLED = "allotted", "paid", "returned", "reissued", "cancelled"
"""The moves. What is cancelled came back before: it moves no cash, but is owed no more."""


class Move(msgspec.Struct, frozen=True, gc=False):
    """Money of a division's programme that moved on a day, in fen.

    A wrong appropriation or cancellation that was voided moves back on the day of the void, below zero: what a
    year's books said stands. `month` is the month paid for (None of an appropriation), `known_on` the day of the
    close that issued a payment, `sent_on` the day of the sending that came back.
    """

    programme: str
    kind: str
    day: date
    amount_fen: int
    month: Month | None = None
    source: str | None = None
    known_on: date | None = None
    sent_on: date | None = None

    @property
    def late(self) -> bool:
        """Whether it came back after the budget year in which it was sent."""
        return self.kind == RETURNED and self.sent_on is not None and self.sent_on.year < self.day.year

    @property
    def cash_fen(self) -> int:
        """What it adds to the balance, below zero where it takes from it."""
        if self.kind in (ALLOTTED, RETURNED):
            return self.amount_fen
        return 0 if self.kind == CANCELLED else -self.amount_fen


def programme_of(batch_programme: str) -> str:
    """The programme whose money a batch pays: `relief` of `relief-R1`."""
    return batch_programme.partition("-")[0]


def paid_on(batch: Batch) -> date:
    """The day a closed batch is paid on: the day the file that stands says, but not before it was closed."""
    assert batch.closed is not None
    return max(batch.pay_on, batch.closed.recorded_on)


def course(sent_on: date, steps: Iterable[tuple[str, date]]) -> Iterator[tuple[date, date]]:
    """The day each later step of one payout counts for, and that of the sending it concerns.

    A step is its kind and the day it states; none comes before the step in front of it, whatever it states: a list
    of returns may be recorded before the day of payment.
    """
    day = sent_on
    for kind, stated in steps:
        day = max(day, stated)
        if kind == REISSUED:
            sent_on = day
        yield day, sent_on
