"""Made-up facts files are repeatable, legal, unique, and in the proportions of a real prefecture."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from datetime import date
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from legality import DIBAO_FIELDS, FIELDS, Books, Illegal

from ledger.intake.match_columns import usual_columns
from ledger.intake.match_file import MatchFile
from ledger.intake.sampling import CLOSE_DAY, SampleFile, county, prefecture
from ledger.intake.sampling.numbers import COUNTIES, HOUSEHOLDS_AT_MOST, id_number
from ledger.values.identifiers import is_code, is_id_number
from ledger.values.month import Month, age_on

APRIL = Month.parse("2022-04")
SCRIPT = Path(__file__).parents[2] / "scripts" / "sample_data.py"
Fact = dict[str, Any]


def listed(files: Any) -> dict[str, list[Fact]]:
    return {file.name: list(file.facts) for file in files}


@pytest.fixture(scope="module")
def enrolments() -> list[Fact]:
    files = county(6000, "520203", 7, APRIL, 1)
    return next(list(file.facts) for file in files if "enrolments" in file.name)


def test_the_same_seed_gives_the_same_facts_and_another_seed_others() -> None:
    once = listed(county(120, "520203", 7, APRIL, 3))
    assert once == listed(county(120, "520203", 7, APRIL, 3))
    other = listed(county(120, "520203", 8, APRIL, 3))
    assert list(other) == list(once)
    assert all(other[name] != facts for name, facts in once.items() if "month" in name or "enrol" in name)


def test_facts_can_be_read_again_and_in_any_order() -> None:
    files = list(county(60, "520203", 7, APRIL, 2))
    backwards = {file.name: list(file.facts) for file in reversed(files)}
    assert backwards == listed(county(60, "520203", 7, APRIL, 2)) == listed(files)


@pytest.mark.parametrize(
    ("households", "first_month", "months"),
    [(1, "2022-04", 3), (80, "2022-01", 27), (2300, "2022-04", 6), (500, "2012-01", 4)],
)
def test_every_file_of_a_county_is_legal(households: int, first_month: str, months: int) -> None:
    books = Books()
    for file in county(households, "520203", 3, Month.parse(first_month), months):
        assert str(file.recorded_on) in file.name
        books.take(file.recorded_on, list(file.facts))
    if households >= 80:
        assert set(books.counts) >= DIBAO_FIELDS.keys() - {"head", "resume", "release", "void"}
    if households >= 2300:
        assert set(books.counts) == DIBAO_FIELDS.keys()


def test_every_file_of_all_programmes_and_their_supervision_is_legal() -> None:
    books = Books()
    for file in county(1200, "520203", 3, APRIL, 7, all_programmes=True, supervision=True):
        books.take(file.recorded_on, list(file.facts))
    assert set(books.counts) >= FIELDS.keys() - {"head", "void"}


def test_the_checker_refuses_what_the_ledger_would() -> None:
    files = listed(county(80, "520203", 3, APRIL, 1))
    *before, (_, month) = files.items()
    leave = next(fact for fact in month if fact["fact"] == "leave")
    books = Books()
    for _, facts in before:
        books.take(date.fromisoformat(facts[0]["recorded_on"]), facts)
    with pytest.raises(Illegal, match="member"):
        books.take(date(2022, 4, 28), [*month, {**leave, "id": "again"}])


def test_people_and_accounts_are_unique_across_the_prefecture_whose_rules_are_its_own() -> None:
    books = Books()
    divisions = set()
    for file in prefecture(3000, 5, APRIL, 3):
        facts = list(file.facts)
        books.take(file.recorded_on, facts)
        divisions |= {fact["division"] for fact in facts if fact["fact"] == "enrol"}
        assert all(fact["division"] == "520200" for fact in facts if fact["fact"] in ("standard", "policy"))
    assert divisions == set(COUNTIES)
    assert len(books.id_numbers) == len(books.case_of) > 6000


def test_id_numbers_are_valid_and_distinct_at_both_ends_of_what_there_is() -> None:
    ends = [*range(50), *range(HOUSEHOLDS_AT_MOST // 10 - 25, HOUSEHOLDS_AT_MOST // 10 + 25)]
    ends += range(HOUSEHOLDS_AT_MOST - 50, HOUSEHOLDS_AT_MOST)
    made = [
        id_number(d, n, y, s)[0] for d in COUNTIES for n in ends for y in (1931, 2020) for s in ("male", "female")
    ]
    assert len(set(made)) == len(made)
    assert all(is_id_number(number) for number in made)
    assert all(number[4:6] == "00" for number in made), "a county's code: could be somebody's"


def test_codes_fit_the_ledger(enrolments: list[Fact]) -> None:
    for fact in enrolments:
        assert is_code(fact["case"])
        assert all(is_code(member["person"]) for member in fact["members"])
        assert all(is_code(official) for official in fact["handlers"].values())
        assert len(fact["village"]) == 12
        assert fact["village"].startswith("520203")


def test_sizes_shares_and_accounts_are_the_reference_prefectures(enrolments: list[Fact]) -> None:
    count = len(enrolments)
    sizes = Counter(min(6, len(fact["members"])) for fact in enrolments)
    for size, permille in enumerate((395, 270, 175, 105, 40, 15), start=1):
        assert abs(Fraction(sizes[size], count) - Fraction(permille, 1000)) < Fraction(2, 100)
    assert Fraction(212, 100) < Fraction(sum(len(f["members"]) for f in enrolments), count) < Fraction(224, 100)
    urban = sum(fact["programme"] == "dibao_urban" for fact in enrolments)
    assert Fraction(12, 100) < Fraction(urban, count) < Fraction(16, 100)
    without = sum("account" not in fact for fact in enrolments)
    assert Fraction(2, 1000) < Fraction(without, count) < Fraction(8, 1000)
    names = "".join(member["name"] for fact in enrolments for member in fact["members"])
    assert set("䶮㛃𠰻") <= set(names)


RATES = {
    "serious_illness": 30,
    "severe_disability": 30,
    "student": 20,
    "single_parent": 20,
    "nursing_mother": 20,
}


def payable(fact: Fact) -> tuple[int, Fraction, Fraction]:
    """Insured persons, base and top-ups in yuan of April 2022, at 705 and 5,316, highest only."""
    insured = [member for member in fact["members"] if member.get("insured", True)]
    income = Fraction(fact["income"]["amount"])
    urban = fact["programme"] == "dibao_urban"
    gap = (705 if urban else 5316) * len(insured) - income
    base = max(Fraction(0), gap) / (1 if urban else 12)
    top_ups = Fraction(0)
    for member in insured:
        born = date.fromisoformat(member["birth_date"])
        age = age_on(born, APRIL.last_day)
        by_age = 20 if age >= 70 else 10 if age >= 60 or age_on(born, APRIL.first_day) < 18 else 0
        percent = max([by_age, *(RATES[category] for category in member.get("categories", ()))])
        top_ups += Fraction((705 if urban else 443) * percent, 100)
    return len(insured), base, top_ups


def test_what_is_paid_a_head_and_how_many_get_a_top_up(enrolments: list[Fact]) -> None:
    persons: Counter[str] = Counter()
    paid: dict[str, Fraction] = {"dibao_urban": Fraction(0), "dibao_rural": Fraction(0)}
    topped_up = 0
    for fact in enrolments:
        insured, base, top_ups = payable(fact)
        assert base > 0
        persons[fact["programme"]] += insured
        paid[fact["programme"]] += base + top_ups
        topped_up += top_ups > 0
    assert abs(paid["dibao_urban"] / persons["dibao_urban"] - 453) < 14
    assert abs(paid["dibao_rural"] / persons["dibao_rural"] - 268) < 8
    assert Fraction(50, 100) < Fraction(topped_up, len(enrolments)) < Fraction(60, 100)


def test_one_rural_household_in_six_gets_grain_in_each_tier() -> None:
    files = listed(county(6000, "520203", 7, APRIL, 1))
    _, enrolments, harvests, _ = files.values()
    rural = {fact["case"] for fact in enrolments if fact["programme"] == "dibao_rural"}
    assert {fact["case"] for fact in harvests} <= rural
    fed = [fact for fact in harvests if fact["kg_per_head"] < 165 or fact.get("full_ration")]
    assert Fraction(160, 1000) < Fraction(len(fed), len(rural)) < Fraction(194, 1000)
    tiers = Counter(
        (f["kg_per_head"] >= 105) + (f["kg_per_head"] >= 135) + (f["kg_per_head"] >= 165) for f in harvests
    )
    assert set(tiers) == {0, 1, 2, 3}


def known(files: dict[str, list[Fact]], since: str) -> list[str]:
    return [n for n, facts in files.items() for f in facts if f["fact"] == "standard" and f["from"] == since]


def test_a_raise_is_known_after_a_month_was_paid_without_it() -> None:
    april = known(listed(county(2, "520203", 7, APRIL, 3)), "2022-04")
    assert april == ["021_raise_2022-04_2022-05-28.jsonl"] * 2
    assert known(listed(county(2, "520203", 7, APRIL, 2)), "2022-04") == ["020_raise_2022-04_2022-04-28.jsonl"] * 2
    assert known(listed(county(2, "520203", 7, APRIL, 1)), "2022-04") == ["000_policy_2022-03-20.jsonl"] * 2
    assert known(listed(county(2, "520203", 7, APRIL + 1, 3)), "2022-04") == ["000_policy_2022-04-20.jsonl"] * 2
    assert known(listed(county(2, "520203", 7, APRIL - 3, 3)), "2022-04") == []


def test_some_deaths_are_known_only_after_the_next_month_was_paid() -> None:
    late = [
        fact
        for file in county(3000, "520203", 7, APRIL, 4)
        for fact in file.facts
        if fact.get("reason") == "death" and fact["date"][:7] < str(file.recorded_on)[:7]
    ]
    assert late
    assert CLOSE_DAY < 28


def test_where_the_head_died_another_is_named_in_that_file_or_the_next() -> None:
    heads: dict[str, str] = {}
    living: dict[str, set[str]] = {}
    waiting: set[str] = set()
    for file in county(3000, "520203", 7, APRIL, 5):
        if "raise" in file.name:
            continue
        still_waiting = set(waiting)
        for fact in file.facts:
            case = fact.get("case", "")
            if fact["fact"] == "enrol":
                heads[case] = fact["head"]
                living[case] = {member["person"] for member in fact["members"]}
            elif fact["fact"] == "head":
                assert fact["person"] in living[case]
                heads[case] = fact["person"]
            elif fact["fact"] == "leave":
                living[case].discard(fact["person"])
            if case and (fact["fact"] == "stop" or not living[case] or heads[case] in living[case]):
                waiting.discard(case)
            elif case:
                waiting.add(case)
        assert not waiting & still_waiting
    assert any(case for case, head in heads.items() if not head.endswith("00")), "no head was named anew"


def test_a_large_county_is_streamed() -> None:
    files = {file.name: file for file in islice(county(HOUSEHOLDS_AT_MOST, "520203", 7, APRIL, 1), 2)}
    enrolments: SampleFile = files["010_enrolments_2022-03-25.jsonl"]
    assert next(iter(enrolments.facts))["fact"] == "enrol"


@pytest.mark.parametrize(("households", "months"), [(0, 1), (10, 0), (HOUSEHOLDS_AT_MOST + 1, 1)])
def test_sizes_that_cannot_be_are_refused(households: int, months: int) -> None:
    with pytest.raises(ValueError, match="at least one month"):
        county(households, "520203", 7, APRIL, months)
    with pytest.raises(ValueError, match="from 2012-01 on"):
        county(1, "520203", 7, Month.parse("2011-12"), 1)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )


def test_the_script_writes_the_files_byte_for_byte_the_same(tmp_path: Path) -> None:
    for out in ("one", "two"):
        done = run("--size", "village", "--months", "2", "--out", str(tmp_path / out))
        assert done.returncode == 0, done.stderr
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / out).iterdir()} for out in ("one", "two"))
    assert one == two
    facts = [json.loads(line) for data in one.values() for line in data.decode().splitlines()]
    assert sum(fact["fact"] == "enrol" for fact in facts) >= 80


def test_the_script_refuses_a_wrong_call_without_a_stack_trace(tmp_path: Path) -> None:
    for wrong in (["--households", "0"], ["--start", "2022-13"], ["--size", "planet"]):
        done = run(*wrong, "--out", str(tmp_path / "out"))
        assert done.returncode == 2
        assert "Traceback" not in done.stderr


def test_department_files_name_people_of_the_county_and_strangers(tmp_path: Path) -> None:
    """Read as `ledger match` reads them, by the usual headings."""
    assert run("--households", "60", "--months", "1", "--departments", "--out", str(tmp_path)).returncode == 0
    enrolled = next(tmp_path.glob("010_enrolments_*.jsonl")).read_text("utf-8")
    files = sorted(tmp_path.glob("match_*.csv"))
    assert len(files) == 13
    for path in files:
        dataset = path.name.removeprefix("match_").removesuffix("_2022-04.csv")
        numbers = [line.id_number for line in MatchFile(path, dataset, usual_columns(dataset)).lines()]
        known = [number for number in numbers if number in enrolled]
        assert (len(known), len(numbers)) == (1, 4)
