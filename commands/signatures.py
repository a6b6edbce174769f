"""Signatures on the command line: made elsewhere and given as files, or with this machine's key files."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509

from commands.passphrases import passphrase_of
from ledger.closing import Desk
from ledger.errors import Failed
from ledger.payfile.certificates import read_pem
from ledger.payfile.keys import PemSigner
from ledger.payfile.names import certificate_name
from ledger.settings import PASSPHRASE
from projections.installation import Installation


class Made:
    """A signature made elsewhere, with the certificate it answers to."""

    def __init__(self, desk: Desk, role: str, signature: Path, certificate: Path | None) -> None:
        self.der = _read(signature)
        path = certificate or desk.bundles.parent / "keys" / "signing" / certificate_name(role)
        self.certificate: x509.Certificate = read_pem(_read(path), subject=str(path))


def signer_of(installation: Installation, role: str) -> PemSigner:
    """The key files of a role, opened: a rehearsal's have no passphrase."""
    folder = installation.keys_folder
    rehearsal = installation.ledger.founding.rehearsal
    passphrase = None if rehearsal else passphrase_of(f"{folder / role}.key", PASSPHRASE)
    return PemSigner.load(folder, role, passphrase)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Failed(
            "file.unreadable", str(path), found=error.strerror or "nothing", expected="a file that can be read"
        ) from None
