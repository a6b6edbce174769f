"""One step of an alert's walk, taken in its order and recorded as an `alert_step` fact."""

from __future__ import annotations

import hashlib
import json
from datetime import date

import msgspec

from ledger import recording
from ledger.application import Ledger
from ledger.domain.alert import CLEARED, NEXT, Alert, alert_of
from ledger.domain.supervision import Register, register
from ledger.errors import Refused
from ledger.intake.raw import FactsFile, RawFact
from ledger.quiet_moment import in_a_quiet_moment
from ledger.values.month import day_of


class Step(msgspec.Struct, frozen=True):
    """A step to be taken; `evidence` are the SHA-256 digests of its papers in hex."""

    division: str
    alert: str
    step: str
    by: str
    outcome: str | None = None
    evidence: tuple[str, ...] = ()
    on: date | None = None
    """The day it was done; today without one."""


class StepPlan(msgspec.Struct, frozen=True):
    """The alert as it stands before the step, and the plan that records it."""

    before: Alert
    on: date
    planned: recording.Plan


def plan_step(ledger: Ledger, step: Step) -> StepPlan:
    """Plans a step without recording it (docs/rules.md R23).

    Facts may come in any order, from a register kept elsewhere; this walk is strict.

    Raises:
        Refused: `register.unknown`; `alert.out_of_order` for a step that does not follow, or lies before the last
            one; `alert.no_evidence` for a clearing without evidence; `alert.same_person`.
    """
    known = Register("")
    for recorded in ledger.history(register("alert", step.division, step.alert)):
        known = known.after(recorded)
    alert = alert_of(known.standing)
    subject = f"alert {step.alert} of division {step.division}, {step.step}"
    if alert is None:
        raise Refused(
            "register.unknown", f"alert {step.alert} of division {step.division}",
            found="nothing recorded under this code", expected="an alert recorded before",
            hint="`ledger alerts` lists them.",
        )  # fmt: skip
    on = step.on or day_of(ledger.now(not_before=alert.since))
    _require_in_order(alert, step, on, subject)
    if step.step == CLEARED and not step.evidence:
        raise Refused("alert.no_evidence", subject, found="no evidence", expected="a file that proves the outcome")
    file = _as_file(step, on, known.version)
    return StepPlan(alert, on, recording.plan(ledger, file, division=step.division))


def take_step(ledger: Ledger, step: Step) -> StepPlan:
    """Plans and records a step; judged anew where somebody else took one in between.

    Raises:
        Refused: as `plan_step` does; `record.busy`.
    """

    def once() -> StepPlan:
        planned = plan_step(ledger, step)
        recording.execute(ledger, planned.planned)
        return planned

    return in_a_quiet_moment(f"alert {step.alert} of division {step.division}", once)


def _as_file(step: Step, on: date, version: int) -> FactsFile:
    """The step as a file of one fact; its digest counts for the alert as it stands, so that it is taken once."""
    said = {"alert": step.alert, "step": step.step, "by": step.by, "outcome": step.outcome, "on": on.isoformat()}
    data: dict[str, object] = {name: value for name, value in said.items() if value is not None}
    if step.evidence:
        data["evidence"] = [f"sha256:{digest}" for digest in step.evidence]
    fact = RawFact(f"alert {step.alert}", 1, {"fact": "alert_step", **data})
    what = json.dumps([step.division, version, fact.data], sort_keys=True)
    return FactsFile(fact.place, hashlib.sha256(what.encode()).hexdigest(), [fact])


def _require_in_order(alert: Alert, step: Step, on: date, subject: str) -> None:
    if step.step not in NEXT[alert.state]:
        raise Refused(
            "alert.out_of_order", subject, found=f"it is {alert.state} since {alert.since}",
            expected=" or ".join(NEXT[alert.state]) or "no more steps: it is cleared",
        )  # fmt: skip
    if on < alert.since:
        raise Refused(
            "alert.out_of_order", subject, found=f"{on}, and it is {alert.state} since {alert.since}",
            expected="a day not before that",
        )  # fmt: skip
