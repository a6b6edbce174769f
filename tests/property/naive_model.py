"""A naive model of dibao written from the text of the rules alone: every answer is worked out anew from all facts.

It keeps no state and shares no code with the ledger: months are counted as plain integers, money is an exact
Fraction of a yuan until it is rounded once, and whatever became known later is simply a longer list of entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

Fact = Mapping[str, Any]
Lines = dict[tuple[str, int], int]
"""Fen per component and month it is for."""

COUNTY, PREFECTURE = "520203", "520200"
_AGES = ("age_60_69", "age_70_plus", "minor")


@dataclass(frozen=True)
class Entry:
    """A fact (with the day it became known), or the close of a month where `fact` is None."""

    day: date
    fact: Fact | None = None
    close: int | None = None


@dataclass(frozen=True)
class Close:
    """What one close booked: fen per case, component and month; grams of grain per case."""

    month: int
    lines: dict[str, Lines]
    grain: dict[str, int]


@dataclass(frozen=True)
class Known:
    """The facts that count at a place of the list (voids applied), each with its place and its day."""

    facts: list[tuple[int, date, Fact]]
    closes: dict[int, int]
    entries: Sequence[Entry] = field(repr=False)

    def of(self, kind: str, **fields: object) -> list[tuple[int, date, Fact]]:
        return [
            k for k in self.facts
            if k[2]["fact"] == kind and all(k[2].get(name) == value for name, value in fields.items())
        ]  # fmt: skip


def known(entries: Sequence[Entry]) -> Known:
    voided = {e.fact["of"] for e in entries if e.fact and e.fact["fact"] == "void"}
    facts = [
        (place, e.day, e.fact)
        for place, e in enumerate(entries)
        if e.fact and e.fact.get("id") not in voided and e.fact["fact"] != "void"
    ]
    closes = {e.close: place for place, e in enumerate(entries) if e.close is not None}
    return Known(facts, closes, entries)


def known_on(entries: Sequence[Entry], day: date) -> list[Entry]:
    return [e for e in entries if e.day <= day]


# Days, months, figures


def month(text: str | date) -> int:
    year, number = str(text)[:7].split("-")
    return int(year) * 12 + int(number) - 1


def month_text(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"


def first_day(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def last_day(number: int) -> date:
    return first_day(number + 1) - timedelta(days=1)


def half_up(fen: Fraction) -> int:
    """To the whole fen, half up, for amounts that are never negative."""
    return (2 * fen.numerator + fen.denominator) // (2 * fen.denominator)


def fen(yuan: str) -> Fraction:
    return Fraction(yuan) * 100


def age_on(birth: date, day: date) -> int:
    """Whole years, counted one birthday after the other; 29 February falls on the 28th in a common year."""
    years = 0
    while True:
        year = birth.year + years + 1
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        number = 28 if (birth.month, birth.day) == (2, 29) and not leap else birth.day
        if date(year, birth.month, number) > day:
            return years
        years += 1


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


# Cases and persons


def enrolment(k: Known, case: str) -> tuple[int, date, Fact] | None:
    found = k.of("enrol", case=case)
    return found[-1] if found else None


def cases(k: Known) -> list[str]:
    return sorted({fact["case"] for _, _, fact in k.of("enrol")})


def confirmed_on(k: Known, case: str) -> str:
    corrected = [f for _, _, f in k.of("correct", case=case) if f.get("confirmed_on")]
    enrolled = enrolment(k, case)
    assert enrolled is not None
    return str((corrected[-1] if corrected else enrolled[2])["confirmed_on"])


def first_month(k: Known, case: str) -> int:
    return month(confirmed_on(k, case)) + 1


def stays(k: Known, case: str) -> Iterator[tuple[Fact, int, int]]:
    """Each stay of each member: the member as given, its first and its last month (far away while it lasts).

    A leave ends the stay that was known when the leave became known.
    """
    enrolled = enrolment(k, case)
    assert enrolled is not None
    begun = [(enrolled[0], confirmed_on(k, case), member) for member in enrolled[2]["members"]]
    begun += [(place, fact["confirmed_on"], fact["member"]) for place, _, fact in k.of("join", case=case)]
    for place, since, member in begun:
        person = member["person"]
        again = min(
            (p for p, _, other in begun if other["person"] == person and p > place), default=len(k.entries)
        )
        left = [f["date"] for p, _, f in k.of("leave", case=case, person=person) if place < p < again]
        yield member, month(since) + 1, month(min(left, default="9999-12-31"))


def insured(k: Known, case: str, m: int) -> list[str]:
    return [
        member["person"]
        for member, first, last in stays(k, case)
        if member.get("insured", True) and first <= m <= last
    ]


def decided(k: Known, case: str, *kinds: str) -> list[tuple[str, int, str]]:
    """Decisions of these kinds in the order of their days, then as they became known."""
    return sorted(
        (fact["decided_on"], place, fact["fact"])
        for kind in kinds
        for place, _, fact in k.of(kind, case=case)
    )  # fmt: skip


def in_force(k: Known, case: str, m: int) -> bool:
    """Neither stopped nor suspended before m."""
    before = [kind for day, _, kind in decided(k, case, "suspend", "resume") if month(day) < m]
    stopped = any(month(day) < m for day, _, _ in decided(k, case, "stop"))
    return not stopped and before[-1:] != ["suspend"]


def held(k: Known, case: str) -> bool:
    return [kind for _, _, kind in decided(k, case, "hold", "release")][-1:] == ["hold"]


def yearly_income(k: Known, case: str, m: int) -> Fraction:
    """In fen. Each income counts from a month on; of one month the later decision, then the one known last."""
    enrolled = enrolment(k, case)
    assert enrolled is not None
    counting: list[tuple[int, str, int, Any]] = [(-1, "", -1, enrolled[2].get("income"))]
    for place, day, fact in k.of("income", case=case):
        since = month(fact["from"]) if fact.get("from") else month(fact["decided_on"]) + 1
        counting.append((since, fact.get("decided_on") or day.isoformat(), place, fact["income"]))
    income = max((c for c in counting if c[0] <= m), key=lambda c: c[:3])[3]
    if income is None:
        return Fraction(0)
    return fen(income["amount"]) * (12 if income["per"] == "month" else 1)


def birth(k: Known, person: str) -> date | None:
    """The field as known last, else that of the ID number as known last."""
    told = [member for _, _, _, member in _told(k, person)]
    fields = [t["birth_date"] for t in told if t.get("birth_date")]
    numbers = [t["id_number"] for t in told if t.get("id_number")]
    if fields:
        return date.fromisoformat(fields[-1])
    return (
        date.fromisoformat(f"{numbers[-1][6:10]}-{numbers[-1][10:12]}-{numbers[-1][12:14]}") if numbers else None
    )


def _told(k: Known, person: str) -> list[tuple[int, str, int, Fact]]:
    """What enrolments, joins and corrections say of a person: place, case, the month it counts from, particulars."""
    told: list[tuple[int, str, int, Fact]] = []
    for place, _, fact in k.facts:
        if fact["fact"] == "enrol":
            since = first_month(k, fact["case"])
            told += [
                (place, fact["case"], since, member) for member in fact["members"] if member["person"] == person
            ]
        elif fact["fact"] == "join" and fact["member"]["person"] == person:
            told.append((place, fact["case"], month(fact["confirmed_on"]) + 1, fact["member"]))
        elif fact["fact"] == "correct" and fact.get("person") == person:
            told.append((place, "", 0, fact))
    return told


def categories(k: Known, case: str, person: str, m: int) -> set[str]:
    """Per category the fact with the latest `from` decides; age categories follow a known birth.

    What a case's enrolment or a join lists counts in that case.
    """
    given: list[tuple[str, int, int, int]] = []
    for place, listing, since, member in _told(k, person):
        if listing == case:
            given += [(category, since, place, 10**6) for category in member.get("categories", ())]
    for place, _, fact in k.of("category", person=person):
        until = month(fact["to"]) if fact.get("to") else 10**6
        given.append((fact["category"], month(fact["from"]), place, until))
    found = set()
    for category in {g[0] for g in given}:
        begun = [g[1:] for g in given if g[0] == category and g[1] <= m]
        if begun and max(begun)[2] >= m:
            found.add(category)
    born = birth(k, person)
    if born is None:
        return found
    found -= set(_AGES)
    age = age_on(born, last_day(m))
    if age >= 60:
        found.add("age_70_plus" if age >= 70 else "age_60_69")
    if age_on(born, first_day(m)) < 18:
        found.add("minor")
    return found


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


def due(k: Known, case: str, m: int) -> tuple[int, int]:
    """Base and top-ups of a case for a month, in fen."""
    enrolled = enrolment(k, case)
    if enrolled is None or m < first_month(k, case) or not in_force(k, case, m):
        return 0, 0
    programme = enrolled[2]["programme"]
    persons, yearly = insured(k, case, m), yearly_standard(k, m, programme)
    if not persons or yearly is None:
        return 0, 0
    base = max(Fraction(0), yearly * len(persons) - yearly_income(k, case, m)) / 12
    gap = policy(k, m, "minimum_gap", None)
    if base > 0 and gap is not None:
        base = max(base, fen(gap))
    return half_up(base), sum(top_up(k, case, person, m, programme, yearly / 12) for person in persons)


def opening(k: Known, programme: str) -> int:
    """The first month of our books; 0 where nothing says so."""
    found = [f for _, _, f in k.of("opening") if f.get("programme") in (None, programme)]
    return month(found[-1]["month"]) if found else 0


# Closing


def settle(k: Known, case: str, closing: int, booked: Mapping[int, int], programme: str) -> Lines:
    """Rule 4: due(M), and for each earlier month what is due as known now less what was booked for it."""
    if held(k, case):
        return {}
    lines: Lines = {}
    base, top_ups = due(k, case, closing)
    lines["dibao", closing], lines["top_up", closing] = base, top_ups
    since = max(first_month(k, case), opening(k, programme))
    debts: dict[int, int] = {}
    for m in sorted({*range(since, closing), *booked}):
        # A month of the old books is never settled, a month before the case's first one never due.
        entitled = sum(due(k, case, m)) if m >= since else 0
        difference = entitled - booked.get(m, 0)
        if difference > 0:
            lines["arrears", m] = difference
        elif difference < 0:
            debts[m] = -difference
    if policy(k, closing, "recovery", "offset") == "offset":
        share = Fraction(policy(k, closing, "recovery_cap_percent", "100")) / 100
        left = int(sum(lines.values()) * share)
        for m, debt in sorted(debts.items()):
            taken = min(debt, left)
            lines["recovery", m] = -taken
            left -= taken
    return {key: amount for key, amount in lines.items() if amount}


def grain(k: Known, case: str, m: int) -> int:
    """Grams for a month: by the tier of the year's harvest, for rural cases payable in it."""
    enrolled = enrolment(k, case)
    harvests = [f for _, _, f in k.of("harvest", case=case) if int(f["year"]) == m // 12]
    if enrolled is None or enrolled[2]["programme"] != "dibao_rural" or not harvests or not sum(due(k, case, m)):
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


def booked_for(closes: Iterable[Close], case: str) -> dict[int, int]:
    booked: dict[int, int] = {}
    for done in closes:
        for (_, m), amount in done.lines.get(case, {}).items():
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
        enrolled = enrolment(k, case)
        assert enrolled is not None
        programme = enrolled[2]["programme"]
        if found := settle(k, case, closing, booked_for(before, case), programme):
            lines[case] = found
    allotted = {case: grams for case in cases(k) if (grams := grain(k, case, closing))}
    return Close(closing, lines, allotted)


# What must be refused


def double_insured(k: Known, months: Iterable[int]) -> set[tuple[str, int]]:
    """Persons insured in two cases in one month; a suspended case stands, a stopped one does not."""
    found: set[tuple[str, int]] = set()
    seen: set[tuple[str, int]] = set()
    for case in cases(k):
        ends = min((month(day) for day, _, _ in decided(k, case, "stop")), default=10**6)
        for m in months:
            for person in insured(k, case, m) if m <= ends else ():
                (found if (person, m) in seen else seen).add((person, m))
    return found


_CONTRADICTED: Mapping[tuple[str, ...], Callable[[Sequence[str]], bool]] = {
    ("hold", "release"): lambda order: _alternates(order, "hold", "release"),
    ("suspend", "resume"): lambda order: _alternates(order, "suspend", "resume"),
}


def contradicted(k: Known, case: str) -> bool:
    """Whether the decisions of a case cannot stand together: what the rules say is refused."""
    for kinds, stands in _CONTRADICTED.items():
        if not stands([kind for _, _, kind in decided(k, case, *kinds)]):
            return True
    stops = decided(k, case, "stop")
    return len(stops) > 1 or any(
        kind == "suspend" and (day, place) > stops[0][:2]
        for day, place, kind in decided(k, case, "suspend")
        if stops
    )


def _alternates(order: Sequence[str], first: str, second: str) -> bool:
    return all(kind == (first, second)[n % 2] for n, kind in enumerate(order))
