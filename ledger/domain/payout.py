"""A payout: money of one close to one payee, with what it is for; and the grain of a close."""

from __future__ import annotations

import msgspec

from ledger.domain.event import Event
from ledger.values.month import Month

HOUSEHOLD = "household"
"""The payee of household money; it is paid to the head's account, whoever heads the household then."""

ARREARS, RECOVERY = "arrears", "recovery"


class PayoutLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A part of a payout: what for, for which month, how much (recoveries are negative)."""

    component: str
    for_month: Month
    amount_fen: int


class PayoutIssued(Event, frozen=True, kw_only=True):
    """Money of a close for one payee. Lines that add up to zero are a booking: no money goes out."""

    TOPIC = "payout.issued"

    division: str
    case: str
    programme: str
    month: Month
    payee: str
    person: str
    account: str | None = None
    insured: int
    lines: tuple[PayoutLine, ...]

    @property
    def amount_fen(self) -> int:
        """The sum of the lines, never negative."""
        return sum(line.amount_fen for line in self.lines)


class GrainAllocated(Event, frozen=True, kw_only=True):
    """Relief grain allocated to a rural household with the close of a month."""

    TOPIC = "grain.allocated"

    division: str
    case: str
    month: Month
    insured: int
    mass_g: int


def stream(month: Month, division: str, case: str, payee: str) -> str:
    """The stream of a payout; the month first, so that a month's payouts lie together."""
    return f"payout/{month}/{division}/{case}/{payee}"


def grain_stream(month: Month, division: str, case: str) -> str:
    """The stream of a month's grain for a case."""
    return f"grain/{month}/{division}/{case}"
