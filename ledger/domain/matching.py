"""What a match with another department's data speaks for: over-inclusion, under-coverage, or nothing. Pure.

Matching raises an alert for somebody to look into; it stops no money (社会救助暂行办法 §58: checking with other
departments' data; 民发〔2021〕57号: means checks, dynamic monitoring).
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ledger.values.money import format_yuan, parse_yuan

OVER_INCLUSION, UNDER_COVERAGE = "over_inclusion", "under_coverage"

_OF_THE_INSURED = frozenset({"death", "prison", "detox"})
"""Speak against whoever is insured; a member who is not insured may well be in prison."""
_OF_THE_HOUSEHOLD = frozenset({
    "fiscal_payroll", "pension", "wages", "vehicle", "property", "company", "housing_fund", "deposits",
})  # fmt: skip
"""Speak against the household of whoever they name: its means are those of all its members."""
_IN_NEED = frozenset({"disability", "medical", "student", "death"})
"""Burdens that may bring somebody below the line; by a death a household may have lost its earner."""
_INCOME = frozenset({"pension", "wages"})
_LONGEST_VALUE, _LONGEST_DETAIL = 100, 400


class Limits(msgspec.Struct, frozen=True):
    """What a match must be above to speak against somebody, in the month matched.

    `income_fen`: the household's income as declared, a month. `deposits_fen`: a year's standard of the programme
    for one person, nothing where none is in force.
    """

    properties: int = 1
    housing_fund_fen: int = 0
    income_fen: int = 0
    deposits_fen: int = 0


class Standing(msgspec.Struct, frozen=True):
    """How a person stands with a county: in a household that draws, insured or not, applying, or outside."""

    insured: bool = False
    member: bool = False
    applying: bool = False
    outside: bool = False
    """Watched as low-income, or turned down or withdrawn when he last applied; and drawing nowhere."""
    limits: Limits = Limits()


def side_of(dataset: str, value: str | None, standing: Standing) -> str | None:
    """The side of the alert that a match raises, None where it speaks for neither.

    Without a value a property counts as one, money as nothing.
    """
    if dataset in _OF_THE_INSURED and (standing.insured or standing.applying):
        return OVER_INCLUSION
    if dataset in _OF_THE_HOUSEHOLD and (standing.member or standing.applying):
        return OVER_INCLUSION if _above(dataset, value, standing.limits) else None
    if dataset in _IN_NEED and standing.outside:
        return UNDER_COVERAGE
    return None


def _above(dataset: str, value: str | None, limits: Limits) -> bool:
    if dataset == "property":
        return int(value or 1) > limits.properties
    if dataset in _INCOME:
        return _fen(value) > limits.income_fen
    if dataset == "housing_fund":
        return _fen(value) > limits.housing_fund_fen
    if dataset == "deposits":
        return _fen(value) > limits.deposits_fen
    return True


def _fen(value: str | None) -> int:
    return parse_yuan(value) if value is not None else 0


class MatchSaid(msgspec.Struct, frozen=True):
    """What a file's lines say of one person together."""

    value: str | None
    detail: str | None


def together(dataset: str, said: Iterable[MatchSaid], *, money: bool) -> MatchSaid:
    """The lines of one person as one match: money and properties are added up, words strung together."""
    lines = list(said)
    values = [line.value for line in lines if line.value is not None]
    if money:
        value = format_yuan(sum(map(parse_yuan, values))) if values else None
    elif dataset == "property":
        value = str(sum(int(line.value or 1) for line in lines))
    else:
        value = _strung(values, _LONGEST_VALUE)
    return MatchSaid(value, _strung([line.detail for line in lines if line.detail], _LONGEST_DETAIL))


def _strung(texts: list[str], longest: int) -> str | None:
    """Each text once; what would be too long is counted only."""
    found = list(dict.fromkeys(texts))
    shown = found
    while shown and len(_said(shown, len(found))) > longest:
        shown = shown[:-1]
    if not shown and found:
        return found[0][: longest - 8] + _more(len(found))
    return _said(shown, len(found)) or None


def _said(shown: list[str], count: int) -> str:
    return "、".join(shown) + (_more(count) if len(shown) < count else "")


def _more(count: int) -> str:
    return f"等{count}项" if count > 1 else "…"
