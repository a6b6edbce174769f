"""Facts about rules: standards, top-ups, policies, subsidies, the opening of the books; and voiding."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from ledger.intake.fact import Fact, require_exactly_one, require_order
from ledger.intake.fields import (
    Batch,
    CalendarMonth,
    Code,
    Dibao,
    FactReference,
    Programme,
    Rate,
    RuleMonth,
    Text,
    Yuan,
)
from ledger.intake.policy_keys import PolicyName, PolicyValue, read_policy_value
from ledger.intake.shape import ReadsBy

__all__ = ["OneOff", "Opening", "Policy", "Standard", "TopUpRule", "Void"]


class Standard(Fact, frozen=True, kw_only=True):
    """A standard in its published unit, in force from a month on."""

    KIND: ClassVar = "standard"

    programme: Literal[
        "dibao_urban", "dibao_rural",
        "tekun_basic", "tekun_care_self", "tekun_care_partial", "tekun_care_full",
    ]  # fmt: skip
    amount_fen: Yuan
    per: Literal["month", "year"]
    from_: RuleMonth


class Opening(Fact, frozen=True, kw_only=True):
    """Our books begin with this month; of one programme, or of all."""

    KIND: ClassVar = "opening"

    month: CalendarMonth
    programme: Batch | None = None


class Void(Fact, frozen=True, kw_only=True):
    """From now on the named fact counts as never known."""

    KIND: ClassVar = "void"

    of: FactReference
    reason: Text


class TopUpRule(Fact, frozen=True, kw_only=True):
    """What a category adds: a percent of the full monthly standard, or an amount a month."""

    KIND: ClassVar = "top_up_rule"

    programme: Dibao
    category: Code
    rate_ppm: Rate | None = None
    amount_fen: Yuan | None = None
    from_: RuleMonth
    to: RuleMonth | None = None

    def __post_init__(self) -> None:
        require_exactly_one(self, "rate_ppm", "amount_fen")
        require_order(self.from_, self.to)


class Policy(Fact, frozen=True, kw_only=True):
    """A dated policy; its values are those of `policy_keys`."""

    KIND: ClassVar = "policy"

    key: PolicyName
    value: Annotated[PolicyValue, ReadsBy(read_policy_value, by="key")]
    from_: RuleMonth


class OneOff(Fact, frozen=True, kw_only=True):
    """A subsidy for every insured person of a case payable in that month; the amount is a person's."""

    KIND: ClassVar = "one_off"

    one_off: Code
    programme: Programme
    amount_fen: Yuan
    month: CalendarMonth
    document: Text | None = None
