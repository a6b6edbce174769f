"""`ledger confirm`: a township stands by its part of a frozen roll; and which ones have not yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from commands.rendering import counted, kilograms, output_option, print_json, print_rows, say
from commands.session import MONTH, Session, chosen_division, confirm, pass_session, programme_option
from ledger.closing.order import PROGRAMMES
from ledger.closing.townships import Part, frozen_parts, to_confirm
from ledger.closing.townships import confirm as confirm_part
from ledger.domain.batch import Batch
from ledger.errors import Misused
from ledger.values.identifiers import is_township
from ledger.values.money import format_yuan
from ledger.values.month import CHINA, Month


@click.command("confirm")
@click.argument("month", type=MONTH)
@click.option("--township", metavar="CODE", help="The township that confirms, nine digits.")
@click.option("--digest", metavar="HEX", help="The digest on the list it has checked; needs --programme.")
@click.option("--list", "listed", is_flag=True, help="Only show the parts, and whose confirmation is missing.")
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@programme_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_session
def command(
    session: Session,
    month: Month,
    township: str | None,
    digest: str | None,
    division: str | None,
    programme: str | None,
    output: str,
    *,
    listed: bool,
    yes: bool,
) -> None:
    """Confirm a township's part of the frozen rolls of MONTH; with --list show every township's part.

    A part is the rows of the cases whose village lay in the township when the roll was frozen, and has a digest of
    its own. Freezing again voids confirmations. Whether signing waits for them, the setting
    townships_must_confirm says.
    """
    if listed == (township is not None):
        raise Misused("confirm.one_of", "confirm", found="both or neither", expected="--township CODE or --list")
    if township is not None and not is_township(township):
        raise Misused("township.malformed", "--township", found=ascii(township), expected="nine digits")
    if digest is not None and programme is None:
        raise Misused("confirm.digest_of", "--digest", found="no programme", expected="--programme: one roll")
    with session.installation() as installation:
        place = chosen_division(installation, division)
        desk = installation.closing_desk()
        asked = [programme] if programme else PROGRAMMES
        batches = [installation.ledger.batch(place, month, name) for name in asked]
        parts = [frozen_parts(desk, batch) for batch in batches]
        if township is not None:
            due = to_confirm(list(zip(batches, parts, strict=True)), township)
            _preview(due, township)
            if due:
                confirm(f"Confirm for {township}?", yes=yes)
            for batch, part in due:
                # What was shown: a roll frozen again in between is not confirmed unseen.
                confirm_part(desk, batch, township, as_seen=digest or part.digest)
            batches = [installation.ledger.batch(place, month, name) for name in asked]
        rows = [
            _row(batch, part)
            for batch, own in zip(batches, parts, strict=True)
            for part in own
            if township in (None, part.township)
        ]
    if output == "json":
        print_json(rows)
    else:
        print_rows(rows, output)
    if township is None:
        _say_missing(batches, rows)


def _preview(due: Sequence[tuple[Batch, Part]], township: str) -> None:
    for batch, part in due:
        say(
            f"{batch.programme} of {township}, {batch.month}: {counted(len(part.insured), 'household')}, "
            f"{format_yuan(part.amount_fen)} yuan, digest {part.digest}"
        )
    if not due:
        say(f"{township} has confirmed already; nothing was changed.")


def _row(batch: Batch, part: Part) -> dict[str, Any]:
    given = batch.confirmation(part.township) if part.township else None
    required = batch.frozen is not None and part.township in batch.frozen.townships
    return {
        "programme": batch.programme,
        "township": part.township,
        "households": len(part.insured),
        "persons": sum(part.insured.values()),
        "amount": format_yuan(part.amount_fen),
        "grain_kg": kilograms(part.grain_g),
        "digest": part.digest,
        "required": required,
        "confirmed_by": given.actor if given else None,
        "confirmed_at": given.recorded_at.astimezone(CHINA).isoformat(timespec="seconds") if given else None,
    }


def _say_missing(batches: Sequence[Batch], rows: Sequence[dict[str, Any]]) -> None:
    for batch in batches:
        own = [row for row in rows if row["programme"] == batch.programme and row["township"]]
        missing = [row["township"] for row in own if row["confirmed_by"] is None]
        if batch.frozen is None:
            say(f"{batch.programme} {batch.month}: not frozen yet.")
        elif missing:
            wait = ", and nobody signs before" if batch.townships_missing else ""
            say(
                f"{batch.programme} {batch.month}: {len(missing)} of {len(own)} missing{wait}: {' '.join(missing)}"
            )
        elif own:
            say(f"{batch.programme} {batch.month}: all {len(own)} have confirmed.")
