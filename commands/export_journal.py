"""`ledger export journal`: the books as a double-entry journal for beancount or hledger."""

from __future__ import annotations

from pathlib import Path

import click

from commands.output_files import write_lines
from commands.rendering import say
from commands.session import Session, chosen_division, pass_session
from projections.journal import Journal
from projections.journal_formats import FORMATS


@click.command("journal")
@click.option("--format", "syntax", type=click.Choice(tuple(FORMATS)), default="beancount", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="[default: stdout]")
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@click.option("--detail", is_flag=True, help="A posting for each payout of a close, not one for all.")
@pass_session
def command(session: Session, syntax: str, out: Path | None, division: str | None, *, detail: bool) -> None:
    """Write every move of a county's money as double-entry books: appropriated, payable, paid, returned, sent again.

    Told from the events; the balances at each month's end are told from the views, so that `bean-check FILE` or
    `hledger check --strict -f FILE` compares both to the fen. It holds codes and event references, no names,
    ID numbers or accounts.
    """
    with session.installation() as installation:
        place = chosen_division(installation, division)
        installation.rolls.views.catch_up()
        journal = Journal(installation.ledger, installation.funds, place, detail=detail)
        lines = FORMATS[syntax](journal, rehearsal=installation.ledger.founding.rehearsal)
        if out is None:
            for line in lines:
                click.echo(line)
            return
        write_lines(out, lines)
    check = f"bean-check {out}" if syntax == "beancount" else f"hledger check --strict -f {out}"
    say(f"{out} written. `{check}` compares it with the balances of the ledger.")
