"""`ledger keys`: the keys that payout files are signed with: made, certified, replaced, revoked; what goes on paper."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from commands.files import read_file
from commands.keys_shown import print_keys, print_paper
from commands.passphrases import new_passphrase, passphrase_of
from commands.rendering import counted, output_option, print_rows, print_text, say
from commands.session import Session, confirm, pass_session
from ledger.certifying import (
    certify,
    to_replace,
)
from ledger.domain.key import REASONS, KeyFile
from ledger.errors import Misused, Refused
from ledger.payfile import revocations
from ledger.payfile.key_addresses import open_key
from ledger.payfile.keys import CA_ROLE, Authority, init_keys
from ledger.payfile.names import ROLES
from ledger.payfile.requests import make_request, requested_key
from ledger.revoking import named, open_signed_with, write_revocations
from ledger.revoking import revoke as revoke_key
from ledger.settings import PASSPHRASE, PASSPHRASE_OF
from ledger.values.month import day_of
from projections.installation import Installation, signing_keys

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
    """Make the ledger's CA and the keys of its first two signers, each under a passphrase of its own (typed twice).

    Off a terminal the passphrases are read from LEDGER_PASSPHRASE_CA, _MAKER and _CHECKER. Keys are never
    replaced.
    """
    with session.installation() as installation:
        founding = installation.ledger.founding
        folder = installation.keys_folder
        if installation.record_keys():
            say("The keys made before were not recorded yet; they are now.")
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
    with session.installation() as installation:
        installation.record_keys()
    print_paper(signing_keys(session.settings), output)
    for role in ROLES:
        say(
            f"Give {people[role]} {role}.key and {role}.crt of {folder}, and the passphrase to nobody else. "
            f"Whoever signs on another machine takes {role}.key away from this one."
        )
    say("Keep ca.key and its passphrase locked away: they are needed only to certify new signers.")


_role = click.option(
    "--role", type=click.Choice(ROLES), required=True, help="Civil affairs makes, finance checks."
)
_name = click.option("--name", metavar="CODE", required=True, help="The code of the person.")
_csr = click.option(
    "--csr", type=click.Path(path_type=Path), metavar="FILE",
    help="A certification request (PKCS#10, PEM) of a key made elsewhere, in a token for instance.",
)  # fmt: skip


@command.command("add")
@_role
@_name
@_csr
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_session
def add(session: Session, role: str, name: str, csr: Path | None, output: str, *, yes: bool) -> None:
    """Certify a new signer with the ledger's CA: a key made here, or elsewhere and asked for with --csr.

    Asks for the CA's passphrase (off a terminal LEDGER_PASSPHRASE_CA) and a new one for a key made here
    (LEDGER_PASSPHRASE_MAKER or _CHECKER).
    """
    with session.installation() as installation:
        confirm(f"Certify {name} as {role}?", yes=yes)
        _certify(installation, role, name, csr, ())
        print_keys(installation, output)


@command.command("rotate")
@_role
@_name
@_csr
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_session
def rotate(session: Session, role: str, name: str, csr: Path | None, output: str, *, yes: bool) -> None:
    """Give a signer a new key; the one before signs nothing more, and what it signed stands.

    Passphrases as for `ledger keys add`. A --csr of the same key renews its certificate.
    """
    with session.installation() as installation:
        replaced = to_replace(installation.ledger, role, name)
        for file in replaced:
            say(f"To be replaced: {file.id}, valid until {day_of(file.current.valid_to)}")
        confirm(f"Give {name} a new key as {role}?", yes=yes)
        _certify(installation, role, name, csr, replaced)
        print_keys(installation, output)


@command.command("revoke")
@click.argument("fingerprint")
@click.option("--reason", type=click.Choice(REASONS), required=True, help="Why, by RFC 5280.")
@click.option("--note", metavar="TEXT", help="More of it in words; sealed.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_session
def revoke(session: Session, fingerprint: str, reason: str, note: str | None, output: str, *, yes: bool) -> None:
    """Revoke the key of FINGERPRINT (its own or its certificate's; eight digits are enough) from now on.

    It signs nothing more, and what it signed and is not closed yet is not closed with its signature: freeze again,
    then both sign anew. Closed months stand. Then hand out a new `ledger keys crl`.
    """
    with session.installation() as installation:
        file = named(installation.ledger, fingerprint)
        say(f"{file.id}: {file.current.operator} as {file.current.role}")
        for batch in open_signed_with(installation.ledger, installation.divisions(), file):
            say(
                f"  signed and not closed: {batch.programme} of {batch.division}, {batch.month}; to be signed anew"
            )
        confirm("Revoke this key for good?", yes=yes)
        revoke_key(installation.ledger, file, reason=reason, note=note)
        print_keys(installation, output)
    say("Next: `ledger keys crl` writes the list that bank and auditors check bundles with.")


@command.command("list")
@output_option
@pass_session
def list_keys(session: Session, output: str) -> None:
    """List every key ever certified: whose, for which role, valid from when to when, and whether it may sign."""
    with session.installation() as installation:
        print_keys(installation, output)


@command.command("crl")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="Where to [default: crl.pem beside the keys]."
)
@output_option
@pass_session
def crl(session: Session, out: Path | None, output: str) -> None:
    """Write the list of revoked certificates (X.509 CRL), signed by the CA, for whoever verifies bundles.

    Asks for the CA's passphrase (off a terminal LEDGER_PASSPHRASE_CA). VERIFY.txt says how openssl uses the list,
    `ledger payfile verify --crl` does so by itself.
    """
    with session.installation() as installation:
        authority = _authority(installation)
        path = out or installation.keys_folder / revocations.NAME
        count = write_revocations(installation.ledger, authority, path)
    print_rows([{"file": str(path), "revoked": count}], output)
    say(f"{counted(count, 'revoked certificate')}: {path}. A new one is due within {revocations.VALID.days} days.")


@command.command("request")
@click.option(
    "--key", "address", metavar="ADDRESS", required=True, help="The key, such as pkcs11:token=…;object=…"
)
@click.option("--name", metavar="CODE", required=True, help="The code of the person.")
def request(address: str, name: str) -> None:
    """Print a certification request for a key in a token; for `ledger keys add --csr` where the CA is.

    Needs no ledger. The token's PIN is asked for (off a terminal LEDGER_PASSPHRASE).
    """
    key = open_key(address, lambda what: passphrase_of(what, PASSPHRASE))
    print_text(make_request(key, name).decode().splitlines())


@command.command("show")
@output_option
@pass_session
def show(session: Session, output: str) -> None:
    """Show the certificates: whose, valid until when, with which fingerprints; and what to print on paper."""
    print_paper(signing_keys(session.settings), output)


def _certify(
    installation: Installation, role: str, name: str, csr: Path | None, replacing: Sequence[KeyFile]
) -> None:
    public = None if csr is None else requested_key(read_file(csr, "a certification request"), subject=str(csr))
    authority = _authority(installation)
    rehearsal = installation.ledger.founding.rehearsal
    own = csr is None and not rehearsal
    passphrase = new_passphrase(f"the {role}'s key ({name})", PASSPHRASE_OF[role]) if own else None
    path = certify(
        installation.ledger, authority, role=role, name=name, public_key=public, passphrase=passphrase,
        replacing=replacing,
    )  # fmt: skip
    if csr is None:
        say(f"Give {name} {path.stem}.key and {path.name} of {path.parent}, and the passphrase to nobody else.")
    else:
        say(f"The certificate is {path}.")
    say("Lock ca.key and its passphrase away again.")


def _authority(installation: Installation) -> Authority:
    folder = installation.keys_folder
    installation.closing_desk()  # says by itself where there is no CA yet
    encrypted = not installation.ledger.founding.rehearsal
    passphrase = passphrase_of(str(folder / "ca.key"), PASSPHRASE_OF[CA_ROLE]) if encrypted else None
    return Authority(folder, passphrase)


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
