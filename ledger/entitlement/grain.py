"""Relief grain: 15 kg a person in June to August by harvest tier, for rural dibao cases payable that month.

Guizhou practice; docs/rules.md R6.
"""

from __future__ import annotations

from ledger.domain.case import DIBAO_RURAL
from ledger.entitlement.due import Due
from ledger.entitlement.household import Household
from ledger.entitlement.rule_book import RuleBook
from ledger.values.mass import parse_kg
from ledger.values.month import Month

FULL_SEASON = (6, 7, 8)
"""The months of grain, and of a `full_ration`: all three whatever the harvest and the tiers."""


def grain_g(household: Household, rules: RuleBook, month: Month, due: Due) -> int:
    """Grams of grain a case is allocated with the close of a month, 0 where none."""
    case = household.case
    if case.programme != DIBAO_RURAL or not due.total_fen:
        return 0
    harvest = case.harvest(month.year)
    if harvest is None:
        return 0
    tiers = rules.parameter("grain_tiers", month)
    by_tier = next((t["months"] for t in tiers if harvest.grams_per_head < parse_kg(str(t["under"]))), ())
    if month.number not in (FULL_SEASON if harvest.full_ration else by_tier):
        return 0
    return parse_kg(str(rules.parameter("grain_ration_kg", month))) * due.insured
