"""`ledger keys`: the keys that payout files are signed with, and what of them goes on paper."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click
from cryptography import x509

from commands.passphrases import new_passphrase
from commands.rendering import output_option, print_json, print_rows, print_text, say
from commands.session import Session, confirm, pass_session
from ledger.errors import Misused, Refused
from ledger.payfile.certificates import operator
from ledger.payfile.instructions import colons
from ledger.payfile.keys import CA_ROLE, fingerprint, init_keys, read_certificates
from ledger.payfile.names import CA, ROLES, certificate_name
from ledger.settings import PASSPHRASE_OF
from ledger.values.month import day_of
from projections.installation import signing_keys

_OFFICES = {"maker": "civil affairs, who makes the payout files", "checker": "finance, who checks them"}


@click.group("keys")
def command() -> None:
    """The keys that payout files are signed with."""


@command.command("init")
@click.option("--maker", metavar="CODE", help="The code of the person in civil affairs who signs first.")
@click.option("--checker", metavar="CODE", help="The code of the person in finance who signs second.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_session
def init(session: Session, maker: str | None, checker: str | None, output: str, *, yes: bool) -> None:
    """Make the ledger's CA and the keys of its two signers, each under a passphrase of its own (typed twice).

    Off a terminal the passphrases are read from LEDGER_PASSPHRASE_CA, _MAKER and _CHECKER. Keys are never
    replaced.
    """
    with session.installation() as installation:
        founding = installation.ledger.founding
        folder = installation.keys_folder
    if folder.exists() and any(folder.iterdir()):
        raise Refused(
            "keys.exist",
            str(folder),
            found="throw-away keys of a rehearsal" if founding.rehearsal else "keys made before",
            expected="no keys yet; keys are never replaced",
            hint="`ledger keys show` shows them.",
        )
    people = {"maker": _person("maker", maker), "checker": _person("checker", checker)}
    confirm(f"Make the keys of {people['maker']} and {people['checker']} in {folder}?", yes=yes)
    passphrases = {role: new_passphrase(_named(role, people), PASSPHRASE_OF[role]) for role in (CA_ROLE, *ROLES)}
    init_keys(
        folder, division=founding.division, rehearsal=False, passphrases=passphrases, now=datetime.now(UTC),
        **people,
    )  # fmt: skip
    _show(session, output)
    for role in ROLES:
        say(
            f"Give {people[role]} {role}.key and {role}.crt of {folder}, and the passphrase to nobody else. "
            f"Whoever signs on another machine takes {role}.key away from this one."
        )
    say("Keep ca.key and its passphrase locked away: they are needed only to certify new signers.")


@command.command("show")
@output_option
@pass_session
def show(session: Session, output: str) -> None:
    """Show the certificates: whose, valid until when, with which fingerprints; and what to print on paper."""
    _show(session, output)


def _person(role: str, code: str | None) -> str:
    if code is not None:
        return code
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Misused(
            "keys.person_needed", f"--{role}", found="none given", expected=f"the code of {_OFFICES[role]}"
        )
    typed: str = click.prompt(f"Code of {_OFFICES[role]}", err=True)
    return typed


def _named(role: str, people: dict[str, str]) -> str:
    return f"the {role}'s key ({people[role]})" if role in people else "the CA's key"


def _show(session: Session, output: str) -> None:
    folder = signing_keys(session.settings)
    found = read_certificates(folder)
    if CA_ROLE not in found:
        raise Refused(
            "keys.none",
            str(folder),
            found="no CA certificate",
            expected="the keys that bundles are signed with",
            hint="`ledger keys init` makes them.",
        )
    rows = [_row(role, certificate) for role, certificate in found.items()]
    if output == "json":
        print_json(rows)
        return
    if output == "csv":
        print_rows(rows, output)
        return
    for row in rows:
        print_text([
            f"{row['role']}: {row['subject']}",
            f"    file         {folder / str(row['file'])}",
            f"    valid        {row['valid_from']} to {row['valid_to']}",
            f"    fingerprint  {row['fingerprint']}",
        ])  # fmt: skip
    print_text([
        "",
        "To be printed, signed and handed over on paper to the bank, finance and the auditors:",
        f"    SHA-256 fingerprint of {CA}: {rows[0]['fingerprint']}",
        "    Whoever verifies a payout bundle compares it with what VERIFY.txt or `ledger payfile verify` shows.",
    ])  # fmt: skip


def _row(role: str, certificate: x509.Certificate) -> dict[str, str]:
    return {
        "role": role,
        "operator": operator(certificate),
        "subject": certificate.subject.rfc4514_string(),
        "fingerprint": colons(fingerprint(certificate)),
        "valid_from": day_of(certificate.not_valid_before_utc).isoformat(),
        "valid_to": day_of(certificate.not_valid_after_utc).isoformat(),
        "file": CA if role == CA_ROLE else certificate_name(role),
    }
