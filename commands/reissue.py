"""`ledger reissue`: returned payouts sent again, in a batch of their own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from commands.batches import print_apart
from commands.rendering import counted, output_option, say
from commands.session import MONTH, Session, chosen_division, confirm, pass_session
from ledger.closing.returning import Named, named_in, plan_reissue, start_reissue
from ledger.errors import Misused
from ledger.intake.payout_list import read_payout_list
from ledger.values.money import format_yuan, parse_yuan
from ledger.values.month import Month
from projections.installation import Installation

_SHOWN = 10


@click.command("reissue")
@click.argument("case", metavar="[CASE", required=False)
@click.argument("month", type=MONTH, metavar="MONTH]", required=False)
@click.option("--amount", metavar="YUAN", help="Of several payouts of the case and month, the one of this amount.")
@click.option(
    "--file", type=click.Path(path_type=Path), metavar="CSV", help="A list as `ledger returns` takes it."
)
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_session
def command(
    session: Session,
    case: str | None,
    month: Month | None,
    amount: str | None,
    file: Path | None,
    division: str | None,
    output: str,
    *,
    yes: bool,
) -> None:
    """Send the returned payouts of CASE and MONTH again, or those a CSV file names, to the accounts known now.

    They form a batch of their own, named reissue-1, reissue-2 and so on: frozen and bundled here, then signed by
    both with `ledger approve MONTH --programme reissue-1` and closed with `ledger close-month MONTH --programme
    reissue-1`, where MONTH is that of the day it was started. Run it again after an interruption: it goes on with
    the same batch. In a rehearsal it signs and closes at once. A relief is named by its code and the month of the
    close that paid it.
    """
    named = _named(case, month, amount, file)
    with session.installation() as installation:
        place = chosen_division(installation, division)
        _preview(installation, place, named)
        confirm("Send them again?", yes=yes)
        batch = start_reissue(installation.closing_desk(), place, named)
        print_apart(installation, batch, output)


def _preview(installation: Installation, division: str, named: Sequence[Named]) -> None:
    found = plan_reissue(installation.ledger, division, named)
    total = format_yuan(sum(payout.issued.amount_fen for payout in found))
    say(f"{counted(len(found), 'returned payout')} to be sent again, {total} yuan:")
    for payout in found[:_SHOWN]:
        say(f"  {payout.issued.originator_id} {format_yuan(payout.issued.amount_fen)}")
    if len(found) > _SHOWN:
        say(f"  … and {len(found) - _SHOWN} more")


def _named(case: str | None, month: Month | None, amount: str | None, file: Path | None) -> list[Named]:
    if file is not None:
        if case is not None or amount is not None:
            raise Misused("reissue.both", str(file), found="a file and a case", expected="one of the two")
        return named_in(read_payout_list(file, reasons=False))
    if case is None or month is None:
        raise Misused("reissue.nothing", "reissue", found="no payout named", expected="CASE MONTH, or --file")
    try:
        amount_fen = None if amount is None else parse_yuan(amount)
    except ValueError as error:
        raise Misused("reissue.amount", "--amount", found=str(amount), expected=str(error)) from None
    return [Named(case, month, amount_fen)]
