"""Dated policy of a division: standards, top-up rules, parameters, and where our books begin."""

from __future__ import annotations

from typing import Any, Self

import msgspec

from ledger.domain.event import Event, Recorded
from ledger.values.month import Month


class StandardSet(Event, frozen=True, kw_only=True):
    """A standard in its published unit (`month` or `year`), in force from a month."""

    TOPIC = "policy.standard_set"

    programme: str
    amount_fen: int
    per: str
    from_month: Month


class TopUpSet(Event, frozen=True, kw_only=True):
    """A top-up rule: a rate of the full standard in parts per million, or a fixed amount a month."""

    TOPIC = "policy.top_up_set"

    programme: str
    category: str
    rate_ppm: int | None = None
    amount_fen: int | None = None
    from_month: Month
    to_month: Month | None = None


class ParameterSet(Event, frozen=True, kw_only=True):
    """A policy parameter; `value` is what the key's catalogue entry says."""

    TOPIC = "policy.parameter_set"

    key: str
    value: Any
    from_month: Month


class OneOffGranted(Event, frozen=True, kw_only=True):
    """A subsidy, in fen a person, for every insured person of a case of the programme payable in a month."""

    TOPIC = "policy.one_off_granted"

    code: str
    programme: str
    amount_fen: int
    month: Month
    document: str | None = None
    """The reference of the sealed text that names the document."""


class BooksOpened(Event, frozen=True, kw_only=True):
    """Our books begin with a month, for one programme or all: earlier ones are never settled."""

    TOPIC = "policy.books_opened"

    month: Month
    programme: str | None = None


class PolicyFactVoided(Event, frozen=True, kw_only=True):
    """The policy fact `of` counts as never known; `note` references the reason."""

    TOPIC = "policy.fact_voided"

    of: str
    note: str | None = None


Rule = StandardSet | TopUpSet | ParameterSet | BooksOpened | OneOffGranted


class KnownRule(msgspec.Struct, frozen=True, gc=False):
    """A policy fact with its place in the log, and the place of its void if there is one.

    Voided ones are kept: what was known before a close is asked again under `back_pay: false`.
    """

    position: int
    event: Rule
    voided_at: int | None = None

    @property
    def begins(self) -> Month:
        """The first month it speaks of."""
        return self.event.month if isinstance(self.event, BooksOpened | OneOffGranted) else self.event.from_month

    def known_at(self, position: int | None) -> bool:
        """Whether it stood just before a log position (None: now)."""
        if position is None:
            return self.voided_at is None
        return self.position < position and (self.voided_at is None or self.voided_at >= position)


class PolicyFile(msgspec.Struct, frozen=True, gc=False):
    """A fold of a division's policy stream, in the order known."""

    division: str
    version: int = 0
    rules: tuple[KnownRule, ...] = ()

    def after(self, recorded: Recorded) -> Self:
        """The file with one more event of the stream."""
        event, position = recorded.event, recorded.position
        rules = self.rules
        match event:
            case StandardSet() | TopUpSet() | ParameterSet() | BooksOpened() | OneOffGranted():
                rules = (*rules, KnownRule(position, event))
            case PolicyFactVoided(of=of):
                rules = tuple(
                    msgspec.structs.replace(k, voided_at=position) if k.event.ref == of else k for k in rules
                )
        return msgspec.structs.replace(self, version=event.originator_version, rules=rules)

    def standing(self, ref: str) -> KnownRule | None:
        """The rule of an event reference, unless it is void."""
        return next((k for k in self.rules if k.event.ref == ref and k.voided_at is None), None)


def stream(division: str) -> str:
    """The policy stream of a division."""
    return f"policy/{division}"
