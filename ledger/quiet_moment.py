"""Deciding anew where somebody else recorded between reading and appending."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ledger.errors import Refused
from ledger.store.recorder import Conflict

_ATTEMPTS = 5

T = TypeVar("T")


def in_a_quiet_moment(subject: str, decide: Callable[[], T]) -> T:
    """What `decide` answers, tried again a few times where its append met a `Conflict`.

    Raises:
        Refused: `record.busy`.
    """
    for _ in range(_ATTEMPTS):
        try:
            return decide()
        except Conflict:
            continue
    raise Refused(
        "record.busy",
        subject,
        found=f"others recording each time, {_ATTEMPTS} times",
        expected="a quiet moment",
        hint="Run the command again.",
    )
