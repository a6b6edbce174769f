"""Detached CMS signatures (RFC 5652), made with whatever key can sign bytes, and verified strictly.

`verify_cms` accepts what stock `openssl cms -sign -binary -outform DER -nocerts` writes, and nothing that
leaves a second reading open: certificates inside, unsigned attributes, several signers, bytes after the end,
any encoding but DER. Certificates inside are refused, not ignored: with them a third of all bit flips still
verified.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtensionOID

from ledger.errors import IntegrityBroken

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_Extension = TypeVar("_Extension", bound=x509.ExtensionType)
_RSA_BITS = 2048
_UNDERSTOOD = {ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE}


class _Parts(msgspec.Struct, frozen=True):
    """What a signature says: who signed (issuer and serial, or key identifier), how, over what."""

    issuer_der: bytes | None
    serial: int | None
    key_identifier: bytes | None
    digest: str
    signed_with: str
    signed_attributes: bytes
    message_digest: bytes
    signature: bytes


def sign_cms(data: bytes, certificate: x509.Certificate, sign: Callable[[bytes], bytes], at: datetime) -> bytes:
    """A detached CMS signature over the data: DER, SHA-256, no certificates inside, signed at a moment.

    `sign` is the certificate's key: an ECDSA (DER) or RSA PKCS#1 v1.5 signature with SHA-256 over what it is given.
    It is asked once, for the signed attributes, so that a key that never leaves its token can do it.
    """
    rsa_key = isinstance(certificate.public_key(), rsa.RSAPublicKey)
    sha256 = {"algorithm": "sha256"}
    attributes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["data"]},
            {"type": "signing_time", "values": [cms.Time({"utc_time": at})]},
            {"type": "message_digest", "values": [hashlib.sha256(data).digest()]},
        ]
    )
    issuer = asn1_x509.Name.load(certificate.issuer.public_bytes())
    signer = {
        "version": "v1",
        "sid": {"issuer_and_serial_number": {"issuer": issuer, "serial_number": certificate.serial_number}},
        "digest_algorithm": sha256,
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": "rsassa_pkcs1v15" if rsa_key else "sha256_ecdsa"},
        "signature": sign(attributes.dump()),
    }
    signed = {
        "version": "v1",
        "digest_algorithms": [sha256],
        "encap_content_info": {"content_type": "data"},
        "signer_infos": [signer],
    }
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)}).dump())


def verify_cms(
    data: bytes, der: bytes, certificate: x509.Certificate, ca_certificate: x509.Certificate, at: datetime
) -> None:
    """Return if `der` is the certificate's signature over `data`, and the CA issued it, valid at `at`.

    Raises:
        IntegrityBroken: `signature.malformed` (not the strict form), `signature.weak` (algorithm, key),
            `signature.signer` (another certificate's), `signature.content` (other data), `signature.invalid`,
            `signature.certificate` (not the CA's, not for signing), `signature.expired`.
        ValueError: for a moment without a time zone.
    """
    if at.tzinfo is None:
        raise ValueError("a moment with a time zone")
    try:
        parts = _read(der)
        _check_certificate(certificate, ca_certificate, at)
        _check_signer(parts, certificate)
        _check_content(parts, data)
        _check_signature(parts, certificate)
    except IntegrityBroken:
        raise
    except Exception as error:  # whatever the ASN.1 reader stumbles over: a signature in doubt is none
        raise _broken("malformed", type(error).__name__, "a detached CMS signature in DER") from error


def _read(der: bytes) -> _Parts:
    info = cms.ContentInfo.load(der, strict=True)
    if info["content_type"].native != "signed_data":
        raise _broken("malformed", str(info["content_type"].native), "signed data")
    signed = info["content"]
    if len(signed["certificates"]) or len(signed["crls"]):
        raise _broken("malformed", "certificates or CRLs inside it", "none: sign with -nocerts")
    encapsulated = signed["encap_content_info"]
    if encapsulated["content_type"].native != "data" or encapsulated["content"].native is not None:
        raise _broken("malformed", "content inside it", "a detached signature over data")
    if len(signed["signer_infos"]) != 1 or len(signed["digest_algorithms"]) != 1:
        raise _broken("malformed", f"{len(signed['signer_infos'])} signers", "exactly one signer")
    signer = signed["signer_infos"][0]
    if len(signer["unsigned_attrs"]):
        raise _broken("malformed", "attributes nobody signed", "none")
    parts = _parts(signer)
    # RFC 5652 §5.1, §5.3: 3 with a key identifier, else 1. No signature covers the versions.
    version = "v1" if parts.key_identifier is None else "v3"
    if signed["version"].native != version or signer["version"].native != version:
        raise _broken("malformed", "a version its form does not have", version)
    if signed["digest_algorithms"][0]["algorithm"].native != parts.digest:
        raise _broken("malformed", "two digest algorithms", "one")
    if _canonical(info) != der:
        raise _broken("malformed", "an encoding that is not DER", "DER: -outform DER, without -stream")
    return parts


def _parts(signer: Any) -> _Parts:
    attributes = _attributes(signer["signed_attrs"])
    if attributes["content_type"] != "data":
        raise _broken("malformed", "another content type", "data")
    chosen, sid = signer["sid"].name, signer["sid"].chosen
    by_issuer = chosen == "issuer_and_serial_number"
    return _Parts(
        issuer_der=sid["issuer"].dump() if by_issuer else None,
        serial=sid["serial_number"].native if by_issuer else None,
        key_identifier=None if by_issuer else sid.native,
        digest=signer["digest_algorithm"]["algorithm"].native,
        signed_with=signer["signature_algorithm"]["algorithm"].native,
        # Signed as a SET (0x31), stored under an implicit tag (RFC 5652 §5.4).
        signed_attributes=b"\x31" + signer["signed_attrs"].dump()[1:],
        message_digest=attributes["message_digest"],
        signature=signer["signature"].native,
    )


def _attributes(signed_attrs: Any) -> dict[str, Any]:
    """The signed attributes, each of one kind once and with one value."""
    attributes: dict[str, Any] = {}
    for attribute in signed_attrs:
        name = attribute["type"].native
        if name in attributes or len(attribute["values"]) != 1:
            raise _broken("malformed", f"{name} more than once", "each signed attribute once")
        attributes[name] = attribute["values"][0].native
    if not {"content_type", "message_digest"} <= attributes.keys():
        raise _broken("malformed", "no signed content type and digest", "signed attributes (no -noattr)")
    return attributes


def _canonical(info: Any) -> bytes:
    """The same signature written anew from its parsed parts."""
    copy = cms.ContentInfo.load(info.dump())
    return bytes(copy.dump(force=True))


def _check_certificate(certificate: x509.Certificate, ca: x509.Certificate, at: datetime) -> None:
    if not (_extension(ca, x509.BasicConstraints).ca and _extension(ca, x509.KeyUsage).key_cert_sign):
        raise _broken("certificate", "a trusted certificate that may not issue any", "a CA certificate")
    try:
        certificate.verify_directly_issued_by(ca)
    except (InvalidSignature, ValueError, TypeError):
        raise _broken("certificate", "a certificate of another issuer", "one the trusted CA signed") from None
    weak = not isinstance(certificate.signature_hash_algorithm, tuple(map(type, _HASHES.values())))
    if weak:
        raise _broken("weak", "a certificate signed with a weak digest", "SHA-256 or stronger")
    usage = _extension(certificate, x509.KeyUsage)
    if not usage.digital_signature or usage.key_cert_sign:
        raise _broken("certificate", "a certificate that is not for signing", "key usage digitalSignature")
    for either in (certificate, ca):
        unknown = [ext for ext in either.extensions if ext.critical and ext.oid not in _UNDERSTOOD]
        if unknown:
            raise _broken("certificate", f"critical extension {unknown[0].oid.dotted_string}", "none of that kind")
        if not either.not_valid_before_utc <= at <= either.not_valid_after_utc:
            raise _broken(
                "expired",
                f"{either.not_valid_before_utc:%Y-%m-%d} to {either.not_valid_after_utc:%Y-%m-%d}",
                f"a certificate valid at {at:%Y-%m-%d %H:%M %Z}",
            )


def _extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        raise _broken("certificate", f"a certificate without {kind.__name__}", "one that has it") from None


def _check_signer(parts: _Parts, certificate: x509.Certificate) -> None:
    if parts.key_identifier is not None:
        named = parts.key_identifier == _extension(certificate, x509.SubjectKeyIdentifier).digest
    else:
        issuer = certificate.issuer.public_bytes()
        named = parts.issuer_der == issuer and parts.serial == certificate.serial_number
    if not named:
        raise _broken("signer", "a signature that names another certificate", "the certificate beside it")


def _check_content(parts: _Parts, data: bytes) -> None:
    if parts.digest not in _HASHES:
        raise _broken("weak", f"digest {parts.digest}", "SHA-256 or stronger")
    if hashlib.new(parts.digest, data).digest() != parts.message_digest:
        raise _broken("content", "a signature over other data", "one over these bytes")


def _check_signature(parts: _Parts, certificate: x509.Certificate) -> None:
    algorithm = _HASHES[parts.digest]
    key = certificate.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES):
            _require(parts, f"{parts.digest}_ecdsa")
            key.verify(parts.signature, parts.signed_attributes, ec.ECDSA(algorithm))
        elif isinstance(key, rsa.RSAPublicKey) and key.key_size >= _RSA_BITS:
            _require(parts, f"{parts.digest}_rsa", "rsassa_pkcs1v15")
            key.verify(parts.signature, parts.signed_attributes, padding.PKCS1v15(), algorithm)
        else:
            raise _broken("weak", "the signer's key", "NIST P-256, P-384, P-521, or RSA of 2048 bits and more")
    except InvalidSignature:
        raise _broken("invalid", "a signature the key did not make", "the signer's own") from None


def _require(parts: _Parts, *algorithms: str) -> None:
    if parts.signed_with not in algorithms:
        raise _broken("weak", f"algorithm {parts.signed_with} for digest {parts.digest}", " or ".join(algorithms))


def _broken(slug: str, found: str, expected: str) -> IntegrityBroken:
    return IntegrityBroken(f"signature.{slug}", "CMS signature", found=found, expected=expected)
