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

AT_ONCE = "paid at once"
"""Not a fact: the entry for a relief that did not wait for its month's close."""

Lines = dict[tuple[str, int], int]
"""Fen per component and month it is for."""


@dataclass(frozen=True)
class Close:
    """What one close booked: fen per payee (`C1`, `C1/carer:K1`, `R1`), component, month; grams of grain per case."""

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


def settle(k: Known, case: str, closing: int, before: Sequence[Close]) -> dict[str, Lines]:
    """Rule 4: due(M), and for each earlier month what is due as known now less what was booked for it, by payee.

    What another system paid counts as booked for its month. Held cases are settled after their release.
    """
    lines: dict[str, Lines] = {}
    debts: dict[str, dict[int, int]] = {}
    for caring in (False, True) if has_carer(k, case) else (None,):
        now = present_carer(k, case) if caring else case
        got = {payee: booked_for(k, before, case, payee) for payee in paid(before, case, now, caring=bool(caring))}
        own = lines.setdefault(now, {})
        left = imported(k, case, closing, caring=caring)
        for component, amount in share(due(k, case, closing), caring=caring).items():
            own[component, closing] = max(0, amount - left)
            left = max(0, left - amount)
        for m in earlier_months(k, case, closing, got.values()):
            # A month before the case's first one is never due.
            entitled = sum(share(due(k, case, m), caring=caring).values())
            difference = entitled - sum(b.get(m, 0) for b in got.values()) - imported(k, case, m, caring=caring)
            if difference > 0:
                own["arrears", m] = difference
            for payee, amount in too_much(-difference, {p: b.get(m, 0) for p, b in got.items()}, now).items():
                debts.setdefault(payee, {})[m] = amount
    for payee, owed in debts.items():
        take_back(k, closing, lines.get(payee, {}), owed)
    booked = {payee: {key: amount for key, amount in of.items() if amount} for payee, of in lines.items()}
    return {payee: of for payee, of in booked.items() if of}


def earlier_months(k: Known, case: str, closing: int, booked: Iterable[Mapping[int, int]]) -> list[int]:
    """The months before the one closed that are looked at: since the case's first, paid for or imported for."""
    begun = opening(k, programme(k, case))
    elsewhere = {month(fact["month"]) for _, _, fact in k.of("payout_imported", case=case)}
    looked_at = {*range(first_month(k, case), closing), *elsewhere, *(m for months in booked for m in months)}
    return sorted(m for m in looked_at if begun <= m < closing)


def too_much(amount: int, got: Mapping[str, int], now: str) -> dict[str, int]:
    """Who has it: those who got money for the month, the present payee first; the rest was not paid by us."""
    shared: dict[str, int] = {}
    for payee, was_paid in got.items():
        part = min(max(0, was_paid), max(0, amount))
        shared[payee] = part
        amount -= part
    if amount > 0:
        shared[now] = shared.get(now, 0) + amount
    return {payee: part for payee, part in shared.items() if part}


def take_back(k: Known, closing: int, lines: Lines, debts: Mapping[int, int]) -> None:
    """Offsets a payee's debts against his money of the close, the oldest month first, up to the share allowed."""
    if policy(k, closing, "recovery", "offset") == "offset":
        portion = Fraction(policy(k, closing, "recovery_cap_percent", "100")) / 100
        left = int(sum(lines.values()) * portion)
        for m, debt in sorted(debts.items()):
            taken = min(debt, left)
            lines["recovery", m] = -taken
            left -= taken


def programme(k: Known, case: str) -> str:
    enrolled = enrolment(k, case)
    assert enrolled is not None
    return str(enrolled[2]["programme"])


def care_terms(k: Known, case: str) -> Mapping[str, Any]:
    """How the enrolment says that a destitute person is cared for."""
    enrolled = enrolment(k, case)
    assert enrolled is not None
    return enrolled[2].get("care") or {}


def has_carer(k: Known, case: str) -> bool:
    """Whether care money has a payee of its own: the enrolment fixes it; in an institution it goes there."""
    terms = care_terms(k, case)
    return not terms.get("institution") and bool(terms.get("carer") or terms.get("carer_account"))


def present_carer(k: Known, case: str) -> str:
    """`C1/carer:K1`: who was named last; `?` where only an account is known."""
    named = [f["carer"] for _, _, f in k.of("care", case=case) if f.get("carer")]
    return f"{case}/carer:{(named or [care_terms(k, case).get('carer') or '?'])[-1]}"


def paid(before: Sequence[Close], case: str, now: str, *, caring: bool) -> list[str]:
    """The payees of living or of care money: the present one, then whoever was booked something before."""
    once = {p for done in before for p in done.lines if p.startswith(f"{case}/carer:")} if caring else set()
    return [now, *sorted(once - {now})]


def share(of_case: Mapping[str, int], *, caring: bool | None) -> dict[str, int]:
    """The living or the care money of what a case is due; None for both together."""
    return {c: amount for c, amount in of_case.items() if caring is None or (c == "tekun_care") == caring}


def imported(k: Known, case: str, m: int, *, caring: bool | None) -> int:
    """Fen that other systems paid for a month: by their lines; else the living money first, then the carer's."""
    made = [f for _, _, f in k.of("payout_imported", case=case) if month(f["month"]) == m]
    together = sum(int(fen(f["amount"])) for f in made)
    if caring is None:
        return together
    told = [f for f in made if f.get("lines")]
    for_carer = sum(int(fen(f["lines"].get("tekun_care", "0"))) for f in told)
    for_living = sum(int(fen(f["amount"])) for f in told) - for_carer
    of_case = due(k, case, m)
    living, care = (sum(share(of_case, caring=which).values()) for which in (False, True))
    untold = together - for_carer - for_living - max(0, living - for_living)
    for_carer += min(max(0, care - for_carer), max(0, untold))
    return for_carer if caring else together - for_carer


def reliefs(k: Known, closing: int, before: Sequence[Close]) -> dict[str, Lines]:
    """Emergency reliefs known, decided in the month closed or earlier, and not paid yet; old books' are left out."""
    paid = {code for done in before for code in done.lines}
    paid |= {f["relief"] for _, _, f in k.of(AT_ONCE)}
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


def counts_as_paid(k: Known, closes: Sequence[Close], case: str, m: int) -> int:
    """Fen that count as paid for a month of a case, to whomever, imports among them."""
    payees = {p for done in closes for p in done.lines if p.partition("/")[0] == case}
    booked = sum(booked_for(k, closes, case, payee).get(m, 0) for payee in payees)
    return booked + imported(k, case, m, caring=None)


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
        if not held(k, case):
            lines.update(settle(k, case, closing, before))
    lines.update(reliefs(k, closing, before))
    allotted = {case: grams for case in cases(k) if (grams := grain(k, case, closing))}
    return Close(closing, lines, allotted)
