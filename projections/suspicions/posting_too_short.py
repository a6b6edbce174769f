"""33 `posting_too_short`: a first village posting of too few days."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.domain.case import Posted
from ledger.values.month import Month
from projections.audit_book import AuditBook
from projections.suspicions import Query, Suspicion, about_case


def find(book: AuditBook) -> Iterator[Suspicion]:
    """First postings of fewer days, both ends counted, than the policy of the month they began in."""
    for case in book.known_cases():
        standing = {known.ref for known in case.file.others}
        for recorded in case.events:
            event = recorded.event
            if not isinstance(event, Posted) or event.ref not in standing or event.stage != "first":
                continue
            month = Month.of(event.from_on)
            wanted = int(book.rules(case.division).parameter("posting_days", month))
            days = (event.to_on - event.from_on).days + 1
            if days < wanted:
                yield about_case(case, (event.ref,), f"{days} days instead of {wanted}", month=month)


QUERY = Query(
    33,
    "posting_too_short",
    "First posting too short",
    "cases",
    "A first posting lasted fewer days, both ends counted, than `posting_days`.",
    "民发〔2021〕57号 §19: seven days in the village",
    find,
)
