"""Emergency reliefs of a sample: as many for its households as the reference prefecture has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import NamedTuple

from ledger.intake.sampling import names
from ledger.intake.sampling.chance import seeded
from ledger.intake.sampling.standards import Fact
from ledger.values.month import Month

RELIEFS_PER_MILLE = 16
"""171,600 person-times in ten years to 91,221 households, a month."""
_URGENT = ("火灾", "车祸", "突发重大疾病", "水灾", "意外伤害")
_EXPENDITURE = ("子女学费", "长期医疗支出", "住院自付费用过高")
_LATE = 4
"""So many in a hundred become known a month late."""
_COUNTY = 15
"""So many in a hundred are above the township limit of 1,500 yuan."""
_WITHOUT_ACCOUNT = 10
"""So many in a hundred name no account: listed as unpayable until one is known."""
_REPEATED = 2
"""So many in a hundred go to who got one for the same cause three months before; one in five of these without the
reason a repeat wants, for the audit to find."""


class _Need(NamedTuple):
    person: str
    name: str
    kind: str
    cause: str


def relief_facts(
    division: str, households: int, seed: int, month: Month, known_on: date, *, tidy: bool = False
) -> Iterator[Fact]:
    """The reliefs that become known with a month's file: decided in it, a few of them in the month before."""
    for number in range(max(1, households * RELIEFS_PER_MILLE // 1000)):
        rng = seeded(seed, division, "relief", month, number)
        need = _need(division, month, number, rng)
        again = rng.randrange(100) < _REPEATED and not tidy
        if again:
            before = month - 3
            need = _need(division, before, number, seeded(seed, division, "relief", before, number))
        fact = _relief(division, _code(division, month, number), need, month, known_on, rng)
        if again and rng.randrange(5):
            fact["reason"] = "同一困难持续,经入户核实仍需救助"
        yield fact


def _code(division: str, month: Month, number: int) -> str:
    return f"R{division}{month.ordinal}{number:05d}"


def _need(division: str, month: Month, number: int, rng: Random) -> _Need:
    kind = rng.choice(("urgent", "expenditure"))
    cause = rng.choice(_URGENT if kind == "urgent" else _EXPENDITURE)
    name = names.surname(rng) + names.given_name(rng, rng.choice(("male", "female")))
    return _Need(f"P{_code(division, month, number)}", name, kind, cause)


def _relief(division: str, code: str, need: _Need, month: Month, known_on: date, rng: Random) -> Fact:
    decided = month - 1 if rng.randrange(100) < _LATE else month
    decided_on = min(known_on, date(decided.year, decided.number, 1 + rng.randrange(28)))
    county = rng.randrange(100) < _COUNTY
    amount = 1501 + rng.randrange(1000) if county else 700 + rng.randrange(801)
    fact: Fact = {
        "fact": "relief", "division": division, "relief": code, "id": code, "person": need.person,
        "kind": need.kind, "cause": need.cause, "amount": f"{amount}.00",
        "level": "county" if county else "township", "decided_on": decided_on.isoformat(),
    }  # fmt: skip
    if rng.randrange(100) >= _WITHOUT_ACCOUNT:
        fact["account"] = {"number": f"2499{code[1:]}", "holder": need.name, "bank": "贵州省农村信用社"}
    return fact
