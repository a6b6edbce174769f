"""The policy keys: for each its default, its meaning and what values it takes.

Values stay as plain as in a file, so that events can carry them: a count is an int, a decimal amount (yuan,
kilograms, percent) its text, read with `parse_yuan`, `parse_kg`, `parse_percent`. None is no limit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, TypeAlias

from msgspec import Struct

from ledger.intake.fields import KG, PERCENT, RELATION, YUAN, whole
from ledger.intake.shape import TRUTH, Reads, one_of, read_list, read_struct, read_value
from ledger.values.mass import parse_kg

PolicyValue: TypeAlias = str | int | bool | list[Any] | None


class PolicyKey(Struct, frozen=True):
    """One policy: its value where none is recorded, what it means, how a recorded value is read."""

    key: str
    default: PolicyValue
    meaning: str
    reads: Reads[Any]


def read_policy_value(value: object, key: str) -> PolicyValue:
    """The value of a policy as plain data.

    Raises:
        Unreadable: for a value that the key does not take.
    """
    plain: PolicyValue = read_value(POLICY_KEYS[key].reads, value)
    return plain


def _as_text(reads: Reads[int]) -> Reads[str]:
    def read(value: object) -> str:
        reads.read(value)
        return str(value)

    return Reads(read, reads.expected)


def _or_none(reads: Reads[str]) -> Reads[str | None]:
    def read(value: object) -> str | None:
        return None if value is None else reads.read(value)

    return Reads(read, f"{reads.expected}, or null for none")


def _read_kin_scope(value: object) -> list[str]:
    codes = read_list(RELATION, value)
    if not codes or len(set(codes)) != len(codes):
        raise ValueError
    return list(codes)


class _GrainTier(Struct, frozen=True):
    under: Annotated[str, _as_text(KG)]
    months: tuple[Annotated[int, whole(1, 12)], ...]


def _read_grain_tier(value: object) -> _GrainTier:
    return read_struct(_GrainTier, value)


def _read_grain_tiers(value: object) -> list[dict[str, Any]]:
    tiers = read_list(Reads(_read_grain_tier, "a tier {under, months}"), value)
    bounds = [parse_kg(tier.under) for tier in tiers]
    if bounds != sorted(set(bounds)) or any(len(set(tier.months)) != len(tier.months) for tier in tiers):
        raise ValueError
    return [{"under": tier.under, "months": list(tier.months)} for tier in tiers]


_MONEY = _as_text(YUAN)
_PERCENT = _as_text(PERCENT)
_KIN_SCOPE = Reads(_read_kin_scope, "a list of relation codes, none of them twice")
_GRAIN_TIERS = Reads(
    _read_grain_tiers, "a list of tiers {under: kilograms, months: [6, 7, 8]}, bounds rising, no month twice"
)

_NATIONAL_KIN = (
    "10 11 12 20 21 22 23 24 25 26 27 29 30 31 32 33 34 35 36 37 39 41 42 43 44 "
    "51 52 57 58 61 62 63 64 71 73 75 77"
)
_NATIONAL_TIERS: list[dict[str, Any]] = [
    {"under": "105", "months": [6, 7, 8]},
    {"under": "135", "months": [7, 8]},
    {"under": "165", "months": [8]},
]

_CATALOGUE = (
    PolicyKey(
        "top_up_stacking", "highest_only", "a person's top-ups: the highest counts, or all add up",
        one_of("highest_only", "sum"),
    ),
    PolicyKey(
        "top_up_cap_percent", None, "a person's top-ups at most, in percent of the full monthly standard",
        _or_none(_PERCENT),
    ),
    PolicyKey(
        "recovery", "offset", "overpaid money: taken from later payouts, or listed as a claim",
        one_of("offset", "claim"),
    ),
    PolicyKey("back_pay", default=True, meaning="a standard known late changes closed months", reads=TRUTH),
    PolicyKey("pay_by_day", 10, "the day of the month by which it is paid", whole(1, 31)),
    PolicyKey("minimum_gap", None, "a dibao base above zero is at least this a household", _or_none(_MONEY)),
    PolicyKey("relief_township_limit", "1500.00", "relief above it is the county's to approve", _MONEY),
    PolicyKey("relief_repeat_months", 12, "relief for one cause again within them repeats", whole(0, 120)),
    PolicyKey(
        "kin_scope", _NATIONAL_KIN.split(), "the relation codes (GB/T 4761) of close relatives", _KIN_SCOPE
    ),
    PolicyKey("grain_tiers", _NATIONAL_TIERS, "the months with grain, by own harvest a head", _GRAIN_TIERS),
    PolicyKey("grain_ration_kg", "15", "grain for a person and month", _as_text(KG)),
    PolicyKey("return_unresolved_days", 30, "an older return is named by the audit", whole(0, 3650)),
    PolicyKey("posting_days", 7, "the days of a first village posting at least", whole(0, 365)),
    PolicyKey("property_limit", 1, "the properties a person may own", whole(0, 999)),
    PolicyKey("housing_fund_limit", "0.00", "the monthly housing fund money a person may draw", _MONEY),
    PolicyKey(
        "recovery_cap_percent", "100", "the share of a payee's money that a close may take back", _PERCENT
    ),
    PolicyKey("rules_version", 1, "the version of the rules that computes a month", whole(1, 999)),
)  # fmt: skip

POLICY_KEYS: dict[str, PolicyKey] = {policy.key: policy for policy in _CATALOGUE}

PolicyName: TypeAlias = Annotated[str, replace(one_of(*POLICY_KEYS), code="fact.unknown_policy")]
