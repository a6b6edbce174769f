"""Keys as plug-ins: whatever can sign bytes with a key, wherever that lies, signs bundles.

An address says where a key is: `pem:FILE`, `pkcs11:token=…;object=…` (RFC 7512), or the scheme of another
package's plug-in, which it declares as an entry point of the group `ledger.keys`: a function of the address and of
a `Secret` that returns a `Key`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import entry_points
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ledger.errors import IntegrityBroken, Misused
from ledger.payfile.signing import sign_cms

GROUP = "ledger.keys"
"""The entry points of plug-ins."""

Secret = Callable[[str], str]
"""Gives the passphrase or PIN of the key that is named to it; asked only where the key has one."""


class Key(Protocol):
    """A plug-in: a private key that signs, and need not be shown to do so."""

    @property
    def public_key(self) -> EllipticCurvePublicKey | RSAPublicKey:
        """Its public half."""

    def sign(self, data: bytes) -> bytes:
        """A signature with SHA-256 over the data: ECDSA in DER, or RSA PKCS#1 v1.5."""


class Signer(Protocol):
    """Whoever can sign a bundle."""

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate that names the signer."""

    def sign(self, data: bytes) -> bytes:
        """A detached CMS signature over the data, DER, without certificates inside."""


class KeySigner:
    """Signs bundles with a key and the certificate it answers to."""

    def __init__(self, certificate: x509.Certificate, key: Key, *, where: str) -> None:
        """Raises IntegrityBroken `keys.mismatch` where the certificate is another key's."""
        if certificate.public_key() != key.public_key:
            raise IntegrityBroken("keys.mismatch", where, found="another key's certificate", expected="the key's")
        self.certificate = certificate
        self._key = key

    def sign(self, data: bytes) -> bytes:
        """A detached CMS signature over the data, DER, without certificates inside."""
        return sign_cms(data, self.certificate, self._key.sign, datetime.now(UTC))


def open_key(address: str, secret: Secret) -> Key:
    """The key at an address.

    Raises:
        Misused: `keys.scheme` for an address that no plug-in here knows.
        Failed, Refused, IntegrityBroken: `keys.…`, as its plug-in says.
    """
    scheme = address.partition(":")[0]
    opener = _SHIPPED.get(scheme) or _plugged_in(scheme)
    if opener is None:
        known = {*_SHIPPED, *(point.name for point in entry_points(group=GROUP))}
        raise Misused(
            "keys.scheme",
            address,
            found=f"{scheme!r} in front",
            expected=f"one of {', '.join(sorted(known))}",
            hint="Another package can bring more, as entry points of the group ledger.keys (docs/keys.md).",
        )
    return opener(address, secret)


def _plugged_in(scheme: str) -> Callable[[str, Secret], Key] | None:
    """What another package brings for a scheme; none may stand for what comes with the ledger."""
    found = [point.load() for point in entry_points(group=GROUP, name=scheme)]
    return found[0] if found else None


def _pem(address: str, secret: Secret) -> Key:
    from ledger.payfile.keys import open_pem

    return open_pem(address, secret)


def _pkcs11(address: str, secret: Secret) -> Key:
    from ledger.payfile.pkcs11_key import open_token

    return open_token(address, secret)


_SHIPPED: dict[str, Callable[[str, Secret], Key]] = {"pem": _pem, "pkcs11": _pkcs11}
