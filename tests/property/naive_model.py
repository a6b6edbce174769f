"""A naive model of dibao, tekun and relief and of what happens to the money: every amount is worked out from all facts.

Written from the text of the rules alone.
It keeps no state; money is an exact Fraction of a fen until it is rounded once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from naive_facts import (
    COUNTY,
    PREFECTURE,
    Entry,
    Fact,
    Known,
    care_tier,
    cases,
    categories,
    enrolment,
    fen,
    first_month,
    half_up,
    held,
    in_force,
    insured,
    known,
    month,
    yearly_income,
)

Lines = dict[tuple[str, int], int]
"""Fen per component and month it is for."""


@dataclass(frozen=True)
class Close:
    """What one close booked: fen per payee (`C1`, `C1/carer`, `R1`), component and month; grams of grain per case."""

    month: int
    lines: dict[str, Lines]
    grain: dict[str, int]


# Rules: standards, top-ups, policies


def rule(k: Known, m: int, kind: str, **key: object) -> Fact | None:
    """The rule with a key in month m: the nearest level that has one, its latest `from`, the one known last."""
    for division in (COUNTY, PREFECTURE):
        begun = [
            (month(fact["from"]), place, fact)
            for place, _, fact in k.of(kind, **key)
            if fact.get("division", COUNTY) == division and month(fact["from"]) <= m
        ]
        if begun:
            found = max(begun, key=lambda b: b[:2])[2]
            ended = found.get("to") is not None and month(found["to"]) < m
            return None if ended else found
    return None


def policy(k: Known, m: int, key: str, default: Any) -> Any:
    found = rule(k, m, "policy", key=key)
    return default if found is None else found["value"]


def yearly_standard(k: Known, m: int, programme: str) -> Fraction | None:
    """The standard in fen a year; as known at the close of m where `back_pay` is false and m is closed."""
    if m in k.closes and policy(k, m, "back_pay", True) is False:
        k = known(k.entries[: k.closes[m]])
    found = rule(k, m, "standard", programme=programme)
    if found is None:
        return None
    return fen(found["amount"]) * (12 if found["per"] == "month" else 1)


# What is due


def top_up(k: Known, case: str, person: str, m: int, programme: str, monthly: Fraction) -> int:
    amounts = []
    for category in sorted(categories(k, case, person, m)):
        found = rule(k, m, "top_up_rule", programme=programme, category=category)
        if found is not None and found.get("percent") is not None:
            amounts.append(Fraction(found["percent"]) / 100 * monthly)
        elif found is not None:
            amounts.append(fen(found["amount"]))
    stacking = policy(k, m, "top_up_stacking", "highest_only")
    together = sum(amounts, Fraction(0)) if stacking == "sum" else max(amounts, default=Fraction(0))
    cap = policy(k, m, "top_up_cap_percent", None)
    if cap is not None:
        together = min(together, Fraction(cap) / 100 * monthly)
    return half_up(together)


def due(k: Known, case: str, m: int) -> dict[str, int]:
    """Fen that a case is due for a month, by component."""
    enrolled = enrolment(k, case)
    if enrolled is None or m < first_month(k, case) or not in_force(k, case, m):
        return {}
    programme, persons = enrolled[2]["programme"], insured(k, case, m)
    if not persons:
        return {}
    found = tekun(k, case, m, persons) if programme == "tekun" else dibao(k, case, m, programme, persons)
    if sum(found.values()):
        granted = [fen(f["amount"]) for _, _, f in k.of("one_off", programme=programme) if month(f["month"]) == m]
        found["subsidy"] = int(sum(granted)) * len(persons)
    return {component: amount for component, amount in found.items() if amount}


def dibao(k: Known, case: str, m: int, programme: str, persons: list[str]) -> dict[str, int]:
    yearly = yearly_standard(k, m, programme)
    if yearly is None:
        return {}
    base = max(Fraction(0), yearly * len(persons) - yearly_income(k, case, m)) / 12
    gap = policy(k, m, "minimum_gap", None)
    if base > 0 and gap is not None:
        base = max(base, fen(gap))
    top_ups = sum(top_up(k, case, person, m, programme, yearly / 12) for person in persons)
    return {"dibao": half_up(base), "top_up": top_ups}


def tekun(k: Known, case: str, m: int, persons: list[str]) -> dict[str, int]:
    basic = yearly_standard(k, m, "tekun_basic")
    if basic is None:
        return {}
    tier = care_tier(k, case, m)
    care = yearly_standard(k, m, f"tekun_care_{tier}") if tier else None
    return {"tekun_basic": half_up(basic * len(persons) / 12), "tekun_care": half_up((care or Fraction(0)) / 12)}


def opening(k: Known, programme: str) -> int:
    """The first month of our books; 0 where nothing says so."""
    found = [f for _, _, f in k.of("opening") if f.get("programme") in (None, programme)]
    return month(found[-1]["month"]) if found else 0


# Closing


def settle(k: Known, case: str, closing: int, booked: Mapping[int, int], payee: str) -> Lines:
    """Rule 4: due(M), and for each earlier month what is due as known now less what was booked for it.

    What another system paid counts as booked for its month.
    """
    if held(k, case):
        return {}
    lines: Lines = {}
    carer = len(payees(k, case)) > 1
    left = imported(k, case, payee, closing)
    for component, amount in share(due(k, case, closing), payee, carer).items():
        lines[component, closing] = max(0, amount - left)
        left = max(0, left - amount)
    begun = opening(k, programme(k, case))
    since = max(first_month(k, case), begun)
    elsewhere = {month(fact["month"]) for _, _, fact in k.of("payout_imported", case=case)}
    debts: dict[int, int] = {}
    for m in sorted({*range(since, closing), *booked, *elsewhere}):
        if m >= closing or m < begun:
            continue
        # A month before the case's first one is never due.
        entitled = sum(share(due(k, case, m), payee, carer).values()) if m >= since else 0
        difference = entitled - booked.get(m, 0) - imported(k, case, payee, m)
        if difference > 0:
            lines["arrears", m] = difference
        elif difference < 0:
            debts[m] = -difference
    if policy(k, closing, "recovery", "offset") == "offset":
        portion = Fraction(policy(k, closing, "recovery_cap_percent", "100")) / 100
        left = int(sum(lines.values()) * portion)
        for m, debt in sorted(debts.items()):
            taken = min(debt, left)
            lines["recovery", m] = -taken
            left -= taken
    return {key: amount for key, amount in lines.items() if amount}


def programme(k: Known, case: str) -> str:
    enrolled = enrolment(k, case)
    assert enrolled is not None
    return str(enrolled[2]["programme"])


def payees(k: Known, case: str) -> list[str]:
    """The case itself, and `C1/carer` where the enrolment names a carer: care money is then his."""
    enrolled = enrolment(k, case)
    assert enrolled is not None
    return [case, f"{case}/carer"] if (enrolled[2].get("care") or {}).get("carer") else [case]


def share(of_case: Mapping[str, int], payee: str, carer: bool) -> dict[str, int]:
    """What of a case's due is a payee's."""
    if not carer:
        return dict(of_case)
    return {c: amount for c, amount in of_case.items() if (c == "tekun_care") == payee.endswith("/carer")}


def imported(k: Known, case: str, payee: str, m: int) -> int:
    """Fen that other systems paid for a month: for the living money first, then the carer's, the rest the person's."""
    paid = sum(int(fen(f["amount"])) for _, _, f in k.of("payout_imported", case=case) if month(f["month"]) == m)
    if len(payees(k, case)) == 1:
        return paid
    of_case = due(k, case, m)
    caring = sum(share(of_case, f"{case}/carer", carer=True).values())
    for_carer = min(caring, max(0, paid - sum(share(of_case, case, carer=True).values())))
    return for_carer if payee.endswith("/carer") else paid - for_carer


def reliefs(k: Known, closing: int, before: Sequence[Close]) -> dict[str, Lines]:
    """Emergency reliefs known, decided in the month closed or earlier, and not paid yet; old books' are left out."""
    paid = {code for done in before for code in done.lines}
    return {
        f["relief"]: {("relief", month(f["decided_on"])): int(fen(f["amount"]))}
        for _, _, f in k.of("relief")
        if f["relief"] not in paid and opening(k, "relief") <= month(f["decided_on"]) <= closing
    }


def cancelled(k: Known, case: str) -> set[int]:
    """The months whose payout came back and will not be sent again: nothing of it was paid."""
    return {month(fact["month"]) for _, _, fact in k.of("payout_cancelled", case=case)}


def grain(k: Known, case: str, m: int) -> int:
    """Grams for a month: by the tier of the year's harvest, for rural cases payable in it."""
    enrolled = enrolment(k, case)
    harvests = [f for _, _, f in k.of("harvest", case=case) if int(f["year"]) == m // 12]
    if enrolled is None or enrolled[2]["programme"] != "dibao_rural" or not harvests or not due(k, case, m):
        return 0
    harvest, in_season = harvests[-1], m % 12 + 1 in (6, 7, 8)
    tiers = policy(
        k, m, "grain_tiers",
        [{"under": 105, "months": [6, 7, 8]}, {"under": 135, "months": [7, 8]}, {"under": 165, "months": [8]}],
    )  # fmt: skip
    under = [t for t in tiers if Fraction(harvest["kg_per_head"]) < Fraction(t["under"])]
    if not (harvest.get("full_ration") and in_season) and not (under and m % 12 + 1 in under[0]["months"]):
        return 0
    ration = Fraction(policy(k, m, "grain_ration_kg", 15)) * 1000
    return int(ration) * len(insured(k, case, m))


def booked_for(k: Known, closes: Iterable[Close], case: str, payee: str) -> dict[int, int]:
    """Fen that count as paid to a payee, by month: the lines of every payout that was not cancelled."""
    booked: dict[int, int] = {}
    void = cancelled(k, case)
    for done in closes:
        lines = done.lines.get(payee, {})
        # A booking that comes to nothing is no payout: it neither comes back nor can it be cancelled.
        for (_, m), amount in lines.items() if done.month not in void or not sum(lines.values()) else ():
            booked[m] = booked.get(m, 0) + amount
    return booked


def closes(entries: Sequence[Entry]) -> list[Close]:
    """What every close of the list booked, one after the other."""
    done: list[Close] = []
    for place, entry in enumerate(entries):
        if entry.close is not None:
            done.append(close(entries[:place], entry.close, done))
    return done


def close(entries: Sequence[Entry], closing: int, before: Sequence[Close]) -> Close:
    """What closing a month books, by the entries known before it and what earlier closes booked."""
    k = known(entries)
    lines: dict[str, Lines] = {}
    for case in cases(k):
        for payee in payees(k, case):
            if found := settle(k, case, closing, booked_for(k, before, case, payee), payee):
                lines[payee] = found
    lines.update(reliefs(k, closing, before))
    allotted = {case: grams for case in cases(k) if (grams := grain(k, case, closing))}
    return Close(closing, lines, allotted)
