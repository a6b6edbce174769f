"""Facts about rules: standards, top-up rules, parameters, and where our books begin."""

from __future__ import annotations

from ledger.admission.desk import Desk
from ledger.domain import policy as events
from ledger.errors import Refused
from ledger.intake import facts

RULES_VERSIONS = (1,)
"""The versions of the rules that can be executed."""


def standard(desk: Desk, fact: facts.Standard) -> str:
    """A standard in force from a month."""
    return desk.emit(
        events.StandardSet,
        events.stream(fact.division or ""),
        programme=fact.programme,
        amount_fen=fact.amount_fen,
        per=fact.per,
        from_month=fact.from_,
    ).ref


def top_up_rule(desk: Desk, fact: facts.TopUpRule) -> str:
    """A top-up rule of a category."""
    return desk.emit(
        events.TopUpSet,
        events.stream(fact.division or ""),
        programme=fact.programme,
        category=fact.category,
        rate_ppm=fact.rate_ppm,
        amount_fen=fact.amount_fen,
        from_month=fact.from_,
        to_month=fact.to,
    ).ref


def parameter(desk: Desk, fact: facts.Policy) -> str:
    """A policy parameter."""
    if fact.key == "rules_version" and fact.value not in RULES_VERSIONS:
        raise Refused(
            "policy.rules_version_unknown",
            f"policy of division {fact.division}",
            found=f"rules version {fact.value}",
            expected=f"one of {', '.join(map(str, RULES_VERSIONS))}",
        )
    return desk.emit(
        events.ParameterSet,
        events.stream(fact.division or ""),
        key=fact.key,
        value=fact.value,
        from_month=fact.from_,
    ).ref


def opening(desk: Desk, fact: facts.Opening) -> str:
    """Our books begin with a month; only before any month is closed."""
    require_nothing_closed(desk, fact.division or "", fact.programme)
    return desk.emit(
        events.BooksOpened,
        events.stream(fact.division or ""),
        month=fact.month,
        programme=fact.programme,
    ).ref


def one_off(desk: Desk, fact: facts.OneOff) -> str:
    """A subsidy of a month under a new code."""
    division, name = fact.division or "", events.stream(fact.division or "")
    known = (rule for rule in desk.policy(division).rules if rule.voided_at is None)
    if any(isinstance(rule.event, events.OneOffGranted) and rule.event.code == fact.one_off for rule in known):
        raise Refused(
            "one_off.known",
            f"one-off {fact.one_off} of division {division}",
            found="a one-off with this code",
            expected="a new code for a new one-off",
        )
    document = desk.office_note(division, fact.document, desk.next_ref(name))
    return desk.emit(
        events.OneOffGranted, name, code=fact.one_off, programme=fact.programme, amount_fen=fact.amount_fen,
        month=fact.month, document=document,
    ).ref  # fmt: skip


def require_nothing_closed(desk: Desk, division: str, programme: str | None) -> None:
    """Refuses to move the opening once a month is closed.

    Raises:
        Refused: `policy.books_in_use`.
    """
    closed = desk.months_closed(division, programme)
    if closed:
        raise Refused(
            "policy.books_in_use",
            f"the opening of division {division}",
            found=f"{min(closed)} is closed",
            expected="an opening before the first close",
        )
