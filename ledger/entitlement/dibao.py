"""Dibao in gap mode: the base of a household and the top-ups of its members, rounded once each.

民发〔2021〕57号 §§21–23; 分类施保: domain.md §§2–3; scenario.md, rules 1–3.
"""

from __future__ import annotations

import msgspec

from ledger.domain.case_file import Income, Stay
from ledger.entitlement.household import Household
from ledger.entitlement.rule_book import RuleBook, Standard
from ledger.values.money import half_up, parse_yuan
from ledger.values.month import Month

DIBAO, TOP_UP = "dibao", "top_up"

NOT_STARTED, ENDED, SUSPENDED = "not started", "ended", "suspended"
NOBODY_INSURED, NO_STANDARD, NO_GAP = "nobody insured", "no standard in force", "no gap and no top-up"


class Base(msgspec.Struct, frozen=True, gc=False):
    """The household's base: (annual standard × insured − annual income) / 12, at least 0, rounded once."""

    amount_fen: int
    standard: Standard
    insured: tuple[Stay, ...]
    income: Income
    lifted_to_fen: int | None = None
    """The `minimum_gap`, where it lifted the gap."""

    @property
    def because(self) -> tuple[str, ...]:
        """The events it rests on."""
        stays = (ref for stay in self.insured for ref in stay.refs[:1])
        return tuple(dict.fromkeys((self.standard.ref, *stays, self.income.ref)))


EXACT = 12 * 1_000_000
"""Top-ups are added and compared in 1/12,000,000 fen: a month's share of a year, in parts per million."""


class CategoryPart(msgspec.Struct, frozen=True, gc=False):
    """One category of a person: the exact amount in 1/EXACT fen, its rule and what puts the person in it."""

    category: str
    exact: int
    rule: str
    fact: str


class TopUp(msgspec.Struct, frozen=True, gc=False):
    """A member's top-up: one figure, rounded once."""

    person: str
    amount_fen: int
    parts: tuple[CategoryPart, ...]
    capped: bool

    @property
    def because(self) -> tuple[str, ...]:
        """The events it rests on."""
        return tuple(dict.fromkeys(ref for part in self.parts for ref in (part.rule, part.fact)))


class Due(msgspec.Struct, frozen=True, gc=False):
    """What a dibao case is due for a month. `nothing` says why where nothing is due."""

    insured: int
    base: Base | None = None
    top_ups: tuple[TopUp, ...] = ()
    nothing: str | None = None

    @property
    def total_fen(self) -> int:
        """Base and top-ups."""
        return self.base_fen + self.top_up_fen

    @property
    def base_fen(self) -> int:
        """The base, 0 where there is none."""
        return self.base.amount_fen if self.base else 0

    @property
    def top_up_fen(self) -> int:
        """The sum of the members' top-ups."""
        return sum([top_up.amount_fen for top_up in self.top_ups])


def due(household: Household, rules: RuleBook, month: Month) -> Due:
    """What the case is due for one month, by all that is known and the policy in force on its first day."""
    case = household.case
    if month < case.first_month:
        return Due(0, nothing=NOT_STARTED)
    last = case.last_month()
    if last is not None and month > last:
        return Due(0, nothing=ENDED)
    insured = household.insured(month)
    if case.suspension(month) is not None:
        return Due(len(insured), nothing=SUSPENDED)
    if not insured:
        return Due(0, nothing=NOBODY_INSURED)
    standard = rules.standard(case.programme, month)
    if standard is None:
        return Due(len(insured), nothing=NO_STANDARD)
    base = _base(household, rules, month, insured, standard)
    top_ups = tuple(
        top_up for stay in insured if (top_up := _top_up(household, rules, month, stay, standard)) is not None
    )
    nothing = None if base.amount_fen or top_ups else NO_GAP
    return Due(len(insured), base, top_ups, nothing)


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
