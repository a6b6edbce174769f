"""`ledger payfile refused` and `reissue`: a file that the bank refused whole, recorded, then written again."""

from __future__ import annotations

import click

from commands.batches import print_apart
from commands.rendering import output_option, say
from commands.session import MONTH, PROGRAMME, Session, chosen_division, confirm, pass_session
from ledger.bank.refusals import issue_again, record_refusal
from ledger.values.money import format_yuan
from ledger.values.month import Month


@click.command("refused")
@click.argument("month", type=MONTH)
@click.option("--programme", type=PROGRAMME, required=True, help="The batch whose file it was.")
@click.option("--reason", required=True, metavar="TEXT", help="The bank's code or words.")
@click.option(
    "--every-bank", is_flag=True, help="Of a batch with files for several banks: each of them refused its own."
)
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def refused(
    session: Session,
    month: Month,
    programme: str,
    reason: str,
    division: str | None,
    *,
    every_bank: bool,
    yes: bool,
) -> None:
    """Record that the bank refused the whole file of a batch: it paid nobody of it.

    A pain.002 that says so does the same by `ledger returns`. None of its payouts is returned by itself; what was paid
    or returned before forbids it. Then, and only then, `ledger payfile reissue` writes the file again.

    A batch with files for several banks is written again whole, so that each must have refused its own
    (--every-bank). What one of them refused is recorded as returned instead, and sent again by `ledger reissue`.
    """
    with session.installation() as installation:
        place = chosen_division(installation, division)
        batch = installation.ledger.batch(place, month, programme)
        totals = batch.closed.totals if batch.closed else None
        amount = format_yuan(totals.amount_fen) if totals else "no"
        say(f"{programme} of {place}, {month}, file {batch.file_number}: {amount} yuan, refused: {reason}")
        confirm("Record that the bank refused it whole?", yes=yes)
        record_refusal(installation.ledger, place, month, programme, reason, every_bank=every_bank)
    say(f"Next: `ledger payfile reissue {month} --programme {programme}` writes the file again.")


@click.command("reissue")
@click.argument("month", type=MONTH)
@click.option("--programme", type=PROGRAMME, required=True, help="The batch whose file it was.")
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_session
def reissue(
    session: Session, month: Month, programme: str, division: str | None, output: str, *, yes: bool
) -> None:
    """Write the file of a batch again that the bank refused whole, under a number of its own, for two to sign.

    The payments are the same, to the same accounts, to be paid from today on; the bundle lies beside the first one
    (dibao_rural@2). Both sign it with `ledger approve MONTH --programme PROGRAMME`; a rehearsal signs at once.
    """
    with session.installation() as installation:
        place = chosen_division(installation, division)
        batch = installation.ledger.batch(place, month, programme)
        if not (batch.unsigned and batch.file_number > 1):  # else an interruption, to be gone on with
            batch.require_refused()
            confirm(f"Write file {batch.file_number + 1} of {programme}, {month}?", yes=yes)
            batch = issue_again(installation.closing_desk(), place, month, programme)
        print_apart(installation, batch, output)
