"""26 `back_pay_wrong`: paid by another standard than the one that counts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from ledger.domain.case import TEKUN
from ledger.entitlement.due import Due
from ledger.entitlement.entitled import due as due_by
from ledger.entitlement.rule_book import Standard
from ledger.values.money import format_yuan
from ledger.values.month import Month
from projections.audit_book import AuditBook
from projections.audit_case import AuditedCase
from projections.suspicions import Query, Suspicion, about_case


def find(book: AuditBook) -> Iterator[Suspicion]:
    """One row a case and month; a raise whose back-pay is missing is the usual one."""
    for case in book.computable_cases():
        paid_for: dict[Month, int] = {}
        for paid in case.paid_for:
            paid_for[paid.month] = paid_for.get(paid.month, 0) + paid.fen
        for month, fen in paid_for.items():
            if fen != book.due_total(case, month):
                yield from _by_another_standard(book, case, month, fen)


def _by_another_standard(book: AuditBook, case: AuditedCase, month: Month, fen: int) -> Iterator[Suspicion]:
    rules, household, now = book.rules(case.division), book.household(case), book.due(case, month)
    in_force = {name: standard.ref for name, standard in _standards(case, now).items()}
    known = [[(name, s) for s in rules.standards_known(name, month)] for name in in_force]
    for chosen in product(*known):
        other = [standard for name, standard in chosen if standard.ref != in_force[name]]
        if other and due_by(household, rules.with_standards(month, dict(chosen)), month).total_fen == fen:
            issued = [paid.ref for paid in case.paid_for if paid.month == month]
            because = (*issued, *(standard.ref for standard in other), *in_force.values())
            detail = (
                f"paid {format_yuan(fen)}, what another standard gives ({_published(other)}); due as known now"
                f" {format_yuan(now.total_fen)}"
            )
            yield about_case(case, because, detail, month=month, amount_fen=fen)
            return


def _standards(case: AuditedCase, due: Due) -> dict[str, Standard]:
    """The standards that a due rests on, by the names they are recorded under."""
    programme = case.file.programme
    found = {}
    if due.base is not None:
        found["tekun_basic" if programme == TEKUN else programme] = due.base.standard
    if due.care is not None:
        found[f"tekun_care_{due.care.tier}"] = due.care.standard
    return found


def _published(standards: list[Standard]) -> str:
    return ", ".join(f"{format_yuan(standard.amount_fen)} a {standard.per}" for standard in standards)


QUERY = Query(
    26,
    "back_pay_wrong",
    "Back-pay wrong",
    "cases",
    "The case was paid for a month what another known standard with `from` not after the month gives, and not"
    " what is due as known now.",
    "docs/rules.md R4, R13; 提标补发",
    find,
)
