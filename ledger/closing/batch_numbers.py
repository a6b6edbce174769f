"""Which file of the day a batch is at each bank: fixed once, with the event that records the bundle. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ledger.domain.batch import Batch


def batch_numbers(batch: Batch, codes: Iterable[str], others: Iterable[Batch], pay_on: date) -> dict[str, int]:
    """For each bank the lowest number that no other batch of the division holds there for the pay-on day.

    A batch frozen again gives its numbers back: nothing of it was paid. What was closed keeps them for ever, a file
    that the bank refused too.
    """
    held: dict[str, set[int]] = {}
    for other in others:
        for day, numbers in batch.dead_numbers if other.id == batch.id else other.numbers_held:
            if day == pay_on:
                for code, number in numbers.items():
                    held.setdefault(code, set()).add(number)
    return {code: _lowest_free(held.get(code, set())) for code in codes}


def _lowest_free(held: set[int]) -> int:
    return next(number for number in range(1, len(held) + 2) if number not in held)
