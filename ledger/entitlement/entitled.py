"""What a case is due for one month: whether it is payable at all, then by the rules of its programme.

docs/rules.md R1–R3, R5.
"""

from __future__ import annotations

import msgspec

from ledger.domain.case import DIBAO_RURAL, DIBAO_URBAN, TEKUN
from ledger.entitlement import dibao, tekun
from ledger.entitlement.due import ENDED, NOBODY_INSURED, NOT_STARTED, SUSPENDED, Due
from ledger.entitlement.household import Household
from ledger.entitlement.rule_book import RuleBook
from ledger.values.month import Month

_PROGRAMMES = {DIBAO_URBAN: dibao.compute, DIBAO_RURAL: dibao.compute, TEKUN: tekun.compute}


def due(household: Household, rules: RuleBook, month: Month) -> Due:
    """What the case is due for one month, by all that is known and the policy in force on its first day."""
    case = household.case
    if month < case.first_month:
        return Due(0, nothing=NOT_STARTED)
    last = case.last_month()
    if last is not None and month > last:
        return Due(0, nothing=ENDED)
    insured = household.insured(month)
    if case.suspension(month) is not None:
        return Due(len(insured), nothing=SUSPENDED)
    if not insured:
        return Due(0, nothing=NOBODY_INSURED)
    found = _PROGRAMMES[case.programme](household, rules, month, insured)
    one_offs = rules.one_offs(case.programme, month)
    if one_offs and found.nothing is None:
        return msgspec.structs.replace(found, one_offs=tuple(one_offs))
    return found
