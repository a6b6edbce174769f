"""`ledger payfile`: bundles checked without a database; profiles of banks; files that a bank refused whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from commands.files import read_file
from commands.payfile_again import refused, reissue
from commands.rendering import output_option, print_rows, say
from commands.session import Session, pass_session
from ledger.errors import Exit
from ledger.payfile.bank_profile import Profile, profile_to_start_from, profiles_in_use, shipped_profiles
from ledger.payfile.bundle_check import check_bundle


@click.group("payfile")
def command() -> None:
    """Payout bundles, and how each bank wants its file."""


command.add_command(refused)
command.add_command(reissue)


@command.command("verify")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--ca", type=click.Path(path_type=Path), metavar="FILE",
    help="The CA certificate as received on another way than the bundle.",
)  # fmt: skip
@click.option(
    "--crl", type=click.Path(path_type=Path), metavar="FILE",
    help="The CA's list of revoked certificates, as `ledger keys crl` writes it.",
)  # fmt: skip
@output_option
def verify(folder: Path, ca: Path | None, crl: Path | None, output: str) -> int:
    """Check the bundle in DIR: files, digests, totals, both signatures, two people. Exit code 5 if one is wrong.

    Needs no ledger. Without --ca compare the fingerprint shown with the one handed over on paper: certificates
    inside a bundle prove nothing by themselves. Without --crl nobody asks whether a key was revoked. Certificates
    are judged on the day of payment: one that has ended since does no harm.
    """
    verdicts = check_bundle(
        folder,
        trust_ca_pem=None if ca is None else read_file(ca, "a CA certificate (PEM)"),
        crl_pem=None if crl is None else read_file(crl, "a list of revoked certificates (PEM)"),
    )
    print_rows([{"check": v.check, "ok": v.ok, "detail": v.detail} for v in verdicts], output)
    wrong = [v.check for v in verdicts if not v.ok]
    if output == "text":
        say(f"DO NOT PAY: {', '.join(wrong)} failed." if wrong else "All checks passed.")
    return Exit.INTEGRITY if wrong else Exit.DONE


@command.command("bank")
@click.argument("code", required=False)
@output_option
@pass_session
def bank(session: Session, code: str | None, output: str) -> int:
    """List the bank profiles in use and those that come along; with CODE print the TOML of one.

    A new bank is a TOML file in banks/ of the ledger's home: print one like it, change it, list again. A profile that
    cannot be used is refused by its field.
    """
    folder = session.settings.banks_folder
    if code is not None:
        click.echo(profile_to_start_from(code, folder).text, nl=False)
        return Exit.DONE
    in_use = profiles_in_use(folder)
    known = shipped_profiles() | {profile.code: profile for profile in in_use}
    print_rows([_bank_row(profile, in_use) for profile in known.values()], output)
    return Exit.DONE


def _bank_row(profile: Profile, in_use: tuple[Profile, ...]) -> dict[str, Any]:
    layout = profile.layout
    return {
        "bank": profile.code,
        "in_use": profile in in_use,
        "default": profile == in_use[0],
        "title": layout.title,
        "names": list(layout.names),
        "encoding": layout.encoding,
        "separator": layout.separator or "fixed width",
        "cnaps": layout.cnaps,
        "return_reasons": len(layout.returns.reasons) if layout.returns else 0,
    }
