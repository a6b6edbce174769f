"""Policy before it is recorded, as it is recorded, and what it were otherwise; claims and held money."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conftest import CommandLine, enrol, standard


@pytest.fixture(scope="module")
def county(make_installation: Callable[..., CommandLine]) -> CommandLine:
    """June 2022 is closed for two rural households; the prefecture's standard is older than the county's."""
    ledger = make_installation("--rehearsal")
    facts = ledger.facts(
        "county.jsonl",
        standard(amount="4800.00", division="520200", **{"from": "2020-01"}),
        standard(id="s1"),
        enrol("C1", "P1", "2022-05-18"),
        enrol("C2", "P2", "2022-05-18"),
    )
    assert ledger("--on", "2022-06-01", "record", facts, "--yes").code == 0
    ran = ledger("--on", "2022-06-08", "close-month", "2022-06", "--yes")
    assert ran.code == 0, ran.err
    return ledger


@pytest.fixture(scope="module")
def raised(county: CommandLine) -> CommandLine:
    """A raise known in July for June on, and overpaid money is claimed from July on."""
    facts = county.facts(
        "raise.jsonl",
        standard(amount="6000.00", id="s2", **{"from": "2022-06"}),
        {"fact": "policy", "key": "recovery", "value": "claim", "from": "2022-07"},
    )
    dry = county("--on", "2022-07-01", "record", facts, "--dry-run", "--output", "json")
    assert dry.json["effect"] == [
        {"division": "520203", "programme": "dibao_rural", "month": "2022-07", "households": 2, "affected": 2,
         "cost_now": "886.00", "cost_then": "1000.00", "arrears": "114.00", "recoveries": "0.00"},
    ]  # fmt: skip
    assert "2 of 2 households; 2022-07 costs 886.00 now, 1000.00 then; arrears 114.00" in dry.err
    supposed = county("replay", "2022-06", "--policy", facts, "--output", "json")
    assert [(case["case"], case["difference"]) for case in supposed.json["cases"]] == [
        ("C1", "57.00"), ("C2", "57.00"),
    ]  # fmt: skip
    assert supposed.json["totals"]["difference"] == "114.00"
    assert county("policy", "show", "recovery", "--output", "json").json["recorded"] == []
    assert county("record", facts, "--yes").code == 0
    return county


def test_the_effect_is_what_the_next_close_then_pays(raised: CommandLine) -> None:
    rows = raised("roll", "2022-07", "--output", "json").json
    arrears = [line["amount"] for row in rows for line in row["lines"] if line["component"] == "arrears"]
    assert (sum(map(float, arrears)), sum(float(row["amount"]) for row in rows)) == (114.0, 1114.0)


def test_rules_recorded_before_may_be_supposed_again(raised: CommandLine) -> None:
    facts = raised.home.parent / "raise.jsonl"
    supposed = raised("replay", "2022-06", "--policy", facts, "--output", "json").json
    assert supposed["totals"] == {
        "households": 2, "affected": 2, "due": "886.00", "under_file": "1000.00", "difference": "114.00",
    }  # fmt: skip
    cases = raised.facts("cases.jsonl", enrol("C7", "P7", "2022-06-01"))
    ran = raised("replay", "2022-06", "--policy", cases)
    assert (ran.code, "policy.facts_only: cases.jsonl line 1" in ran.err) == (3, True)


def test_what_held_when_and_where_it_came_from(raised: CommandLine) -> None:
    shown = raised("policy", "show", "standard:dibao_rural", "--output", "json").json
    assert [(span["from"], span["to"], span["value"], span["level"]) for span in shown["in_force"]] == [
        ("2020-01", "2022-03", "4800.00 a year", "520200"),
        ("2022-04", "2022-05", "5316.00 a year", "520203"),
        ("2022-06", None, "6000.00 a year", "520203"),
    ]
    assert [span["ref"] for span in shown["in_force"]] == [
        "policy/520200@1", "policy/520203@1", "policy/520203@2",
    ]  # fmt: skip
    assert shown["in_force"][1]["known_since"] == "2022-06-01 12:00:00"
    of_may = raised("policy", "show", "standard:dibao_rural", "--month", "2022-05", "--output", "json").json
    assert [span["value"] for span in of_may["in_force"]] == ["5316.00 a year"]
    recovery = raised("policy", "show", "recovery")
    assert "taken from later payouts, or listed as a claim (default: offset)" in recovery.out


@pytest.mark.parametrize(
    ("key", "code"), [("nothing", "policy.unknown_key"), ("top_up:dibao_rural:minor", "policy.none_recorded")]
)
def test_policy_that_is_none(raised: CommandLine, key: str, code: str) -> None:
    ran = raised("policy", "show", key)
    assert (ran.out, ran.code, code in ran.err) == ("", 3, True)


def test_every_key_is_listed_with_its_meaning(raised: CommandLine) -> None:
    rows = {row["policy"]: row for row in raised("policy", "list", "--month", "2022-07", "--output", "json").json}
    assert all(row["meaning"] for row in rows.values())
    assert (rows["recovery"]["value"], rows["recovery"]["level"]) == ("claim", "520203")
    assert (rows["posting_days"]["value"], rows["posting_days"]["ref"]) == ("7", None)
    assert rows["standard:dibao_rural"]["value"] == "6000.00 a year"


@pytest.fixture(scope="module")
def owing(raised: CommandLine) -> CommandLine:
    """C2's only member died in May, known in July; C1 is held; the raise is void; July is closed."""
    facts = raised.facts(
        "july.jsonl",
        {"fact": "leave", "case": "C2", "person": "P2", "date": "2022-05-30", "reason": "death"},
        {"fact": "hold", "case": "C1", "decided_on": "2022-07-01", "reason": "核查"},
        {"fact": "void", "of": "s2", "reason": "文号有误"},
    )
    assert raised("--on", "2022-07-02", "record", facts, "--yes").code == 0
    new = raised("claims", "--output", "json").json
    assert [(row["case"], row["open_since"], row["age_days"]) for row in new] == [("C2", None, 0)]
    assert raised("--on", "2022-07-08", "close-month", "2022-07", "--yes").code == 0
    return raised


def test_a_void_rule_is_shown_and_holds_nothing(owing: CommandLine) -> None:
    shown = owing("policy", "show", "standard:dibao_rural", "--output", "json").json
    assert shown["in_force"][-1]["value"] == "5316.00 a year"
    void = [fact for fact in shown["recorded"] if fact["voided"]]
    assert [(fact["ref"], fact["holds"], fact["void"]) for fact in void] == [
        ("policy/520203@2", False, "policy/520203@4"),
    ]


def test_what_nothing_can_be_offset_against_is_claimed_with_its_age(owing: CommandLine) -> None:
    rows = owing("--on", "2022-08-08", "claims", "--output", "json").json
    assert rows == [
        {"case": "C2", "programme": "dibao_rural", "payee": "household", "person": "P2", "oldest_month": "2022-06",
         "amount": "443.00", "months": {"2022-06": "443.00"}, "open_since": "2022-07-08", "age_days": 31,
         "reason": "case ended", "because": ["case/520203/C2@2"]},
    ]  # fmt: skip


def test_held_cases_are_listed_apart(owing: CommandLine) -> None:
    ran = owing("claims", "--held", "--output", "json")
    assert [(row["case"], row["oldest_month"], row["amount"], row["reason"]) for row in ran.json] == [
        ("C1", "2022-07", "443.00", "held"),
    ]
    assert "443.00 yuan owed to held cases, 1 payee." in ran.err
