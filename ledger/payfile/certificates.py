"""X.509 certificates of a bundle's signers: issued by a ledger's own CA, read strictly."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from ledger.errors import IntegrityBroken

REHEARSAL = "REHEARSAL"
"""Stands as an organizational unit in every certificate of a rehearsal ledger."""

CA_YEARS = 40
"""Ledgers are kept 30 years (会计档案管理办法): a CA used for ten still verifies all of them."""
SIGNER_YEARS = 3

_CLOCKS_APART = timedelta(days=1)
"""A certificate holds from a day before it was made: the clocks of two offices differ."""
_REHEARSED = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC))
"""A rehearsal's clock is set freely, so its throw-away certificates hold for any month rehearsed."""


def fingerprint(certificate: x509.Certificate) -> str:
    """The SHA-256 of the certificate's DER, 64 lower-case hex digits."""
    return certificate.fingerprint(SHA256()).hex()


def key_fingerprint(public_key: CertificatePublicKeyTypes) -> str:
    """The SHA-256 of a public key (its SubjectPublicKeyInfo in DER): the same under every certificate of it."""
    return sha256(public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def pem(certificate: x509.Certificate) -> bytes:
    """The certificate's canonical PEM, the bytes `openssl x509` writes too."""
    return certificate.public_bytes(Encoding.PEM)


def read_pem(data: bytes, *, subject: str) -> x509.Certificate:
    """The one certificate of a PEM file.

    Raises:
        IntegrityBroken: `certificate.malformed` for none, for several, or for text around them that could
        hide one.
    """
    certificate = _parsed(data)
    if certificate is None or pem(certificate).split() != data.split():
        raise IntegrityBroken(
            "certificate.malformed", subject, found="something else", expected="exactly one PEM certificate"
        )
    return certificate


def _parsed(data: bytes) -> x509.Certificate | None:
    """The certificate if all of it can be read: cryptography parses its parts only when asked for them."""
    try:
        certificate = x509.load_pem_x509_certificate(data)
        parts = (certificate.subject, certificate.issuer, certificate.extensions, certificate.public_key())
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension):
        return None
    return certificate if all(part is not None for part in parts) else None


def units(certificate: x509.Certificate) -> list[str]:
    """The organizational units in the subject: the role, and REHEARSAL where it is one."""
    names = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    return [str(name.value) for name in names]


def operator(certificate: x509.Certificate) -> str:
    """The operator's code: the subject's common name, or nothing."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def make_ca(key: EllipticCurvePrivateKey, *, division: str, rehearsal: bool, now: datetime) -> x509.Certificate:
    """The self-signed CA of a ledger; it signs the certificates of people, nothing else."""
    name = _name(f"Ledger CA {division}", division, ["ca"], rehearsal=rehearsal)
    builder = _builder(name, name, key.public_key(), _validity(now, CA_YEARS, rehearsal=rehearsal))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_key_usage(signs_certificates=True), critical=True)
    return builder.sign(key, SHA256())


def make_signer(
    public_key: EllipticCurvePublicKey | RSAPublicKey,
    ca: x509.Certificate,
    ca_key: EllipticCurvePrivateKey,
    *,
    operator_code: str,
    role: str,
    division: str,
    rehearsal: bool,
    now: datetime,
) -> x509.Certificate:
    """The certificate of one operator in one role: common name the code, organizational unit the role."""
    name = _name(operator_code, division, [role], rehearsal=rehearsal)
    builder = _builder(name, ca.subject, public_key, _validity(now, SIGNER_YEARS, rehearsal=rehearsal))
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(signs_certificates=False), critical=True)
    issuer_key = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key), critical=False
    )
    return builder.sign(ca_key, SHA256())


def _name(common: str, division: str, unit_names: Iterable[str], *, rehearsal: bool) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, division),
            *(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit) for unit in unit_names),
            *([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, REHEARSAL)] if rehearsal else []),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: EllipticCurvePublicKey | RSAPublicKey,
    validity: tuple[datetime, datetime],
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _validity(now: datetime, years: int, *, rehearsal: bool) -> tuple[datetime, datetime]:
    if rehearsal:
        return _REHEARSED
    return now - _CLOCKS_APART, now + timedelta(days=365 * years + years // 4)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
