"""Who is posted in which village, and what each township gets: a bundle's payments case by case."""

from __future__ import annotations

import re
from collections.abc import Iterator
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


def posted(contents: BundleContents) -> Iterator[Posted]:
    """Every case that is paid, village by village; a village's in the order of the roll.

    Only places in the roll are sorted, so that memory stays flat.

    Raises:
        Refused: `payfile.character`, `payfile.formula` for a name or village no notice may show.
    """
    begins: list[int] = []
    villages: list[str] = []
    case = None
    for place, payment in enumerate(contents.payments):
        if payment.case != case:
            case = payment.case
            begins.append(place)
            village = cell(payment.village or NOWHERE, subject=case, field="village")
            villages.append(intern(village))
    for number in sorted(range(len(begins)), key=villages.__getitem__):
        end = begins[number + 1] if number + 1 < len(begins) else len(contents.payments)
        payments = [contents.payments[place] for place in range(begins[number], end)]
        first = payments[0]
        name = cell(first.posted_name, subject=first.case, field="name")
        yield Posted(villages[number], name, first.insured, sum(payment.amount_fen for payment in payments))


def townships(contents: BundleContents) -> list[Township]:
    """What each township gets, in the order of their codes or names."""
    found: dict[str, tuple[int, int, int]] = {}
    for case in posted(contents):
        name = township_of(case.village)
        cases, persons, amount_fen = found.get(name, (0, 0, 0))
        found[name] = (cases + 1, persons + case.members, amount_fen + case.amount_fen)
    return [Township(name, *sums) for name, sums in sorted(found.items())]


def township_of(village: str) -> str:
    """The township of a village: the first nine digits of its code, or its name up to 镇, 乡 or 街道."""
    match = _VILLAGE_CODE.fullmatch(village)
    if match is not None:
        return match[1]
    named = _TOWNSHIP.match(village)
    return named[0] if named else village
