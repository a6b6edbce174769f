"""Findings, samples and inspections on the command line: what a joint meeting and an inspector type and read."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable

import pytest
from conftest import CommandLine, Ran, enrol, standard

NAME = "finding/520203/paid_after_death/C1"
WORDS = "漏报一人死亡"
MEMBERS = [{"person": "P1"}, {"person": "P2"}]


@pytest.fixture(scope="module")
def county(make_installation: Callable[..., CommandLine]) -> CommandLine:
    """May is closed for C1 and C2; the death of a member of C1 in April became known on 20 May."""
    ledger = make_installation("--rehearsal")
    facts = ledger.facts(
        "county.jsonl",
        standard(),
        {"fact": "opening", "month": "2022-05"},
        enrol("C1", "P1", "2022-03-20", members=MEMBERS, village="520203101201"),
        enrol("C2", "P3", "2022-03-20", village="520203102201"),
    )
    done(ledger("--on", "2022-05-08", "record", facts, "--yes"))
    done(ledger("--on", "2022-05-08", "close-month", "2022-05", "--yes"))
    later = ledger.facts(
        "later.jsonl",
        {"fact": "leave", "case": "C1", "person": "P2", "date": "2022-04-17", "reason": "death"},
        {"fact": "inspection", "inspection": "I1", "kind": "regular", "on": "2022-05-20", "scope": "五月农村低保",
         "team": ["民政局", "财政局"]},
    )  # fmt: skip
    done(ledger("--on", "2022-05-20", "record", later, "--yes"))
    return ledger


def done(ran: Ran, code: int = 0) -> Ran:
    assert ran.code == code, ran.err
    return ran


@pytest.fixture(scope="module")
def opened(county: CommandLine) -> CommandLine:
    """Everybody whom `paid_after_death` names is taken up, for the inspection I1."""
    asked = ("finding", "open", "paid_after_death", "--all", "--due", "2022-06-05", "--inspection", "I1")
    refused = done(county(*asked), 2)
    assert "1 suspicion: 1 opened" in refused.err, "the preview comes before the question"
    assert "confirm.needed" in refused.err
    rows = done(county(*asked, "--yes", "--output", "json")).json
    assert rows == [
        {"finding": NAME, "outcome": "opened", "status": "suspected", "months": ["2022-05"], "suspected": "886.00",
         "due_on": "2022-06-05"},
    ]  # fmt: skip
    return county


def test_found_again_it_is_known_and_asks_nothing(opened: CommandLine) -> None:
    ran = done(opened("finding", "open", "paid_after_death", "C1", "--output", "json"))
    assert [row["outcome"] for row in ran.json] == ["known"]


def test_whom_the_query_does_not_name_is_no_finding(opened: CommandLine) -> None:
    assert "finding.not_suspected" in done(opened("finding", "open", "paid_after_death", "C2", "--yes"), 3).err
    assert "finding.nothing_named" in done(opened("finding", "open", "paid_after_death", "--yes"), 2).err


def test_the_list_says_what_is_overdue_by_its_exit_code(opened: CommandLine) -> None:
    ran = done(opened("findings"))
    assert ran.err.splitlines()[-1] == "1 finding: 1 open, 0 of them overdue; 0 reopened."
    heading, line = ran.out.splitlines()
    assert heading.split()[:6] == ["finding", "status", "open_since", "age_days", "due_on", "overdue_days"]
    assert line.split()[:6] == [NAME, "suspected", "2022-05-20", "0", "2022-06-05", "0"]
    late = done(opened("findings", "--as-of", "2022-06-15", "--output", "csv"), 4)
    (row,) = csv.DictReader(io.StringIO(late.out))
    assert (row["age_days"], row["overdue_days"], row["inspections"]) == ("26", "10", "I1")
    assert done(opened("findings", "--inspection", "I2", "--output", "json")).json == []


def test_from_the_ruling_to_the_money_back(opened: CommandLine) -> None:
    paper = opened.home.parent / "整改通知.txt"
    paper.write_text("限期追回\n", encoding="utf-8")
    digest = hashlib.sha256(paper.read_bytes()).hexdigest()
    short = "paid_after_death/C1"
    ruled = done(opened("finding", "confirm", short, "--amount", "443", "--text", WORDS, "--yes"))
    assert f"{NAME}: suspected → confirmed" in ruled.err
    assert WORDS not in ruled.out + ruled.err
    done(opened("finding", "order", short, "--due", "2022-06-30", "--evidence", paper, "--yes"))

    done(opened("--on", "2022-06-08", "close-month", "2022-06", "--yes"))
    (row,) = done(opened("findings", "--output", "json")).json
    back = {"ref": "payout/2022-06/520203/C1/household@1", "amount": "443.00", "linked": False}
    assert (row["recovered"], row["came_back"], row["recoveries"]) == ("0.00", "443.00", [back])
    assert row["payouts"] == ["payout/2022-05/520203/C1/household@1"]
    assert done(opened("finding", "recover", short, "--yes", "--output", "json")).json["left"] == "0.00"
    done(opened("finding", "close", short, "--yes"))
    assert done(opened("findings", "--output", "json")).json == []

    shown = done(opened("finding", "show", short, "--output", "json")).json
    assert (shown["status"], shown["recoveries"]) == ("closed", [back | {"linked": True}])
    assert [
        (step["step"], step["due_on"], step["amount"], step["evidence"], step["text"]) for step in shown["steps"]
    ] == [
        ("opened", "2022-06-05", None, [], None),
        ("confirmed", None, "443.00", [], WORDS),
        ("rectification_ordered", "2022-06-30", None, [digest], None),
        ("recovered", None, "443.00", [], None),
        ("closed", None, None, [], None),
    ]
    told = done(opened("history", NAME)).out
    assert "rectification ordered" in told
    assert WORDS not in told, "a history masks it"


def test_a_sample_can_be_drawn_again_from_what_is_printed(county: CommandLine) -> None:
    asked = ("sample", "2022-05", "--size", "2", "--seed", "20220520")
    drawn = done(county(*asked, "--output", "json")).json
    assert [(row["programme"], row["township"], row["case"]) for row in drawn["drawn"]] == [
        ("dibao_rural", "520203101", "C1"), ("dibao_rural", "520203102", "C2"),
    ]  # fmt: skip
    assert [row["drawn"] for row in drawn["strata"]] == [1, 1]
    listed = done(county(*asked, "--population")).out
    assert hashlib.sha256(listed.encode()).hexdigest() == drawn["population_digest"]
    assert "sample.seed" in done(county("sample", "2022-05", "--size", "2", "--seed", "a b"), 2).err


def test_an_inspection_shows_scope_sample_findings_and_conclusion(opened: CommandLine) -> None:
    asked = ("sample", "2022-05", "--size", "1", "--seed", "7", "--inspection", "I1")
    drawn = done(opened(*asked, "--yes", "--output", "json")).json["drawn"]
    concluded = ("inspection", "conclude", "I1", "--text", "已追回")
    assert done(opened(*concluded, "--yes", "--output", "json")).json["conclusion"] == "已追回"
    assert "inspection.concluded" in done(opened(*concluded, "--yes"), 3).err
    shown = done(opened("inspection", "show", "I1", "--output", "json")).json
    assert (shown["scope"], shown["team"], shown["conclusion"]) == ("五月农村低保", "民政局、财政局", "已追回")
    assert [sample["drawn"] for sample in shown["samples"]] == [[f"dibao_rural/{row['case']}" for row in drawn]]
    assert [row["finding"] for row in shown["findings"]] == [NAME]
    (row,) = done(opened("inspection", "list", "--output", "json")).json
    assert (row["inspection"], row["samples"], row["findings"]) == ("I1", 1, 1)
