"""The keys of a ledger: a CA, a maker's and a checker's; and the signers that use them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ledger.errors import Failed, IntegrityBroken, Misused, Refused
from ledger.payfile import certificates, pkcs8
from ledger.payfile.certificates import fingerprint
from ledger.payfile.durable import disk_errors_named, flush_folder, sweep, write_flushed
from ledger.payfile.names import CA, ROLES, certificate_name
from ledger.payfile.signing import sign_cms
from ledger.values.identifiers import is_code

__all__ = ["CA_ROLE", "PemSigner", "Signer", "fingerprint", "init_keys", "read_certificates"]

CA_ROLE = "ca"


class Signer(Protocol):
    """Whoever can sign a bundle: a key file here, a token or an SM2 plug-in elsewhere."""

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate that names the signer."""

    def sign(self, data: bytes) -> bytes:
        """A detached CMS signature over the data, DER, without certificates inside."""


class PemSigner:
    """Signs with a PKCS#8 key file."""

    def __init__(self, certificate: x509.Certificate, key: EllipticCurvePrivateKey | RSAPrivateKey) -> None:
        self.certificate = certificate
        self._key = key

    @classmethod
    def load(cls, folder: Path, role: str, passphrase: str | None) -> PemSigner:
        """The signer of `ROLE.key` and `ROLE.crt` in a folder; the other roles' files need not be there.

        Raises:
            Failed: `keys.missing` for a file that cannot be read.
            Refused: `keys.passphrase` where it is wrong, missing or too much.
            IntegrityBroken: `keys.malformed`, or `keys.mismatch` where the key is not the certificate's.
        """
        if role not in ROLES:
            raise Misused("keys.role", str(folder), found=role, expected=" or ".join(ROLES))
        key = _load_key(folder / _key_name(role), passphrase)
        path = folder / certificate_name(role)
        certificate = certificates.read_pem(_read(path), subject=str(path))
        if certificate.public_key() != key.public_key():
            raise IntegrityBroken(
                "keys.mismatch", str(path), found="another key's certificate", expected="the key's"
            )
        return cls(certificate, key)

    def sign(self, data: bytes) -> bytes:
        """A detached CMS signature over the data, DER, without certificates inside."""
        return sign_cms(data, self.certificate, self._key)


def init_keys(
    folder: Path,
    *,
    division: str,
    rehearsal: bool,
    passphrases: Mapping[str, str] | None,
    now: datetime,
    maker: str,
    checker: str,
) -> x509.Certificate:
    """Make the CA's, maker's and checker's EC P-256 keys and certificates; returns the CA certificate.

    The folder (0700; key files 0600) appears complete or not at all: `ca.key`, `ca.pem`, `maker.key`,
    `maker.crt`, `checker.key`, `checker.crt`. `passphrases` has one for each of `ca`, `maker`, `checker`; a
    rehearsal's keys have none. `maker` and `checker` are operator codes.

    Raises:
        Failed: `keys.disk` where the disk is full or forbidden.
        Refused: `keys.exist` where the folder holds anything, `keys.one_operator` where maker and checker are
            one, `keys.operator` where one is no code, `keys.passphrase` for a missing
            passphrase, or any in a rehearsal.
    """
    _check_operators(folder, maker, checker)
    _check_passphrases(folder, passphrases, rehearsal=rehearsal)
    if folder.is_symlink() or (folder.exists() and not _is_empty(folder)):
        raise Refused(
            "keys.exist", str(folder), found="files in it", expected="no keys yet; keys are never replaced"
        )
    ca_key = generate_private_key(SECP256R1())
    ca = certificates.make_ca(ca_key, division=division, rehearsal=rehearsal, now=now)
    files = {_key_name(CA_ROLE): _key_pem(ca_key, passphrases, CA_ROLE), CA: certificates.pem(ca)}
    for role, operator in zip(ROLES, (maker, checker), strict=True):
        key = generate_private_key(SECP256R1())
        certificate = certificates.make_signer(
            key.public_key(),
            ca,
            ca_key,
            operator_code=operator,
            role=role,
            division=division,
            rehearsal=rehearsal,
            now=now,
        )
        files[_key_name(role)] = _key_pem(key, passphrases, role)
        files[certificate_name(role)] = certificates.pem(certificate)
    _write_folder(folder, files)
    return ca


def read_certificates(folder: Path) -> dict[str, x509.Certificate]:
    """The certificates of a folder of keys by role, those that are there: `ca`, `maker`, `checker`.

    Raises:
        IntegrityBroken: `certificate.malformed`.
    """
    files = {CA_ROLE: folder / CA, **{role: folder / certificate_name(role) for role in ROLES}}
    return {
        role: certificates.read_pem(_read(path), subject=str(path))
        for role, path in files.items()
        if path.exists()
    }


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def _check_operators(folder: Path, maker: str, checker: str) -> None:
    if maker == checker:
        raise Refused("keys.one_operator", str(folder), found=f"{maker} as both", expected="two people")
    if not (is_code(maker) and is_code(checker)):
        raise Refused(
            "keys.operator",
            str(folder),
            found=ascii((maker, checker)),
            expected="two codes of 1 to 64 characters without blanks",
        )


def _check_passphrases(folder: Path, passphrases: Mapping[str, str] | None, *, rehearsal: bool) -> None:
    if rehearsal and passphrases is not None:
        raise Refused("keys.passphrase", str(folder), found="passphrases", expected="none in a rehearsal")
    missing = [role for role in (CA_ROLE, *ROLES) if not (passphrases or {}).get(role)]
    if missing and not rehearsal:
        raise Refused(
            "keys.passphrase",
            str(folder),
            found=f"none for {', '.join(missing)}",
            expected="one for each key",
        )


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write beside the folder, then move: keys of a killed run were never in use and are swept away."""
    fresh = folder.parent / f".{folder.name}.making"
    with disk_errors_named("keys.disk", folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        sweep(fresh)
        fresh.mkdir(mode=0o700)
        for name, data in files.items():
            write_flushed(fresh / name, data, mode=0o600)
        flush_folder(fresh)
        fresh.rename(folder)
        flush_folder(folder.parent)


def _key_pem(key: EllipticCurvePrivateKey, passphrases: Mapping[str, str] | None, role: str) -> bytes:
    return pkcs8.plain_pem(key) if passphrases is None else pkcs8.encrypted_pem(key, passphrases[role])


def _load_key(path: Path, passphrase: str | None) -> EllipticCurvePrivateKey | RSAPrivateKey:
    data = _read(path)
    encrypted = b"ENCRYPTED" in data
    if encrypted != bool(passphrase):
        found = "no passphrase for an encrypted key" if encrypted else "a passphrase for a key without one"
        raise _wrong_passphrase(path, found)
    try:
        key = load_pem_private_key(data, passphrase.encode() if passphrase else None)
    except (ValueError, TypeError):
        if encrypted:
            raise _wrong_passphrase(path, "a passphrase that does not open it") from None
        raise IntegrityBroken(
            "keys.malformed", str(path), found="no key", expected="a PKCS#8 key in PEM"
        ) from None
    if not isinstance(key, EllipticCurvePrivateKey | RSAPrivateKey):
        raise IntegrityBroken("keys.malformed", str(path), found=type(key).__name__, expected="an EC or RSA key")
    return key


def _wrong_passphrase(path: Path, found: str) -> Refused:
    return Refused("keys.passphrase", str(path), found=found, expected="the key's own passphrase")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Failed(
            "keys.missing", str(path), found=error.strerror or "nothing", expected="a readable file"
        ) from None


def _key_name(role: str) -> str:
    return f"{role}.key"
