"""The month, in which everything is granted, paid and closed; and the days of China Standard Time."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

CHINA = timezone(timedelta(hours=8), "CST")
"""China has had no daylight saving since 1991: a fixed offset, and no time-zone database to install."""

_TEXT = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


class Month:
    """A calendar month; `Month.parse("2022-07")`, ordered, `month + 1` is the next one.

    Equal months are mostly one object: a roll makes millions of them, nearly all of a few dozen months.
    """

    __slots__ = ("ordinal", "text")

    def __init__(self, ordinal: int) -> None:
        """`ordinal` counts months from January of the year 0."""
        self.ordinal = ordinal
        self.text = f"{ordinal // 12:04d}-{ordinal % 12 + 1:02d}"

    @staticmethod
    @lru_cache(maxsize=4096)
    def at(ordinal: int) -> Month:
        """The month that many months after January of the year 0, one object for equal ones."""
        return Month(ordinal)

    @staticmethod
    @lru_cache(maxsize=4096)
    def parse(text: str) -> Month:
        """The month of `YYYY-MM`.

        Raises:
            ValueError: for any other text.
        """
        match = _TEXT.fullmatch(text)
        if match is None or match[1] == "0000":
            raise ValueError("a month such as 2022-07")
        return Month.at(int(match[1]) * 12 + int(match[2]) - 1)

    @staticmethod
    def of(day: date) -> Month:
        """The month a day lies in."""
        return Month.at(day.year * 12 + day.month - 1)

    @property
    def year(self) -> int:
        """The calendar year."""
        return self.ordinal // 12

    @property
    def number(self) -> int:
        """1 for January to 12 for December."""
        return self.ordinal % 12 + 1

    @property
    def first_day(self) -> date:
        """The first day."""
        return _days(self.ordinal)[0]

    @property
    def last_day(self) -> date:
        """The last day."""
        return _days(self.ordinal)[1]

    def __add__(self, months: int) -> Month:
        return Month.at(self.ordinal + months)

    def __sub__(self, months: int) -> Month:
        return Month.at(self.ordinal - months)

    def __lt__(self, other: Month) -> bool:
        return self.ordinal < other.ordinal

    def __le__(self, other: Month) -> bool:
        return self.ordinal <= other.ordinal

    def __gt__(self, other: Month) -> bool:
        return self.ordinal > other.ordinal

    def __ge__(self, other: Month) -> bool:
        return self.ordinal >= other.ordinal

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Month) and self.ordinal == other.ordinal

    def __hash__(self) -> int:
        return self.ordinal

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Month({self.text})"


@lru_cache(maxsize=4096)
def _days(ordinal: int) -> tuple[date, date]:
    year, number = ordinal // 12, ordinal % 12 + 1
    return date(year, number, 1), date(year, number, monthrange(year, number)[1])


@lru_cache(maxsize=4096)
def day_of(moment: datetime) -> date:
    """The day of a UTC moment in China Standard Time; the payouts of a close share one moment."""
    return moment.astimezone(CHINA).date()


def end_of_day(day: date) -> datetime:
    """The first moment after a day of China Standard Time."""
    return datetime(day.year, day.month, day.day, tzinfo=CHINA) + timedelta(days=1)


def age_on(born: date, day: date) -> int:
    """Completed years of life on a day; a 29 February birthday falls on 28 February in a common year."""
    birthday = born.day if (born.month, born.day) != (2, 29) or _leap(day.year) else 28
    return day.year - born.year - ((day.month, day.day) < (born.month, birthday))


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
