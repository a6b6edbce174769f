"""`ledger init`: makes a ledger in LEDGER_HOME."""

from __future__ import annotations

import click

from commands.rendering import output_option, print_json, print_text
from commands.session import Session, pass_session
from ledger.errors import Misused
from ledger.values.identifiers import is_division


@click.command("init")
@click.option("--division", required=True, metavar="CODE", help="The county, six digits (GB/T 2260).")
@click.option(
    "--rehearsal", is_flag=True, help="A ledger to practise with: throw-away keys, a clock that can be set."
)
@output_option
@pass_session
def command(session: Session, division: str, output: str, *, rehearsal: bool) -> None:
    """Make a ledger: database, master key, and in a rehearsal throw-away signing keys.

    Running it again upgrades the database, records keys that an earlier version made, and changes nothing else.
    """
    if not is_division(division):
        raise Misused("division.malformed", "--division", found=division, expected="six digits (GB/T 2260)")
    with session.installation(create=True) as installation:
        made = installation.ledger.found(division, rehearsal=rehearsal)
        if rehearsal:
            installation.make_rehearsal_keys()
        else:
            installation.record_keys()
        home = str(installation.settings.home)
    kind = "rehearsal" if rehearsal else "real"
    if output == "json":
        print_json({"division": division, "rehearsal": rehearsal, "home": home, "made": made})
        return
    done = (
        f"A {kind} ledger of {division} is ready in {home}."
        if made
        else f"The {kind} ledger in {home} is up to date."
    )
    print_text([done, *_next_steps(home, rehearsal=rehearsal)])


def _next_steps(home: str, *, rehearsal: bool) -> list[str]:
    if rehearsal:
        return ["Next: `ledger record FILE`, then `ledger close-month MONTH`."]
    return [
        f"Keep a copy of {home}/keys/master.key outside this machine: without it nothing personal can be read.",
        "Next: `ledger keys init` makes the keys payout files are signed with.",
    ]
