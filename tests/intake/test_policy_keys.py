from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.errors import Refused
from ledger.intake.facts import Policy, parse_fact
from ledger.intake.policy_keys import POLICY_KEYS
from ledger.intake.raw import Cell, Number, RawFact


def value_of(key: str, value: object) -> object:
    data = {"fact": "policy", "key": key, "value": value, "from": "2022-04"}
    fact = parse_fact(RawFact("f.yaml", 1, data), division="520203")
    assert isinstance(fact, Policy)
    return fact.value


TIERS = [
    {"under": Number("105"), "months": [Number("6"), Number("7")]},
    {"under": "135.5", "months": [Number("8")]},
]

ACCEPTED: list[tuple[str, Any, Any]] = [
    ("top_up_stacking", "sum", "sum"),
    ("top_up_cap_percent", Number("50"), "50"),
    ("top_up_cap_percent", None, None),
    ("recovery", "claim", "claim"),
    ("back_pay", False, False),
    ("back_pay", Cell("false"), False),
    ("pay_by_day", Number("15"), 15),
    ("minimum_gap", "30.00", "30.00"),
    ("minimum_gap", None, None),
    ("relief_township_limit", "2000", "2000"),
    ("relief_repeat_months", Number("6"), 6),
    ("kin_scope", [Number("10"), "20"], ["10", "20"]),
    ("kin_scope", ["01"], ["01"]),
    ("grain_tiers", TIERS, [{"under": "105", "months": [6, 7]}, {"under": "135.5", "months": [8]}]),
    ("grain_tiers", [], []),
    ("grain_ration_kg", Number("12.5"), "12.5"),
    ("return_unresolved_days", Number("60"), 60),
    ("posting_days", "5", 5),
    ("property_limit", Number("2"), 2),
    ("housing_fund_limit", "100.00", "100.00"),
    ("recovery_cap_percent", "33.3333", "33.3333"),
    ("rules_version", Number("2"), 2),
]


@pytest.mark.parametrize(("key", "given", "plain"), ACCEPTED)
def test_a_policy_value_becomes_plain_data(key: str, given: object, plain: object) -> None:
    value = value_of(key, given)
    assert value == plain
    assert type(value) is type(plain)


def test_every_key_is_tried() -> None:
    assert {key for key, _, _ in ACCEPTED} == POLICY_KEYS.keys()


def _as_written(value: object) -> object:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return Number(value)
    if isinstance(value, dict):
        return {key: _as_written(inner) for key, inner in value.items()}
    assert isinstance(value, list)
    return [_as_written(inner) for inner in value]


@pytest.mark.parametrize("key", POLICY_KEYS)
def test_a_default_could_be_recorded_as_it_is_and_is_plain_json(key: str) -> None:
    default = POLICY_KEYS[key].default
    assert value_of(key, _as_written(default)) == default
    assert json.loads(json.dumps(default)) == default
    assert POLICY_KEYS[key].meaning


@pytest.mark.parametrize(
    ("key", "given"),
    [
        ("top_up_stacking", "highest"),
        ("top_up_cap_percent", Number("0")),
        ("top_up_cap_percent", "101"),
        ("recovery", None),
        ("back_pay", "false"),
        ("back_pay", Number("1")),
        ("pay_by_day", Number("0")),
        ("pay_by_day", Number("32")),
        ("pay_by_day", "ten"),
        ("minimum_gap", Number("30")),
        ("relief_township_limit", None),
        ("kin_scope", "10"),
        ("kin_scope", ["10", "10"]),
        ("kin_scope", ["13"]),
        ("kin_scope", []),
        ("grain_tiers", [TIERS[1], TIERS[0]]),
        ("grain_tiers", [TIERS[0], TIERS[0]]),
        ("grain_tiers", [{"under": Number("105"), "months": [Number("6"), Number("6")]}]),
        ("grain_tiers", [{"under": Number("105"), "months": [Number("13")]}]),
        ("grain_tiers", [{"under": Number("105")}]),
        ("grain_tiers", [{"below": Number("105"), "months": []}]),
        ("grain_ration_kg", "15kg"),
        ("recovery_cap_percent", Number("0")),
        ("rules_version", Number("0")),
    ],
)
def test_a_value_the_key_does_not_take_is_refused(key: str, given: object) -> None:
    with pytest.raises(Refused, match="field value"):
        value_of(key, given)
