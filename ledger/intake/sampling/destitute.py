"""Tekun cases and emergency reliefs of a sample: as many for its households as the reference prefecture has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from ledger.intake.sampling import names, numbers
from ledger.intake.sampling.chance import seeded
from ledger.intake.sampling.standards import Fact
from ledger.values.month import Month

TEKUN_PER_MILLE = 63
"""5,751 destitute persons to 91,221 households."""
RELIEFS_PER_MILLE = 16
"""171,600 person-times in ten years to 91,221 households, a month."""
_CAUSES = ("火灾", "车祸", "重大疾病", "水灾", "意外伤害", "子女学费")
_LATE = 4
"""So many reliefs in a hundred become known a month late."""


def _rules(division: str, first: Month) -> Iterator[Fact]:
    """The basic living standard and care standards of the reference prefecture and of Nayong (2023)."""
    amounts = {"tekun_basic": "1013.00", "tekun_care_full": "1760.00", "tekun_care_partial": "1056.00"}
    for programme, amount in amounts.items():
        yield {
            "fact": "standard", "division": division, "programme": programme, "amount": amount, "per": "month",
            "from": str(first - 24),
        }  # fmt: skip


def tekun_facts(division: str, households: int, seed: int, first: Month) -> Iterator[Fact]:
    """The destitute on the books when they open, after their standards: four in five scattered, some with carers."""
    yield from _rules(division, first)
    rng = seeded(seed, division, "tekun")
    for number in range(max(1, households * TEKUN_PER_MILLE // 1000)):
        yield _tekun(division, number, rng, first)


def _tekun(division: str, number: int, rng: Random, first: Month) -> Fact:
    place = numbers.HOUSEHOLDS_AT_MOST - 1 - number
    sex = rng.choice(("male", "male", "female"))
    id_number, born = numbers.id_number(division, place, rng.randrange(1930, 1960), sex)
    name = names.surname(rng) + names.given_name(rng, sex)
    code = f"T{division}{number:06d}"
    account = {"number": numbers.passbook(division, place, 0), "holder": name, "bank": "贵州省农村信用社"}
    care: Fact = {"tier": rng.choice(("self", "self", "partial", "full"))}
    if rng.randrange(100) < 20:
        care["institution"] = f"{division}敬老院"
        account = {"number": f"{division}0000000001", "holder": f"{division}敬老院", "bank": "贵州省农村信用社"}
    elif care["tier"] != "self" and rng.randrange(2):
        holder = names.surname(rng) + names.given_name(rng, "female")
        care["carer_account"] = {"number": numbers.passbook(division, place - 100_000, 0), "holder": holder}
    member = {
        "person": f"P{code}", "name": name, "id_number": id_number, "birth_date": born.isoformat(), "sex": sex,
    }  # fmt: skip
    confirmed_on = (first - 1).first_day - timedelta(days=rng.randrange(300))
    return {
        "fact": "enrol", "division": division, "case": code, "programme": "tekun",
        "confirmed_on": confirmed_on.isoformat(), "head": f"P{code}", "members": [member], "account": account,
        "care": care,
    }  # fmt: skip


def relief_facts(division: str, households: int, month: Month, known_on: date, rng: Random) -> list[Fact]:
    """The reliefs that become known with a month's file: decided in it, a few of them in the month before."""
    return [
        _relief(division, f"R{division}{month.ordinal}{number:05d}", month, known_on, rng)
        for number in range(max(1, households * RELIEFS_PER_MILLE // 1000))
    ]


def _relief(division: str, code: str, month: Month, known_on: date, rng: Random) -> Fact:
    decided = month - (rng.randrange(100) < _LATE)
    decided_on = min(known_on, date(decided.year, decided.number, rng.randrange(1, 28)))
    county = rng.randrange(100) < 15
    amount = rng.randrange(1501, 2700) if county else rng.randrange(700, 1500)
    fact: Fact = {
        "fact": "relief", "division": division, "relief": code, "id": code, "person": f"P{code}",
        "kind": rng.choice(("urgent", "expenditure")), "cause": rng.choice(_CAUSES), "amount": f"{amount}.00",
        "level": "county" if county else "township", "decided_on": decided_on.isoformat(),
    }  # fmt: skip
    if rng.randrange(100) < 90:
        fact["account"] = {
            "number": f"2499{code[1:]}",
            "holder": names.surname(rng) + names.given_name(rng, "male"),
        }
    return fact
