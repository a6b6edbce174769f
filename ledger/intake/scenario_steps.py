"""What a scenario is made of: its steps, and what each expects. Lines are those of the file, from 1."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from ledger.intake.raw import RawFact
from ledger.values.month import Month

COMPONENTS = ("dibao", "top_up", "subsidy", "tekun_basic", "tekun_care", "relief", "arrears", "recovery")
"""The lines of a payout that an expectation may name."""


class ExpectedCase(Struct, frozen=True, kw_only=True):
    """What a case gets over all its payees, in fen; None where the scenario does not say.

    `lines` is complete: a component that it does not name is zero. `line_of` tells where `total` and each
    named component stand.
    """

    line: int
    total_fen: int | None
    lines: dict[str, int] | None
    line_of: dict[str, int]


class ExpectedGrain(Struct, frozen=True, kw_only=True):
    """The grain that a case is allocated, in grams."""

    line: int
    mass_g: int


class ExpectedTotals(Struct, frozen=True, kw_only=True):
    """The payouts of a close: how many, and how much in fen; None where the scenario does not say."""

    line: int
    payouts: int | None
    amount_fen: int | None


class NamedPayout(Struct, frozen=True, kw_only=True):
    """Every payout of a case (or relief) and month, or the one of that amount; `reason` is the bank's."""

    line: int
    case: str
    month: Month
    amount_fen: int | None = None
    reason: str | None = None


class Step(Struct, frozen=True, kw_only=True):
    """One thing that happens; `on` None is the day of the step before.

    `refused` says that it must be refused: True, or the code of the error.
    """

    line: int
    on: date | None
    refused: bool | str
    division: str | None


class RecordStep(Step, frozen=True, kw_only=True):
    """Facts recorded as one file, all or nothing; not yet read, since a bad one may be what is wanted."""

    facts: tuple[RawFact, ...]


class CloseStep(Step, frozen=True, kw_only=True):
    """A month closed; cases that `expect` and `grain` do not name are compared with zero if `only`."""

    month: Month
    expect: dict[str, ExpectedCase]
    grain: dict[str, ExpectedGrain]
    totals: ExpectedTotals | None
    only: bool


class ReturnsStep(Step, frozen=True, kw_only=True):
    """The bank's return file."""

    payouts: tuple[NamedPayout, ...]


class ReissueStep(Step, frozen=True, kw_only=True):
    """Returned payouts sent again."""

    payouts: tuple[NamedPayout, ...]


class AuditStep(Step, frozen=True, kw_only=True):
    """An audit query by its slug, and all that it names, in any order; `expect_line` is where they stand."""

    query: str
    expect: frozenset[str]
    expect_line: int


class ReplayStep(Step, frozen=True, kw_only=True):
    """A month replayed as known at its close, or as known on a day."""

    month: Month
    known_on: date | None
    expect: dict[str, ExpectedCase]
    only: bool


class Scenario(Struct, frozen=True, kw_only=True):
    """A scenario: the rule it shows, the county whose facts name no other, its steps in order."""

    name: str
    title: str
    division: str
    steps: tuple[Step, ...]
