"""`ledger verify`: whether log, views, payouts, files and signatures agree."""

from __future__ import annotations

import click

from commands.rendering import output_option, print_json, print_rows, progress, say
from commands.session import Session, pass_session
from ledger.errors import Exit
from projections.verification import verify


@click.command("verify")
@output_option
@pass_session
def command(session: Session, output: str) -> int:
    """Check everything against everything else; exit 5 when something is false."""
    with session.installation() as installation, progress("checks made") as step:
        rows = []
        for number, verdict in enumerate(verify(installation), 1):
            rows.append({"check": verdict.check, "ok": verdict.ok, "detail": verdict.detail})
            step(number)
    if output == "json":
        print_json(rows)
    else:
        print_rows(rows, output)
    wrong = sum(not row["ok"] for row in rows)
    say(f"{len(rows)} checks, {wrong} of them false" if wrong else f"{len(rows)} checks, all true")
    return Exit.INTEGRITY if wrong else Exit.DONE
