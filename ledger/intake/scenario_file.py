"""The scenario file: YAML that a policy officer writes, read into typed steps that know their lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from ledger.errors import Refused
from ledger.intake.fields import CODE, DAY, DIVISION, KG, MONTH, TEXT, YUAN, quoted, whole
from ledger.intake.read_yaml import facts_of
from ledger.intake.reading import content_of
from ledger.intake.scenario_steps import (
    COMPONENTS,
    AuditStep,
    CloseStep,
    ExpectedCase,
    ExpectedGrain,
    ExpectedTotals,
    NamedPayout,
    RecordStep,
    ReissueStep,
    ReplayStep,
    ReturnsStep,
    Scenario,
    Step,
)
from ledger.intake.shape import TRUTH, Reads, Unreadable, described, printable, read_value
from ledger.intake.yaml_tree import YamlList, YamlMap, read_yaml
from ledger.values.money import parse_yuan

T = TypeVar("T")


def read_scenario(path: Path) -> Scenario:
    """The scenario in a file.

    Raises:
        Failed: `file.unreadable`.
        Refused: `file.` codes for what is no YAML, `scenario.` codes for what is no scenario; with the line.
    """
    name = path.name
    root = read_yaml(content_of(path), name)
    if not isinstance(root, YamlMap):
        raise Refused(
            "scenario.malformed",
            name,
            found="no mapping",
            expected="a mapping with scenario, division, steps",
        )
    scenario = _Mapping(name, root, ("scenario", "division", "steps"))
    return Scenario(
        name=name,
        title=scenario.read("scenario", TEXT),
        division=scenario.read("division", DIVISION),
        steps=_steps(scenario),
    )


class _Mapping:
    """A mapping of the file: no keys but the allowed ones, each read by name, refusals with its line."""

    def __init__(self, name: str, data: YamlMap, allowed: tuple[str, ...] | None) -> None:
        self.name = name
        self.data = data
        for key in data:
            if allowed is not None and key not in allowed:
                raise self.refused(key, "a key of another name", "one of " + ", ".join(allowed), "unknown_key")

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def line(self, key: str) -> int:
        return self.data.lines.get(key, self.data.line)

    def refused(self, key: str, found: str, expected: str, code: str = "malformed") -> Refused:
        subject = f"{self.name} line {self.line(key)}, {printable(key)}"
        return Refused(f"scenario.{code}", subject, found=found, expected=expected)

    def read(self, key: str, reads: Reads[T]) -> T:
        if key not in self.data:
            raise self.refused(key, "nothing", reads.expected, "missing_key")
        try:
            return read_value(reads, self.data[key])
        except Unreadable as reason:
            raise self.refused(key, reason.found, reason.expected) from None

    def maybe(self, key: str, reads: Reads[T]) -> T | None:
        return self.read(key, reads) if key in self.data else None

    def items(self, key: str, expected: str) -> YamlList:
        value = self.data.get(key)
        if not isinstance(value, YamlList):
            raise self.refused(key, described(value), expected)
        return value

    def map(self, key: str, expected: str, allowed: tuple[str, ...] | None = None) -> _Mapping:
        value = self.data.get(key)
        if not isinstance(value, YamlMap):
            raise self.refused(key, described(value), expected)
        return _Mapping(self.name, value, allowed)

    def maps(self, key: str, expected: str, allowed: tuple[str, ...]) -> list[_Mapping]:
        items = self.items(key, expected)
        if not items or not all(isinstance(item, YamlMap) for item in items):
            raise self.refused(key, "an empty list, or another item", expected)
        return [_Mapping(self.name, item, allowed) for item in items if isinstance(item, YamlMap)]


def _read_signed_yuan(value: object) -> int:
    text = quoted(value)
    return -parse_yuan(text[1:]) if text.startswith("-") else parse_yuan(text)


def _read_refused(value: object) -> bool | str:
    return value if isinstance(value, bool) else CODE.read(value)


_SIGNED_YUAN = Reads(_read_signed_yuan, YUAN.expected)
_REFUSED = Reads(_read_refused, "true, or the code of an error")
_PAYOUTS = whole(0, 999_999_999)
_CASES = 'cases with what they get, such as {C1: "443.00"}'


def _steps(scenario: _Mapping) -> tuple[Step, ...]:
    expected = "a list of steps, each a mapping with one action"
    steps: list[Step] = []
    day: date | None = None
    for item in scenario.maps("steps", expected, _STEP_KEYS):
        step = _step(item)
        if step.on is None and (day is None or not isinstance(step, AuditStep | ReplayStep)):
            wanted = "the day it becomes known; audit and replay after another step may leave it out"
            raise item.refused("on", "nothing", wanted, "missing_key")
        if step.on is not None and day is not None and step.on < day:
            raise item.refused("on", str(step.on), f"not before the step before, {day}", "order")
        day = step.on or day
        steps.append(step)
    return tuple(steps)


def _step(item: _Mapping) -> Step:
    actions = [key for key in _ACTIONS if key in item]
    if len(actions) != 1:
        found = " and ".join(actions) or "no action"
        raise item.refused("step", found, "one of " + ", ".join(_ACTIONS), "one_action")
    build, own_keys = _ACTIONS[actions[0]]
    step = _Mapping(item.name, item.data, (actions[0], *_ANY_STEP, *own_keys))
    return build(
        step,
        {
            "line": item.data.line,
            "on": step.maybe("on", DAY),
            "refused": step.maybe("refused", _REFUSED) or False,
            "division": step.maybe("division", DIVISION),
        },
    )


def _record(step: _Mapping, shared: dict[str, Any]) -> Step:
    facts = tuple(facts_of(step.items("record", "a list of facts"), step.name))
    if not facts:
        raise step.refused("record", "an empty list", "a list of facts")
    for raw in facts:
        if "recorded_on" in raw.data:
            place = f"{raw.place} line {raw.line}, recorded_on"
            raise Refused(
                "scenario.unknown_key", place, found="a day of its own",
                expected="no recorded_on: the step's `on` is the day",
            )  # fmt: skip
    return RecordStep(**shared, facts=facts)


def _close(step: _Mapping, shared: dict[str, Any]) -> Step:
    return CloseStep(
        **shared,
        month=step.read("close", MONTH),
        expect=_expected_cases(step),
        grain=_expected_grain(step),
        totals=_expected_totals(step),
        only=_only(step),
    )


def _returns(step: _Mapping, shared: dict[str, Any]) -> Step:
    return ReturnsStep(**shared, payouts=_named_payouts(step, "returns", ("case", "month", "amount", "reason")))


def _reissue(step: _Mapping, shared: dict[str, Any]) -> Step:
    return ReissueStep(**shared, payouts=_named_payouts(step, "reissue", ("case", "month", "amount")))


def _audit(step: _Mapping, shared: dict[str, Any]) -> Step:
    query = step.read("audit", CODE)
    named = []
    for subject in step.items("expect", "a list of what the query names, [] for nothing"):
        try:
            named.append(read_value(CODE, subject))
        except Unreadable as reason:
            raise step.refused("expect", reason.found, reason.expected) from None
    return AuditStep(**shared, query=query, expect=frozenset(named), expect_line=step.line("expect"))


def _replay(step: _Mapping, shared: dict[str, Any]) -> Step:
    return ReplayStep(
        **shared,
        month=step.read("replay", MONTH),
        known_on=step.maybe("known_on", DAY),
        expect=_expected_cases(step),
        only=_only(step),
    )


def _named_payouts(step: _Mapping, action: str, keys: tuple[str, ...]) -> tuple[NamedPayout, ...]:
    return tuple(
        NamedPayout(
            line=item.data.line,
            case=item.read("case", CODE),
            month=item.read("month", MONTH),
            amount_fen=item.maybe("amount", YUAN),
            reason=item.maybe("reason", TEXT),
        )
        for item in step.maps(action, "a list of payouts, each with case and month", keys)
    )


def _codes_of(cases: _Mapping) -> list[str]:
    for key in cases.data:
        try:
            CODE.read(key)
        except ValueError:
            raise cases.refused(key, "another name", CODE.expected) from None
    return list(cases.data)


def _expected_cases(step: _Mapping) -> dict[str, ExpectedCase]:
    if "expect" not in step:
        return {}
    cases = step.map("expect", _CASES)
    return {code: _expected_case(cases, code) for code in _codes_of(cases) if not _says_only(cases, code)}


def _only(step: _Mapping) -> bool:
    """Whether cases that are not named get nothing: `only: true` of the step, or among its cases."""
    cases = step.data.get("expect")
    return step.maybe("only", TRUTH) or (isinstance(cases, YamlMap) and cases.get("only") is True)


def _says_only(cases: _Mapping, key: str) -> bool:
    """A case may be called `only`; then it has an amount."""
    return key == "only" and isinstance(cases.data[key], bool)


def _expected_case(cases: _Mapping, code: str) -> ExpectedCase:
    line = cases.line(code)
    if not isinstance(cases.data[code], YamlMap):
        total_fen = cases.read(code, _SIGNED_YUAN)
        return ExpectedCase(line=line, total_fen=total_fen, lines=None, line_of={"total": line})
    case = cases.map(code, _CASES, ("total", "lines"))
    if not case.data:
        raise cases.refused(code, "an empty mapping", "total, lines, or both")
    line_of = {"total": case.line("total")}
    lines: dict[str, int] | None = None
    if "lines" in case:
        components = case.map("lines", 'lines such as {dibao: "443.00"}', COMPONENTS)
        lines = {key: components.read(key, _SIGNED_YUAN) for key in components.data}
        line_of |= components.data.lines
    return ExpectedCase(line=line, total_fen=case.maybe("total", _SIGNED_YUAN), lines=lines, line_of=line_of)


def _expected_grain(step: _Mapping) -> dict[str, ExpectedGrain]:
    if "grain" not in step:
        return {}
    grain = step.map("grain", "cases with kilograms, such as {C1: 15}")
    return {code: ExpectedGrain(line=grain.line(code), mass_g=grain.read(code, KG)) for code in _codes_of(grain)}


def _expected_totals(step: _Mapping) -> ExpectedTotals | None:
    if "totals" not in step:
        return None
    totals = step.map("totals", "payouts, amount, or both", ("payouts", "amount"))
    return ExpectedTotals(
        line=step.line("totals"),
        payouts=totals.maybe("payouts", _PAYOUTS),
        amount_fen=totals.maybe("amount", YUAN),
    )


_Build = Callable[[_Mapping, dict[str, Any]], Step]
_ANY_STEP = ("on", "refused", "division")
_ACTIONS: dict[str, tuple[_Build, tuple[str, ...]]] = {
    "record": (_record, ()),
    "close": (_close, ("expect", "grain", "totals", "only")),
    "returns": (_returns, ()),
    "reissue": (_reissue, ()),
    "audit": (_audit, ("expect",)),
    "replay": (_replay, ("known_on", "expect", "only")),
}
_STEP_KEYS = tuple(dict.fromkeys((*_ANY_STEP, *_ACTIONS, *(key for _, keys in _ACTIONS.values() for key in keys))))
