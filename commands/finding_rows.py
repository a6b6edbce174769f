"""Findings as rows, for every command that prints some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from commands.rendering import counted, print_json, print_rows, say
from ledger.values.money import format_yuan
from projections.follow_up import FollowUp

COLUMNS = (
    "finding", "status", "open_since", "age_days", "due_on", "overdue_days", "reopened", "suspected", "to_recover",
    "recovered", "came_back", "inspections",
)  # fmt: skip
"""What a table of findings shows; JSON shows all."""


def print_findings(found: Sequence[FollowUp], output: str) -> None:
    """The findings; then how many there are, on stderr."""
    rows = [finding_row(one) for one in found]
    if output == "json":
        print_json(rows)
    else:
        print_rows(rows, output, columns=COLUMNS)
    still_open = sum(one.finding.is_open for one in found)
    overdue = sum(one.overdue_days > 0 for one in found)
    reopened = sum(one.finding.reopened > 0 for one in found)
    say(f"{counted(len(found), 'finding')}: {still_open} open, {overdue} of them overdue; {reopened} reopened.")


def finding_row(one: FollowUp) -> dict[str, Any]:
    """A finding on a day, amounts in yuan."""
    finding = one.finding
    about = finding.require_known()
    linked = {back.ref for back in finding.came_back}
    return {
        "finding": finding.id,
        "division": about.division,
        "query": about.query,
        "subject": about.subject,
        "case": about.case,
        "status": finding.status,
        "opened_on": about.happened_on.isoformat(),
        "open_since": finding.open_since.isoformat(),
        "age_days": one.age_days,
        "due_on": finding.due_on.isoformat() if finding.due_on else None,
        "overdue_days": one.overdue_days,
        "ended_on": finding.ended_on.isoformat() if finding.ended_on else None,
        "reopened": finding.reopened,
        "months": [month.text for month in sorted(finding.months)],
        "suspected": format_yuan(finding.suspected_fen),
        "to_recover": format_yuan(finding.to_recover_fen) if finding.to_recover_fen is not None else None,
        "recovered": format_yuan(finding.recovered_fen),
        "came_back": format_yuan(one.came_back_fen),
        "left": format_yuan(finding.left_fen),
        "written_off": format_yuan(finding.written_off_fen),
        "inspections": list(finding.inspections),
        "payouts": list(finding.payouts),
        "recoveries": [
            {"ref": back.ref, "amount": format_yuan(back.amount_fen), "linked": back.ref in linked}
            for back in one.came_back
        ],
        "because": list(dict.fromkeys(ref for row in finding.found for ref in row.because)),
    }
