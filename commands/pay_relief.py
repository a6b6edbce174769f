"""`ledger pay-relief`: one emergency relief paid at once, in a batch of its own."""

from __future__ import annotations

import click

from commands.batches import print_apart
from commands.rendering import output_option, say
from commands.session import Session, chosen_division, confirm, pass_session
from ledger.closing.returning import start_relief


@click.command("pay-relief")
@click.argument("relief", metavar="ID")
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_session
def command(session: Session, relief: str, division: str | None, output: str, *, yes: bool) -> None:
    """Pay the emergency relief ID at once, without waiting for the month's close.

    It is a batch of its own, named relief-ID: frozen and bundled here, then signed by both with `ledger approve
    MONTH --programme relief-ID` and closed with `ledger close-month MONTH --programme relief-ID`, where MONTH is
    that of the day it was started. Run it again after an interruption: it goes on. In a rehearsal it signs and
    closes at once. A relief is paid once only, whichever way.
    """
    with session.installation() as installation:
        place = chosen_division(installation, division)
        say(f"Relief {relief} of {place}, in a batch of its own")
        confirm(f"Pay {relief} now?", yes=yes)
        print_apart(installation, start_relief(installation.closing_desk(), place, relief), output)
