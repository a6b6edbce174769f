"""Applications are open until something came of them, and over the legal time after 30 working days."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.intake.reading import read_facts
from ledger.recording import record
from ledger.store.embedded import ServerAddress
from projections.applications import Application, applications, working_days
from projections.installation import Installation
from projections.reviews import household_reviews, last_means_checks, unreviewed
from projections.throw_away import ThrowAwayLedgers

DIVISION = "520203"
TODAY = date(2022, 7, 20)


@pytest.fixture(scope="module")
def ledgers(server: ServerAddress, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> ThrowAwayLedgers:
    return ThrowAwayLedgers(server.conninfo, tmp_path_factory.mktemp("ledgers"), label=f"applied_{worker_id}")


@pytest.fixture
def county(ledgers: ThrowAwayLedgers) -> Iterator[Installation]:
    with ledgers.fresh(DIVISION) as installation:
        installation.ledger.set_rehearsal_day(TODAY)
        yield installation


def take(installation: Installation, folder: Path, *facts: dict[str, Any]) -> None:
    path = folder / "facts.jsonl"
    path.write_text("".join(json.dumps(fact, ensure_ascii=False) + "\n" for fact in facts), encoding="utf-8")
    record(installation.ledger, read_facts(path))


def applied(person: str, on: str, **more: Any) -> dict[str, Any]:
    return {"fact": "application", "application": f"A{person}", "person": person, "programme": "dibao_rural",
            "applied_on": on, **more}  # fmt: skip


def household(number: int, confirmed_on: str, **more: Any) -> dict[str, Any]:
    return {
        "fact": "enrol", "case": f"C{number}", "programme": "dibao_rural", "confirmed_on": confirmed_on,
        "head": f"P{number}", "members": [{"person": f"P{number}"}], **more,
    }  # fmt: skip


def listed(installation: Installation) -> dict[str, Application]:
    installation.rolls.views.catch_up()
    return {row.code: row for row in applications(installation.ledger, DIVISION)}


def test_an_enrolment_or_relief_that_follows_grants_it(county: Installation, tmp_path: Path) -> None:
    take(
        county, tmp_path,
        applied("P1", "2022-05-01"), applied("P2", "2022-06-02"), applied("P3", "2022-05-01", programme="tekun"),
        applied("P4", "2022-06-01", programme="relief"), applied("P5", "2022-06-01", programme="relief"),
        household(1, "2022-06-01"), household(2, "2022-06-01"), household(3, "2022-06-01"),
        {"fact": "relief", "relief": "R4", "person": "P4", "kind": "urgent", "cause": "火灾", "amount": "700.00",
         "level": "township", "decided_on": "2022-06-03"},
    )  # fmt: skip
    found = {code: (row.outcome, row.decided_on, row.case) for code, row in listed(county).items()}
    assert found == {
        "AP1": ("granted", date(2022, 6, 1), "520203/C1"),
        "AP2": ("open", None, None),  # enrolled before it applied
        "AP3": ("open", None, None),  # in another programme
        "AP4": ("granted", date(2022, 6, 3), None),
        "AP5": ("open", None, None),
    }


def test_what_was_recorded_of_it_counts_before_what_can_be_told(county: Installation, tmp_path: Path) -> None:
    refused = applied("P1", "2022-05-01", outcome="refused", decided_on="2022-05-20")
    take(county, tmp_path, refused, household(1, "2022-06-01"))
    assert (listed(county)["AP1"].outcome, listed(county)["AP1"].decided_on) == ("refused", date(2022, 5, 20))


def test_an_outcome_that_comes_later_is_recorded_anew(county: Installation, tmp_path: Path) -> None:
    take(county, tmp_path, applied("P1", "2022-05-01"))
    void = {"fact": "void", "of": f"application/{DIVISION}/AP1@1", "reason": "已决定"}
    take(county, tmp_path, void, applied("P1", "2022-05-01", outcome="withdrawn", decided_on="2022-06-01"))
    assert [row.outcome for row in listed(county).values()] == ["withdrawn"]


def test_thirty_working_days_are_the_legal_time(county: Installation, tmp_path: Path) -> None:
    monday = date(2022, 5, 2)
    take(county, tmp_path, applied("P1", monday.isoformat()))
    row = listed(county)["AP1"]
    last = monday + timedelta(days=42)
    assert (row.working_days(last), row.over(last), row.over(last + timedelta(days=1))) == (30, False, True)
    longest = monday + timedelta(days=63)
    assert (row.over_extended(longest), row.over_extended(longest + timedelta(days=1))) == (False, True)


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(-10, 400))
def test_working_days_are_those_from_monday_to_friday(since: date, days: int) -> None:
    each = (since + timedelta(days=n) for n in range(1, days + 1))
    assert working_days(since, since + timedelta(days=days)) == sum(day.weekday() < 5 for day in each)


def test_means_checks_are_of_new_and_of_drawing_households(county: Installation, tmp_path: Path) -> None:
    check = {"fact": "review", "kind": "means_check", "by": "核对中心"}
    take(
        county, tmp_path,
        household(1, "2022-05-20"), household(2, "2022-05-20"), household(3, "2022-05-20"),
        {**check, "case": "C1", "on": "2022-05-18", "id": "first"}, {**check, "case": "C2", "on": "2022-07-05"},
        {**check, "case": "C3", "on": "2021-06-30"}, {**check, "kind": "yearly", "case": "C3", "on": "2022-07-01"},
        {"fact": "stop", "case": "C2", "decided_on": "2022-06-10", "reason": "外出"},
    )  # fmt: skip
    rows = {(row.case, row.review.kind): row.new for row in household_reviews(county, DIVISION)}
    assert rows == {("C1", "means_check"): True, ("C2", "means_check"): False, ("C3", "means_check"): True,
                    ("C3", "yearly"): False}  # fmt: skip
    assert last_means_checks(county, DIVISION)["520203/C1"] == date(2022, 5, 18)
    assert [(row.case, row.last_on) for row in unreviewed(county, DIVISION, "means_check", TODAY)] == [
        ("C3", date(2021, 6, 30))
    ]
    take(county, tmp_path, {"fact": "void", "of": "first", "reason": "记错"})
    assert [row.case for row in unreviewed(county, DIVISION, "means_check", TODAY)] == ["C1", "C3"]
