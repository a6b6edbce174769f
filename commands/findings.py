"""`ledger findings`: the follow-up list of the supervision joint meeting."""

from __future__ import annotations

from datetime import date

import click

from commands.finding_rows import print_findings
from commands.rendering import output_option
from commands.session import DAY, Session, pass_session
from ledger.errors import Exit
from projections.follow_up import follow_up


@click.command("findings")
@click.option("--all", "ended", is_flag=True, help="Also those that are closed or dismissed.")
@click.option("--division", metavar="CODE", help="Only those of this division.")
@click.option("--inspection", metavar="CODE", help="Only those of this inspection.")
@click.option("--as-of", type=DAY, help="The list as it stood at the end of that day (default: now).")
@output_option
@pass_session
def command(
    session: Session, division: str | None, inspection: str | None, as_of: date | None, output: str, *, ended: bool
) -> int:
    """List open findings, the most urgent deadline first; exit code 4 when one of them is overdue.

    The age counts from the day a finding was opened, or reopened last. `suspected` is what the audit query named
    at the most, `to_recover` what was ruled to come back, `recovered` what was recorded as having come back, and
    `came_back` what later closes took back of its case and months, or cancelled, recorded or not.
    """
    with session.installation() as installation:
        found = follow_up(installation, on=as_of, division=division, inspection=inspection, ended=ended)
    print_findings(found, output)
    return Exit.FINDINGS if any(one.overdue_days for one in found) else Exit.DONE
