"""Chance that can be repeated: generators from a seed."""

from __future__ import annotations

from random import Random
from zlib import crc32


def seeded(seed: int, *names: object) -> Random:
    """A generator of its own for what the names say: the same arguments give the same draws."""
    return Random(base(seed, *names))  # noqa: S311 - made-up data, nothing to guess


def base(seed: int, *names: object) -> int:
    """A number of which each addition below 2**40 is a seed of its own."""
    return crc32("/".join(map(str, (seed, *names))).encode()) << 40
