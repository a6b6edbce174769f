"""Signatures on the command line: made elsewhere and given as files, or with a key that this machine reaches."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509

from commands.files import read_file
from commands.passphrases import passphrase_of
from ledger.certifying import certificate_of, signing_key
from ledger.payfile.certificates import read_pem
from ledger.payfile.signers import Signer
from ledger.settings import PASSPHRASE
from projections.installation import Installation


class Made:
    """A signature made elsewhere, with the certificate it answers to: a file's, or the one recorded of the signer."""

    def __init__(
        self, installation: Installation, role: str, signature: Path, certificate: Path | None, signer: str | None
    ) -> None:
        self.der = read_file(signature)
        self.certificate: x509.Certificate = (
            read_pem(read_file(certificate), subject=str(certificate))
            if certificate is not None
            else certificate_of(signing_key(installation.ledger, role, signer))
        )


def signer_of(installation: Installation, role: str, signer: str | None, key: str | None) -> Signer:
    """Who signs as a role: the only one or the one named, with the key at an address, else the settings' or a file."""
    return installation.signer(role, signer, key, lambda what: passphrase_of(what, PASSPHRASE))
