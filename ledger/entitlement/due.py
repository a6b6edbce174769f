"""What is due for a month, in its parts: base, top-ups, care, subsidies; and whose money each is."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ledger.domain.case_known import Income, Stay
from ledger.domain.payout import HOUSEHOLD
from ledger.domain.policy import OneOffGranted
from ledger.entitlement.rule_book import Standard

DIBAO, TOP_UP, SUBSIDY = "dibao", "top_up", "subsidy"
TEKUN_BASIC, TEKUN_CARE = "tekun_basic", "tekun_care"

NOT_STARTED, ENDED, SUSPENDED = "not started", "ended", "suspended"
NOBODY_INSURED, NO_STANDARD, NO_GAP = "nobody insured", "no standard in force", "no gap and no top-up"


class Base(msgspec.Struct, frozen=True, gc=False):
    """The base: dibao's gap, or tekun's basic living standard × insured; rounded once.

    The gap is (annual standard × insured − annual income) / 12, at least 0; tekun knows no income.
    """

    amount_fen: int
    standard: Standard
    insured: tuple[Stay, ...]
    income: Income | None
    lifted_to_fen: int | None = None
    """The `minimum_gap`, where it lifted the gap."""

    @property
    def because(self) -> tuple[str, ...]:
        """The events it rests on."""
        stays = (ref for stay in self.insured for ref in stay.refs[:1])
        income = (self.income.ref,) if self.income else ()
        return tuple(dict.fromkeys((self.standard.ref, *stays, *income)))


class CategoryPart(msgspec.Struct, frozen=True, gc=False):
    """One category of a person: the exact amount in 1/EXACT fen, its rule and what puts the person in it."""

    category: str
    exact: int
    rule: str
    fact: str


class TopUp(msgspec.Struct, frozen=True, gc=False):
    """A member's top-up: one figure, rounded once."""

    person: str
    amount_fen: int
    parts: tuple[CategoryPart, ...]
    capped: bool

    @property
    def because(self) -> tuple[str, ...]:
        """The events it rests on."""
        return tuple(dict.fromkeys(ref for part in self.parts for ref in (part.rule, part.fact)))


class Care(msgspec.Struct, frozen=True, gc=False):
    """A destitute person's care money: the tier's care standard."""

    amount_fen: int
    tier: str
    standard: Standard
    fact: str

    @property
    def because(self) -> tuple[str, ...]:
        """The events it rests on."""
        return (self.standard.ref, self.fact)


class Due(msgspec.Struct, frozen=True, gc=False):
    """What a case is due for a month. `nothing` says why where nothing is due.

    `living` and `caring` are the payees of living and care money (`household`, `person`, `carer`, `institution`).
    """

    insured: int
    base: Base | None = None
    top_ups: tuple[TopUp, ...] = ()
    care: Care | None = None
    one_offs: tuple[OneOffGranted, ...] = ()
    living: str = HOUSEHOLD
    caring: str = HOUSEHOLD
    base_component: str = DIBAO
    nothing: str | None = None

    @property
    def total_fen(self) -> int:
        """Everything due."""
        base, care = self.base, self.care
        living_fen = (base.amount_fen if base else 0) + self.top_up_fen + self.subsidy_fen
        return living_fen + (care.amount_fen if care else 0)

    @property
    def top_up_fen(self) -> int:
        """The sum of the members' top-ups."""
        return sum(top_up.amount_fen for top_up in self.top_ups)

    @property
    def subsidy_fen(self) -> int:
        """One-off subsidies, so much an insured person."""
        return sum(one_off.amount_fen for one_off in self.one_offs) * self.insured

    def shares(self) -> list[Share]:
        """The components above zero, each with its payee, in the order an import is taken from them."""
        found = [
            Share(self.living, self.base_component, self.base.amount_fen if self.base else 0),
            Share(self.living, TOP_UP, self.top_up_fen),
            Share(self.living, SUBSIDY, self.subsidy_fen),
            Share(self.caring, TEKUN_CARE, self.care.amount_fen if self.care else 0),
        ]
        return [share for share in found if share.amount_fen]


class Share(NamedTuple):
    """One component of what is due, and whose money it is."""

    payee: str
    component: str
    amount_fen: int


EXACT = 12 * 1_000_000
"""Top-ups are added and compared in 1/12,000,000 fen: a month's share of a year, in parts per million."""
