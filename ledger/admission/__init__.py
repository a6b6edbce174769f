"""Admission: which facts are let in, and the events each of them makes. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ledger.admission import case_facts, policy_facts, voids
from ledger.admission.desk import Desk
from ledger.errors import Refused
from ledger.intake import facts

_ADMIT: dict[type[facts.Fact], Callable[[Desk, Any], str]] = {
    facts.Standard: policy_facts.standard,
    facts.TopUpRule: policy_facts.top_up_rule,
    facts.Policy: policy_facts.parameter,
    facts.Opening: policy_facts.opening,
    facts.Enrol: case_facts.enrol,
    facts.Join: case_facts.join,
    facts.Leave: case_facts.leave,
    facts.HeadNamed: case_facts.head,
    facts.IncomeAssessed: case_facts.income,
    facts.CategoryGiven: case_facts.category,
    facts.Suspend: case_facts.decide,
    facts.Resume: case_facts.decide,
    facts.Stop: case_facts.decide,
    facts.Hold: case_facts.decide,
    facts.Release: case_facts.decide,
    facts.AccountNamed: case_facts.account,
    facts.Harvest: case_facts.harvest,
    facts.Correct: case_facts.correct,
    facts.Void: voids.void,
}
"""What each kind of fact does; kinds that are not here are refused as not supported yet."""


def admit(desk: Desk, fact: facts.Fact) -> str:
    """Lets a fact in: its events lie on the desk, the reference of its own event is returned.

    Raises:
        Refused: by the rules of the fact; the desk is then no longer of use.
    """
    decide = _ADMIT.get(type(fact))
    if decide is None:
        raise case_facts.not_supported(fact.KIND)
    for field, day in fact.happened():
        if day > desk.today:
            raise Refused(
                "fact.in_the_future",
                f"field {field}",
                found=str(day),
                expected=f"a day not after {desk.today}, the day it is recorded",
            )
    return decide(desk, fact)
