"""`ledger override`: one person's signature that a frozen roll may overspend its appropriations."""

from __future__ import annotations

from pathlib import Path

import click

from commands.output_files import write_file
from commands.rendering import output_option, print_json, print_rows, say
from commands.session import MONTH, Session, chosen_division, confirm, pass_session, programme_option
from commands.signatures import Made, signer_of
from ledger.closing.overriding import override, plan_override
from ledger.domain.batch import CHECKER, ROLES
from ledger.values.money import format_yuan
from ledger.values.month import Month

_FILE = click.Path(path_type=Path)


@click.command("override")
@click.argument("month", type=MONTH)
@programme_option
@click.option("--role", type=click.Choice(tuple(ROLES)), required=True, help="Civil affairs first, then finance.")
@click.option("--document", required=True, metavar="NUMBER", help="The number of the paper that allows it.")
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@click.option(
    "--statement", type=_FILE, metavar="FILE", help="Only write what is to be signed, to sign elsewhere."
)
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
    *,
    programme: str | None,
    role: str,
    document: str,
    division: str | None,
    statement: Path | None,
    signature: Path | None,
    certificate: Path | None,
    signer: str | None,
    key: str | None,
    output: str,
    yes: bool,
) -> None:
    """Allow the frozen roll of MONTH and --programme to pay more than was appropriated; both people must.

    Where ledger.toml says `funds_block = true`, a close that overspends is refused until the appropriation is
    recorded, or maker and checker have signed, each with his own key, a statement of division, budget line and
    year, roll digest, and by how much at most. Freezing again voids it.
    """
    if programme is None:
        raise click.UsageError("--programme: which roll may overspend")
    with session.installation() as installation:
        place = chosen_division(installation, division)
        desk, batch = installation.closing_desk(), installation.ledger.batch(place, month, programme)
        batch.require_started()
        found, said = plan_override(desk, batch, role, document)
        if statement is not None:
            write_file(statement, said)
            say(
                f"{statement} written; nothing was recorded. Sign it as `ledger approve --help` shows for SHA256SUMS."
            )
            return
        say(said.decode().rstrip())
        confirm(f"Sign as {role}?", yes=yes)
        if signature is not None:
            made = Made(installation, role, signature, certificate, signer)
            batch = override(desk, batch, role, document, made.der, made.certificate)
        else:
            who = signer_of(installation, role, signer, key)
            batch = override(desk, batch, role, document, who.sign(said), who.certificate)
    row = {
        "division": place, "month": month.text, "programme": programme, "role": role,
        "signer": batch.allowed[-1].signer, "year": found.year, "over": format_yuan(found.over_fen),
        "document": document, "because": [batch.allowed[-1].ref],
    }  # fmt: skip
    if output == "json":
        print_json(row)
    else:
        print_rows([row], output)
    if role == CHECKER:
        say(f"Signed by both. Next: `ledger close-month {month} --programme {programme}`.")
    else:
        say("Signed. Next: the same with --role checker, by another person with another key.")
