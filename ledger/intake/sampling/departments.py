"""What other departments' monthly files say: some of a county's people, and more whom it does not know."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.intake.sampling.chance import seeded
from ledger.intake.sampling.households import Composer
from ledger.intake.sampling.numbers import Places
from ledger.intake.sampling.supervision import DATASETS
from ledger.values.month import Month

_KNOWN_PER_MYRIAD = 40
_STRANGERS = 3

Line = tuple[str, str, str]
"""Name, ID number and value, as text."""


def department_lines(
    division: str, households: int, seed: int, first_month: Month, month: Month
) -> Iterator[tuple[str, list[Line]]]:
    """Each dataset with its lines for a month, deaths aside: of heads of the founding households, and strangers.

    The arguments are those of `county`, whose people these are.
    """
    composer = Composer(division, seed, first_month, Places.of(division, households))
    for weight, dataset, values in DATASETS:
        rng = seeded(seed, division, dataset, month)
        known = max(1, households * weight * _KNOWN_PER_MYRIAD // 1_000_000)
        numbers = [rng.randrange(households) for _ in range(known)]
        numbers += [households + rng.randrange(households) for _ in range(known * _STRANGERS)]
        rng.shuffle(numbers)
        heads = (composer.founding(number).head for number in numbers)
        yield dataset, [(head.name, head.id_number, rng.choice(values)) for head in heads]
