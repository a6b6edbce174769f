"""What the generator remembers of a county: only the households that something has happened to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from ledger.intake.sampling.households import Composer, Household
from ledger.intake.sampling.numbers import HOUSEHOLDS_AT_MOST
from ledger.intake.sampling.standards import Fact

_TRIES = 200


@dataclass(frozen=True, slots=True)
class Voidable:
    """A fact that can be voided while it is the last one said about its household, and how to forget it."""

    fact_id: str
    household: Household
    said_on: date
    forget: Callable[[], None]


class Register:
    """The households of a county by number, founding and new ones, as the facts so far leave them."""

    def __init__(self, composer: Composer, founding: int) -> None:
        self.composer = composer
        self.founding = founding
        self.count = founding
        self.voidable: list[Voidable] = []
        self.headless: list[Household] = []
        self._known: dict[int, Household] = {}

    def __getitem__(self, number: int) -> Household:
        known = self._known.get(number)
        return known if known is not None else self.composer.founding(number)

    def __iter__(self) -> Iterator[Household]:
        return (self[number] for number in range(self.count))

    def gone(self, number: int) -> bool:
        """Whether household k has ended; asking makes no household."""
        known = self._known.get(number)
        return known is not None and known.ended

    def touched(self, number: int) -> bool:
        """Whether anything ever happened to household k."""
        return number in self._known

    def remembered(self) -> list[Household]:
        """The households something happened to, in the order of their first change."""
        return list(self._known.values())

    def keep(self, household: Household) -> None:
        """Remembers a household from now on."""
        self._known[household.number] = household

    def enter(self, confirmed_on: date) -> Household | None:
        """A household new on the books, or None where the county is full."""
        if self.count >= HOUSEHOLDS_AT_MOST:
            return None
        household = self.composer.entering(self.count, confirmed_on)
        self.count += 1
        self.keep(household)
        return household

    def pick(self, rng: Random, month: str, change: Callable[[Household], list[Fact] | None]) -> list[Fact]:
        """The facts of a change to some household nothing was said about this month; [] where none fits.

        `change` answers None for a household it does not fit, and leaves that one as it was.
        """
        for _ in range(_TRIES):
            household = self[rng.randrange(self.count)]
            if household.ended or household.touched == month:
                continue
            facts = change(household)
            if facts is not None:
                household.touched = month
                self.keep(household)
                return facts
        return []
