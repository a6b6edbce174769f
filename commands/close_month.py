"""`ledger close-month`: the next step of every batch of a month, up to the signatures of people."""

from __future__ import annotations

from typing import Any

import click

from commands.rendering import counted, kilograms, output_option, print_json, print_rows, progress, say
from commands.session import MONTH, Session, chosen_division, confirm, pass_session
from ledger.closing import PROGRAMMES, advance, freeze, programmes_of, turn
from ledger.domain.batch import CHECKER, MAKER, Batch
from ledger.values.mass import format_kg
from ledger.values.money import format_yuan
from ledger.values.month import Month
from projections.installation import Installation

_WAITS = {
    "closed": "closed",
    MAKER: "waits for civil affairs (the maker) to sign",
    CHECKER: "waits for finance (the checker) to sign",
}


@click.command("close-month")
@click.argument("month", type=MONTH)
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@click.option("--programme", type=click.Choice(PROGRAMMES), help="One programme only.")
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
    signs with the throw-away keys and closes at once.
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
            say(f"{name}: {_state(batch)}")
        confirm(f"Go on with {month} of {place}?", yes=yes)
        batches = [_advance(installation, batch, freeze_again=freeze_again) for batch in before.values()]
        with progress("views caught up: events"):
            installation.rolls.views.catch_up()
        _print(installation, batches, place, month, output)
        _say_next(installation, batches, month)


def _advance(installation: Installation, batch: Batch, *, freeze_again: bool) -> Batch:
    desk = installation.closing_desk()
    with progress(f"{batch.programme}: households settled") as step:
        if freeze_again and batch.frozen and not batch.closed:
            freeze(desk, batch.division, batch.month, batch.programme, step)
        return advance(desk, batch.division, batch.month, batch.programme, installation.rehearsal_signers(), step)


def _state(batch: Batch) -> str:
    waits_for = turn(batch)
    if waits_for == "freeze":
        return "not frozen yet"
    return _WAITS.get(waits_for, "frozen, to be finished")


def _print(installation: Installation, batches: list[Batch], division: str, month: Month, output: str) -> None:
    desk = installation.closing_desk()
    rows: list[dict[str, Any]] = []
    grain_g = payouts = amount_fen = 0
    for batch in batches:
        totals = batch.frozen.totals if batch.frozen else None
        rows.append(
            {
                "programme": batch.programme,
                "payouts": totals.payouts if totals else 0,
                "amount": format_yuan(totals.amount_fen if totals else 0),
                "roll_digest": batch.frozen.roll_digest if batch.frozen else None,
                "bundle": str(desk.folder(batch)) if batch.sums else None,
                "state": turn(batch),
            }
        )
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


def _say_next(installation: Installation, batches: list[Batch], month: Month) -> None:
    waiting = {turn(batch) for batch in batches} - {"closed"}
    for role in (MAKER, CHECKER):
        if role in waiting:
            say(f"Next: `ledger approve {month} --role {role}`, then this command again.")
            return
    if not waiting:
        mark = " This is a REHEARSAL: no bank takes these files." if installation.ledger.founding.rehearsal else ""
        say(f"Closed. `ledger replay {month}` rebuilds it from the events.{mark}")
