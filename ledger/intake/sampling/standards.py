"""Liupanshui's standards with the dates they were published for, example top-up rates, a few policies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ledger.values.month import Month

Fact = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Standard:
    """What holds from a month on: yuan a month (urban) and yuan a year (rural), as published."""

    effective_from: Month
    urban: str
    rural: str


STANDARDS = (
    Standard(Month.parse("2012-01"), "345.00", "1577.50"),
    Standard(Month.parse("2015-01"), "490.00", "2760.00"),  # interpolated
    Standard(Month.parse("2018-01"), "636.00", "3936.00"),
    Standard(Month.parse("2019-01"), "650.00", "4284.00"),  # rural interpolated
    Standard(Month.parse("2020-01"), "675.00", "4632.00"),  # rural interpolated
    Standard(Month.parse("2021-01"), "690.00", "4980.00"),  # interpolated
    Standard(Month.parse("2022-04"), "705.00", "5316.00"),
    Standard(Month.parse("2023-01"), "756.00", "6084.00"),  # interpolated
    Standard(Month.parse("2024-04"), "808.00", "6852.00"),
)
FIRST_MONTH = STANDARDS[0].effective_from
"""Before it no standard is known here."""

TOP_UP_PERCENT = {
    "serious_illness": 30,
    "severe_disability": 30,
    "age_70_plus": 20,
    "age_60_69": 10,
    "student": 20,
    "minor": 10,
    "single_parent": 20,
    "nursing_mother": 20,
}
_POLICIES: tuple[tuple[str, Any], ...] = (
    ("top_up_stacking", "highest_only"),
    ("recovery", "offset"),
    ("pay_by_day", 10),
)


def standard_in(month: Month) -> Standard:
    """The standard in force in a month from `FIRST_MONTH` on, known by then or not."""
    return next(standard for standard in reversed(STANDARDS) if standard.effective_from <= month)


def known_in(standard: Standard, first_month: Month, months: int) -> Month | None:
    """The month in whose file a standard becomes known; None for before the books open, or never here.

    A raise is published late where a later month is still closed: a month after it took effect, as in Guizhou
    in 2018 and 2019, so that the months between are paid at the old rate and back-paid.
    """
    effective, last = standard.effective_from, first_month + (months - 1)
    if effective == FIRST_MONTH or months == 1 or not first_month <= effective <= last:
        return None
    return max(first_month, min(effective + 1, last - 1))


def raises_in(month: Month, first_month: Month, months: int) -> list[Standard]:
    """The standards that become known in a month."""
    return [standard for standard in STANDARDS if known_in(standard, first_month, months) == month]


def standard_facts(division: str, standard: Standard) -> Iterator[Fact]:
    """Both programmes' `standard` facts."""
    since = str(standard.effective_from)
    for programme, amount, per in (("urban", standard.urban, "month"), ("rural", standard.rural, "year")):
        yield {
            "fact": "standard",
            "division": division,
            "programme": f"dibao_{programme}",
            "amount": amount,
            "per": per,
            "from": since,
        }


def policy_facts(division: str, first_month: Month, months: int) -> Iterator[Fact]:
    """The standards known when the books open, the top-up rules and the policies."""
    for standard in STANDARDS:
        if standard.effective_from <= first_month and known_in(standard, first_month, months) is None:
            yield from standard_facts(division, standard)
    since = str(FIRST_MONTH)
    for programme in ("dibao_urban", "dibao_rural"):
        for category, percent in TOP_UP_PERCENT.items():
            yield {
                "fact": "top_up_rule",
                "division": division,
                "programme": programme,
                "category": category,
                "percent": percent,
                "from": since,
            }
    for key, value in _POLICIES:
        yield {"fact": "policy", "division": division, "key": key, "value": value, "from": since}
