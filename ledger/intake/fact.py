"""What every fact has, and the rules that several kinds of facts share."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from msgspec import Struct

from ledger.intake.fields import Code, Day, Division
from ledger.intake.shape import Reads, Unreadable, field_name, shape_of
from ledger.values.month import Month


class Part(Struct, frozen=True, kw_only=True, rename=field_name):
    """An object inside a fact."""


class Fact(Struct, frozen=True, kw_only=True, rename=field_name):
    """A fact as a typed command; `KIND` is its `fact` in a file.

    A kind's `__post_init__` raises Unreadable where its fields, each readable, do not go together: a fact
    that breaks such a rule cannot be built at all.
    """

    KIND: ClassVar[str]

    division: Division | None = None
    id: Code | None = None
    recorded_on: Day | None = None

    def happened(self) -> tuple[tuple[str, date], ...]:
        """The fields that tell what happened, with their days: none may lie after the day it is recorded."""
        return tuple(
            (field.key, day)
            for field in shape_of(type(self)).fields
            if isinstance(field.reads, Reads) and field.reads.past
            if (day := getattr(self, field.name)) is not None
        )


def require_exactly_one(fact: Struct, *names: str) -> None:
    """Refuse a fact that gives none or several of these fields.

    Raises:
        Unreadable: `fact.exactly_one`.
    """
    given = [field_name(name) for name in names if getattr(fact, name) is not None]
    if len(given) != 1:
        listed = [field_name(name) for name in names]
        raise Unreadable(
            "exactly one of " + " and ".join(listed), found=" and ".join(given) or "neither",
            field="/".join(listed), code="fact.exactly_one",
        )  # fmt: skip


def require_order(first: date | Month | None, last: date | Month | None) -> None:
    """Refuse a `to` before its `from`.

    Raises:
        Unreadable: `fact.to_before_from`.
    """
    if first is not None and last is not None and last < first:  # type: ignore[operator]
        raise Unreadable(f"not before from, {first}", found=str(last), field="to", code="fact.to_before_from")
