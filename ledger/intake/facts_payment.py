"""Facts about what is given: care, grain, relief, appropriations, imported and cancelled payouts."""

from __future__ import annotations

from typing import ClassVar, Literal

from ledger.intake.fact import Fact, Part
from ledger.intake.facts_case import Account
from ledger.intake.fields import (
    Batch,
    CalendarMonth,
    Code,
    Count,
    Kilograms,
    PastDay,
    Person,
    Place,
    Text,
    Tier,
    Year,
    Yuan,
)
from ledger.intake.shape import Unreadable
from ledger.values.money import format_yuan

__all__ = [
    "Appropriation",
    "CareAssessed",
    "Discharge",
    "GrainHandOut",
    "GrainStock",
    "Harvest",
    "ImportLines",
    "PayoutCancelled",
    "PayoutImported",
    "Relief",
]


class CareAssessed(Fact, frozen=True, kw_only=True):
    """A destitute person's care tier, from the month after; and who cares from now on."""

    KIND: ClassVar = "care"

    case: Code
    tier: Tier
    assessed_on: PastDay
    carer: Person | None = None
    carer_account: Account | None = None


class Discharge(Fact, frozen=True, kw_only=True):
    """A case left the institution."""

    KIND: ClassVar = "discharge"

    case: Code
    on: PastDay


class Harvest(Fact, frozen=True, kw_only=True):
    """A household's own staple harvest a head, which places it in a grain tier for the year."""

    KIND: ClassVar = "harvest"

    case: Code
    year: Year
    grams_per_head: Kilograms
    full_ration: bool = False


class GrainHandOut(Fact, frozen=True, kw_only=True):
    """Grain given to a household for a month."""

    KIND: ClassVar = "grain_hand_out"

    case: Code
    month: CalendarMonth
    mass_g: Kilograms
    on: PastDay
    collector: Place | None = None


class GrainStock(Fact, frozen=True, kw_only=True):
    """Grain into or out of a township's store."""

    KIND: ClassVar = "grain_stock"

    unit: Place
    mass_g: Kilograms
    on: PastDay
    direction: Literal["in", "out"]
    document: Text | None = None


class Relief(Fact, frozen=True, kw_only=True):
    """Emergency relief for a person, paid with the close of the month of the decision, or at once."""

    KIND: ClassVar = "relief"

    relief: Code
    person: Person
    kind: Literal["urgent", "expenditure"]
    cause: Text
    amount_fen: Yuan
    level: Literal["township", "county"]
    decided_on: PastDay
    account: Account | None = None
    reason: Text | None = None


class Appropriation(Fact, frozen=True, kw_only=True):
    """Money that a level of government put into a fund."""

    KIND: ClassVar = "appropriation"

    fund: Code
    programme: Batch
    source: Literal["central", "province", "prefecture", "county"]
    amount_fen: Yuan
    on: PastDay
    document: Text | None = None


class ImportLines(Part, frozen=True, kw_only=True):
    """What an imported payment was made of: lines of its own month only."""

    dibao_fen: Yuan = 0
    top_up_fen: Yuan = 0
    subsidy_fen: Yuan = 0
    tekun_basic_fen: Yuan = 0
    tekun_care_fen: Yuan = 0

    @property
    def total_fen(self) -> int:
        """The sum of the lines."""
        return self.dibao_fen + self.top_up_fen + self.subsidy_fen + self.tekun_basic_fen + self.tekun_care_fen


class PayoutImported(Fact, frozen=True, kw_only=True):
    """A payment that another system made; it counts as paid for its month."""

    KIND: ClassVar = "payout_imported"

    case: Code
    month: CalendarMonth
    amount_fen: Yuan
    on: PastDay
    lines: ImportLines | None = None
    persons: Count | None = None
    account: Account | None = None

    def __post_init__(self) -> None:
        if self.lines is not None and self.lines.total_fen != self.amount_fen:
            raise Unreadable(
                f"lines that add up to the amount, {format_yuan(self.amount_fen)}",
                found=format_yuan(self.lines.total_fen), field="lines", code="fact.lines_differ",
            )  # fmt: skip


class PayoutCancelled(Fact, frozen=True, kw_only=True):
    """A returned payout that will not be sent again; without `payee` every returned one of the month."""

    KIND: ClassVar = "payout_cancelled"

    case: Code
    month: CalendarMonth
    payee: Literal["household", "person", "carer", "institution"] | None = None
    on: PastDay
    reason: Text
