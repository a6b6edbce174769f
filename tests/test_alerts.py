"""An alert's walk, its age, and the count to zero; whoever checked in the field does not review."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ledger.domain.alert import STATES
from ledger.errors import Refused
from ledger.intake.evidence import evidence_of
from ledger.intake.reading import read_facts
from ledger.recording import execute, record
from ledger.store.embedded import ServerAddress
from ledger.store.recorder import Conflict
from ledger.supervising.alerting import Step, plan_step, take_step
from projections.alerts import TownshipCount, by_township, listed_alerts
from projections.installation import Installation
from projections.throw_away import ThrowAwayLedgers

DIVISION = "520203"
TODAY = date(2022, 7, 20)


@pytest.fixture(scope="module")
def ledgers(server: ServerAddress, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> ThrowAwayLedgers:
    return ThrowAwayLedgers(server.conninfo, tmp_path_factory.mktemp("ledgers"), label=f"alerts_{worker_id}")


@pytest.fixture
def county(ledgers: ThrowAwayLedgers, tmp_path: Path) -> Iterator[Installation]:
    """L1 and L2 of one township, L3 of a village known by name, L4 of a person in no case."""
    with ledgers.fresh(DIVISION) as installation:
        installation.ledger.set_rehearsal_day(TODAY)
        villages = ("520203101201", "520203101202", "大河镇裕民村")
        take(installation, tmp_path, *(household(n, village) for n, village in enumerate(villages, 1)))
        take(installation, tmp_path, *(alert(n, f"2022-07-0{n}") for n in (1, 2, 3, 4)))
        yield installation


def household(number: int, village: str) -> dict[str, Any]:
    return {
        "fact": "enrol", "case": f"C{number}", "programme": "dibao_rural", "confirmed_on": "2022-05-20",
        "head": f"P{number}", "members": [{"person": f"P{number}"}], "village": village,
    }  # fmt: skip


def alert(number: int, on: str) -> dict[str, Any]:
    return {"fact": "alert", "alert": f"L{number}", "person": f"P{number}", "dataset": "vehicle", "detail": "贵B1",
            "side": "over_inclusion", "on": on}  # fmt: skip


def step(name: str, by: str | None, on: str, **more: Any) -> dict[str, Any]:
    said = {"fact": "alert_step", "alert": "L1", "step": name, "by": by, "on": on, **more}
    return {key: value for key, value in said.items() if value is not None}


def take(installation: Installation, folder: Path, *facts: dict[str, Any]) -> None:
    path = folder / "facts.jsonl"
    path.write_text("".join(json.dumps(fact, ensure_ascii=False) + "\n" for fact in facts), encoding="utf-8")
    record(installation.ledger, read_facts(path))


def walk(installation: Installation, name: str, by: str, *evidence: Path, on: date | None = None) -> None:
    take_step(installation.ledger, Step(DIVISION, "L1", name, by, "停发", evidence_of(evidence), on))


def state(installation: Installation, on: date = TODAY, code: str = "L1") -> str:
    return next(row.alert.state for row in listed_alerts(installation, DIVISION, on) if row.code == code)


def test_a_walk_takes_each_step_in_its_order_and_ends_with_evidence(county: Installation, tmp_path: Path) -> None:
    proof = tmp_path / "核查表.pdf"
    proof.write_bytes(b"signed")
    seen = [state(county)]
    for name, by, evidence in zip(STATES[1:], ("W1", "W1", "S1", "S1"), ((), (), (), (proof,)), strict=True):
        walk(county, name, by, *evidence)
        seen.append(state(county))
    assert tuple(seen) == STATES
    row = next(row for row in listed_alerts(county, DIVISION, TODAY) if row.code == "L1")
    assert (row.dataset, row.case, row.evidence) == ("vehicle", "C1", (hashlib.sha256(b"signed").hexdigest(),))


@pytest.mark.parametrize(
    ("done", "name", "by", "code"),
    [
        ([], "field_checked", "W1", "alert.out_of_order"),
        ([], "cleared", "W1", "alert.out_of_order"),
        (["assigned"], "reviewed", "S1", "alert.out_of_order"),
        (["assigned", "field_checked"], "cleared", "S1", "alert.out_of_order"),
        (["assigned", "field_checked"], "reviewed", "W 1", "alert.same_person"),
        (["assigned", "field_checked", "reviewed"], "cleared", "S1", "alert.no_evidence"),
    ],
)
def test_a_walk_leaves_nothing_out(county: Installation, done: list[str], name: str, by: str, code: str) -> None:
    for earlier in done:
        walk(county, earlier, "S1" if earlier == "reviewed" else "W1")
    with pytest.raises(Refused) as error:
        walk(county, name, by)
    assert error.value.code == code
    assert state(county) == (done[-1] if done else "raised")


def test_a_review_may_send_it_back_to_somebody_else(county: Installation) -> None:
    for name, by in (("assigned", "W1"), ("field_checked", "W1"), ("reviewed", "S1"), ("assigned", "W2")):
        walk(county, name, by)
    assert state(county) == "assigned"
    assert listed_alerts(county, DIVISION, TODAY)[0].alert.holder == "W2"


def test_a_step_before_the_last_one_is_refused(county: Installation) -> None:
    walk(county, "assigned", "W1", on=date(2022, 7, 10))
    with pytest.raises(Refused, match=r"alert\.out_of_order"):
        walk(county, "field_checked", "W1", on=date(2022, 7, 9))


def test_a_planned_step_does_not_follow_what_was_done_meanwhile(county: Installation) -> None:
    planned = plan_step(county.ledger, Step(DIVISION, "L1", "assigned", "W1"))
    walk(county, "assigned", "W2")
    with pytest.raises(Conflict):
        execute(county.ledger, planned.planned)
    assert listed_alerts(county, DIVISION, TODAY)[0].alert.holder == "W2"


def test_facts_may_tell_a_walk_in_any_order(county: Installation, tmp_path: Path) -> None:
    """A register kept elsewhere has what it has: the days of the steps say where the alert stands."""
    take(county, tmp_path, step("cleared", "S1", "2022-07-15", evidence=["照片"]))
    take(
        county,
        tmp_path,
        step("field_checked", "W1", "2022-07-12", outcome="维持"),
        step("reviewed", None, "2022-07-13"),
    )
    assert [state(county, date(2022, 7, day)) for day in (11, 12, 13, 15)] == [
        "raised", "field_checked", "reviewed", "cleared",
    ]  # fmt: skip


@pytest.mark.parametrize("order", [("field_checked", "reviewed"), ("reviewed", "field_checked")])
def test_one_person_does_not_check_and_review(
    county: Installation, tmp_path: Path, order: tuple[str, str]
) -> None:
    take(county, tmp_path, step(order[0], "W1", "2022-07-10"))
    with pytest.raises(Refused, match=r"alert\.same_person"):
        take(county, tmp_path, step(order[1], "W1", "2022-07-11"))
    take(county, tmp_path, step(order[1], "S1", "2022-07-11"))


def test_townships_count_to_zero(county: Installation, tmp_path: Path) -> None:
    take(county, tmp_path, step("cleared", "S1", "2022-07-15", evidence=["照片"]))
    assert list(by_township(listed_alerts(county, DIVISION, TODAY), TODAY)) == [
        TownshipCount("-", 1, 0, 1, 16),
        TownshipCount("520203101", 2, 1, 1, 18),
        TownshipCount("大河镇裕民村", 1, 0, 1, 17),
    ]
    earlier = date(2022, 7, 3)
    assert list(by_township(listed_alerts(county, DIVISION, earlier), earlier)) == [
        TownshipCount("520203101", 2, 0, 2, 2),
        TownshipCount("大河镇裕民村", 1, 0, 1, 0),
    ]


def test_the_age_of_a_cleared_alert_is_what_it_took(county: Installation, tmp_path: Path) -> None:
    take(county, tmp_path, step("cleared", "S1", "2022-07-15", evidence=["照片"]))
    found = {row.code: row.alert.age_days(TODAY) for row in listed_alerts(county, DIVISION, TODAY)}
    assert (found["L1"], found["L2"]) == (14, 18)


def test_a_voided_alert_is_in_no_count(county: Installation, tmp_path: Path) -> None:
    take(county, tmp_path, {"fact": "void", "of": f"alert/{DIVISION}/L4@1", "reason": "文件有误"})
    assert [row.code for row in listed_alerts(county, DIVISION, TODAY)] == ["L1", "L2", "L3"]
