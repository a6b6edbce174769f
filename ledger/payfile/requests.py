"""Certification requests (PKCS#10): made with any plug-in's key, read for the public key that asks."""

from __future__ import annotations

from asn1crypto import csr, pem
from asn1crypto import x509 as asn1_x509
from asn1crypto.keys import PublicKeyInfo
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    SECP384R1,
    SECP521R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger.errors import IntegrityBroken, Refused
from ledger.payfile.signers import Key

_CURVES = (SECP256R1, SECP384R1, SECP521R1)
_RSA_BITS = 2048


def make_request(key: Key, name: str) -> bytes:
    """A request for a key's certificate, PEM, signed by the key itself; the CA decides what it will say."""
    public = key.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    info = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": asn1_x509.Name.build({"common_name": name}),
            "subject_pk_info": PublicKeyInfo.load(public),
            "attributes": [],
        }
    )
    algorithm = "sha256_rsa" if isinstance(key.public_key, RSAPublicKey) else "sha256_ecdsa"
    request = csr.CertificationRequest(
        {
            "certification_request_info": info,
            "signature_algorithm": {"algorithm": algorithm},
            "signature": key.sign(info.dump()),
        }
    )
    return bytes(pem.armor("CERTIFICATE REQUEST", request.dump()))


def requested_key(data: bytes, *, subject: str) -> EllipticCurvePublicKey | RSAPublicKey:
    """The public key of a request in PEM, once the request proves that whoever asks has its private half.

    Raises:
        IntegrityBroken: `request.malformed`; `request.not_signed` where another key made it.
        Refused: `request.weak` for a key whose signatures no bundle's check accepts.
    """
    try:
        request = x509.load_pem_x509_csr(data)
        public, signed = request.public_key(), request.is_signature_valid
    except Exception as error:  # whatever the reader stumbles over
        raise IntegrityBroken(
            "request.malformed", subject, found=type(error).__name__, expected="a PKCS#10 request in PEM"
        ) from None
    if not signed:
        raise IntegrityBroken(
            "request.not_signed", subject, found="a signature the key did not make", expected="the key's own"
        )
    strong = (isinstance(public, EllipticCurvePublicKey) and isinstance(public.curve, _CURVES)) or (
        isinstance(public, RSAPublicKey) and public.key_size >= _RSA_BITS
    )
    if not strong:
        raise Refused(
            "request.weak",
            subject,
            found=f"a key of the kind {getattr(getattr(public, 'curve', None), 'name', type(public).__name__)}",
            expected="NIST P-256, P-384, P-521, or RSA of 2048 bits and more",
        )
    assert isinstance(public, EllipticCurvePublicKey | RSAPublicKey)
    return public
