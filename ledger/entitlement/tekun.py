"""Tekun: basic living money × insured persons, and care money by the tier assessed.

特困人员认定办法 §22; docs/rules.md R5.
"""

from __future__ import annotations

from ledger.domain.case_file import CaseFile
from ledger.domain.case_known import Stay
from ledger.entitlement.due import NO_STANDARD, TEKUN_BASIC, Base, Care, Due
from ledger.entitlement.household import Household
from ledger.entitlement.rule_book import RuleBook
from ledger.values.money import half_up
from ledger.values.month import Month


def compute(household: Household, rules: RuleBook, month: Month, insured: tuple[Stay, ...]) -> Due:
    """What a payable destitute case is due; without a basic standard in force, nothing, care neither."""
    case = household.case
    standard = rules.standard("tekun_basic", month)
    if standard is None:
        return Due(len(insured), nothing=NO_STANDARD)
    base = Base(half_up(standard.annual_fen * len(insured), 12), standard, insured, None)
    return Due(
        len(insured),
        base,
        care=_care(case, rules, month),
        living=household.living,
        caring=household.caring,
        base_component=TEKUN_BASIC,
    )


def _care(case: CaseFile, rules: RuleBook, month: Month) -> Care | None:
    tier, fact = care_tier(case, month)
    if tier is None:
        return None
    standard = rules.standard(f"tekun_care_{tier}", month)
    if standard is None:
        return None
    return Care(half_up(standard.annual_fen, 12), tier, standard, fact)


def care_tier(case: CaseFile, month: Month) -> tuple[str | None, str]:
    """The tier that counts in a month and the event behind it: of those from before it the last assessed.

    The enrolment's is the oldest; of two assessed on one day the last known holds.
    """
    enrolment = case.granted
    tier, fact, best = (enrolment.care.tier if enrolment.care else None), enrolment.ref, None
    for known in case.assessments:
        if Month.of(known.assessed_on) < month and (best is None or known.assessed_on >= best):
            tier, fact, best = known.tier, known.ref, known.assessed_on
    return tier, fact
