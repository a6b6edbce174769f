"""A sample of what a month's closes paid: stratified, reproducible by anybody from population and seed.

Nothing here is random. The population is a list of lines, its digest their SHA-256 in the order of bytes. In each
stratum (programme and township) those units are drawn whose lots come first: the SHA-256 of seed, digest, programme
and case, with tabs between. The same events and seed give the same sample on any machine, with any version.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

import msgspec

from ledger.values.month import Month

UNKNOWN = "-"
"""The township of a case without a village code, and of reliefs."""

_TOWNSHIP_DIGITS = 9


_Key = tuple[str, str]


class Unit(msgspec.Struct, frozen=True, gc=False):
    """What an inspector visits: a case, or a relief, with all that the closes of a month issued for it."""

    month: Month
    division: str
    programme: str
    case: str
    township: str
    amount_fen: int
    payouts: tuple[str, ...]

    @property
    def line(self) -> str:
        """The unit as the population's digest sees it."""
        return "\t".join(
            (self.month.text, self.division, self.programme, self.case, self.township, str(self.amount_fen))
        )

    @property
    def stratum(self) -> tuple[str, str]:
        """The programme and the township."""
        return self.programme, self.township


class Stratum(msgspec.Struct, frozen=True, gc=False):
    """Units of one programme and township, and how many of them are drawn."""

    programme: str
    township: str
    units: int
    amount_fen: int
    drawn: int


class Sample(msgspec.Struct, frozen=True):
    """What was drawn from which population; `size` is the number asked for, more than there are gives all."""

    seed: str
    size: int
    population_digest: str
    population: tuple[Unit, ...]
    strata: tuple[Stratum, ...]
    drawn: tuple[Unit, ...]


def township_of(village: str | None) -> str:
    """The township of a village, the first nine digits of its code (GB/T 2260 extended); `-` where there is none."""
    head = (village or "")[:_TOWNSHIP_DIGITS]
    return head if len(head) == _TOWNSHIP_DIGITS and head.isascii() and head.isdigit() else UNKNOWN


def population_lines(units: Iterable[Unit]) -> list[str]:
    """The population as text, a line a unit, in the order of bytes: what `sort | sha256sum` makes the digest of."""
    return sorted((unit.line for unit in units), key=str.encode)


def population_digest(units: Iterable[Unit]) -> str:
    """The SHA-256 of those lines, each ended by a line feed, in hex."""
    return sha256("".join(f"{line}\n" for line in population_lines(units)).encode()).hexdigest()


def draw(units: Sequence[Unit], size: int, seed: str) -> Sample:
    """The sample of a population; in the order of strata, within them in that of the draw.

    With fewer than one a stratum to draw there is no share to give: all units are drawn from as one.
    """
    digest = population_digest(units)
    ordered = sorted(units, key=lambda unit: lot(seed, digest, unit.programme, unit.case))
    by_stratum: dict[tuple[str, str], list[Unit]] = {}
    for unit in ordered:
        by_stratum.setdefault(unit.stratum, []).append(unit)
    sizes = {stratum: len(members) for stratum, members in by_stratum.items()}
    if size < len(sizes):
        shares = Counter(unit.stratum for unit in ordered[:size])
    else:
        lots = {stratum: lot(seed, digest, *stratum) for stratum in sizes}
        shares = Counter(allocate(sizes, min(size, len(units)), lots))
    strata, drawn = [], []
    for stratum, members in sorted(by_stratum.items()):
        strata.append(Stratum(*stratum, len(members), sum(unit.amount_fen for unit in members), shares[stratum]))
        drawn += members[: shares[stratum]]
    return Sample(seed, size, digest, tuple(units), tuple(strata), tuple(drawn))


def allocate(sizes: Mapping[_Key, int], size: int, lots: Mapping[_Key, str]) -> dict[_Key, int]:
    """How many are drawn of each stratum: in proportion, by largest remainder, at least one of each.

    A stratum whose share is below one gets one, and the rest is shared out among the others. Of equal remainders
    the smaller lot comes first. `size` is at least the number of strata and at most that of units.
    """
    left, given = dict(sizes), dict[_Key, int]()
    while True:
        units, rest = sum(left.values()), size - len(given)
        small = [stratum for stratum, members in left.items() if rest * members < units]
        if not small:
            break
        for stratum in small:
            given[stratum] = 1
            del left[stratum]
    shares = {stratum: rest * members // units for stratum, members in left.items()}
    by_remainder = sorted(left, key=lambda stratum: (-(rest * left[stratum] % units), lots[stratum]))
    for stratum in by_remainder[: rest - sum(shares.values())]:
        shares[stratum] += 1
    return given | shares


def lot(*words: str) -> str:
    """The place of something in a draw: the SHA-256 of the words with tabs between, in hex."""
    return sha256("\t".join(words).encode()).hexdigest()
