"""Numbers for made-up people: ID numbers, cards, passbooks and village codes, each unique by construction.

Sample data, never a real person's: an ID number carries the six-digit code of a whole prefecture or province
(520200, 520000, ...), which is a GB/T 2260 code and is never issued: real numbers carry a county's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

COUNTIES = ("520201", "520203", "520204", "520281")
"""The counties of Liupanshui, among which every number here is unique."""

_PREFIXES = (
    "520200",
    "520000",
    "520100",
    "530000",
    "510000",
    "500000",
    "450000",
    "430000",
    "440000",
    "420000",
)
_DAYS = 365
_ORDERS = 499
_PLACES = _DAYS * _ORDERS // len(COUNTIES) * len(COUNTIES)
"""Birthdays × order numbers of one sex in one birth year, dealt out to the counties."""
_STEP = 74_759
"""Coprime to `_PLACES` and to 1,000,000: spreads neighbours over the year without two meeting."""
_CHECK = "10X98765432"

HOUSEHOLDS_AT_MOST = len(_PREFIXES) * (_PLACES // len(COUNTIES))
"""How many households of one county can have unique numbers: 455,330, new ones included."""


def id_number(division: str, household: int, birth_year: int, sex: str) -> tuple[str, date]:
    """The ID number (GB 11643-1999) and birth date of the household's only member of this sex and year.

    Distinct (division of `COUNTIES`, household, birth_year, sex) give distinct numbers. Up to
    `HOUSEHOLDS_AT_MOST` households.
    """
    slot = COUNTIES.index(division) if division in COUNTIES else int(division) % len(COUNTIES)
    prefix, place = divmod(household * len(COUNTIES) + slot, _PLACES)
    shift = birth_year * 60_013 + (97_000 if sex == "male" else 0)
    order, day = divmod((place * _STEP + shift) % _PLACES, _DAYS)
    born = date(birth_year, 1, 1) + timedelta(days=day)
    birthday = born.isoformat().replace("-", "")
    digits = f"{_PREFIXES[prefix]}{birthday}{order * 2 + (1 if sex == 'male' else 2):03d}"
    # Weights of ISO 7064 MOD 11-2 are powers of 2, and 13 is 2 modulo 11: read to base 13, they are built in.
    return digits + _CHECK[2 * int(digits, 13) % 11], born


def card(division: str, household: int, version: int) -> str:
    """A 19-digit card number from 62 with its Luhn digit; `version` counts the household's cards, to 99."""
    body = f"621799{division[2:]}{household * _STEP % 1_000_000:06d}{version:02d}"
    doubled = [sum(divmod(int(digit) * 2, 10)) for digit in body[::-1][0::2]]
    return body + str(-(sum(doubled) + sum(int(digit) for digit in body[::-1][1::2])) % 10)


def passbook(division: str, household: int, version: int) -> str:
    """A 21-digit passbook account, which has no check digit."""
    return f"240{division}{household * _STEP % 1_000_000:06d}000{version:03d}"


@dataclass(frozen=True, slots=True)
class Places:
    """The townships and villages of a county: about 80 households a village, 12 villages a township."""

    division: str
    villages: int

    @staticmethod
    def of(division: str, households: int) -> Places:
        """As many villages as the households fill, at most 300."""
        return Places(division, min(300, max(1, households // 80)))

    def village(self, rng: Random, *, urban: bool) -> str:
        """A 12-digit code: a residents' committee of a subdistrict, or a village of a township."""
        number = rng.randrange(self.villages)
        township, village = number // 12 + 1, number % 12 + 1
        if urban:
            return f"{self.division}{township % 8 + 1:03d}{village:03d}"
        return f"{self.division}{100 + township:03d}{200 + village:03d}"

    def everywhere(self) -> Iterator[str]:
        """Every code that `village` can give, each once: villages, then residents' committees."""
        for number in range(self.villages):
            yield f"{self.division}{101 + number // 12:03d}{201 + number % 12:03d}"
        committees = ((number // 12 + 1) % 8 * 1000 + number % 12 for number in range(self.villages))
        for committee in sorted(set(committees)):
            yield f"{self.division}{committee // 1000 + 1:03d}{committee % 1000 + 1:03d}"
