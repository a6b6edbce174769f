"""30 `relief_repeated`: relief for the same cause again, without a stated reason."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from projections.audit_book import AuditBook
from projections.relief_facts import by_person_and_cause, months_apart
from projections.suspicions import Query, Suspicion


def find(book: AuditBook) -> Iterator[Suspicion]:
    """The later of two reliefs of any kind for one person and cause, too close together and without a reason."""
    for reliefs in by_person_and_cause(book).values():
        for earlier, later in pairwise(reliefs):
            months = int(book.rules(later.granted.division).parameter("relief_repeat_months", later.month))
            if later.has_reason or not months_apart(earlier.decided_on, later.decided_on, months):
                continue
            refs = (earlier.granted.ref, later.granted.ref)
            detail = f"again within {months} months of {earlier.code}, no reason stated"
            yield Suspicion(
                later.code, later.granted.division, refs, detail, None, later.month, later.granted.amount_fen
            )


QUERY = Query(
    30,
    "relief_repeated",
    "Relief repeated for one cause",
    "reliefs",
    "A relief for the same person and cause came less than `relief_repeat_months` after another, without `reason`.",
    "临时救助: a repeat for the same cause wants a stated good reason",
    find,
)
