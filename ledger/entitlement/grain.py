"""Relief grain: 15 kg a person in June to August by harvest tier, for rural dibao cases payable that month.

Guizhou practice, domain.md §4; scenario.md, rule 6.
"""

from __future__ import annotations

from ledger.domain.case import DIBAO_RURAL
from ledger.entitlement.dibao import Due
from ledger.entitlement.household import Household
from ledger.entitlement.rule_book import RuleBook
from ledger.values.mass import parse_kg
from ledger.values.month import Month


def grain_g(household: Household, rules: RuleBook, month: Month, due: Due) -> int:
    """Grams of grain a case is allocated with the close of a month, 0 where none."""
    case = household.case
    if case.programme != DIBAO_RURAL or not due.total_fen:
        return 0
    tiers = rules.parameter("grain_tiers", month)
    harvest = case.harvest(month.year)
    if harvest is None or not any(month.number in tier["months"] for tier in tiers):
        return 0
    if harvest.full_ration:
        months = {number for tier in tiers for number in tier["months"]}
    else:
        months = next(
            (set(t["months"]) for t in tiers if harvest.grams_per_head < parse_kg(str(t["under"]))), set()
        )
    if month.number not in months:
        return 0
    return parse_kg(str(rules.parameter("grain_ration_kg", month))) * due.insured
