"""A history written as a scenario file, for whoever has to find out why it differs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import yaml
from histories import Step
from naive_facts import COUNTY


def as_scenario(steps: Sequence[Step], title: str) -> str:
    """What `ledger scenario` runs; a look is left out.

    A mere freeze and a relief paid at once are no steps there: they are comments.
    """
    written = [step for step in map(_written, steps) if step]
    head = {"scenario": title, "division": COUNTY, "steps": written}
    text: str = yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=200)
    return text.replace("- frozen:", "# frozen:")


def _written(step: Step) -> dict[str, Any]:
    # A day of its own: the same object twice would be written as an alias.
    day = {"on": date.fromordinal(step.day.toordinal())}
    if step.record:
        return {**day, "record": [dict(fact) for fact in step.record]}
    if step.close is not None:
        return {**day, "close": step.close}
    if step.returned is not None:
        return {**day, "returns": [{"case": step.returned[0], "month": step.returned[1], "reason": "AC04"}]}
    if step.reissued is not None:
        return {**day, "reissue": [{"case": step.reissued[0], "month": step.reissued[1]}]}
    if step.at_once is not None:
        return {"frozen": f"{step.at_once} paid at once on {step.day}"}
    return {"frozen": f"{step.freeze} on {step.day}"} if step.freeze is not None else {}
