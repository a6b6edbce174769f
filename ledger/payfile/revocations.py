"""The list of revoked certificates (X.509 CRL, RFC 5280 §5): written by the CA, read strictly by a bundle's check."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from ledger.errors import IntegrityBroken

NAME = "crl.pem"
VALID = timedelta(days=31)
"""How long a list is taken for the newest: one a month comes with the month's bundles."""


class Revoked(msgspec.Struct, frozen=True):
    """A certificate's serial number, since when it is revoked, and why (a reason of RFC 5280, in snake case)."""

    serial: int
    since: datetime
    reason: str


def write_crl(
    ca: x509.Certificate, key: EllipticCurvePrivateKey, revoked: Iterable[Revoked], *, now: datetime
) -> bytes:
    """The list in PEM, signed by the CA; its number is the second it was made in."""
    builder = x509.CertificateRevocationListBuilder(ca.subject, now, now + VALID)
    issuer = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    identifier = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer)
    builder = builder.add_extension(identifier, critical=False)
    builder = builder.add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
    for one in revoked:
        entry = x509.RevokedCertificateBuilder(one.serial, one.since)
        reason = x509.CRLReason(x509.ReasonFlags[one.reason])
        builder = builder.add_revoked_certificate(entry.add_extension(reason, critical=False).build())
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


def read_crl(data: bytes, ca: x509.Certificate, *, subject: str) -> tuple[datetime, dict[int, Revoked]]:
    """When a list was made, and the revoked certificates by serial number.

    Raises:
        IntegrityBroken: `crl.malformed`, `crl.issuer` where the CA did not sign it.
    """
    try:
        crl = x509.load_pem_x509_crl(data)
        made, entries = crl.last_update_utc, [_entry(one) for one in crl]
        signed = crl.issuer == ca.subject and crl.is_signature_valid(ca.public_key())  # type: ignore[arg-type]
    except Exception as error:  # whatever the reader stumbles over
        raise IntegrityBroken(
            "crl.malformed",
            subject,
            found=type(error).__name__,
            expected="a CRL in PEM, as `ledger keys crl` writes",
        ) from None
    if not signed:
        raise IntegrityBroken("crl.issuer", subject, found="a list of another issuer", expected="the CA's own")
    return made, {entry.serial: entry for entry in entries}


def _entry(one: x509.RevokedCertificate) -> Revoked:
    try:
        reason = one.extensions.get_extension_for_class(x509.CRLReason).value.reason.name
    except x509.ExtensionNotFound:
        reason = x509.ReasonFlags.unspecified.name
    return Revoked(one.serial_number, one.revocation_date_utc, reason)
