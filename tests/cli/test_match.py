"""Matching, alerts, applications and reviews at the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import CommandLine, enrol, standard

WOMAN, STRANGER = "11010519491231002X", "110105194912310011"
CARS = f"六枝特区车辆信息\n姓名,身份证号,车辆类型\n王秀英,{WOMAN.lower()},货车\n生人,{STRANGER},客车\n"


@pytest.fixture(scope="module")
def county(make_installation: Callable[..., CommandLine]) -> CommandLine:
    """C1 draws; A1 is open since March, A2 was refused."""
    ledger = make_installation("--rehearsal")
    application = {"fact": "application", "programme": "dibao_rural"}
    facts = ledger.facts(
        "county.jsonl",
        standard(),
        enrol("C1", "P1", "2022-05-18", village="520203101201"),
        {"fact": "review", "case": "C1", "on": "2022-05-10", "kind": "means_check", "by": "核对中心"},
        {**application, "application": "A0", "person": "P1", "applied_on": "2022-05-02"},
        {**application, "application": "A1", "person": "P7", "applied_on": "2022-03-01"},
        {**application, "application": "A2", "person": "P8", "applied_on": "2022-04-01", "outcome": "refused",
         "decided_on": "2022-04-20"},
    )  # fmt: skip
    assert ledger("--on", "2022-07-01", "record", facts, "--yes").code == 0
    return ledger


def cars(ledger: CommandLine, name: str = "cars.csv") -> Path:
    path = ledger.home.parent / name
    path.write_bytes(CARS.encode("gb18030"))
    return path


@pytest.fixture(scope="module")
def matched(county: CommandLine) -> CommandLine:
    ran = county("--on", "2022-07-05", "match", "vehicle", cars(county), "--month", "2022-06", "--yes")
    assert (ran.out, ran.code) == ("cars.csv: 1 match of vehicle 2022-06 recorded, 1 alert raised.\n", 0)
    assert "cars.csv: 2 lines; 1 drawing\n" in ran.err
    assert "alerts: 1 of over-inclusion, 0 of under-coverage to be raised; 0 raised before" in ran.err
    assert WOMAN not in ran.out + ran.err
    return county


def code_of(ledger: CommandLine) -> str:
    alerts = ledger("alerts", "--all", "--output", "json").json["alerts"]
    return str(next(alert["alert"] for alert in alerts if alert["dataset"] == "vehicle"))


def test_nothing_is_recorded_without_a_yes(county: CommandLine) -> None:
    ran = county("match", "company", cars(county), "--month", "2022-06")
    assert (ran.code, "confirm.needed" in ran.err) == (2, True)


def test_the_same_file_again_says_so(matched: CommandLine) -> None:
    ran = matched("match", "vehicle", cars(matched), "--month", "2022-06", "--yes")
    assert (ran.out, ran.code) == ("cars.csv was matched before, byte for byte: nothing changed.\n", 0)
    told = matched(
        "match", "vehicle", cars(matched, "renamed.csv"), "--month", "2022-06", "--yes", "--output", "json"
    )
    assert (told.json["already"], told.json["matches"], told.json["alerts"]) == (True, 0, [])


def test_an_unknown_dataset_or_a_bad_line_is_refused(matched: CommandLine) -> None:
    assert matched("match", "cars", cars(matched)).code == 2
    path = matched.home.parent / "bad.csv"
    path.write_text(f"身份证号\n{WOMAN}\n1101051949123100\n", encoding="utf-8")
    ran = matched("match", "death", path, "--yes")
    assert (ran.code, ran.err.splitlines()[1]) == (3, "match.malformed: bad.csv line 3, column 身份证号")
    assert "1101051949123100" not in ran.err


def test_an_alert_is_listed_until_it_is_cleared(matched: CommandLine) -> None:
    code = code_of(matched)
    proof = matched.home.parent / "核查表.txt"
    proof.write_text("已报废", encoding="utf-8")
    open_ones = matched("alerts", "--as-of", "2022-07-15", "--output", "json")
    assert open_ones.code == 4
    assert open_ones.json["alerts"] == [
        {"alert": code, "township": "520203101", "dataset": "vehicle", "side": "over_inclusion", "person": "P1",
         "case": "C1", "state": "raised", "raised_on": "2022-07-05", "age_days": 10, "since": "2022-07-05",
         "by": None, "evidence": []}
    ]  # fmt: skip
    assert open_ones.json["townships"] == [
        {"township": "520203101", "raised": 1, "cleared": 0, "open": 1, "oldest_days": 10}
    ]

    def walk(step: str, by: str, *more: str) -> str:
        return matched("--on", "2022-07-08", "alert", "step", code, step, "--by", by, "--yes", *more).err

    assert "alert.out_of_order" in walk("cleared", "S1", "--evidence", str(proof))
    for step, by in (("assigned", "W1"), ("field_checked", "W1")):
        assert f"→ {step}, by {by}, on 2022-07-08" in walk(step, by)
    assert "alert.same_person" in walk("reviewed", "W1", "--outcome", "维持")
    assert "→ reviewed" in walk("reviewed", "S1", "--outcome", "维持")
    assert "→ cleared" in walk("cleared", "S1", "--evidence", str(proof))
    cleared = matched("alerts")
    assert (cleared.code, code in cleared.out, "1 alert, 0 open." in cleared.err) == (0, False, True)
    row = matched("alerts", "--all", "--output", "json").json["alerts"][0]
    assert (row["state"], row["age_days"], len(row["evidence"])) == ("cleared", 3, 1)
    history = matched("history", code)
    assert "step cleared" in history.out
    assert "维持" not in history.out


def test_alerts_as_csv_are_one_table(matched: CommandLine) -> None:
    listed = matched("alerts", "--all", "--output", "csv").out.splitlines()
    assert listed[0] == "alert,township,dataset,side,person,case,state,raised_on,age_days,since,by"
    assert len(listed) == 2
    counted = matched("alerts", "--by-township", "--output", "csv").out.splitlines()
    assert counted[0] == "township,raised,cleared,open,oldest_days"


def test_open_applications_are_listed_and_those_over_time(county: CommandLine) -> None:
    ran = county("applications", "--as-of", "2022-07-01", "--output", "json")
    assert ran.code == 4
    assert ran.json == [
        {"application": "A1", "programme": "dibao_rural", "person": "P7", "applied_on": "2022-03-01",
         "age_days": 122, "working_days": 88, "over": 45, "outcome": "open", "decided_on": None, "case": None,
         "means_check_on": None}
    ]  # fmt: skip
    assert "3 applications, 1 open, 1 of them over 30 working days." in ran.err
    early = county("applications", "--as-of", "2022-03-20")
    assert early.code == 0
    assert county("applications", "--overdue", "--as-of", "2022-07-01", "--output", "json").json == ran.json


def test_a_refused_application_stays_findable(county: CommandLine) -> None:
    rows = {row["application"]: row for row in county("applications", "--all", "--output", "json").json}
    assert (rows["A2"]["outcome"], rows["A2"]["decided_on"]) == ("refused", "2022-04-20")
    assert (rows["A0"]["outcome"], rows["A0"]["case"], rows["A0"]["means_check_on"]) == (
        "granted",
        "C1",
        "2022-05-10",
    )
    for name in ("A2", "P8"):
        assert "outcome refused" in county("history", name).out


def test_means_checks_are_listed_and_who_has_none(county: CommandLine) -> None:
    ran = county("reviews", "--kind", "means_check", "--output", "json")
    assert [(row["case"], row["household"], row["by"]) for row in ran.json] == [("C1", "new", "核对中心")]
    assert county("reviews", "--missing", "--as-of", "2022-07-01", "--output", "json").json == []
    late = county("reviews", "--missing", "--as-of", "2023-07-01", "--output", "json")
    assert [(row["case"], row["last_on"]) for row in late.json] == [("C1", "2022-05-10")]
    assert "1 household without a means_check for a year." in late.err


def test_a_column_map_names_other_headings(county: CommandLine) -> None:
    folder = county.home.parent
    (folder / "map.toml").write_text('[student]\nid_number = "学生证件"\nvalue = "年级"\n', encoding="utf-8")
    (folder / "students.csv").write_text(f"学生证件,年级\n{WOMAN},高一\n", encoding="utf-8")
    ran = county(
        "match", "student", folder / "students.csv", "--map", folder / "map.toml", "--yes", "--output", "json"
    )
    assert (ran.code, ran.json["matches"], ran.json["alerts"]) == (0, 1, [])
    (folder / "map.toml").write_text('[student]\nid = "学生证件"\n', encoding="utf-8")
    refused = county("match", "student", folder / "students.csv", "--map", folder / "map.toml", "--yes")
    assert (refused.code, "match.map: map.toml" in refused.err) == (3, True)


def test_json_of_a_match_says_whom_it_concerns(county: CommandLine) -> None:
    path = county.home.parent / "money.csv"
    path.write_text(f"身份证号,月工资\n{WOMAN},1.00\n{STRANGER},9.00\n", encoding="utf-8")
    ran = county("match", "wages", path, "--month", "2022-07", "--yes", "--output", "json")
    told = ran.json
    alert = told.pop("alerts")[0]
    assert told == {
        "file": "money.csv", "dataset": "wages", "month": "2022-07", "division": "520203", "lines": 2,
        "persons": {"drawing": 1}, "matches": 1, "unchanged": 0, "replaced": 0, "over_inclusion": 1,
        "under_coverage": 0, "standing": 0, "already": False,
    }  # fmt: skip
    assert (alert["person"], alert["side"], alert["alert"][:8]) == ("P1", "over_inclusion", "2022-07-")
