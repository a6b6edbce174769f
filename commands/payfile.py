"""`ledger payfile verify`: a bundle folder checked without a database, as bank and auditors do."""

from __future__ import annotations

from pathlib import Path

import click

from commands.rendering import output_option, print_rows, say
from ledger.errors import Exit, Failed
from ledger.payfile.bundle_check import check_bundle


@click.group("payfile")
def command() -> None:
    """Payout bundles."""


@command.command("verify")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--ca", type=click.Path(path_type=Path), metavar="FILE",
    help="The CA certificate as received on another way than the bundle.",
)  # fmt: skip
@output_option
def verify(folder: Path, ca: Path | None, output: str) -> int:
    """Check the bundle in DIR: files, digests, totals, both signatures, two people. Exit code 5 if one is wrong.

    Needs no ledger. Without --ca compare the fingerprint shown with the one handed over on paper: certificates
    inside a bundle prove nothing by themselves.
    """
    verdicts = check_bundle(folder, trust_ca_pem=None if ca is None else _read(ca))
    print_rows([{"check": v.check, "ok": v.ok, "detail": v.detail} for v in verdicts], output)
    wrong = [v.check for v in verdicts if not v.ok]
    if output == "text":
        say(f"DO NOT PAY: {', '.join(wrong)} failed." if wrong else "All checks passed.")
    return Exit.INTEGRITY if wrong else Exit.DONE


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Failed(
            "file.unreadable", str(path), found=error.strerror or "nothing", expected="a CA certificate (PEM)"
        ) from None
