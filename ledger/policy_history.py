"""What policy was in force when, where it came from, and since when it was known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from ledger.application import Ledger
from ledger.domain.event import Event
from ledger.domain.policy import (
    BooksOpened,
    KnownRule,
    OneOffGranted,
    ParameterSet,
    PolicyFactVoided,
    Rule,
    StandardSet,
    TopUpSet,
    stream,
)
from ledger.entitlement.rule_book import RuleBook, RuleKey
from ledger.errors import Refused
from ledger.intake.policy_keys import POLICY_KEYS
from ledger.values.identifiers import division_chain
from ledger.values.money import format_yuan
from ledger.values.month import Month

_PPM = 10_000
_MEANINGS = {
    "standard": "the standard in its published unit; per tier and mode for tekun care",
    "top_up": "what a category adds: a percent of the full monthly standard, or an amount a month",
    "opening": "our books begin with this month; earlier ones are the old books'",
    "one_off": "a subsidy for every insured person of a case payable in that month; of all levels they add up",
}


class Span(msgspec.Struct, frozen=True):
    """What holds from a month through another (None: until changed), and the rule that says so (None: default)."""

    from_month: Month | None
    to_month: Month | None
    value: str | None
    event: Event | None

    @property
    def level(self) -> str | None:
        """The division whose rule it is."""
        return self.event.originator_id.removeprefix("policy/") if self.event else None


class KnownFact(msgspec.Struct, frozen=True):
    """A rule as recorded, and its void where there is one."""

    event: Rule
    value: str
    voided: Event | None

    @property
    def level(self) -> str:
        """The division it was recorded for."""
        return self.event.originator_id.removeprefix("policy/")


class PolicyHistory(msgspec.Struct, frozen=True):
    """A key's meaning, what holds when, and every rule recorded of it, the nearest division's first."""

    name: str
    meaning: str
    default: str | None
    spans: tuple[Span, ...]
    facts: tuple[KnownFact, ...]


def parse_key(name: str) -> RuleKey:
    """The rule key of a name as it is typed.

    That is `KEY`, `standard:PROGRAMME`, `top_up:PROGRAMME:CATEGORY`, `one_off:PROGRAMME`, `opening[:PROGRAMME]`.

    Raises:
        Refused: `policy.unknown_key`.
    """
    parts = name.split(":")
    match parts:
        case [key] if key in POLICY_KEYS:
            return ("parameter", key)
        case ["standard" | "one_off", _] | ["top_up", _, _]:
            return tuple(parts)
        case ["opening"]:
            return ("opening", None)
        case ["opening", programme]:
            return ("opening", programme)
    raise Refused(
        "policy.unknown_key",
        name,
        found="no policy of this name",
        expected="a policy key, standard:PROGRAMME, top_up:PROGRAMME:CATEGORY, one_off:PROGRAMME or opening",
        hint="`ledger policy list` names them.",
    )


def key_name(key: RuleKey) -> str:
    """A rule key as it is typed."""
    named = key[1:] if key[0] == "parameter" else key
    return ":".join(part for part in named if part is not None)


def policy_history(ledger: Ledger, division: str, key: RuleKey) -> PolicyHistory:
    """All that is known of a key for a division and those above it.

    Raises:
        Refused: `policy.none_recorded` for a standard or top-up of which no rule is known.
    """
    rules = ledger.rule_book(division)
    known = rules.known(key)
    if not known and key[0] != "parameter":
        raise Refused(
            "policy.none_recorded",
            f"{key_name(key)} of division {division}",
            found="no rule recorded for it or a division above",
            expected="a rule that was recorded",
            hint="`ledger policy list` names what was.",
        )
    voids = _voids(ledger, division)
    facts = tuple(KnownFact(rule.event, _value(rule.event), voids.get(rule.event.ref)) for rule in known)
    spans = tuple(_merged(_spans(rules, key, known)))
    return PolicyHistory(key_name(key), _meaning(key), _default(key), spans, facts)


def in_force(ledger: Ledger, division: str, month: Month) -> Iterator[tuple[RuleKey, str, Span]]:
    """Every policy key, and every standard and top-up known, with its meaning and what holds in a month."""
    rules = ledger.rule_book(division)
    recorded = sorted((k for k in rules.recorded_keys() if k[0] in ("standard", "top_up")), key=key_name)
    for key in (*(("parameter", name) for name in POLICY_KEYS), *recorded):
        yield key, _meaning(key), _span(rules, key, month)


def _meaning(key: RuleKey) -> str:
    return POLICY_KEYS[str(key[1])].meaning if key[0] == "parameter" else _MEANINGS[str(key[0])]


def _default(key: RuleKey) -> str | None:
    return _plain(POLICY_KEYS[str(key[1])].default) if key[0] == "parameter" else None


def _spans(rules: RuleBook, key: RuleKey, known: list[KnownRule]) -> Iterator[Span]:
    """One span between each two months in which anything may change."""
    if key[0] in ("opening", "one_off"):
        for rule in known:
            if rule.voided_at is None:
                yield Span(rule.begins, rule.begins, _value(rule.event), rule.event)
        return
    standing = [rule for rule in known if rule.voided_at is None]
    ends = (rule.event.to_month for rule in standing if isinstance(rule.event, TopUpSet))
    turns = sorted({*(rule.begins for rule in standing), *(end + 1 for end in ends if end is not None)})
    if key[0] == "parameter":
        yield Span(None, turns[0] - 1 if turns else None, _default(key), None)
    for number, month in enumerate(turns):
        span = _span(rules, key, month)
        until = turns[number + 1] - 1 if number + 1 < len(turns) else None
        yield msgspec.structs.replace(span, from_month=month, to_month=until)


def _merged(spans: Iterator[Span]) -> Iterator[Span]:
    """Spans of one rule that follow on one another as one: a rule above changed nothing here."""
    last: Span | None = None
    for span in spans:
        if last is not None and (span.event, span.value) == (last.event, last.value):
            last = msgspec.structs.replace(last, to_month=span.to_month)
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


def _span(rules: RuleBook, key: RuleKey, month: Month) -> Span:
    event = rules.holding(key, month)
    if event is None:
        return Span(None, None, _default(key), None)
    if isinstance(event, TopUpSet) and event.to_month is not None and event.to_month < month:
        return Span(event.to_month + 1, None, None, event)
    to_month = event.to_month if isinstance(event, TopUpSet) else None
    return Span(KnownRule(0, event).begins, to_month, _value(event), event)


def _value(event: Rule) -> str:
    match event:
        case StandardSet():
            return f"{format_yuan(event.amount_fen)} a {event.per}"
        case TopUpSet(rate_ppm=None):
            return f"{format_yuan(event.amount_fen or 0)} a month"
        case TopUpSet():
            whole, rest = divmod(event.rate_ppm or 0, _PPM)
            return f"{whole}.{rest:04d}".rstrip("0").rstrip(".") + " %"
        case ParameterSet():
            return _plain(event.value) or "none"
        case BooksOpened():
            return event.month.text
        case OneOffGranted():
            return f"{event.code}: {format_yuan(event.amount_fen)} a person"


def _plain(value: object) -> str | None:
    """A policy's value as it is written in a facts file."""
    if value is None:
        return None
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _voids(ledger: Ledger, division: str) -> Mapping[str, Event]:
    events = ledger.events_log.streams(map(stream, division_chain(division)))
    return {r.event.of: r.event for r in events if isinstance(r.event, PolicyFactVoided)}
