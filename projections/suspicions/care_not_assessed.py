"""31 `care_not_assessed`: care money without a current assessment; an institution paid after the discharge."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ledger.domain.case import TEKUN, Discharged, PaymentImported
from ledger.domain.payout import ARREARS, CARER, INSTITUTION, payee_role
from ledger.entitlement.due import TEKUN_CARE
from ledger.values.month import Month
from projections.audit_book import AuditBook
from projections.audit_case import AuditedCase
from projections.audit_payouts import PaidFor
from projections.suspicions import Query, Suspicion, about_case


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Tekun cases: care money paid for a month without an assessment in the 12 before it; paid after discharge."""
    for case in book.known_cases():
        if case.file.programme != TEKUN:
            continue
        assessed = _assessments(case)
        discharged = _discharged(case)
        for paid in case.paid_for:
            if _care(book, case, paid) and not any(_current(day, paid.month) for day, _ in assessed):
                refs = (paid.ref, *(ref for _, ref in assessed[-1:]))
                detail = "care money without an assessment in the 12 months before"
                yield about_case(case, refs, detail, month=paid.month, amount_fen=paid.fen)
            if discharged is not None and _to_institution(case, paid) and paid.month > Month.of(discharged[0]):
                detail = f"the institution was paid for a month after the discharge of {discharged[0]}"
                yield about_case(case, (paid.ref, discharged[1]), detail, month=paid.month, amount_fen=paid.fen)


def _assessments(case: AuditedCase) -> list[tuple[date, str]]:
    found = [(known.assessed_on, known.ref) for known in case.file.assessments]
    if case.file.granted.care is not None:
        found.append((case.file.confirmed_on, case.file.granted.ref))
    return sorted(found)


def _current(assessed_on: date, month: Month) -> bool:
    return month - 12 <= Month.of(assessed_on) < month


def _discharged(case: AuditedCase) -> tuple[date, str] | None:
    standing = {known.ref for known in case.file.others}
    found = [
        (r.event.discharged_on, r.event.ref)
        for r in case.events
        if isinstance(r.event, Discharged) and r.event.ref in standing
    ]
    return min(found, default=None)


def _care(book: AuditBook, case: AuditedCase, paid: PaidFor) -> bool:
    """Whether care money is in it: a line of it, arrears to a carer, or an import's part that counts for it."""
    if paid.payout is not None:
        issued = paid.payout.issued
        arrears = payee_role(issued.payee) == CARER or book.household(case).caring == book.household(case).living
        return any(
            line.for_month == paid.month
            and (
                line.component == TEKUN_CARE
                or (line.component == ARREARS and arrears and book.due(case, paid.month).care is not None)
            )
            for line in issued.lines
        )
    made = case.event(paid.ref)
    assert isinstance(made, PaymentImported)
    if made.lines is not None:
        return made.lines.tekun_care_fen > 0
    basic = book.due(case, paid.month).base
    return made.amount_fen > (basic.amount_fen if basic else 0) and book.due(case, paid.month).care is not None


def _to_institution(case: AuditedCase, paid: PaidFor) -> bool:
    if paid.payout is not None:
        return paid.payout.issued.payee == INSTITUTION
    care = case.file.granted.care
    return care is not None and care.institutional


QUERY = Query(
    31,
    "care_not_assessed",
    "Care money without a current assessment",
    "cases",
    "Care money was paid for a month with no assessment in the 12 months before it, or an institution for one after "
    "the discharge's.",
    "特困人员认定办法 §22",
    find,
)
