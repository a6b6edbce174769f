"""Settlement: closing a month pays what is due for it, and evens out every earlier month payee by payee.

scenario.md, rule 4 and the corners under "Settlement".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from ledger.domain.payout import ARREARS, RECOVERY
from ledger.values.month import Month

Booked = Mapping[str, Mapping[Month, int]]
"""Per payee and month what counts as paid, in fen: all lines issued for the month, whichever close issued them."""

DueByPayee = Mapping[str, Sequence[tuple[str, int]]]
"""Per payee the components due for a month, in fen and in the order an import is taken from them."""


class SettledLine(msgspec.Struct, frozen=True, gc=False):
    """A line of a settlement: a component of the month itself, arrears, or a recovery (negative)."""

    component: str
    for_month: Month
    amount_fen: int


class Settlement(msgspec.Struct, frozen=True, gc=False):
    """What a close books for one payee, and the earliest month it leaves open (owed, or still to be recovered)."""

    lines: tuple[SettledLine, ...]
    open_from: Month | None


class RecoveryTerms(msgspec.Struct, frozen=True, gc=False):
    """How wrongly paid money is taken back: by offset up to a share of the payee's money, or claimed.

    The share (in parts per million) of a close's money, in whole fen, is rounded down.
    """

    offset: bool
    share_ppm: int


def settle(
    month: Month,
    earlier: Sequence[Month],
    due: Callable[[Month], DueByPayee],
    booked: Booked,
    terms: RecoveryTerms,
) -> dict[str, Settlement]:
    """What closing `month` books, per payee; payees with nothing due, booked or open are left out.

    `earlier`: the earlier months to even out, oldest first. Recoveries are booked to the oldest wrongly paid month
    first and taken from the same payee's money only. No line of the result brings a payee below zero.
    """
    due_now = due(month)
    due_earlier = {m: due(m) for m in earlier}
    payees = dict.fromkeys((*due_now, *(p for d in due_earlier.values() for p in d), *booked))
    found = {}
    for payee in payees:
        paid = booked.get(payee, {})
        owed = {m: _total(d.get(payee, ())) - paid.get(m, 0) for m, d in due_earlier.items()}
        own = _less_paid(due_now.get(payee, ()), paid.get(month, 0))
        overpaid_now = max(0, paid.get(month, 0) - _total(due_now.get(payee, ())))
        settlement = _settle_payee(month, own, owed, terms)
        if overpaid_now and settlement.open_from is None:
            settlement = msgspec.structs.replace(settlement, open_from=month)
        if settlement.lines or settlement.open_from is not None:
            found[payee] = settlement
    return found


def _settle_payee(
    month: Month, own: list[tuple[str, int]], owed: Mapping[Month, int], terms: RecoveryTerms
) -> Settlement:
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


def _total(components: Sequence[tuple[str, int]]) -> int:
    return sum([fen for _, fen in components])


def _less_paid(components: Sequence[tuple[str, int]], paid: int) -> list[tuple[str, int]]:
    """The components less what was paid for the month already, taken from them in their order."""
    if not paid:
        return list(components)
    left = []
    for component, fen in components:
        taken = min(fen, paid)
        paid -= taken
        if fen > taken:
            left.append((component, fen - taken))
    return left
