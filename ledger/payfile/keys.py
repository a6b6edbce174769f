"""The PEM keystore: a CA's and signers' keys and certificates as files, made whole and never replaced."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID

from ledger.errors import Failed, IntegrityBroken, Refused
from ledger.payfile import certificates, pkcs8
from ledger.payfile.certificates import fingerprint
from ledger.payfile.durable import disk_errors_named, flush_folder, sweep, write_flushed
from ledger.payfile.names import CA, ROLES, certificate_name
from ledger.payfile.signers import KeySigner, Secret, Signer
from ledger.values.identifiers import is_code

__all__ = [
    "CA_ROLE", "Authority", "PemKey", "PemSigner", "Signer", "fingerprint", "init_keys", "new_key",
    "open_pem", "read_certificates",
]  # fmt: skip

CA_ROLE = "ca"


class PemKey:
    """A PKCS#8 key file, opened."""

    def __init__(self, key: EllipticCurvePrivateKey | RSAPrivateKey) -> None:
        self._key = key

    @property
    def public_key(self) -> EllipticCurvePublicKey | RSAPublicKey:
        """Its public half."""
        return self._key.public_key()

    def sign(self, data: bytes) -> bytes:
        """A signature with SHA-256 over the data: ECDSA in DER, or RSA PKCS#1 v1.5."""
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(data, PKCS1v15(), SHA256())
        return self._key.sign(data, ECDSA(SHA256()))


def open_pem(address: str, secret: Secret) -> PemKey:
    """The key of `pem:FILE`, a PKCS#8 key; the secret is asked for where it is encrypted.

    Raises:
        Failed: `keys.missing` for a file that cannot be read.
        Refused: `keys.passphrase` where it is wrong.
        IntegrityBroken: `keys.malformed`.
    """
    path = Path(address.removeprefix("pem:"))
    return PemKey(_load_key(path, secret(str(path)) if b"ENCRYPTED" in _read(path) else None))


class PemSigner(KeySigner):
    """Signs with a key file that lies beside its certificate."""

    @classmethod
    def load(cls, folder: Path, name: str, passphrase: str | None) -> PemSigner:
        """The signer of `NAME.key` and `NAME.crt` in a folder; no other files need be there.

        Raises:
            Failed: `keys.missing` for a file that cannot be read.
            Refused: `keys.passphrase` where it is wrong, missing or too much.
            IntegrityBroken: `keys.malformed`, or `keys.mismatch` where the key is not the certificate's.
        """
        key = _load_key(folder / _key_name(name), passphrase)
        path = folder / certificate_name(name)
        return cls(certificates.read_pem(_read(path), subject=str(path)), PemKey(key), where=str(path))


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
    ca_key = new_key()
    ca = certificates.make_ca(ca_key, division=division, rehearsal=rehearsal, now=now)
    files = {_key_name(CA_ROLE): _key_pem(ca_key, passphrases, CA_ROLE), CA: certificates.pem(ca)}
    for role, operator in zip(ROLES, (maker, checker), strict=True):
        key = new_key()
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


class Authority:
    """The ledger's CA, opened with its passphrase: it certifies signers and lists what was revoked."""

    def __init__(self, folder: Path, passphrase: str | None) -> None:
        """The CA of a folder of keys.

        Raises:
            Failed: `keys.missing`; Refused: `keys.passphrase`; IntegrityBroken: `keys.malformed`, `keys.mismatch`.
        """
        self._folder = folder
        self.certificate = certificates.read_pem(_read(folder / CA), subject=str(folder / CA))
        key = _load_key(folder / _key_name(CA_ROLE), passphrase)
        if not isinstance(key, EllipticCurvePrivateKey) or key.public_key() != self.certificate.public_key():
            raise IntegrityBroken(
                "keys.mismatch", str(folder / CA), found="another key's certificate", expected="the key's"
            )
        self.key = key

    def certify(
        self, public_key: EllipticCurvePublicKey | RSAPublicKey, *, name: str, role: str, now: datetime
    ) -> x509.Certificate:
        """The certificate of an operator's key in a role; of a rehearsal where the CA is one.

        Raises:
            Refused: `keys.operator` for a malformed code.
        """
        _check_operator(self._folder, name)
        division = self.certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value
        return certificates.make_signer(
            public_key, self.certificate, self.key, operator_code=name, role=role, division=str(division),
            rehearsal=certificates.REHEARSAL in certificates.units(self.certificate), now=now,
        )  # fmt: skip

    def keep(
        self, certificate: x509.Certificate, key: EllipticCurvePrivateKey | None, passphrase: str | None
    ) -> Path:
        """Puts a signer's new certificate into the folder, with its key where that was made here; its path.

        Files are named by role and certificate, so that none is ever replaced. They come before the event: a
        certificate that a killed run left here is not recorded, and so signs nothing.

        Raises:
            Failed: `keys.disk`.
        """
        name = f"{certificates.units(certificate)[0]}-{fingerprint(certificate)[:16]}"
        path = self._folder / certificate_name(name)
        with disk_errors_named("keys.disk", path):
            if key is not None:
                data = pkcs8.encrypted_pem(key, passphrase) if passphrase else pkcs8.plain_pem(key)
                write_flushed(self._folder / _key_name(path.stem), data, mode=0o600)
            write_flushed(path, certificates.pem(certificate), mode=0o600)
            flush_folder(self._folder)
        return path


def new_key() -> EllipticCurvePrivateKey:
    """A fresh EC P-256 key: the kind that verifies in CMS on every OpenSSL since 1.1.1."""
    return generate_private_key(SECP256R1())


def read_certificates(folder: Path) -> dict[str, x509.Certificate]:
    """The certificates of a folder of keys by the names of their files: `ca`, `maker`, `checker`, then others.

    Raises:
        IntegrityBroken: `certificate.malformed`.
    """
    others = sorted(path.stem for path in folder.glob(certificate_name("*")) if path.stem not in ROLES)
    files = {CA_ROLE: folder / CA, **{name: folder / certificate_name(name) for name in (*ROLES, *others)}}
    return {
        name: certificates.read_pem(_read(path), subject=str(path))
        for name, path in files.items()
        if path.exists()
    }


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def _check_operators(folder: Path, maker: str, checker: str) -> None:
    if maker == checker:
        raise Refused("keys.one_operator", str(folder), found=f"{maker} as both", expected="two people")
    _check_operator(folder, maker)
    _check_operator(folder, checker)


def _check_operator(folder: Path, name: str) -> None:
    if not is_code(name):
        raise Refused(
            "keys.operator",
            str(folder),
            found=ascii(name),
            expected="a code of 1 to 64 characters without blanks",
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
