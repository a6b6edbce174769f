"""The rule book: which policy is in force for a division in a month, the nearest division's first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from decimal import Decimal
from typing import Any

import msgspec

from ledger.domain.case import TEKUN
from ledger.domain.policy import (
    BooksOpened,
    KnownRule,
    OneOffGranted,
    ParameterSet,
    PolicyFile,
    Rule,
    StandardSet,
    TopUpSet,
)
from ledger.intake.policy_keys import POLICY_KEYS
from ledger.values.month import Month

RuleKey = tuple[str | None, ...]
"""What a rule is about: `("standard", programme)`, `("top_up", programme, category)`, `("parameter", key)` …"""

Closes = Mapping[str, Mapping[Month, int]]
"""Per programme the closed months with the log position of the freeze that was closed."""


class Standard(msgspec.Struct, frozen=True, gc=False):
    """A standard in force, on a year's scale whatever unit it is published in."""

    annual_fen: int
    amount_fen: int
    per: str
    ref: str


class RuleBook:
    """Lookups in the policy of a division and those above it (docs/rules.md R13).

    The nearest division that has a rule of the key in force from the month or before wins, and hides the higher
    ones also after its rule's own `to`. Of one division's rules the latest `from` holds, of equals the last known.
    """

    def __init__(self, chain: Iterable[PolicyFile], closes: Closes) -> None:
        """`chain`: the policy files, nearest division first. `closes`: of this division."""
        self._levels = [_by_key(policy) for policy in chain]
        self._closes = closes
        self._parameters: dict[tuple[str, Month], Any] = {}
        self._rates_ppm: dict[tuple[str, Month], int | None] = {}
        self._standards: dict[tuple[str, Month], Standard | None] = {}
        self._top_ups: dict[tuple[str, str, Month], TopUpSet | None] = {}
        self._one_offs: dict[tuple[str, Month], list[OneOffGranted]] = {}

    def parameter(self, key: str, month: Month) -> Any:
        """The value of a policy key in a month, its default where none is recorded."""
        asked = (key, month)
        if asked not in self._parameters:
            rule = self._in_force(("parameter", key), month)
            event = rule.event if rule else None
            self._parameters[asked] = event.value if isinstance(event, ParameterSet) else POLICY_KEYS[key].default
        return self._parameters[asked]

    def rate_ppm(self, key: str, month: Month) -> int | None:
        """A percentage parameter in parts per million, None where it is none."""
        asked = (key, month)
        if asked not in self._rates_ppm:
            value = self.parameter(key, month)
            self._rates_ppm[asked] = None if value is None else int(Decimal(str(value)) * 10_000)
        return self._rates_ppm[asked]

    def standard(self, programme: str, month: Month) -> Standard | None:
        """The standard in force on the first day of a month, None where there is none.

        With `back_pay` false in a closed month, the one that was known at its close (docs/rules.md R4).
        """
        asked = (programme, month)
        if asked not in self._standards:
            closed_at = self._closes.get(_batch_of(programme), {}).get(month)
            known_before = closed_at if not self.parameter("back_pay", month) else None
            rule = self._in_force(("standard", programme), month, known_before)
            self._standards[asked] = _standard(rule)
        return self._standards[asked]

    def standard_known_before(self, programme: str, month: Month, position: int) -> Standard | None:
        """The standard of a month as it was known before a log position."""
        return _standard(self._in_force(("standard", programme), month, position))

    def standards_known(self, programme: str, month: Month) -> list[Standard]:
        """Every standard known with a `from` not after a month, those replaced or hidden since among them."""
        rules = [k for level in self._levels for k in level.get(("standard", programme), [])]
        found = [_standard(k) for k in rules if k.voided_at is None and k.begins <= month]
        return [standard for standard in found if standard is not None]

    def with_standards(self, month: Month, standards: Mapping[str, Standard]) -> RuleBook:
        """The same policy with other standards, by programme, in one month."""
        other = copy(self)
        chosen: dict[tuple[str, Month], Standard | None] = {(p, month): s for p, s in standards.items()}
        other._standards = self._standards | chosen  # noqa: SLF001  # another of the same class
        return other

    def top_up(self, programme: str, category: str, month: Month) -> TopUpSet | None:
        """The top-up rule of a category in a month, None where there is none or it has ended."""
        asked = (programme, category, month)
        if asked not in self._top_ups:
            rule = self._in_force(("top_up", programme, category), month)
            event = rule.event if rule else None
            ended = isinstance(event, TopUpSet) and event.to_month is not None and event.to_month < month
            self._top_ups[asked] = event if isinstance(event, TopUpSet) and not ended else None
        return self._top_ups[asked]

    def one_offs(self, programme: str, month: Month) -> list[OneOffGranted]:
        """The subsidies of a month: those of all levels add up."""
        asked = (programme, month)
        if asked not in self._one_offs:
            self._one_offs[asked] = [
                rule.event
                for level in self._levels
                for rule in level.get(("one_off", programme), [])
                if isinstance(rule.event, OneOffGranted) and rule.event.month == month and rule.voided_at is None
            ]
        return self._one_offs[asked]

    def opening(self, programme: str) -> Month | None:
        """The month our books of a programme begin with, None where that was never said."""
        for level in self._levels:
            said = [
                k
                for key in (("opening", programme), ("opening", None))
                for k in level.get(key, [])
                if k.voided_at is None
            ]
            if said:
                event = max(said, key=lambda k: k.position).event
                return event.month if isinstance(event, BooksOpened) else None
        return None

    def closed(self, programme: str) -> Mapping[Month, int]:
        """The closed months of a programme, each with the position of its freeze."""
        return self._closes.get(programme, {})

    def holding(self, key: RuleKey, month: Month) -> Rule | None:
        """The rule that decides a key in a month; a top-up rule also after its `to`, when none is left."""
        rule = self._in_force(key, month)
        return rule.event if rule else None

    def known(self, key: RuleKey) -> list[KnownRule]:
        """All rules of a key, voided ones too, the nearest division's first, then as they became known."""
        return [rule for level in self._levels for rule in level.get(key, [])]

    def recorded_keys(self) -> list[RuleKey]:
        """The keys of which rules are known."""
        return list(dict.fromkeys(key for level in self._levels for key in level))

    @staticmethod
    def concerns(key: RuleKey, programme: str) -> bool:
        """Whether a rule of this key can change what a programme pays: parameters may change any."""
        return key[0] == "parameter" or None in key or programme in [_batch_of(part) for part in key if part]

    def touched_since(self, programme: str, position: int) -> Month | None:
        """The earliest month that policy known or voided since a log position can change, None for none."""
        touched = [
            rule.begins
            for level in self._levels
            for key, rules in level.items()
            if self.concerns(key, programme)
            for rule in rules
            if rule.position > position or (rule.voided_at is not None and rule.voided_at > position)
        ]
        return min(touched, default=None)

    def _in_force(self, key: RuleKey, month: Month, known_before: int | None = None) -> KnownRule | None:
        for level in self._levels:
            begun = [
                k for k in level.get(key, []) if k.begins <= month and k.known_at(known_before)
            ]  # fmt: skip
            if begun:
                return max(begun, key=lambda k: (k.begins, k.position))
        return None


def _batch_of(programme: str) -> str:
    """The programme whose batch pays by a standard: tekun's has several standards."""
    return TEKUN if programme.startswith(f"{TEKUN}_") else programme


def _by_key(policy: PolicyFile) -> dict[RuleKey, list[KnownRule]]:
    found: dict[RuleKey, list[KnownRule]] = {}
    for rule in policy.rules:
        found.setdefault(_key(rule), []).append(rule)
    return found


def _key(rule: KnownRule) -> RuleKey:
    match rule.event:
        case StandardSet(programme=programme):
            return ("standard", programme)
        case TopUpSet(programme=programme, category=category):
            return ("top_up", programme, category)
        case ParameterSet(key=key):
            return ("parameter", key)
        case BooksOpened(programme=opened):
            return ("opening", opened)
        case OneOffGranted(programme=programme):
            return ("one_off", programme)


def _standard(rule: KnownRule | None) -> Standard | None:
    if rule is None or not isinstance(rule.event, StandardSet):
        return None
    event = rule.event
    annual = event.amount_fen if event.per == "year" else event.amount_fen * 12
    return Standard(annual, event.amount_fen, event.per, event.ref)
