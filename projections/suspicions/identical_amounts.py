"""38 `identical_amounts`: everybody in a village got the same (平均发放)."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.values.money import format_yuan
from ledger.values.month import Month
from projections.audit_book import AuditBook
from projections.audit_case import AuditedCase
from projections.suspicions import Query, Suspicion, about_case

AT_LEAST = 5


def find(book: AuditBook) -> Iterator[Suspicion]:
    """All the cases of one programme and village paid in a month, five or more, with one and the same total."""
    groups: dict[tuple[str, str, str, Month], list[tuple[AuditedCase, int, list[str]]]] = {}
    for case in book.known_cases():
        village = case.file.village
        if village is None:
            continue
        for month, (total, refs) in _paid_in(case).items():
            key = (case.division, case.file.programme, village, month)
            groups.setdefault(key, []).append((case, total, refs))
    for (_, _, village, month), members in groups.items():
        if len(members) < AT_LEAST or len({total for _, total, _ in members}) > 1:
            continue
        for case, total, refs in members:
            detail = f"all {len(members)} cases of {village} got {format_yuan(total)}"
            yield about_case(case, refs, detail, month=month, amount_fen=total)


def _paid_in(case: AuditedCase) -> dict[Month, tuple[int, list[str]]]:
    """What a case got in a month: the payouts of the month's close and imports for the month, together."""
    found: dict[Month, tuple[int, list[str]]] = {}
    paid = [(p.issued.month, p.issued.amount_fen, p.issued.ref) for p in case.payouts if p.went_out]
    paid += [(made.month, made.amount_fen, made.ref) for made, _ in case.imports if made.amount_fen]
    for month, fen, ref in paid:
        total, refs = found.get(month, (0, []))
        found[month] = (total + fen, [*refs, ref])
    return found


QUERY = Query(
    38,
    "identical_amounts",
    "Identical amounts in a village",
    "cases",
    "All the cases of one programme and village paid in a month, at least five, got one and the same total.",
    "平均发放: gap payments differ by income",
    find,
)
