"""Random histories: facts that become known in any order, late, corrected and voided, and the closes in between.

`history(below)` asks `below(n)` for every choice, a number from 0 to n - 1: hypothesis can give them, or a
seeded generator. It need not be legal: what the ledger refuses is left out by whoever runs it. Few cases, few
persons, few months and round days make facts collide; the amounts make half fen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from naive_facts import COUNTY, PREFECTURE, first_day, last_day, month, month_text

T = TypeVar("T")
Below = Callable[[int], int]

STARTS = ("2022-04", "2021-11", "2024-01", "2022-05")
URBAN = ("705.00", "705.05", "650.01", "333.33", "808.00", "100.00")
RURAL = ("5316.00", "5316.06", "6852.00", "3936.66", "5321.90", "1000.02")
TEKUN = ("917.00", "1100.05", "849.99", "13.33")
CARE = ("500.00", "235.05", "0.01")
TIERS = ("self", "partial", "full")
INCOMES = ("0.00", "0.01", "33.33", "100.07", "99.95", "1000.02", "704.99", "2999.94", "5316.06")
PERCENTS = ("10", "12.5", "20", "30", "33.3", "100")
CATEGORIES = ("student", "serious_illness", "single_parent", "minor", "age_60_69", "age_70_plus")
NUMBERS = ("11010519491231002X", "110105200402290012", "110105195206300013")


@dataclass(frozen=True)
class Step:
    """One thing that happens on a day: facts recorded as one file, a month looked at, frozen or closed, a payout
    (its case and the month that paid it) that comes back from the bank or is sent again, a relief paid at once.
    """

    day: date
    record: tuple[dict[str, Any], ...] = ()
    look: str | None = None
    freeze: str | None = None
    close: str | None = None
    returned: tuple[str, str] | None = None
    reissued: tuple[str, str] | None = None
    at_once: str | None = None


@dataclass
class Teller:
    """Tells one history; what it remembers only makes most of the facts legal."""

    below: Below
    today: date = date.min
    start: int = 0
    number: int = 0
    told: list[dict[str, Any]] = field(default_factory=list)
    enrolled: dict[str, list[str]] = field(default_factory=dict)
    free: list[str] = field(default_factory=lambda: [f"P{n}" for n in range(1, 8)])
    last: dict[str, str] = field(default_factory=dict)
    destitute: list[str] = field(default_factory=list)
    tekun_percent: int = 30
    closed: list[str] = field(default_factory=list)
    back: list[tuple[str, str]] = field(default_factory=list)

    def pick(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]

    def likely(self, percent: int) -> bool:
        return self.below(100) < percent

    def weighted(self, weights: dict[str, int]) -> str:
        place = self.below(sum(weights.values()))
        for name, weight in weights.items():
            place -= weight
            if place < 0:
                return name
        raise AssertionError

    def fact(self, kind: str, /, **fields: Any) -> dict[str, Any]:
        self.number += 1
        made = {"fact": kind, "id": f"f{self.number}", **{k: v for k, v in fields.items() if v is not None}}
        self.told.append(made)
        return made

    def past(self) -> str:
        """Today, some days ago, or the first or last day of one of the months before."""
        near = self.pick([0, 0, 1, 3, 9, 40, 70])
        if near == 40:
            day = last_day(month(self.today) - 1 - self.below(4))
        elif near == 70:
            day = first_day(month(self.today) - self.below(4))
        else:
            day = self.today - timedelta(days=near)
        return min(day, self.today).isoformat()

    def month_near(self, before: int = 5, after: int = 2) -> str:
        return month_text(month(self.today) - before + self.below(before + after + 1))

    def level(self) -> str:
        return PREFECTURE if self.likely(30) else COUNTY

    def case(self) -> str:
        known = sorted(self.enrolled) or ["C1"]
        return self.pick(known[:2] if self.likely(50) else known)


def history(below: Below, *, months: int = 10) -> list[Step]:
    """The steps of a history of 4 to `months` months, days never going back."""
    t = Teller(below)
    if t.likely(35):
        t.tekun_percent = 90
    t.start = month(t.pick(STARTS))
    span = 4 + below(months - 3)
    t.today = first_day(t.start)
    # Each fact a file of its own: one that is refused takes no other with it.
    steps = [Step(t.today, record=(fact,)) for fact in _beginning(t)]
    to_close = t.start + below(3)
    for m in range(t.start, t.start + span):
        for offset in sorted(below(last_day(m).day) for _ in range(below(6))):
            t.today = max(t.today, first_day(m) + timedelta(days=offset))
            steps.append(_happening(t, to_close))
        t.today = max(t.today, last_day(m) if t.likely(30) else first_day(m))
        closes = t.pick([0, 1, 1, 1, 1, 2]) if to_close <= m + 1 else 0
        for _ in range(closes if to_close <= m + 1 else 0):
            if to_close > m + 1:
                break
            steps += _closing(t, to_close)
            to_close += 1
    while to_close <= t.start + span:
        steps += _closing(t, to_close)
        to_close += 1
    return steps


def _closing(t: Teller, closing: int) -> list[Step]:
    text = month_text(closing)
    steps: list[Step] = []
    if t.likely(25):
        steps.append(Step(t.today, freeze=text))
        steps += [Step(t.today, record=(one_fact(t),)) for _ in range(t.below(3))]
        if t.likely(20):
            steps.append(Step(t.today, freeze=text))
    steps.append(Step(t.today, close=text))
    t.closed.append(text)
    return steps + [_at_the_bank(t) for _ in range(t.pick([0, 0, 1, 1, 2]))]


def _at_the_bank(t: Teller) -> Step:
    if t.back and t.likely(40):
        return Step(t.today, reissued=_some_payout(t))
    payout = t.case(), t.pick(t.closed[-3:])
    t.back.append(payout)
    return Step(t.today, returned=payout)


def _some_payout(t: Teller) -> tuple[str, str]:
    """One that came back, most often."""
    if t.back and t.likely(85):
        return t.pick(t.back[-4:])
    return t.case(), t.pick(t.closed) if t.closed else t.month_near()


def _happening(t: Teller, to_close: int) -> Step:
    if t.likely(8):
        return Step(t.today, look=month_text(to_close))
    if t.closed and t.likely(10):
        return _at_the_bank(t)
    reliefs = [fact["relief"] for fact in t.told if fact["fact"] == "relief"]
    if reliefs and t.likely(8):
        return Step(t.today, at_once=t.pick(reliefs[-3:]))
    return Step(t.today, record=tuple(one_fact(t) for _ in range(t.pick([1, 1, 1, 2, 3]))))


def _beginning(t: Teller) -> list[dict[str, Any]]:
    since = month_text(t.start - t.below(4))
    urban = {"programme": "dibao_urban", "amount": t.pick(URBAN), "per": "month"}
    rural = {"programme": "dibao_rural", "amount": t.pick(RURAL), "per": "year"}
    facts = [t.fact("standard", division=t.level(), **{"from": since}, **of) for of in (urban, rural)]
    basic = {"programme": "tekun_basic", "amount": t.pick(TEKUN), "per": "month"}
    facts.append(t.fact("standard", **{"from": since}, **basic))
    facts += [_care_standard(t) for _ in range(t.below(4) if t.tekun_percent < 50 else 5)]
    facts += [_top_up_rule(t) for _ in range(t.below(5))]
    facts += [_policy(t) for _ in range(t.below(3))]
    if t.likely(40):
        programme = t.pick([None, None, "dibao_urban", "dibao_rural", "tekun"])
        facts.append(t.fact("opening", month=month_text(t.start - t.below(3)), programme=programme))
    facts += [_enrol(t) for _ in range(2 + t.below(3))]
    return facts + [_harvest(t) for _ in range(t.below(4))]


def one_fact(t: Teller) -> dict[str, Any]:
    """A fact of any kind, about what was told so far."""
    if t.tekun_percent > 50 and t.likely(25):
        return _care(t)
    return _KINDS[t.weighted(_WEIGHTS)](t)


def _member(t: Teller, person: str) -> dict[str, Any]:
    member: dict[str, Any] = {"person": person}
    if t.likely(50):
        member["birth_date"] = _birth(t)
    elif t.likely(20):
        member["id_number"] = t.pick(NUMBERS)
    if t.likely(15):
        member["insured"] = False
    if t.likely(30):
        member["categories"] = [t.pick(CATEGORIES)]
    return member


def _birth(t: Teller) -> str:
    """Somebody who turns 18, 60 or 70 about now, often on the first or last day of a month or on 29 February."""
    age = t.pick([18, 60, 70, 40])
    if t.likely(20):
        return {18: "2004-02-29", 60: "1964-02-29", 70: "1952-02-29", 40: "1980-02-29"}[age]
    m = month(t.today) - age * 12 + t.below(9) - 2
    return t.pick([first_day(m), last_day(m), first_day(m) + timedelta(days=1)]).isoformat()


def _income(t: Teller) -> dict[str, str]:
    amount = t.pick(INCOMES)
    return {"amount": amount, "per": "year" if len(amount) > 6 and t.likely(85) else t.pick(["month", "year"])}


def _enrol(t: Teller) -> dict[str, Any]:
    code = f"C{1 + t.below(5)}" if t.likely(8) else f"C{min(5, len(t.enrolled) + 1)}"
    wanted = 1 + t.below(3)
    persons = [t.free.pop(t.below(len(t.free))) for _ in range(min(wanted, len(t.free)))]
    if not persons or t.likely(10):
        persons = list(dict.fromkeys([*persons, f"P{1 + t.below(7)}"]))
    t.enrolled.setdefault(code, list(persons))
    if t.likely(t.tekun_percent):
        t.destitute.append(code)
        return t.fact(
            "enrol", case=code, programme="tekun", confirmed_on=t.past(), head=persons[0],
            members=[_member(t, person) for person in persons], care=_first_care(t),
        )  # fmt: skip
    return t.fact(
        "enrol", case=code, programme=t.pick(["dibao_rural", "dibao_urban"]), confirmed_on=t.past(),
        head=persons[0], members=[_member(t, person) for person in persons],
        income=_income(t) if t.likely(50) else None,
    )  # fmt: skip


def _first_care(t: Teller) -> dict[str, Any] | None:
    if t.likely(20):
        return None
    care: dict[str, Any] = {"tier": t.pick(TIERS)}
    if t.likely(80):
        care["carer"] = t.pick(["K1", "K1", "K2", None])
        care["carer_account"] = {"number": "654321"}
    if t.likely(15):
        care["institution"] = "H"
    return {key: value for key, value in care.items() if value is not None}


def _care(t: Teller) -> dict[str, Any]:
    carer = t.pick(["K1", "K2"]) if t.likely(60) else None
    account = {"number": f"{700000 + t.below(9)}"} if t.likely(30) else None
    case = t.pick(t.destitute) if t.destitute and t.likely(90) else t.case()
    return t.fact(
        "care", case=case, tier=t.pick(TIERS), assessed_on=t.past(), carer=carer, carer_account=account
    )  # fmt: skip


def _care_standard(t: Teller) -> dict[str, Any]:
    which = f"tekun_care_{t.pick(TIERS)}"
    since = t.month_near()
    return t.fact("standard", programme=which, amount=t.pick(CARE), per="month", **{"from": since})


def _join(t: Teller) -> dict[str, Any]:
    case = t.case()
    person = t.pick(t.free) if t.free and t.likely(80) else f"P{1 + t.below(7)}"
    if person in t.free:
        t.free.remove(person)
    t.enrolled.setdefault(case, []).append(person)
    return t.fact("join", case=case, member=_member(t, person), confirmed_on=t.past())


def _leave(t: Teller) -> dict[str, Any]:
    case = t.case()
    person = t.pick(t.enrolled.get(case) or ["P1"])
    if person not in t.free and t.likely(80):
        t.free.append(person)
    return t.fact("leave", case=case, person=person, date=t.past(), reason=t.pick(["death", "moved_out"]))


def _income_assessed(t: Teller) -> dict[str, Any]:
    when = {"decided_on": t.past()} if t.likely(50) else {"from": t.month_near()}
    return t.fact("income", case=t.case(), income=_income(t), **when)


def _category(t: Teller) -> dict[str, Any]:
    since = t.month_near()
    until = month_text(month(since) + t.below(4)) if t.likely(40) else None
    person = f"P{1 + t.below(7)}"
    return t.fact("category", person=person, category=t.pick(CATEGORIES), to=until, **{"from": since})


def _decision(first: str, second: str) -> Callable[[Teller], dict[str, Any]]:
    def decide(t: Teller) -> dict[str, Any]:
        case = t.case()
        after, key = t.today.isoformat() if t.likely(50) else t.past(), f"{first} {case}"
        kind = second if (t.last.get(key) == first) == t.likely(90) else first
        t.last[key] = kind
        return t.fact(kind, case=case, decided_on=after, reason="r")

    return decide


def _stop(t: Teller) -> dict[str, Any]:
    return t.fact("stop", case=t.case(), decided_on=t.past(), reason="r")


def _grace(t: Teller) -> dict[str, Any]:
    return t.fact("grace", case=t.case(), decided_on=t.past(), months=1 + t.below(4), reason="r")


def _one_off(t: Teller) -> dict[str, Any]:
    return t.fact(
        "one_off", one_off=f"O{t.number}", programme=t.pick(["dibao_urban", "dibao_rural", "tekun"]),
        division=t.level(), amount=t.pick(["10.00", "0.01", "33.33"]), month=t.month_near(),
    )  # fmt: skip


def _imported(t: Teller) -> dict[str, Any]:
    amount = t.pick(["0.01", "100.00", "443.00", "705.00", "2000.00"])
    lines = {"top_up": "0.01", "dibao": format(Decimal(amount) - Decimal("0.01"), "f")} if t.likely(20) else None
    return t.fact(
        "payout_imported", case=t.case(), month=t.month_near(), amount=amount, on=t.past(), lines=lines
    )  # fmt: skip


def _relief(t: Teller) -> dict[str, Any]:
    return t.fact(
        "relief", relief=f"R{t.number}", person=f"P{1 + t.below(7)}",
        cause="c", amount=t.pick(["800.00", "1500.01", "0.01"]), level=t.pick(["township", "county"]),
        decided_on=t.past(), kind=t.pick(["urgent", "expenditure"]),
    )  # fmt: skip


def _cancelled(t: Teller) -> dict[str, Any]:
    case, paid = _some_payout(t)
    payee = "household" if t.likely(30) else None
    return t.fact("payout_cancelled", case=case, month=paid, on=t.today.isoformat(), reason="r", payee=payee)


def _standard(t: Teller) -> dict[str, Any]:
    if t.likely(25):
        return _care_standard(t)
    if t.likely(15):
        since = t.month_near()
        return t.fact("standard", programme="tekun_basic", amount=t.pick(TEKUN), per="month", **{"from": since})
    programme = t.pick(["dibao_urban", "dibao_rural"])
    urban = (programme == "dibao_urban") != t.likely(10)
    return t.fact(
        "standard", programme=programme, division=t.level(), amount=t.pick(URBAN if urban else RURAL),
        per="month" if urban else "year", **{"from": t.month_near()},
    )  # fmt: skip


def _top_up_rule(t: Teller) -> dict[str, Any]:
    since = t.month_near()
    rate = {"percent": t.pick(PERCENTS)} if t.likely(70) else {"amount": t.pick(["0.01", "50.05", "211.50"])}
    until = month_text(month(since) + t.below(4)) if t.likely(30) else None
    return t.fact(
        "top_up_rule", programme=t.pick(["dibao_urban", "dibao_rural"]), category=t.pick(CATEGORIES),
        division=t.level(), to=until, **{"from": since}, **rate,
    )  # fmt: skip


_TIERS = [{"under": "100", "months": [7, 8]}, {"under": "165.5", "months": [8]}]
_POLICIES: dict[str, tuple[Any, ...]] = {
    "top_up_stacking": ("sum", "highest_only"),
    "top_up_cap_percent": ("25", "12.5", "100", None),
    "recovery": ("claim", "offset"),
    "back_pay": (False, True),
    "minimum_gap": ("20.00", "0.01", "150.55", None),
    "recovery_cap_percent": ("50", "33.3", "1", "100"),
    "grain_tiers": (_TIERS,),
    "grain_ration_kg": ("10", "12.5"),
}


def _policy(t: Teller) -> dict[str, Any]:
    key = t.pick(sorted(_POLICIES))
    since = t.month_near()
    made = t.fact("policy", key=key, division=t.level(), **{"from": since})
    made["value"] = t.pick(_POLICIES[key])
    return made


def _correct(t: Teller) -> dict[str, Any]:
    if t.likely(60):
        which = {"birth_date": _birth(t)} if t.likely(70) else {"id_number": t.pick(NUMBERS)}
        return t.fact("correct", person=f"P{1 + t.below(7)}", **which)
    return t.fact("correct", case=t.case(), confirmed_on=t.past())


def _void(t: Teller) -> dict[str, Any]:
    recent = t.told[-25:] if t.likely(80) else t.told
    if t.likely(15):
        recent = [fact for fact in t.told if fact["fact"] == "payout_cancelled"] or recent
    return t.fact("void", of=t.pick(recent)["id"], reason="r")


def _harvest(t: Teller) -> dict[str, Any]:
    kg = t.pick(["104.999", "105", "50", "134.5", "164.9", "165", "100"])
    full = True if t.likely(15) else None
    year = str(t.today.year)
    return t.fact("harvest", case=t.case(), year=year, kg_per_head=kg, full_ration=full)


def _account(t: Teller) -> dict[str, Any]:
    whose = {"case": t.case()} if t.likely(60) else {"person": f"P{1 + t.below(7)}"}
    return t.fact("account", account={"number": f"{100000 + t.below(9)}"}, **whose)


def _head(t: Teller) -> dict[str, Any]:
    case = t.case()
    person = t.pick(t.enrolled.get(case) or ["P1"])
    return t.fact("head", case=case, person=person, **{"from": t.past()})


_KINDS: dict[str, Callable[[Teller], dict[str, Any]]] = {
    "enrol": _enrol, "join": _join, "leave": _leave, "income": _income_assessed, "category": _category,
    "suspend": _decision("suspend", "resume"), "stop": _stop, "hold": _decision("hold", "release"),
    "standard": _standard, "top_up_rule": _top_up_rule, "policy": _policy, "correct": _correct, "void": _void,
    "harvest": _harvest, "account": _account, "head": _head,
    "grace": _grace, "one_off": _one_off, "payout_imported": _imported, "payout_cancelled": _cancelled,
    "care": _care, "relief": _relief,
}  # fmt: skip
_WEIGHTS = {
    "enrol": 5, "join": 5, "leave": 6, "income": 8, "category": 6, "suspend": 6, "stop": 2, "hold": 9,
    "standard": 7, "top_up_rule": 5, "policy": 7, "correct": 5, "void": 10, "harvest": 5, "account": 1, "head": 1,
    "grace": 3, "one_off": 4, "payout_imported": 5, "payout_cancelled": 9, "care": 5, "relief": 4,
}  # fmt: skip
