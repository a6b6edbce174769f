"""`ledger grain`: what was allocated against what was handed out, by township, store and household."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from conftest import CommandLine, enrol, standard

GIVEN = {"fact": "grain_hand_out", "month": "2022-06", "on": "2022-06-20"}
MOVED = {"fact": "grain_stock", "on": "2022-06-12"}


@pytest.fixture(scope="module")
def given(make_installation: Callable[..., CommandLine]) -> CommandLine:
    """June is closed: five rural households of one person, 15 kg each, in two townships and nowhere."""
    ledger = make_installation("--rehearsal")
    villages = {
        "C1": "520203001001", "C2": "520203001002", "C3": "520203002001", "C4": "520203002001", "C5": None,
    }  # fmt: skip
    facts: list[dict[str, Any]] = [standard()]
    for case, village in villages.items():
        person = case.replace("C", "P")
        member = {"person": person, "name": f"王{case}"}
        facts.append(enrol(case, person, "2022-05-18", members=[member], village=village))
        facts.append({"fact": "harvest", "case": case, "year": 2022, "kg_per_head": 104})
    assert ledger("--on", "2022-06-01", "record", ledger.facts("county.jsonl", *facts), "--yes").code == 0
    assert ledger("--on", "2022-06-08", "close-month", "2022-06", "--yes").code == 0
    handed_out = ledger.facts(
        "june.jsonl",
        GIVEN | {"case": "C1", "kg": "15", "collector": "王 C1"},
        GIVEN | {"case": "C2", "kg": "15", "collector": "李邻居", "id": "wrong"},
        GIVEN | {"case": "C2", "kg": "7.5", "collector": "李邻居"},
        GIVEN | {"case": "C3", "kg": "30", "collector": "P3"},
        GIVEN | {"case": "C5", "kg": "15"},
        {"fact": "void", "of": "wrong", "reason": "误记"},
        MOVED | {"unit": "520203001", "kg": "500", "direction": "in", "on": "2022-05-12"},
        MOVED | {"unit": "520203001", "kg": "22.5", "direction": "out"},
        MOVED | {"unit": "520203002", "kg": "100", "direction": "in"},
        MOVED | {"unit": "520203002", "kg": "20", "direction": "out"},
        MOVED | {"unit": "县粮库", "kg": "15", "direction": "out", "on": "2022-06-30"},
    )
    assert ledger("--on", "2022-06-30", "record", handed_out, "--yes").code == 0
    return ledger


def rows_of(ledger: CommandLine, *args: str) -> list[dict[str, Any]]:
    ran = ledger("grain", *args, "--output", "json")
    assert ran.code == 0, ran.err
    rows: list[dict[str, Any]] = ran.json
    return rows


def test_each_township_shows_what_became_of_its_grain(given: CommandLine) -> None:
    found = {row["township"]: row for row in rows_of(given, "2022-06") if row["kind"] == "township"}
    assert list(found) == ["520203001", "520203002", None]
    columns = (
        "households", "allocated_kg", "handed_out_kg", "not_handed_out", "over_ration", "by_proxy",
        "store_in_kg", "store_out_kg", "out_less_handed_out_kg",
    )  # fmt: skip
    assert {township: tuple(row[name] for name in columns) for township, row in found.items()} == {
        "520203001": (2, 30, "22.5", 0, 0, 1, 0, "22.5", 0),
        "520203002": (2, 30, 30, 1, 1, 0, 100, 20, -10),
        None: (1, 15, 15, 0, 0, 0, 0, 15, 0),
    }


def test_the_townships_add_up_to_the_total(given: CommandLine) -> None:
    rows = rows_of(given, "2022-06")
    (total,) = [row for row in rows if row["kind"] == "total"]
    summed = {name: value for name, value in total.items() if name not in ("kind", "month", "township")}
    townships = [row for row in rows if row["kind"] == "township"]
    assert summed == {name: _plain(sum(float(row[name]) for row in townships)) for name in summed}
    assert (total["allocated_kg"], total["handed_out_kg"], total["store_out_kg"]) == (75, "67.5", "57.5")


def _plain(value: float) -> int | str:
    return int(value) if value == int(value) else str(value)


def test_a_store_holds_what_it_took_in_less_what_it_gave_out(given: CommandLine) -> None:
    stores = [row for row in rows_of(given, "2022-06") if row["kind"] == "store"]
    assert [(r["unit"], r["store_in_kg"], r["store_out_kg"], r["balance_kg"]) for r in stores] == [
        ("520203001", 0, "22.5", "477.5"),
        ("520203002", 100, 20, 80),
        ("县粮库", 0, 15, -15),
    ]


def test_households_say_who_waits_who_got_too_much_and_whose_was_collected(given: CommandLine) -> None:
    rows = rows_of(given, "2022-06", "--cases")
    said = {
        row["case"]: [name for name in ("not_handed_out", "over_ration", "by_proxy") if row[name]] for row in rows
    }
    assert said == {"C1": [], "C2": ["by_proxy"], "C3": ["over_ration"], "C4": ["not_handed_out"], "C5": []}
    over = next(row for row in rows if row["case"] == "C3")
    assert (over["allocated_kg"], over["handed_out_kg"], over["because"]) == (15, 30, ["case/520203/C3@3"])


def test_a_year_lists_the_months_with_grain(given: CommandLine) -> None:
    rows = rows_of(given, "2022-01", "--year")
    assert [(row["month"], row["allocated_kg"]) for row in rows if row["kind"] == "total"] == [
        ("2022-05", 0),
        ("2022-06", 75),
    ]


def test_an_open_month_has_nothing_allocated(given: CommandLine) -> None:
    ran = given("grain", "2022-07", "--cases", "--output", "json")
    assert (ran.json, ran.code) == ([], 0)
    assert "2022-07 is not closed: nothing is allocated for it yet." in ran.err


def test_text_and_csv_hold_the_same_rows(given: CommandLine) -> None:
    text = given("grain", "2022-06")
    assert "520203002" in text.out
    assert "县粮库" in text.out
    assert "520203: 75 kg allocated, 67.5 kg handed out; 1 household not handed out yet" in text.err
    rows = list(csv.DictReader(io.StringIO(given("grain", "2022-06", "--output", "csv").out)))
    assert [row["kind"] for row in rows] == ["township"] * 3 + ["total"] + ["store"] * 3
    assert [row["balance_kg"] for row in rows][-1] == "-15"
