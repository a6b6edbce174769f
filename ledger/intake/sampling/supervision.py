"""What supervision of a sample lives on each month: applications, postings, reviews, matches, funds, the watched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from random import Random

from ledger.intake.sampling.chance import seeded
from ledger.intake.sampling.grain_given import grain_facts
from ledger.intake.sampling.months import new_since
from ledger.intake.sampling.officials import declaration_facts, official_facts
from ledger.intake.sampling.register import Register
from ledger.intake.sampling.standards import Fact, standard_in
from ledger.values.month import Month

_MATCHED_PER_MILLE = 6
_MONITORED_PER_MILLE = 5
_REFUSED_PER_MYRIAD = 30
_SHORT_POSTINGS_ONE_IN = 40
DATASETS: tuple[tuple[int, str, tuple[str, ...]], ...] = (
    (24, "pension", ("128.00", "163.50", "2210.00")),
    (14, "wages", ("1800.00", "2600.00")),
    (10, "housing_fund", ("350.00", "5200.00")),
    (12, "deposits", ("3100.00", "86000.00")),
    (8, "vehicle", ("小型普通客车", "轻型货车", "两轮摩托车")),
    (7, "property", ("1", "2")),
    (3, "company", ("个体工商户",)),
    (2, "fiscal_payroll", ("事业单位",)),
    (8, "student", ("高中在读", "大学在读")),
    (6, "disability", ("一级", "二级", "三级")),
    (4, "medical", ("住院",)),
    (1, "prison", ("在押",)),
    (1, "detox", ("强制隔离戒毒",)),
)
"""Of a hundred matches: which department's, and what it says."""
_HARMLESS = ("deposits", "student", "disability", "medical")
"""Datasets no query asks for."""
_PER_MONTH = (
    ("2081901", "dibao_urban", 150),
    ("2081902", "dibao_rural", 545),
    ("2082101", "tekun", 120),
    ("2082001", "relief", 25),
)
"""Budget line, programme and yuan a household on the books and month at the standards of April 2022."""
FUNDS = {fund: programme for fund, programme, _ in _PER_MONTH}
"""The programme of each fund."""
_SOURCES = (("central", 55), ("province", 25), ("prefecture", 10), ("county", 10))
_QUARTER = 3
_MARGIN_PERCENT = 140
"""Of what is expected to be paid: arrears of a raise and small samples' chance are paid from it too."""


def opening_facts(
    register: Register, seed: int, first: Month, known_on: date, *, tidy: bool = False
) -> Iterator[Fact]:
    """What is known before the first close: officials, their relatives, the watched, the first appropriations."""
    yield from official_facts(register, seed, first, known_on, tidy=tidy)
    yield from _monitored(register, seed, first)
    yield from _appropriations(register, first, known_on)


def supervision_facts(
    register: Register,
    seed: int,
    month: Month,
    first: Month,
    known_on: date,
    facts: Iterable[Fact],
    *,
    tidy: bool = False,
) -> Iterator[Fact]:
    """What becomes known with a month's file, whose `facts` are recorded before."""
    rng = seeded(seed, register.composer.division, "supervision", month)
    since = new_since(month, first, tidy=tidy)
    yield from _applications(register, month, known_on, facts, rng, tidy=tidy)
    if not tidy:
        yield from _reviews(register, month, since, known_on, rng)
    elif month.number == first.number:
        yield from _reviews(register, month, since, known_on, rng, everybody=True)
    yield from _matches(register, month, rng, tidy=tidy)
    if month.number == 1:
        yield from declaration_facts(register, seed, known_on, tidy=tidy)
    if (month.ordinal - first.ordinal + 1) % _QUARTER == 0:
        yield from _appropriations(register, month + 1, known_on)
    yield from grain_facts(register, month, known_on, tidy=tidy)


def _applications(
    register: Register, month: Month, known_on: date, facts: Iterable[Fact], rng: Random, *, tidy: bool
) -> Iterator[Fact]:
    """What came before the month's enrolments and their postings; and who was refused."""
    division = register.composer.division
    number = 0
    for enrol in facts:
        if enrol["fact"] == "enrol":
            number += 1
            confirmed = date.fromisoformat(enrol["confirmed_on"])
            yield {
                "fact": "application", "division": division, "application": f"A{division}{month.ordinal}{number:05d}",
                "person": enrol["head"], "programme": enrol["programme"], "case": enrol["case"],
                "applied_on": (confirmed - timedelta(days=20 + rng.randrange(25))).isoformat(),
                "outcome": "granted", "decided_on": enrol["confirmed_on"],
            }  # fmt: skip
            yield from _postings(enrol, confirmed, rng, tidy=tidy)
    for _ in range(max(1, register.founding * _REFUSED_PER_MYRIAD // 10_000)):
        number += 1
        code = f"A{division}{month.ordinal}{number:05d}"
        decided = known_on - timedelta(days=rng.randrange(20))
        yield {
            "fact": "application", "division": division, "application": code, "person": f"P{code}",
            "programme": rng.choice(("dibao_rural", "dibao_rural", "dibao_urban", "tekun")),
            "applied_on": (decided - timedelta(days=15 + rng.randrange(25))).isoformat(),
            "outcome": rng.choice(("refused", "refused", "withdrawn")), "decided_on": decided.isoformat(),
        }  # fmt: skip


def _postings(enrol: Fact, confirmed: date, rng: Random, *, tidy: bool) -> Iterator[Fact]:
    short = rng.randrange(_SHORT_POSTINGS_ONE_IN) == 0 and not tidy
    days = 3 if short else 7 + rng.randrange(3)
    first = confirmed - timedelta(days=13)
    approved = confirmed + timedelta(days=1)
    for stage, begin, length in (("first", first, days), ("approved", approved, 7)):
        yield {
            "fact": "posting", "division": enrol["division"], "case": enrol["case"], "stage": stage,
            "from": begin.isoformat(), "to": (begin + timedelta(days=length - 1)).isoformat(),
            "place": enrol.get("village", enrol["division"]),
        }  # fmt: skip


def _reviews(
    register: Register, month: Month, since: date, known_on: date, rng: Random, *, everybody: bool = False
) -> Iterator[Fact]:
    """A twelfth of the households each month, or all of them, in grace too; a tenth by a check of their means."""
    composer = register.composer
    days = (known_on - since).days + 1
    for number in range(register.founding) if everybody else range(month.number - 1, register.founding, 12):
        on = since + timedelta(days=rng.randrange(days))
        kind = "means_check" if rng.randrange(10) == 0 else "yearly"
        if everybody or not register.gone(number):
            yield {
                "fact": "review", "division": composer.division, "case": composer.case(number),
                "on": on.isoformat(), "kind": kind, "outcome": "维持", "by": f"H{composer.division}1",
            }  # fmt: skip


def _matches(register: Register, month: Month, rng: Random, *, tidy: bool) -> Iterator[Fact]:
    composer = register.composer
    datasets = [drawn for drawn in DATASETS if not tidy or drawn[1] in _HARMLESS]
    weights = [weight for weight, _, _ in datasets]
    for _ in range(max(1, register.founding * _MATCHED_PER_MILLE // 1000)):
        _, dataset, values = rng.choices(datasets, weights)[0]
        number = rng.randrange(register.founding)
        yield {
            "fact": "match", "division": composer.division, "person": composer.founding(number).head.person,
            "dataset": dataset, "month": str(month), "value": rng.choice(values),
        }  # fmt: skip


def _monitored(register: Register, seed: int, first: Month) -> Iterator[Fact]:
    division = register.composer.division
    rng = seeded(seed, division, "monitored")
    for number in range(max(1, register.founding * _MONITORED_PER_MILLE // 1000)):
        village = register.composer.places.village(rng, urban=False)
        yield {
            "fact": "monitored", "division": division, "person": f"PM{division}{number:05d}",
            "household": f"{village}监测户{number + 1}", "from": (first - 1 - rng.randrange(12)).first_day.isoformat(),
            "reason": rng.choice(("因病支出较大", "收入接近低保标准", "务工收入不稳定")),
        }  # fmt: skip


def _appropriations(register: Register, month: Month, on: date) -> Iterator[Fact]:
    """A quarter's money from each level of government, from `month` on."""
    standard = int(standard_in(month).urban.split(".")[0])
    for fund, programme, yuan in _PER_MONTH:
        quarter = register.founding * _QUARTER * yuan * standard // 705 * _MARGIN_PERCENT // 100
        for source, percent in _SOURCES:
            yield {
                "fact": "appropriation", "division": register.composer.division, "fund": fund,
                "programme": programme, "source": source, "amount": f"{quarter * percent // 100 + 1}.00",
                "on": on.isoformat(), "document": f"{month.year}年{month.number}月起一季度补助资金",
            }  # fmt: skip
