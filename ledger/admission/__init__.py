"""Admission: which facts are let in, and the events each of them makes. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ledger.admission import case_facts, payment_facts, policy_facts, supervision_facts, voids
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
    facts.Grace: case_facts.decide,
    facts.CareAssessed: case_facts.care,
    facts.OneOff: policy_facts.one_off,
    facts.Relief: payment_facts.relief,
    facts.PayoutImported: payment_facts.payout_imported,
    facts.PayoutCancelled: payment_facts.payout_cancelled,
    facts.Official: supervision_facts.official,
    facts.Relation: supervision_facts.relation,
    facts.Filing: supervision_facts.filing,
    facts.Declaration: supervision_facts.declaration,
    facts.HomeVisit: supervision_facts.home_visit,
    facts.Posting: supervision_facts.posting,
    facts.Review: supervision_facts.review,
    facts.CardHeld: supervision_facts.card_held,
    facts.Discharge: supervision_facts.discharge,
    facts.GrainHandOut: supervision_facts.grain_hand_out,
    facts.GrainStock: supervision_facts.grain_stock,
    facts.Match: supervision_facts.match,
    facts.Monitored: supervision_facts.monitored,
    facts.Application: supervision_facts.application,
    facts.Inspection: supervision_facts.inspection,
    facts.Alert: supervision_facts.alert,
    facts.AlertStep: supervision_facts.alert_step,
    facts.Appropriation: supervision_facts.appropriation,
    facts.Void: voids.void,
}
"""What each kind of fact does."""


def admit(desk: Desk, fact: facts.Fact) -> str:
    """Lets a fact in: its events lie on the desk, the reference of its own event is returned.

    Raises:
        Refused: by the rules of the fact; the desk is then no longer of use.
    """
    decide = _ADMIT[type(fact)]
    for field, day in fact.happened():
        if day > desk.today:
            raise Refused(
                "fact.in_the_future",
                f"field {field}",
                found=str(day),
                expected=f"a day not after {desk.today}, the day it is recorded",
            )
    return decide(desk, fact)
