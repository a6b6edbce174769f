"""A year's harvests: which rural households are short of grain, and by how much (docs/rules.md R6)."""

from __future__ import annotations

from ledger.intake.sampling.chance import seeded
from ledger.intake.sampling.households import Composer
from ledger.intake.sampling.standards import Fact

_SURVEYED = (
    (60, 55, 105, False),
    (125, 105, 135, False),
    (173, 135, 165, False),
    (177, 165, 240, True),
    (240, 165, 260, False),
)
"""Of a thousand rural households: up to this draw, kg a head from and under, full ration; 177 get grain."""


def harvest_fact(composer: Composer, number: int, year: int) -> Fact | None:
    """The `harvest` fact of household k, or None where it was not surveyed or lives in town."""
    if composer.urban(number):
        return None
    rng = seeded(composer.seed, composer.division, "harvest", year, number)
    draw = rng.randrange(1000)
    for below, least, under, full_ration in _SURVEYED:
        if draw < below:
            fact: Fact = {
                "fact": "harvest",
                "division": composer.division,
                "case": composer.case(number),
                "year": year,
                "kg_per_head": least + rng.randrange(under - least),
            }
            return fact | {"full_ration": True} if full_ration else fact
    return None
