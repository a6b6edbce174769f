"""`ledger close-month`: the next step of every batch of a month, up to the signatures of people."""

from __future__ import annotations

from typing import Any

import click

from commands.batches import batch_row, go_on, say_apart, say_next, state
from commands.rendering import counted, kilograms, output_option, print_json, print_rows, progress, say
from commands.session import MONTH, Session, chosen_division, confirm, pass_session, programme_option
from ledger.closing.order import programmes_of
from ledger.domain.batch import Batch
from ledger.values.mass import format_kg
from ledger.values.money import format_yuan
from ledger.values.month import Month
from projections.installation import Installation


@click.command("close-month")
@click.argument("month", type=MONTH)
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@programme_option
@click.option("--freeze-again", is_flag=True, help="Fix the roll anew with what is known now; approvals are void.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_session
def command(
    session: Session,
    month: Month,
    division: str | None,
    programme: str | None,
    output: str,
    *,
    freeze_again: bool,
    yes: bool,
) -> None:
    """Freeze the rolls of MONTH, write the payout files, and close once both people have signed.

    Does the next step that is missing; run it again after an interruption or after signing. In a rehearsal it
    signs with the throw-away keys and closes at once. --programme reissue-1 goes on with a batch paid apart.
    """
    with session.installation() as installation:
        place = chosen_division(installation, division)
        programmes = (programme,) if programme else programmes_of(installation.ledger, place, month)
        before = {p: installation.ledger.batch(place, month, p) for p in programmes}
        if all(batch.closed for batch in before.values()):
            say(f"{month} of {place} is closed already; nothing was changed.")
            _print(installation, list(before.values()), place, month, output)
            return
        for name, batch in before.items():
            batch.require_started()
            say(f"{name}: {state(batch)}")
        confirm(f"Go on with {month} of {place}?", yes=yes)
        batches = [go_on(installation, batch, freeze_again=freeze_again) for batch in before.values()]
        with progress("views caught up: events"):
            installation.rolls.views.catch_up()
        _print(installation, batches, place, month, output)
        say_next(installation, batches, month)
        if programme is None:
            say_apart(installation, place, month)


def _print(installation: Installation, batches: list[Batch], division: str, month: Month, output: str) -> None:
    desk = installation.closing_desk()
    rows: list[dict[str, Any]] = []
    grain_g = payouts = amount_fen = 0
    for batch in batches:
        totals = batch.frozen.totals if batch.frozen else None
        rows.append(batch_row(desk, batch))
        if totals:
            grain_g, payouts, amount_fen = (
                grain_g + totals.grain_g, payouts + totals.payouts, amount_fen + totals.amount_fen,
            )  # fmt: skip
    if output == "json":
        print_json(
            {
                "division": division, "month": month.text, "payouts": payouts, "amount": format_yuan(amount_fen),
                "grain_kg": kilograms(grain_g), "batches": rows, "checkpoint": None,
            }
        )  # fmt: skip
        return
    print_rows(rows, output)
    if output == "text":
        kg = format_kg(grain_g)
        say(f"{division} {month}: {counted(payouts, 'payout')}, {format_yuan(amount_fen)} yuan, {kg} kg of grain")
