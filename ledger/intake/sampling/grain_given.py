"""Relief grain of a sample: what the townships take in, hand out from June to August, and enter as gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ledger.intake.sampling.harvests import harvest_fact
from ledger.intake.sampling.register import Register
from ledger.intake.sampling.standards import Fact
from ledger.values.month import Month

_RATION_KG = 15
_UNDER = {6: 105, 7: 135, 8: 165}
"""Months with grain, and the harvest in kg a head under which a household gets it (docs/rules.md R6)."""
_SACK_KG = 500


def grain_facts(register: Register, month: Month, known_on: date, *, tidy: bool = False) -> Iterator[Fact]:
    """A month's hand-outs, and what went into and out of each township's store.

    Nothing is handed out to who was not on the books or had something said about him this month; tidily only
    to whom nothing ever happened, who has a gap as when he was enrolled.
    """
    if month.number not in _UNDER:
        return
    given: dict[str, int] = {}
    for number in range(register.founding):
        harvest = harvest_fact(register.composer, number, month.year)
        if harvest is None or not _gets(harvest, month):
            continue
        if tidy and register.touched(number):
            continue
        household = register[number]
        kg = _RATION_KG * len(household.insured)
        if household.ended or household.suspended or household.touched == str(month) or not kg:
            continue
        township = household.village[:9]
        given[township] = given.get(township, 0) + kg
        yield {
            "fact": "grain_hand_out", "division": register.composer.division, "case": household.case,
            "month": str(month), "kg": kg, "on": known_on.replace(day=20).isoformat(),
            "collector": household.head.name,
        }  # fmt: skip
    for township, kg in sorted(given.items()):
        taken_in = -(-kg // _SACK_KG) * _SACK_KG
        for direction, moved, day in (("in", taken_in, 12), ("out", kg, 25)):
            yield {
                "fact": "grain_stock", "division": register.composer.division, "unit": township, "kg": moved,
                "on": known_on.replace(day=day).isoformat(), "direction": direction,
                "document": f"{month}救助粮",
            }  # fmt: skip


def _gets(harvest: Fact, month: Month) -> bool:
    return bool(harvest.get("full_ration")) or harvest["kg_per_head"] < _UNDER[month.number]
