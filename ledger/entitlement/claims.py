"""Claims: what a payee has too much of and no later payout can be offset against; and what held cases are owed.

docs/rules.md R4: an ended case's debt is offset against its own arrears, the rest stays a
claim; with the policy `recovery: claim` nothing is offset; what a former carer was overpaid stays with him.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ledger.domain.payout import CARER, RECOVERY, payee_role
from ledger.entitlement.balances import Booked
from ledger.entitlement.household import Household
from ledger.entitlement.roll import due_by_month, reasons, recovery_terms, weigh
from ledger.entitlement.rule_book import RuleBook
from ledger.entitlement.settlement import settle
from ledger.values.month import Month

BY_POLICY, CASE_ENDED, FORMER_CARER, HELD = "policy", "case ended", "former carer", "held"


class Left(msgspec.Struct, frozen=True):
    """What is left of one payee after a close, in fen above zero by month; `reason` None: offset later."""

    payee: str
    months: Mapping[Month, int]
    reason: str | None
    because: tuple[str, ...]

    @property
    def amount_fen(self) -> int:
        """Their sum."""
        return sum(self.months.values())


def left_over(
    household: Household, rules: RuleBook, month: Month, booked: Booked, even_before: Month
) -> list[Left]:
    """What payees still have too much of after a close of `month`, as if the case were not held."""
    due_of = due_by_month(household, rules)
    weighed = weigh(household, month, due_of, booked, even_before)
    terms = recovery_terms(rules, month)
    found = []
    for payee, settlement in settle(month, weighed, terms).items():
        taken = {line.for_month: -line.amount_fen for line in settlement.lines if line.component == RECOVERY}
        weighed_months = weighed.owed.get(payee, {}).items()
        months = {m: -fen - taken.get(m, 0) for m, fen in weighed_months if -fen > taken.get(m, 0)}
        if months:
            reason = _reason(household, month, payee, offset=terms.offset)
            because = reasons(household, due_of(min(months)), RECOVERY)
            found.append(Left(payee, months, reason, because))
    return found


def held_back(
    household: Household, rules: RuleBook, month: Month, booked: Booked, even_before: Month
) -> list[Left]:
    """What the payees of a held case are owed of months before `month`; too much of others is not deducted."""
    hold = household.case.hold()
    if hold is None:
        return []
    weighed = weigh(household, month, due_by_month(household, rules), booked, even_before)
    owed = {payee: {m: fen for m, fen in months.items() if fen > 0} for payee, months in weighed.owed.items()}
    return [Left(payee, months, HELD, (hold.ref,)) for payee, months in owed.items() if months]


def _reason(household: Household, month: Month, payee: str, *, offset: bool) -> str | None:
    """Why nothing can be offset; None where the payee goes on getting money."""
    last = household.case.last_month()
    if payee_role(payee) == CARER and (household.caring != CARER or payee != household.carer):
        return FORMER_CARER
    if last is not None and last < month:
        return CASE_ENDED
    return None if offset else BY_POLICY
