"""29 `relief_over_limit`: township relief over the limit, or split to stay under it."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.values.money import format_yuan, parse_yuan
from projections.audit_book import AuditBook
from projections.relief_facts import AuditedRelief, by_person_and_cause, months_apart
from projections.suspicions import Query, Suspicion

TOWNSHIP = "township"


def find(book: AuditBook) -> Iterator[Suspicion]:
    """A township relief over the limit in force, and every one of several that together are over it.

    Several: for one person and cause, the first less than `relief_repeat_months` before the last; the limit is that
    in force at the last. Equal is not over; a reason excuses nothing.
    """
    for reliefs in by_person_and_cause(book).values():
        named: dict[str, tuple[AuditedRelief, tuple[str, ...], str]] = {}
        township = [relief for relief in reliefs if relief.granted.level == TOWNSHIP]
        for index, last in enumerate(township):
            limit = _limit(book, last)
            if last.granted.amount_fen > limit:
                named[last.code] = (last, (last.granted.ref,), f"over the limit of {format_yuan(limit)}")
            within = [
                earlier
                for earlier in township[:index]
                if months_apart(earlier.decided_on, last.decided_on, _repeat_months(book, last))
            ]
            together = [*within, last]
            total = sum(relief.granted.amount_fen for relief in together)
            if within and total > limit:
                refs = tuple(relief.granted.ref for relief in together)
                detail = f"{len(together)} reliefs of {format_yuan(total)} together, over {format_yuan(limit)}"
                for relief in together:
                    named.setdefault(relief.code, (relief, refs, detail))
        for relief, refs, detail in named.values():
            yield _row(relief, refs, detail)


def _row(relief: AuditedRelief, refs: tuple[str, ...], detail: str) -> Suspicion:
    granted = relief.granted
    return Suspicion(relief.code, granted.division, refs, detail, None, relief.month, granted.amount_fen)


def _limit(book: AuditBook, relief: AuditedRelief) -> int:
    return parse_yuan(str(book.rules(relief.granted.division).parameter("relief_township_limit", relief.month)))


def _repeat_months(book: AuditBook, relief: AuditedRelief) -> int:
    return int(book.rules(relief.granted.division).parameter("relief_repeat_months", relief.month))


QUERY = Query(
    29,
    "relief_over_limit",
    "Relief over the township limit, or split",
    "reliefs",
    "A township relief is over the limit in force, or several for one person and cause within the repeat period "
    "together are.",
    "临时救助: above the township limit the county approves",
    find,
)
