"""What the naive model reads out of a list of facts: cases, members, decisions, incomes, births, categories.

It is written from the text of the rules alone and shares no code with the ledger. Months are plain integers; each
question is answered from the whole list, and what becomes known later is simply a longer list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

Fact = Mapping[str, Any]
COUNTY, PREFECTURE = "520203", "520200"
_AGES = ("age_60_69", "age_70_plus", "minor")


@dataclass(frozen=True)
class Entry:
    """A fact (with the day it became known), or the close of a month where `fact` is None."""

    day: date
    fact: Fact | None = None
    close: int | None = None


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
    """Each person once, however many stays overlap."""
    counted = {
        member["person"]
        for member, first, last in stays(k, case)
        if member.get("insured", True) and first <= m <= last
    }
    return sorted(counted)


def decided(k: Known, case: str, *kinds: str) -> list[tuple[str, int, str]]:
    """Decisions of these kinds in the order of their days, then as they became known."""
    return sorted(
        (fact["decided_on"], place, fact["fact"])
        for kind in kinds
        for place, _, fact in k.of(kind, case=case)
    )  # fmt: skip


def grace(k: Known, case: str) -> tuple[int, int] | None:
    """The month a grace was decided in and its last month, after which the case has stopped."""
    granted = [(month(f["decided_on"]), int(f["months"])) for _, _, f in k.of("grace", case=case)]
    return (granted[0][0], granted[0][0] + granted[0][1]) if granted else None


def in_force(k: Known, case: str, m: int) -> bool:
    """Neither stopped nor suspended before m, nor its grace over."""
    granted = grace(k, case)
    if granted is not None and m > granted[1]:
        return False
    before = [kind for day, _, kind in decided(k, case, "suspend", "resume") if month(day) < m]
    stopped = any(month(day) < m for day, _, _ in decided(k, case, "stop"))
    return not stopped and before[-1:] != ["suspend"]


def care_tier(k: Known, case: str, m: int) -> str | None:
    """The tier assessed last before m, then the one known last; the enrolment's is the oldest."""
    enrolled = enrolment(k, case)
    assert enrolled is not None
    tiers = [("", -1, (enrolled[2].get("care") or {}).get("tier"))]
    tiers += [(f["assessed_on"], place, f["tier"]) for place, _, f in k.of("care", case=case)]
    return max((t for t in tiers if not t[0] or month(t[0]) < m), key=lambda t: t[:2])[2]


def held(k: Known, case: str) -> bool:
    return [kind for _, _, kind in decided(k, case, "hold", "release")][-1:] == ["hold"]


def yearly_income(k: Known, case: str, m: int) -> Fraction:
    """In fen. Each income counts from a month on; of one month the later decision, then the one known last.

    From a grace on, the income of the month it was decided in counts.
    """
    granted = grace(k, case)
    m = m if granted is None else min(m, granted[0])
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
    """What enrolments, joins and corrections say of a person: place, case, first month, particulars."""
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
