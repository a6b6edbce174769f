"""Which programmes a month is closed for, and whose turn it is: the months of a programme come one by one."""

from __future__ import annotations

from datetime import date

from ledger.application import Ledger
from ledger.domain.batch import RELIEF, Batch
from ledger.domain.case import DIBAO_RURAL, DIBAO_URBAN, TEKUN
from ledger.entitlement.rule_book import RuleBook
from ledger.errors import Refused
from ledger.store.recorder import Conflict
from ledger.values.month import Month

PROGRAMMES = (DIBAO_URBAN, DIBAO_RURAL, TEKUN, RELIEF)
"""The programmes a month is closed for, in this order."""


def programmes_of(ledger: Ledger, division: str, month: Month) -> tuple[str, ...]:
    """The programmes a month is closed for: those whose books have begun (docs/rules.md R4).

    Raises:
        Refused: `close.before_opening` where the month is the old books' for all of them.
    """
    rules = ledger.rule_book(division)
    found = begun(rules, month)
    if not found:
        raise _before_opening(f"{division} {month}", rules.opening(PROGRAMMES[0]))
    return found


def begun(rules: RuleBook, month: Month) -> tuple[str, ...]:
    """The programmes whose books have begun by a month, in the order they are closed in."""
    return tuple(p for p in PROGRAMMES if (opening := rules.opening(p)) is None or opening <= month)


def require_turn(ledger: Ledger, batch: Batch, today: date) -> None:
    """Refuses to freeze a month before its time.

    Raises:
        Refused: `close.before_opening`, `close.out_of_order`, `close.too_early`.
        Conflict: the batch has moved on since it was read.
    """
    opening = ledger.rule_book(batch.division).opening(batch.programme)
    if batch.closed is None and opening is not None and batch.month < opening:
        raise _before_opening(batch.id, opening)
    months = ledger.batches(batch.division).get(batch.programme, {})
    if batch.month in months and months[batch.month].version != batch.version:
        raise Conflict(batch.id)
    last = max((m for m, b in months.items() if b.closed), default=None)
    if batch.closed is None and last is not None and batch.month != last + 1:
        raise Refused(
            "close.out_of_order",
            batch.id,
            found=f"{last} is the last closed month",
            expected=f"{last + 1}: the months of a programme are closed in order",
        )
    waiting = [m for m, b in months.items() if b.frozen and not b.closed and m != batch.month]
    if waiting:
        raise Refused(
            "close.out_of_order",
            batch.id,
            found=f"{waiting[0]} is frozen and not closed",
            expected="one open batch of a programme at a time",
            hint=f"Finish `ledger close-month {waiting[0]}` first.",
        )
    if today < (batch.month - 1).first_day:
        raise Refused(
            "close.too_early",
            batch.id,
            found=f"today is {today}",
            expected=f"not before {(batch.month - 1).first_day}, the first day of the month before",
        )


def _before_opening(subject: str, opening: Month | None) -> Refused:
    return Refused(
        "close.before_opening",
        subject,
        found=f"our books begin with {opening}",
        expected="a month of our books: earlier ones are the old books', which are not closed here",
    )
