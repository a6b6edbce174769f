"""Every kind of fact, in one place to import from, and how a fact as written becomes a typed one."""

from __future__ import annotations

from difflib import get_close_matches

from ledger.errors import Refused
from ledger.intake import facts_audit, facts_case, facts_payment, facts_rules
from ledger.intake.fact import Fact
from ledger.intake.facts_audit import *  # noqa: F403  each of these modules lists what it offers
from ledger.intake.facts_case import *  # noqa: F403
from ledger.intake.facts_payment import *  # noqa: F403
from ledger.intake.facts_rules import *  # noqa: F403
from ledger.intake.raw import RawFact, canonical
from ledger.intake.shape import Unreadable, described, printable, read_struct, shape_of

__all__ = ["KINDS", "Fact", "canonical", "parse_fact"]
__all__ += facts_audit.__all__
__all__ += facts_case.__all__
__all__ += facts_payment.__all__
__all__ += facts_rules.__all__


def _kinds() -> dict[str, type[Fact]]:
    offered = [
        getattr(module, name)
        for module in (facts_rules, facts_case, facts_payment, facts_audit)
        for name in module.__all__
    ]
    return {kind.KIND: kind for kind in offered if issubclass(kind, Fact)}


KINDS = _kinds()
"""The kinds of facts by their name in a file; a struct and its name in `__all__` beside it add one."""


def parse_fact(raw: RawFact, *, division: str | None) -> Fact:
    """A fact as written as a typed command; `division` counts where the fact names none.

    Raises:
        Refused: `fact.unknown`, `fact.unknown_field`, `fact.missing_field`, `fact.malformed`,
            `fact.id_number` or another `fact.` code for fields that do not go together; the subject names
            file, line and field.
    """
    data = dict(raw.data)
    slug = data.pop("fact", None)
    kind = KINDS.get(slug) if isinstance(slug, str) else None
    try:
        if kind is None:
            raise _unknown(slug)
        if data.get("division") is None and division is not None:
            data["division"] = division
        return read_struct(kind, data)
    except Unreadable as reason:
        raise Refused(
            reason.code,
            f"{raw.place} line {raw.line}, field {reason.field}",
            found=reason.found,
            expected=reason.expected,
            hint=reason.hint or _meant(reason, kind),
        ) from None


def _unknown(slug: object) -> Unreadable:
    if slug is None:
        return Unreadable("the kind of fact", found="nothing", field="fact", code="fact.missing_field")
    near = get_close_matches(str(slug), KINDS, 1)
    return Unreadable(
        "one of " + ", ".join(KINDS), found=described(slug), field="fact", code="fact.unknown",
        hint=f"Did you mean {near[0]}?" if near else "",
    )  # fmt: skip


def _meant(reason: Unreadable, kind: type[Fact] | None) -> str:
    """For a misspelt field of the fact itself, the field that it may be."""
    if kind is None or reason.code != "fact.unknown_field":
        return ""
    near = get_close_matches(printable(reason.field), shape_of(kind).keys, 1)
    return f"Did you mean {near[0]}?" if near else ""
