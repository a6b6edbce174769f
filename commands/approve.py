"""`ledger approve`: one person's signature over the payout files of a month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from commands.batches import say_apart
from commands.rendering import counted, first_few, output_option, print_json, print_rows, say
from commands.session import MONTH, Session, chosen_division, confirm, pass_session, programme_option
from commands.signatures import Made, signer_of
from ledger.certifying import ending_soon, keys_in_use
from ledger.closing.desk import Desk
from ledger.closing.order import PROGRAMMES
from ledger.closing.steps import approve, bundle, turn
from ledger.closing.townships import frozen_parts
from ledger.domain.batch import CHECKER, ROLES, Batch
from ledger.errors import Misused
from ledger.payfile.names import certificate_name
from ledger.payfile.signers import Signer
from ledger.values.mass import format_kg
from ledger.values.money import format_yuan
from ledger.values.month import Month, day_of
from projections.installation import Installation
from projections.since_freeze import KnownSince, since_freeze

_FILE = click.Path(path_type=Path)


@click.command("approve")
@click.argument("month", type=MONTH)
@click.option(
    "--role", type=click.Choice(tuple(ROLES)), required=True, help="Civil affairs makes, finance checks."
)
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@programme_option
@click.option("--signature", type=_FILE, metavar="FILE", help="A signature made elsewhere (CMS, DER).")
@click.option(
    "--certificate", type=_FILE, metavar="FILE", help="The signer's certificate [default: the ledger's own copy]."
)
@click.option("--signer", metavar="CODE", help="Who signs, where several people may as ROLE.")
@click.option(
    "--key",
    metavar="ADDRESS",
    help="The key to sign with, such as pkcs11:… [default: the settings', or the key file].",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_session
def command(
    session: Session,
    month: Month,
    role: str,
    *,
    division: str | None,
    programme: str | None,
    signature: Path | None,
    certificate: Path | None,
    signer: str | None,
    key: str | None,
    output: str,
    yes: bool,
) -> None:
    """Sign the payout files of MONTH that wait for ROLE, after showing what they pay and what came in since.

    A batch paid apart (reissue-1, relief-R1) is signed when --programme names it; its MONTH is that of the day it
    was started.

    What is signed is the bundle's SHA256SUMS. The passphrase or PIN is asked for, or taken from LEDGER_PASSPHRASE.

    To sign on another machine with stock openssl, take SHA256SUMS from the bundle's folder
    (LEDGER_HOME/bundles/DIVISION/MONTH/PROGRAMME) there and run

    \b
      openssl cms -sign -binary -in SHA256SUMS -signer maker.crt \\
        -inkey maker.key -md sha256 -outform DER -nocerts -out maker.p7s

    then here: ledger approve MONTH --role maker --programme PROGRAMME --signature maker.p7s
    """  # noqa: D301  click keeps the lines after a backspace as they are
    programmes = (programme,) if programme else PROGRAMMES
    with session.installation() as installation:
        place = chosen_division(installation, division)
        batches = [installation.ledger.batch(place, month, name) for name in programmes]
        for batch in batches:
            batch.require_started()
        waiting = _waiting(batches, role)
        since: list[KnownSince] = []
        if waiting:
            if signature is not None and len(waiting) > 1:
                names = ", ".join(batch.programme for batch in waiting)
                raise Misused(
                    "approve.several",
                    str(signature),
                    found=f"bundles of {names}",
                    expected="--programme: one bundle",
                )
            desk = installation.closing_desk()
            waiting = [bundle(desk, batch) for batch in waiting]
            since = _since(installation, waiting)
            _preview(desk, waiting, role, since)
            confirm(f"Sign as {role}?", yes=yes)
            if signature is not None:
                made = Made(installation, role, signature, certificate, signer)
                waiting = [approve(desk, batch, role, made.der, made.certificate) for batch in waiting]
            else:
                waiting = _sign(desk, waiting, role, signer_of(installation, role, signer, key))
            _say_ending(installation, role)
        _print(installation, batches, waiting, role, since, output)
        _say_next(place, month, waiting, role, batches[0].option if programme else "")
        if programme is None:
            say_apart(installation, place, month)


def _waiting(batches: Sequence[Batch], role: str) -> list[Batch]:
    """The batches that wait for the role; where none does, either it has signed what there is, or it may not."""
    waiting = [batch for batch in batches if turn(batch) == role]
    done = [batch for batch in batches if batch.closed or turn(batch) == "close" or batch.approval(role)]
    for batch in batches:
        if batch in waiting:
            continue
        if batch in done:
            signed = f"signed by the {role} already" if batch.approval(role) else "needs no signature"
            say(f"{batch.programme} {batch.month}: {'closed' if batch.closed else signed}.")
        elif waiting:
            say(f"{batch.programme} {batch.month}: waits for something else first ({turn(batch)}).")
        else:
            batch.require_turn(role)
    return waiting


def _since(installation: Installation, waiting: Sequence[Batch]) -> list[KnownSince]:
    frozen_at = min(batch.frozen_at or 0 for batch in waiting)
    installation.rolls.views.catch_up()
    return since_freeze(installation.ledger, installation.rolls.case_files, waiting[0].division, frozen_at)


def _preview(desk: Desk, waiting: Sequence[Batch], role: str, since: Sequence[KnownSince]) -> None:
    for batch in waiting:
        assert batch.frozen is not None
        totals = batch.frozen.totals
        grain = f", {format_kg(totals.grain_g)} kg of grain" if totals.grain_g else ""
        bookings = f", {counted(totals.bookings, 'booking')} without money" if totals.bookings else ""
        say(
            f"{batch.programme} of {batch.division}, {batch.month}: {counted(totals.payouts, 'payout')}, "
            f"{format_yuan(totals.amount_fen)} yuan{grain}{bookings}, to be paid on {batch.pay_on}"
        )
        say(f"  to read: {desk.folder(batch)} (changes.csv: what differs from the month before)")
        _say_townships(desk, batch)
        say(f"  to sign: {desk.folder(batch) / 'SHA256SUMS'}")
    say("To sign elsewhere, run this there and come back with --signature:")
    say(
        f"  openssl cms -sign -binary -in SHA256SUMS -signer {certificate_name(role)} -inkey {role}.key "
        f"-md sha256 -outform DER -nocerts -out {role}.p7s"
    )
    if not since:
        say("Nothing was recorded since the freeze.")
        return
    say(f"Recorded since the freeze and not in these files: {counted(len(since), 'fact')}")
    kinds: dict[str, list[str]] = defaultdict(list)
    for known in since:
        kinds[known.kind].append(known.case or "a rule")
    for kind, cases in kinds.items():
        say(f"  {len(cases)} {kind}: {first_few(cases)}")
    again = f"`ledger close-month {waiting[0].month}{waiting[0].option} --freeze-again`"
    say(f"They count with the next month; {again} takes them in now, and voids signatures given.")


def _sign(desk: Desk, waiting: Sequence[Batch], role: str, who: Signer) -> list[Batch]:
    return [
        approve(desk, batch, role, who.sign((batch.sums or "").encode()), who.certificate) for batch in waiting
    ]


def _say_townships(desk: Desk, batch: Batch) -> None:
    parts = [part.township for part in frozen_parts(desk, batch) if part.township is not None]
    missing = [township for township in parts if batch.confirmation(township) is None]
    if parts:
        names = f"; no confirmation of {first_few(missing)}" if missing else ""
        say(f"  townships: {len(parts) - len(missing)} of {len(parts)} have confirmed their parts{names}")


def _say_ending(installation: Installation, role: str) -> None:
    for file in ending_soon(installation.ledger, keys_in_use(installation.ledger, role)):
        say(
            f"The certificate of {file.current.operator} ends on {day_of(file.current.valid_to)}: `ledger keys rotate`."
        )


def _print(
    installation: Installation,
    batches: Sequence[Batch],
    signed: Sequence[Batch],
    role: str,
    since: Sequence[KnownSince],
    output: str,
) -> None:
    now = {batch.programme: batch for batch in (*batches, *signed)}
    rows = [_row(installation, batch, role) for batch in now.values() if batch.frozen]
    if output == "json":
        facts = [{"kind": known.kind, "case": known.case, "because": known.ref} for known in since]
        print_json({"role": role, "batches": rows, "since_freeze": facts})
    else:
        print_rows(rows, output)


def _row(installation: Installation, batch: Batch, role: str) -> dict[str, Any]:
    approval = batch.approval(role)
    assert batch.frozen is not None
    return {
        "programme": batch.programme,
        "payouts": batch.frozen.totals.payouts,
        "amount": format_yuan(batch.frozen.totals.amount_fen),
        "signer": approval.signer if approval else None,
        "state": turn(batch),
        "bundle": str(installation.closing_desk().folder(batch)) if batch.sums else None,
    }


def _say_next(division: str, month: Month, signed: Sequence[Batch], role: str, option: str) -> None:
    if not signed:
        say(f"Nothing of {month} in {division} waits for the {role}; nothing was changed.")
    elif any(turn(batch) == CHECKER for batch in signed):
        say(
            f"Signed. Next: `ledger approve {month}{option} --role {CHECKER}`, by another person with another key."
        )
    else:
        say(f"Signed. Next: `ledger close-month {month}{option}`.")
