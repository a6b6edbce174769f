"""Who signs bundles: whatever can sign bytes with a key, wherever that lies, and the certificate it answers to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ledger.errors import IntegrityBroken
from ledger.payfile.signing import sign_cms

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
