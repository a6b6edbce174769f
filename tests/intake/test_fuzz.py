"""Whatever a file holds: facts, or a refusal that names it; never another exception."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ledger.errors import LedgerError
from ledger.intake.facts import KINDS, Fact, canonical, parse_fact
from ledger.intake.raw import Cell, Number, RawFact
from ledger.intake.reading import FORMATS, read_facts
from ledger.intake.scenario_file import read_scenario
from ledger.intake.shape import shape_of
from tests.intake.examples import EXAMPLES

tried = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))

WORDS = sorted({word for data in EXAMPLES.values() for word in json.dumps(data, ensure_ascii=False).split('"')})
MARKS = [
    *"-:{}[],\"'&*!|>?#%@\n\t ",
    ": ",
    "- ",
    "  ",
    "---",
    "&a",
    "*a",
    "!!int",
    "\r\n",
    "\\ud800",
    "\ufeff",
]
FRAGMENTS = st.sampled_from(
    [*WORDS, *MARKS, "fact", "scenario", "division", "steps", "1e5", "NaN", "null", "\u2028"]
)
TEXTS = st.one_of(st.text(), st.lists(FRAGMENTS, max_size=40).map("".join))
BYTES = st.one_of(
    st.binary(),
    TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")),
    TEXTS.map(lambda text: text.encode("gb18030", "replace")),
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.text(),
    st.sampled_from(WORDS),
    st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{1,4})?", fullmatch=True),
    st.integers().map(Number),
    st.text().map(Cell),
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)


def names(error: LedgerError, place: str) -> None:
    assert error.subject.startswith(place)


def all_read(path: Path) -> None:
    try:
        facts = read_facts(path).facts
    except LedgerError as error:
        names(error, path.name)
        return
    for raw in facts:
        assert canonical(raw)
        parsed(raw)


def parsed(raw: RawFact) -> Fact | None:
    try:
        return parse_fact(raw, division="520203")
    except LedgerError as error:
        names(error, f"{raw.place} line {raw.line}, field ")
        return None


@pytest.mark.parametrize("suffix", FORMATS)
@tried
@given(content=BYTES)
@example(content=b"[" * 20_000)
@example(content=b'{"a":' * 20_000)
@example(content=b"\xff\xfe\x00")
@example(content=b"fact\n" + b'"' * 9)
@example(content=b"%YAML 1.1\n%TAG ! x\n--- !y z")
def test_any_bytes(suffix: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "f" + suffix)
        path.write_bytes(content)
        all_read(path)


@tried
@given(content=BYTES)
def test_any_bytes_as_a_scenario(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "s.yaml")
        path.write_bytes(content)
        try:
            read_scenario(path)
        except LedgerError as error:
            names(error, "s.yaml")


@st.composite
def almost_facts(draw: st.DrawFn) -> dict[str, Any]:
    """An example with some fields replaced by anything."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    data = {"fact": kind, **EXAMPLES[kind]}
    for field in draw(st.lists(st.sampled_from(sorted(shape_of(KINDS[kind]).keys)), max_size=3)):
        data[field] = draw(VALUES)
    return data


@tried
@given(data=almost_facts())
def test_any_values_in_the_fields_of_a_fact(data: dict[str, Any]) -> None:
    fact = parsed(RawFact("f", 1, data))
    if fact is not None:
        assert isinstance(fact.happened(), tuple)


@tried
@given(data=almost_facts())
def test_any_values_through_the_files(data: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for suffix, text in (
            (".jsonl", json.dumps(data)),
            (".yaml", yaml.dump([json.loads(json.dumps(data))])),
        ):
            path = Path(folder, "f" + suffix)
            path.write_text(text, encoding="utf-8")
            all_read(path)


STEP_KEYS = ["on", "refused", "division", "record", "close", "expect", "grain", "totals", "only", "returns"]
STEP_KEYS += ["reissue", "audit", "replay", "known_on"]
STEP_VALUES = st.one_of(
    VALUES, st.sampled_from(["2022-05", "2022-05-01", [{"fact": "x"}], {"C1": "1.00"}, ["C1"], True])
)


@tried
@given(steps=st.lists(st.dictionaries(st.sampled_from(STEP_KEYS), STEP_VALUES), max_size=3))
def test_any_steps_of_a_scenario(steps: list[dict[str, Any]]) -> None:
    document = {"scenario": "x", "division": "520203", "steps": json.loads(json.dumps(steps))}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "s.yaml")
        path.write_text(yaml.dump(document, allow_unicode=True), encoding="utf-8")
        try:
            read_scenario(path)
        except LedgerError as error:
            names(error, "s.yaml")


HANZI = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=4, max_size=30)
SPOILED = st.tuples(st.sampled_from(["=", "|", "\n", "\u202e"]), HANZI).map("".join)


@tried
@given(value=SPOILED, field=st.sampled_from(["name", "id_number", "birth_date", "person"]))
def test_no_refusal_shows_a_personal_value(value: str, field: str) -> None:
    data = {"fact": "enrol", **EXAMPLES["enrol"], "members": [{"person": "P1", field: value}]}
    with pytest.raises(LedgerError) as caught:
        parse_fact(RawFact("f", 1, data), division="520203")
    assert value[1:] not in caught.value.message()
    assert "\n" + value not in caught.value.message()
