"""`ledger alert step`: one step of an alert's walk."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from commands.rendering import output_option, print_json, print_rows, print_text, say
from commands.session import DAY, Session, chosen_division, confirm, pass_session
from ledger.domain.alert import STATES
from ledger.intake.evidence import evidence_of
from ledger.supervising.alerting import Step, plan_step, take_step


@click.group("alert")
def command() -> None:
    """Walk an alert: assigned, field_checked, reviewed, cleared."""


@command.command("step")
@click.argument("alert")
@click.argument("step", type=click.Choice(STATES[1:]), metavar="STEP")
@click.option("--by", required=True, metavar="WHO", help="Who does it; for `assigned`, who is to check.")
@click.option("--outcome", metavar="TEXT", help="What came of it, such as 停发; sealed.")
@click.option("--evidence", type=click.Path(path_type=Path), multiple=True, metavar="FILE",
              help="A paper that proves it (several: again); its SHA-256 is recorded.")  # fmt: skip
@click.option("--day", type=DAY, help="The day it was done (default: today).")
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_session
def step_command(
    session: Session, alert: str, step: str, *, by: str, outcome: str | None, evidence: tuple[Path, ...],
    day: date | None, division: str | None, output: str, yes: bool,
) -> None:  # fmt: skip
    """Record that STEP was done about ALERT.

    STEP is assigned (to a village assistant, for the field check), field_checked, reviewed (by somebody else than
    checked) or cleared (with evidence), in this order; before it is cleared it can be assigned anew.
    """
    with session.installation() as installation:
        place = chosen_division(installation, division)
        asked = Step(place, alert, step, by, outcome, evidence_of(evidence), day)
        planned = plan_step(installation.ledger, asked)
        say(f"{alert}: {planned.before.state} since {planned.before.since} → {step}, by {by}, on {planned.on}")
        confirm("Record it?", yes=yes)
        planned = take_step(installation.ledger, asked)
    row = {"alert": alert, "division": place, "was": planned.before.state, "state": step, "by": by,
           "on": str(planned.on)}  # fmt: skip
    if output == "json":
        print_json(row)
    elif output == "csv":
        print_rows([row], output)
    else:
        print_text([f"{alert}: {step}."])
