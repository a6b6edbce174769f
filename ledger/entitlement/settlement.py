"""Settlement: what a close books for each payee: the month's own money, arrears, and what it takes back.

docs/rules.md R4 and R8.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ledger.domain.payout import ARREARS, RECOVERY
from ledger.entitlement.balances import Balances, Components
from ledger.values.month import Month


class SettledLine(msgspec.Struct, frozen=True, gc=False):
    """A line of a settlement: a component of the month itself, arrears, or a recovery (negative)."""

    component: str
    for_month: Month
    amount_fen: int


class Settlement(msgspec.Struct, frozen=True, gc=False):
    """What a close books for one payee, and the earliest month it leaves open (still to be recovered)."""

    lines: tuple[SettledLine, ...]
    open_from: Month | None


class RecoveryTerms(msgspec.Struct, frozen=True, gc=False):
    """How wrongly paid money is taken back: by offset up to a share of the payee's money, or claimed.

    The share (in parts per million) of a close's money, in whole fen, is rounded down.
    """

    offset: bool
    share_ppm: int


def settle(month: Month, balances: Balances, terms: RecoveryTerms) -> dict[str, Settlement]:
    """What closing `month` books, per payee; payees with nothing to book and nothing open are left out.

    Recoveries are booked to the oldest wrongly paid month first and taken from the same payee's money only. No
    result brings a payee below zero.
    """
    found = {}
    for payee in dict.fromkeys((*balances.own, *balances.owed)):
        settlement = _settle(month, balances.own.get(payee, []), balances.owed.get(payee, {}), terms)
        if settlement.lines or settlement.open_from is not None:
            found[payee] = settlement
    return found


def _settle(month: Month, own: Components, owed: Mapping[Month, int], terms: RecoveryTerms) -> Settlement:
    lines = [SettledLine(component, month, fen) for component, fen in own]
    if not owed:
        return Settlement(tuple(lines), None)
    lines += [SettledLine(ARREARS, m, fen) for m, fen in owed.items() if fen > 0]
    money = sum(line.amount_fen for line in lines)
    left = money * terms.share_ppm // 1_000_000 if terms.offset else 0
    open_from = None
    for m, fen in owed.items():
        if fen >= 0:
            continue
        taken = min(left, -fen)
        if taken:
            lines.append(SettledLine(RECOVERY, m, -taken))
            left -= taken
        if taken < -fen and open_from is None:
            open_from = m
    return Settlement(tuple(lines), open_from)
