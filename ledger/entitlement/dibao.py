"""Dibao in gap mode: the base of a household and the top-ups of its members, rounded once each.

民发〔2021〕57号 §§21–23, 分类施保; docs/rules.md R1, R2.
"""

from __future__ import annotations

from ledger.domain.case_known import Stay
from ledger.entitlement.due import EXACT, NO_GAP, NO_STANDARD, Base, CategoryPart, Due, TopUp
from ledger.entitlement.household import Household
from ledger.entitlement.rule_book import RuleBook, Standard
from ledger.values.money import half_up, parse_yuan
from ledger.values.month import Month


def compute(household: Household, rules: RuleBook, month: Month, insured: tuple[Stay, ...]) -> Due:
    """What a payable household with these insured members is due."""
    standard = rules.standard(household.case.programme, month)
    if standard is None:
        return Due(len(insured), nothing=NO_STANDARD)
    base = _base(household, rules, month, insured, standard)
    top_ups = tuple(
        top_up for stay in insured if (top_up := _top_up(household, rules, month, stay, standard)) is not None
    )
    return Due(len(insured), base, top_ups, nothing=None if base.amount_fen or top_ups else NO_GAP)


def _base(
    household: Household, rules: RuleBook, month: Month, insured: tuple[Stay, ...], standard: Standard
) -> Base:
    income = household.case.income(month)
    annual = max(0, standard.annual_fen * len(insured) - income.annual_fen)
    amount = half_up(annual, 12)
    minimum = rules.parameter("minimum_gap", month)
    floor = parse_yuan(minimum) if minimum is not None else 0
    if annual > 0 and amount < floor:
        return Base(floor, standard, insured, income, lifted_to_fen=floor)
    return Base(amount, standard, insured, income)


def _top_up(household: Household, rules: RuleBook, month: Month, stay: Stay, standard: Standard) -> TopUp | None:
    parts = []
    for category, fact in household.categories(stay, month):
        rule = rules.top_up(household.case.programme, category, month)
        if rule is None:
            continue
        if rule.rate_ppm is not None:
            exact = standard.annual_fen * rule.rate_ppm
        else:
            exact = (rule.amount_fen or 0) * EXACT
        parts.append(CategoryPart(category, exact, rule.ref, fact))
    if not parts:
        return None
    if rules.parameter("top_up_stacking", month) == "highest_only":
        parts = [max(parts, key=lambda part: part.exact)]
    exact = sum(part.exact for part in parts)
    cap_ppm = rules.rate_ppm("top_up_cap_percent", month)
    limit = exact if cap_ppm is None else standard.annual_fen * cap_ppm
    amount = half_up(min(exact, limit), EXACT)
    return TopUp(stay.person, amount, tuple(parts), capped=exact > limit) if amount else None
