"""32 `grain_over_ration`: more grain handed out than allocated, or outside June to August."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.domain.case import DIBAO_RURAL, GrainHandedOut
from ledger.entitlement.grain import FULL_SEASON
from ledger.values.mass import format_kg
from ledger.values.month import Month
from projections.audit_book import AuditBook
from projections.audit_case import AuditedCase
from projections.suspicions import Query, Suspicion, about_case


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Hand-outs of a case and month, summed, against what the close of the month allocated."""
    allocated = book.grain_allocated
    for case in book.known_cases():
        closed = book.rules(case.division).closed(DIBAO_RURAL)
        for month, events in _handed_out(case).items():
            refs = [event.ref for event in events]
            total_g = sum(event.mass_g for event in events)
            if month.number not in FULL_SEASON:
                yield about_case(case, refs, f"{format_kg(total_g)} kg outside June to August", month=month)
                continue
            grams, ref = allocated.get((case.division, case.code, month), (0, None))
            if month in closed and total_g > grams:
                because = (*refs, ref) if ref else refs
                detail = f"{format_kg(total_g)} kg handed out, {format_kg(grams)} kg allocated"
                yield about_case(case, because, detail, month=month)


def _handed_out(case: AuditedCase) -> dict[Month, list[GrainHandedOut]]:
    standing = {known.ref for known in case.file.others}
    found: dict[Month, list[GrainHandedOut]] = {}
    for recorded in case.events:
        event = recorded.event
        if isinstance(event, GrainHandedOut) and event.ref in standing:
            found.setdefault(event.month, []).append(event)
    return found


QUERY = Query(
    32,
    "grain_over_ration",
    "Grain over the ration",
    "cases",
    "More grain was handed out for a closed month than its close allocated, or any outside June to August.",
    "救助粮, Guizhou practice: 15 kg a person and month, June to August; 斤 taken for kg",
    find,
)
