"""Who is posted in which village, and what each township gets: a bundle's payments case by case."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from sys import intern

import msgspec

from ledger.payfile.contents import BundleContents
from ledger.payfile.plain_text import cell

NOWHERE = "（未登记属地）"

_VILLAGE_CODE = re.compile(r"([0-9]{9})[0-9]*")
_TOWNSHIP = re.compile(r".*?(?:街道|镇|乡)")


class Posted(msgspec.Struct, frozen=True, gc=False):
    """A case as a village notice shows it: name, number of members, and what all its payees get, in fen."""

    village: str
    name: str
    members: int
    amount_fen: int


class Township(msgspec.Struct, frozen=True):
    """What goes to a township: cases, persons, and their money in fen."""

    name: str
    cases: int
    persons: int
    amount_fen: int


class Villages:
    """The cases of a bundle village by village; a village's in the order of the roll.

    Only the places of cases in the roll are kept and sorted, so that memory stays flat.

    Raises:
        Refused: `payfile.character`, `payfile.formula` for a name or village no notice may show.
    """

    def __init__(self, contents: BundleContents) -> None:
        self._payments = contents.payments
        self._begins: list[int] = []
        villages: list[str] = []
        case = None
        for place, payment in enumerate(contents.payments):
            if payment.case != case:
                case = payment.case
                self._begins.append(place)
                villages.append(intern(cell(payment.village or NOWHERE, subject=case, field="village")))
        self._order = sorted(range(len(villages)), key=villages.__getitem__)
        self._begins.append(len(contents.payments))

    def __iter__(self) -> Iterator[Posted]:
        for number in self._order:
            begin, end = self._begins[number], self._begins[number + 1]
            first = self._payments[begin]
            fen = first.amount_fen
            for place in range(begin + 1, end):
                fen += self._payments[place].amount_fen
            name = cell(first.posted_name, subject=first.case, field="name")
            yield Posted(first.village or NOWHERE, name, first.insured, fen)


def townships(cases: Iterable[Posted]) -> list[Township]:
    """What each township gets, in the order of their codes or names."""
    found: dict[str, list[int]] = {}
    for case in cases:
        sums = found.setdefault(township_of(case.village), [0, 0, 0])
        sums[0] += 1
        sums[1] += case.members
        sums[2] += case.amount_fen
    return [Township(name, *sums) for name, sums in sorted(found.items())]


@cache
def township_of(village: str) -> str:
    """The township of a village: the first nine digits of its code, or its name up to 镇, 乡 or 街道."""
    match = _VILLAGE_CODE.fullmatch(village)
    if match is not None:
        return match[1]
    named = _TOWNSHIP.match(village)
    return named[0] if named else village
