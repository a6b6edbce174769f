"""34 `review_overdue`: the periodic review is late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ledger.domain.case import Reviewed
from projections.audit_book import AuditBook
from projections.audit_case import AuditedCase
from projections.suspicions import Query, Suspicion, about_case

YEARLY, HALF_YEARLY = 12, 6


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Cases due something for today's month whose last confirmation, income decision or review is too old."""
    for case in book.known_cases():
        last, ref, months = _last(case)
        if whole_months(last, book.today) >= months and book.due_total(case, book.month) > 0:
            detail = f"last looked at on {last}, {months} months or more ago"
            yield about_case(case, (ref,), detail, month=book.month)


def whole_months(earlier: date, later: date) -> int:
    """Whole months from one day to another; the last day of a month ends a month begun on a later day."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    return months - (later.day < earlier.day and not _is_last_day(later))


def _is_last_day(day: date) -> bool:
    return date.fromordinal(day.toordinal() + 1).month != day.month


def _last(case: AuditedCase) -> tuple[date, str, int]:
    """The last time the case was looked at, the event behind it, and how many months that holds."""
    standing = {known.ref for known in case.file.others}
    reviews = [
        event
        for recorded in case.events
        if isinstance(event := recorded.event, Reviewed) and event.ref in standing
    ]
    looked = [(case.file.confirmed_on, case.file.granted.ref)]
    looked += [(income.decided_on, income.ref) for income in case.file.incomes if income.counts_from is not None]
    looked += [(review.reviewed_on, review.ref) for review in reviews]
    last = max(looked, key=lambda item: item[0])
    half_yearly = bool(reviews) and max(reviews, key=lambda r: r.reviewed_on).kind == "half_yearly"
    return last[0], last[1], HALF_YEARLY if half_yearly else YEARLY


QUERY = Query(
    34,
    "review_overdue",
    "Review overdue",
    "cases",
    "Something is due for today's month, and 12 whole months or more have passed since the last confirmation, income "
    "decision or review (6 where the last review is half-yearly).",
    "民发〔2021〕57号 §31",
    find,
)
