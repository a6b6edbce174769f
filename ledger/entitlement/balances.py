"""Balances: what a payee is owed or has too much of, month by month: due as known now less what counts as paid.

Payees are weighed by role. A role with several payees (a carer and the one before) is weighed as one: what is owed
goes to the present one, what is too much stays with those who got it. docs/rules.md R4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from ledger.domain.case_known import Import
from ledger.domain.payout import payee_role
from ledger.entitlement.due import Due
from ledger.values.month import Month

Booked = Mapping[str, Mapping[Month, int]]
"""Per payee and month what counts as paid, in fen: all lines issued for the month, whichever close issued them."""

Components = list[tuple[str, int]]


class Balances(msgspec.Struct, frozen=True, gc=False):
    """Per payee what is due of the month closed, less imports, and what is owed or too much of earlier months."""

    own: Mapping[str, Components]
    owed: Mapping[str, Mapping[Month, int]]
    overpaid_now: bool
    """Whether imports of the month closed are above its due: the rest is for the next close."""


class Roles(msgspec.Struct, frozen=True, gc=False):
    """Whose living and care money is, and who stands for a role at present."""

    living: str
    caring: str
    present: Mapping[str, str]

    def payee(self, role: str) -> str:
        """The payee who stands for a role now."""
        return self.present.get(role, role)


def balances(
    month: Month,
    earlier: Iterable[Month],
    due_of: Callable[[Month], Due],
    booked: Booked,
    imports: Sequence[Import],
    roles: Roles,
) -> Balances:
    """Weighs the month closed and the earlier ones, oldest first."""
    owed: dict[str, dict[Month, int]] = {}
    paid_by_role: dict[str, list[str]] = {}
    for payee in sorted(booked, key=lambda p: p != roles.payee(payee_role(p))):
        paid_by_role.setdefault(payee_role(payee), []).append(payee)
    for m in earlier:
        due, imported = _by_role(due_of(m)), _imported(due_of(m), [i for i in imports if i.month == m], roles)
        for role in dict.fromkeys((*due, *paid_by_role, *imported)):
            paid = {payee: booked[payee].get(m, 0) for payee in paid_by_role.get(role, ())}
            total = sum(fen for _, fen in due.get(role, ()))
            left = total - sum(paid.values()) - imported.get(role, 0)
            for payee, fen in _shared(left, paid, roles.payee(role)).items():
                owed.setdefault(payee, {})[m] = fen
    due_now = due_of(month)
    imported = _imported(due_now, [i for i in imports if i.month == month], roles)
    own, over = {}, False
    for role, components in _by_role(due_now).items():
        paid_now = sum(booked[payee].get(month, 0) for payee in paid_by_role.get(role, ())) + imported.pop(role, 0)
        over = over or paid_now > sum(fen for _, fen in components)
        if left_over := _less(components, paid_now):
            own[roles.payee(role)] = left_over
    return Balances(own, owed, over or any(imported.values()))


def _by_role(due: Due) -> dict[str, Components]:
    found: dict[str, Components] = {}
    for share in due.shares():
        found.setdefault(share.payee, []).append((share.component, share.amount_fen))
    return found


def _imported(due: Due, imports: Sequence[Import], roles: Roles) -> dict[str, int]:
    """What imports of a month count for, by role.

    With lines each counts for its own; without, for the living money first, then the carer's, what is over for the
    person.
    """
    if not imports:
        return {}
    counts = {roles.living: 0, roles.caring: 0}
    pooled = 0
    for made in imports:
        if made.lines is None:
            pooled += made.amount_fen
            continue
        care = made.lines.tekun_care_fen
        counts[roles.caring] += care
        counts[roles.living] += made.amount_fen - care
    if roles.caring == roles.living:
        return {roles.living: counts[roles.living] + pooled}
    owed = {role: sum(fen for _, fen in components) for role, components in _by_role(due).items()}
    for role in (roles.living, roles.caring):
        taken = min(pooled, max(0, owed.get(role, 0) - counts[role]))
        counts[role] += taken
        pooled -= taken
    counts[roles.living] += pooled
    return counts


def _shared(left: int, paid: Mapping[str, int], present: str) -> dict[str, int]:
    """What is owed goes to the present payee; what is too much to those who got it, the present one first."""
    if left >= 0:
        return {present: left} if left else {}
    shared: dict[str, int] = {}
    for payee, fen in paid.items():
        part = min(max(0, fen), -left)
        if part:
            shared[payee] = -part
            left += part
    if left:
        shared[present] = shared.get(present, 0) + left
    return shared


def _less(components: Components, paid: int) -> Components:
    """The components less what was paid for the month already, taken from them in their order."""
    left = []
    for component, fen in components:
        taken = min(fen, max(0, paid))
        paid -= taken
        if fen > taken:
            left.append((component, fen - taken))
    return left
