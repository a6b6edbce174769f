"""`ledger applications`: what was applied for, how long it takes, what came of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from commands.rendering import counted, output_option, print_rows, say
from commands.session import DAY, Session, chosen_division, pass_session
from ledger.errors import Exit
from ledger.values.identifiers import shown_code
from ledger.values.month import day_of
from projections.applications import EXTENDED_WORKING_DAYS, OPEN, WORKING_DAYS, Application, applications
from projections.reviews import last_means_checks

_COLUMNS = (
    "application", "programme", "person", "applied_on", "age_days", "working_days", "over", "outcome",
    "decided_on", "case", "means_check_on",
)  # fmt: skip


@click.command("applications")
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@click.option("--as-of", type=DAY, help="The day that counts as today (default: the ledger's today).")
@click.option("--open", "which", flag_value="open", default="open", help="The open ones (the default).")
@click.option("--overdue", "which", flag_value="overdue", help="Only those over the legal time, decided ones too.")
@click.option("--all", "which", flag_value="all", help="All: granted, refused and withdrawn ones too.")
@output_option
@pass_session
def command(session: Session, division: str | None, as_of: date | None, which: str, output: str) -> int:
    """List applications with their age, and whether they are over the legal time.

    That is 30 working days, 45 in special circumstances (民发〔2021〕57号); days from Monday to Friday count, public
    holidays too. Exit code 4 while an open one is over it.

    An application without a recorded outcome is granted by the enrolment, the joining or the relief that follows it.
    Any other outcome that comes later: void the application and record it again, with the outcome.
    """
    with session.installation() as installation:
        place = chosen_division(installation, division)
        today = as_of or day_of(installation.ledger.now())
        installation.rolls.views.catch_up()
        made = [a for a in applications(installation.ledger, place) if a.applied.applied_on <= today]
        checks = last_means_checks(installation, place)
    shown = [
        application
        for application in made
        if which == "all"
        or (which == "open" and application.outcome == OPEN)
        or (which == "overdue" and application.over(today))
    ]
    print_rows([_row(application, today, checks) for application in shown], output, columns=_COLUMNS)
    still_open = [application for application in made if application.outcome == OPEN]
    over = sum(application.over(today) for application in still_open)
    say(
        f"{place} on {today}: {counted(len(made), 'application')}, {len(still_open)} open, {over} of them over"
        f" {WORKING_DAYS} working days."
    )
    return Exit.FINDINGS if over else Exit.DONE


def _row(application: Application, today: date, checks: dict[str, date]) -> dict[str, Any]:
    applied, case = application.applied, application.case
    checked_on = checks.get(case) if case else None
    over = EXTENDED_WORKING_DAYS if application.over_extended(today) else WORKING_DAYS
    return {
        "application": application.code,
        "programme": applied.programme,
        "person": shown_code(applied.person),
        "applied_on": str(applied.applied_on),
        "age_days": ((application.decided_on or today) - applied.applied_on).days,
        "working_days": application.working_days(today),
        "over": over if application.over(today) else None,
        "outcome": application.outcome,
        "decided_on": str(application.decided_on) if application.decided_on else None,
        "case": case.partition("/")[2] if case else None,
        "means_check_on": str(checked_on) if checked_on else None,
    }
