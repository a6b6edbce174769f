from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest

from ledger.errors import LedgerError, Refused
from ledger.intake import facts as offered
from ledger.intake.fact import Fact
from ledger.intake.facts import (
    KINDS,
    Care,
    Enrol,
    Harvest,
    PayoutImported,
    Relation,
    TopUpRule,
    canonical,
    parse_fact,
)
from ledger.intake.raw import Cell, Number, RawFact
from ledger.intake.shape import shape_of
from ledger.values.month import Month
from tests.intake.examples import EXAMPLES, MEMBER

ABSENT = object()


def raw(kind: str, /, **changes: Any) -> RawFact:
    """The kind's example with fields changed, or left out (ABSENT)."""
    data = {"fact": kind, **copy.deepcopy(EXAMPLES[kind])}
    for key, value in changes.items():
        *path, last = key.rstrip("_").split("__")
        inner: Any = data
        for part in path:
            inner = inner[int(part) if part.isdigit() else part]
        inner[last] = value
    return RawFact("f.jsonl", 7, {key: value for key, value in data.items() if value is not ABSENT})


def parse(kind: str, /, **changes: Any) -> Fact:
    return parse_fact(raw(kind, **changes), division="520203")


def refusal(kind: str, /, **changes: Any) -> LedgerError:
    with pytest.raises(Refused) as caught:
        parse(kind, **changes)
    return caught.value


def test_every_kind_has_an_example_and_every_struct_is_a_kind() -> None:
    assert KINDS.keys() == EXAMPLES.keys()
    leaves = {kind for kind in _descendants(Fact) if hasattr(kind, "KIND")}
    assert leaves == set(KINDS.values())
    assert len(KINDS) == 43
    assert all(getattr(offered, kind.__name__) is kind for kind in KINDS.values())


def _descendants(kind: type) -> set[type]:
    return {kind}.union(*map(_descendants, kind.__subclasses__())) if kind.__subclasses__() else {kind}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_example_of_a_kind_gives_every_field_and_is_read(kind: str) -> None:
    shape = shape_of(KINDS[kind])
    left_out = {"division", "id", "recorded_on"} | {
        "top_up_rule": {"amount"},
        "correct": {"case", "village", "confirmed_on"},
        "income": {"from"},
        "account": {"person"},
    }.get(kind, set())
    assert EXAMPLES[kind].keys() == shape.keys - left_out
    fact = parse(kind, id="c-1", recorded_on="2022-06-01")
    assert (type(fact), fact.division, fact.id, fact.recorded_on) == (
        KINDS[kind], "520203", "c-1", date(2022, 6, 1),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "field"), [(k, f.key) for k, c in KINDS.items() for f in shape_of(c).fields if f.required]
)
def test_a_required_field_left_out_is_named(kind: str, field: str) -> None:
    error = refusal(kind, **{field + "_" if field == "from" else field: ABSENT})
    assert (error.code, error.subject) == ("fact.missing_field", f"f.jsonl line 7, field {field}")


@pytest.mark.parametrize("kind", EXAMPLES)
def test_an_unknown_field_is_refused(kind: str) -> None:
    assert refusal(kind, surprise="x").code == "fact.unknown_field"


@pytest.mark.parametrize("wrong", [Number("1.5"), True, None, [], [["x"]], {}, {"x": "y"}, "", " ", "\n"])
@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_value_of_a_wrong_type_is_refused_or_taken_never_a_crash(kind: str, wrong: object) -> None:
    for field in EXAMPLES[kind]:
        try:
            parse(kind, **{field + "_" if field == "from" else field: wrong})
        except Refused as error:
            assert f"field {field}" in error.subject or "/" in error.subject  # noqa: PT017


ACCEPTED = [
    ("standard", {"from_": "2022-04-01"}),
    ("standard", {"amount": "0"}),
    ("standard", {"amount": Cell("705.5")}),
    ("top_up_rule", {"percent": Number("30")}),
    ("top_up_rule", {"percent": "0.0001"}),
    ("top_up_rule", {"percent": "100", "to": ABSENT}),
    ("top_up_rule", {"percent": ABSENT, "amount": "20.00"}),
    ("top_up_rule", {"to": None}),
    ("top_up_rule", {"to": "2022-04"}),
    ("void", {"of": "c-17"}),
    ("enrol", {"case": Number("17"), "account__number": Number("621799")}),
    ("enrol", {"members__0__id_number": "11010519491231002x"}),
    ("enrol", {"members__0__id_number": "123", "imported": True}),
    ("enrol", {"village": Number("520203101201")}),
    ("enrol", {"members__0__name": "䶮㛃𠰻·买买提"}),
    ("correct", dict.fromkeys(EXAMPLES["correct"], ABSENT) | {"case": "C1", "village": "岩脚村"}),
    ("income", {"decided_on": ABSENT, "from_": "2022-06"}),
    ("account", {"case": ABSENT, "person": "P1"}),
    ("match", {"dataset": "property", "value": Number("2")}),
    ("match", {"dataset": "vehicle", "value": "贵B12345"}),
    ("match", {"dataset": "death", "value": ABSENT}),
    ("relation", {"code": "03"}),
    ("relation", {"code": Number("99")}),
    ("relation", {"code": Number("01")}),
    ("opening", {"month": Cell("2022-04-01")}),
    ("harvest", {"full_ration": Cell("TRUE"), "year": Cell("2022")}),
    ("harvest", {"kg_per_head": Number("98")}),
    ("home_visit", {"visitors": "O2、O3"}),
    ("policy", {"division": "520200"}),
    ("policy", {"division": Number("520200")}),
]


@pytest.mark.parametrize(("kind", "changes"), ACCEPTED)
def test_accepted(kind: str, changes: dict[str, Any]) -> None:
    parse(kind, **changes)


REFUSED = [
    # Money: in quotes, not negative, two decimals.
    ("standard", {"amount": Number("705.00")}, "fact.malformed", "amount"),
    ("standard", {"amount": Number("705")}, "fact.malformed", "amount"),
    ("standard", {"amount": "-1.00"}, "fact.malformed", "amount"),
    ("standard", {"amount": "1.005"}, "fact.malformed", "amount"),
    ("standard", {"amount": "1e3"}, "fact.malformed", "amount"),
    ("standard", {"amount": "1,000.00"}, "fact.malformed", "amount"),
    ("standard", {"amount": "１.00"}, "fact.malformed", "amount"),
    ("standard", {"programme": "relief"}, "fact.malformed", "programme"),
    ("standard", {"per": "day"}, "fact.malformed", "per"),
    # Months and days.
    ("standard", {"from_": "2022-04-02"}, "fact.malformed", "from"),
    ("standard", {"from_": "2022-13"}, "fact.malformed", "from"),
    ("standard", {"from_": "0202-04"}, "fact.malformed", "from"),
    ("opening", {"month": "2022-04-01"}, "fact.malformed", "month"),
    ("leave", {"date": "2022-02-30"}, "fact.malformed", "date"),
    ("leave", {"date": "20220517"}, "fact.malformed", "date"),
    ("leave", {"date": "2022-W01-1"}, "fact.malformed", "date"),
    ("leave", {"date": "2022-05-17T00:00"}, "fact.malformed", "date"),
    ("leave", {"date": Number("2022")}, "fact.malformed", "date"),
    ("leave", {"reason": "sold"}, "fact.malformed", "reason"),
    ("official", {"from_": "2021-03"}, "fact.malformed", "from"),
    ("harvest", {"year": "22"}, "fact.malformed", "year"),
    ("grace", {"months": "0"}, "fact.malformed", "months"),
    # Periods.
    ("top_up_rule", {"to": "2022-03"}, "fact.to_before_from", "to"),
    ("category", {"to": "2022-03"}, "fact.to_before_from", "to"),
    ("official", {"to": "2021-02-28"}, "fact.to_before_from", "to"),
    ("posting", {"to": "2022-04-30"}, "fact.to_before_from", "to"),
    # Percent.
    ("top_up_rule", {"percent": "0"}, "fact.malformed", "percent"),
    ("top_up_rule", {"percent": "100.0001"}, "fact.malformed", "percent"),
    ("top_up_rule", {"percent": "1.00001"}, "fact.malformed", "percent"),
    # Either this or that.
    ("top_up_rule", {"amount": "1.00"}, "fact.exactly_one", "percent/amount"),
    ("top_up_rule", {"percent": ABSENT}, "fact.exactly_one", "percent/amount"),
    ("income", {"from_": "2022-06"}, "fact.exactly_one", "decided_on/from"),
    ("income", {"decided_on": ABSENT}, "fact.exactly_one", "decided_on/from"),
    ("account", {"person": "P1"}, "fact.exactly_one", "case/person"),
    ("account", {"case": ABSENT}, "fact.exactly_one", "case/person"),
    ("correct", {"case": "C1"}, "fact.exactly_one", "person/case"),
    ("correct", {"village": "岩脚村"}, "fact.not_together", "person"),
    ("correct", {"person": ABSENT, "case": "C1"}, "fact.not_together", "case"),
    ("correct", {k: ABSENT for k in EXAMPLES["correct"] if k != "person"}, "fact.not_together", "person"),
    # Households.
    ("enrol", {"members": []}, "fact.malformed", "members"),
    ("enrol", {"members": [MEMBER, MEMBER]}, "fact.person_twice", "members"),
    ("enrol", {"head": "P2"}, "fact.head_not_member", "head"),
    ("enrol", {"members__0__relation": "13"}, "fact.malformed", "members[1].relation"),
    ("enrol", {"members__0__categories": ["a", "a"]}, "fact.malformed", "members[1].categories"),
    ("enrol", {"members__0__insured": "yes"}, "fact.malformed", "members[1].insured"),
    ("enrol", {"members__0__sex": "F"}, "fact.malformed", "members[1].sex"),
    ("enrol", {"members__0__surprise": "F"}, "fact.unknown_field", "members[1].surprise"),
    ("enrol", {"members": [{"name": "王"}]}, "fact.missing_field", "members[1].person"),
    ("enrol", {"programme": "relief"}, "fact.malformed", "programme"),
    ("enrol", {"account": {"holder": "王"}}, "fact.missing_field", "account.number"),
    ("enrol", {"account__number": "12345"}, "fact.malformed", "account.number"),
    ("enrol", {"account__number": "6217 9958"}, "fact.malformed", "account.number"),
    ("enrol", {"account__number": "1" * 33}, "fact.malformed", "account.number"),
    ("enrol", {"case": "A/B"}, "fact.malformed", "case"),
    ("enrol", {"case": "=A"}, "fact.malformed", "case"),
    ("enrol", {"case": Number("-5")}, "fact.malformed", "case"),
    ("enrol", {"case": "A\u200bB"}, "fact.malformed", "case"),
    ("enrol", {"division": "5202"}, "fact.malformed", "division"),
    # ID numbers.
    ("enrol", {"members__0__id_number": "110105194912310021"}, "fact.id_number", "members[1].id_number"),
    ("enrol", {"members__0__id_number": "110105491231002"}, "fact.id_number", "members[1].id_number"),
    ("join", {"member__id_number": "110105194912310021"}, "fact.id_number", "member.id_number"),
    ("join", {"imported": True}, "fact.unknown_field", "imported"),
    ("correct", {"id_number": "110105194912310021"}, "fact.id_number", "id_number"),
    # Relations.
    ("relation", {"to_person": "P1"}, "fact.relation_to_self", "to_person"),
    ("relation", {"code": "04"}, "fact.malformed", "code"),
    ("relation", {"code": "00"}, "fact.malformed", "code"),
    ("relation", {"code": Number("2")}, "fact.malformed", "code"),
    # The rest.
    ("policy", {"key": "color"}, "fact.unknown_policy", "key"),
    ("payout_imported", {"amount": "30.51"}, "fact.lines_differ", "lines"),
    ("payout_imported", {"lines__arrears": "1.00"}, "fact.unknown_field", "lines.arrears"),
    ("match", {"value": Number("120")}, "fact.malformed", "value"),
    ("match", {"dataset": "property", "value": "two"}, "fact.malformed", "value"),
    ("match", {"dataset": "lottery"}, "fact.malformed", "dataset"),
    ("void", {"of": "case/520203/C1@0"}, "fact.malformed", "of"),
    ("standard", {"id": "a b"}, "fact.malformed", "id"),
    ("standard", {"recorded_on": "yesterday"}, "fact.malformed", "recorded_on"),
]


@pytest.mark.parametrize(("kind", "changes", "code", "field"), REFUSED)
def test_refused(kind: str, changes: dict[str, Any], code: str, field: str) -> None:
    error = refusal(kind, **changes)
    assert (error.code, error.subject) == (code, f"f.jsonl line 7, field {field}")


UNSAFE = [
    "=1+1", "+86", "-x", "@x", "＝1", " =1", "张\t三", "张三\n", "张\r三", "张|三", "张\x00三", "\x1b[31m红",
    "张\u202e三", "张\ufffd三", "张\uffff三", "张\x85三", "   ", "", "张" * 101,
]  # fmt: skip


@pytest.mark.parametrize("text", UNSAFE)
@pytest.mark.parametrize("field", ["members__0__name", "village", "account__holder", "account__bank"])
def test_text_that_banks_and_spreadsheets_misread_is_refused(field: str, text: str) -> None:
    assert refusal("enrol", **{field: text}).code == "fact.malformed"


def test_free_text_may_be_longer_and_blanks_around_it_go() -> None:
    assert parse("stop", reason=f"  {'因' * 500} ").reason == "因" * 500  # type: ignore[attr-defined]
    assert refusal("stop", reason="因" * 501).code == "fact.malformed"


PERSONAL = [
    ("enrol", "members__0__name", "=欧阳震华"),
    ("enrol", "members__0__id_number", "110105194912310021"),
    ("enrol", "members__0__birth_date", "1949-13-31"),
    ("enrol", "account__number", "62179958400000000X"),
    ("enrol", "account__holder", "欧阳|震华"),
    ("enrol", "village", "=龙岩脚寨"),
    ("enrol", "head", "1101051949 12310021"),
    ("correct", "id_number", "110105194912310021"),
    ("relief", "cause", "=恶性肿瘤三期"),
    ("stop", "reason", "=服刑三年"),
    ("match", "value", "=十二万元"),
    ("alert_step", "evidence", "=住院病历"),
]


@pytest.mark.parametrize(("kind", "field", "value"), PERSONAL)
def test_a_refusal_never_shows_a_personal_value(kind: str, field: str, value: str) -> None:
    message = refusal(kind, **{field: value}).message()
    assert value not in message
    assert value[2:] not in message


def test_an_unknown_fact_is_refused_with_the_kind_that_was_meant() -> None:
    with pytest.raises(Refused) as caught:
        parse_fact(RawFact("f.jsonl", 3, {"fact": "inrol"}), division=None)
    assert (caught.value.code, caught.value.hint) == ("fact.unknown", "Did you mean enrol?")
    for data in ({}, {"fact": None}, {"fact": []}, {"fact": "Enrol"}):
        with pytest.raises(Refused, match="field fact"):
            parse_fact(RawFact("f.jsonl", 3, data), division=None)


def test_units_end_the_python_names_and_values_are_whole() -> None:
    rule = parse("top_up_rule", percent=Number("30"))
    assert isinstance(rule, TopUpRule)
    assert (rule.rate_ppm, rule.from_, rule.to) == (300_000, Month.parse("2022-04"), Month.parse("2023-04"))
    harvest = parse("harvest")
    assert isinstance(harvest, Harvest)
    assert harvest.grams_per_head == 104_500
    imported = parse("payout_imported")
    assert isinstance(imported, PayoutImported)
    assert imported.lines is not None
    assert (imported.amount_fen, imported.lines.tekun_care_fen, imported.persons) == (3050, 50, 2)


def test_the_facts_own_division_counts_before_the_default() -> None:
    assert parse("stop", division="520201").division == "520201"
    assert parse_fact(raw("stop"), division=None).division is None


def test_members_are_insured_unless_said_otherwise() -> None:
    enrol = parse("enrol", members=[{"person": "P1"}, {"person": "P2", "insured": False}])
    assert isinstance(enrol, Enrol)
    assert [member.insured for member in enrol.members] == [True, False]


def test_care_is_scattered_unless_an_institution_is_named() -> None:
    assert not Care().institutional
    assert Care(institution="敬老院").institutional
    assert not Care(institution="敬老院", mode="scattered").institutional
    assert Care(mode="institutional").institutional


HAPPENED = {
    "enrol": ["confirmed_on"], "join": ["confirmed_on"], "leave": ["date"], "income": ["decided_on"],
    "suspend": ["decided_on"], "resume": ["decided_on"], "stop": ["decided_on"], "grace": ["decided_on"],
    "hold": ["decided_on"], "release": ["decided_on"], "care": ["assessed_on"], "grain_hand_out": ["on"],
    "relief": ["decided_on"], "filing": ["on"], "home_visit": ["on"], "appropriation": ["on"],
    "payout_imported": ["on"], "payout_cancelled": ["on"], "review": ["on"], "card_held": ["filed_on"],
    "discharge": ["on"], "application": ["applied_on", "decided_on"], "declaration": ["on"],
    "grain_stock": ["on"], "inspection": ["on"], "alert": ["on"], "alert_step": ["on"],
}  # fmt: skip


@pytest.mark.parametrize("kind", EXAMPLES)
def test_what_happened_is_told_with_its_day(kind: str) -> None:
    expected = tuple((name, date.fromisoformat(EXAMPLES[kind][name])) for name in HAPPENED.get(kind, ()))
    assert parse(kind).happened() == expected


def test_a_corrected_confirmation_happened_too() -> None:
    changes = dict.fromkeys(EXAMPLES["correct"], ABSENT) | {"case": "C1", "confirmed_on": "2022-04-02"}
    assert parse("correct", **changes).happened() == (("confirmed_on", date(2022, 4, 2)),)


def test_canonical_content_knows_no_order_no_id_and_no_quotes_around_numbers() -> None:
    one = RawFact("a", 1, {"fact": "stop", "case": Number("17"), "id": "x"})
    other = RawFact("b", 9, {"case": "17", "fact": "stop"})
    assert canonical(one) == canonical(other) == b'{"case":"17","fact":"stop"}'
    assert canonical(raw("stop")) != canonical(raw("stop", reason="别的"))


def test_a_fact_cannot_be_built_against_its_rules() -> None:
    with pytest.raises(Exception, match="another person"):
        Relation(person="P1", to_person="P1", code="10")
