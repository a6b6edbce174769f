"""The shortest history found that still fails: steps, then single facts, are left out as long as it does."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from histories import Step

Fails = Callable[[Sequence[Step]], bool]


def minimised(steps: Sequence[Step], fails: Fails, *, seconds: float = 60) -> list[Step]:
    """A history of which no single part can be left out any more, or as short as it got in the time."""
    ends = time.monotonic() + seconds
    parts = _singly(steps)
    size = max(1, len(parts) // 2)
    while time.monotonic() < ends:
        shorter = _without_one_chunk(parts, size, fails, ends)
        if shorter is not None:
            parts = shorter
        elif size == 1:
            break
        else:
            size = max(1, size // 2)
    return parts


def _singly(steps: Sequence[Step]) -> list[Step]:
    """A step a fact. Facts of one file then stand or fall alone, which seldom matters: the caller tries it."""
    return [
        part
        for step in steps
        for part in ([replace(step, record=(fact,)) for fact in step.record] if step.record else [step])
    ]


def _without_one_chunk(parts: list[Step], size: int, fails: Fails, ends: float) -> list[Step] | None:
    found = None
    place = 0
    while place < len(parts) and time.monotonic() < ends:
        shorter = parts[:place] + parts[place + size :]
        if shorter and fails(shorter):
            parts = found = shorter
        else:
            place += size
    return found
