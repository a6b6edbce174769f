"""Money of a sample outside its standards: subsidies given once, and payments the old books had made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ledger.intake.sampling.chance import seeded
from ledger.intake.sampling.register import Register
from ledger.intake.sampling.standards import Fact
from ledger.values.month import Month

_EVERY = 6
_SUBSIDIES = {"dibao_urban": "30.00", "dibao_rural": "25.00", "tekun": "30.00"}
_IMPORTED_PER_MILLE = 3


def one_off_facts(division: str, month: Month, first: Month) -> Iterator[Fact]:
    """A price-linked subsidy, known with the first month's file and every half year, for the month after it."""
    if (month.ordinal - first.ordinal) % _EVERY == 0:
        for programme, amount in _SUBSIDIES.items():
            yield {
                "fact": "one_off", "id": f"{division}-{month}-{programme}", "division": division,
                "one_off": f"price-{month + 1}-{programme}", "programme": programme, "amount": amount,
                "month": str(month + 1), "document": "价格临时补贴",
            }  # fmt: skip


def import_facts(register: Register, seed: int, first: Month, paid_on: date) -> Iterator[Fact]:
    """What the old books paid some households ahead for the first month; a few got more than they are due."""
    composer = register.composer
    rng = seeded(seed, composer.division, "imports")
    for number in rng.sample(range(register.founding), max(1, register.founding * _IMPORTED_PER_MILLE // 1000)):
        household = composer.founding(number)
        persons = max(1, len(household.insured))
        amount = f"{persons * (60 + rng.randrange(160))}.00"
        fact: Fact = {
            "fact": "payout_imported", "id": f"{household.case}-import", "division": composer.division,
            "case": household.case, "month": str(first), "amount": amount, "on": paid_on.isoformat(),
            "persons": persons,
        }  # fmt: skip
        yield fact | ({"lines": {"dibao": amount}} if rng.randrange(4) else {})
