"""CMS signatures: stock openssl's and ours are accepted, anything in doubt is not."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms
from bundles_made import private_key, signer
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

from ledger.errors import IntegrityBroken
from ledger.payfile import certificates
from ledger.payfile.keys import PemKey
from ledger.payfile.signing import sign_cms, verify_cms

DATA = b"0" * 64 + b"  payouts.txt\n"
AT = datetime(2022, 8, 10, 4, tzinfo=UTC)


@pytest.fixture
def ca(rehearsal_keys: Path) -> x509.Certificate:
    return certificates.read_pem((rehearsal_keys / "ca.pem").read_bytes(), subject="ca")


@pytest.fixture
def maker(rehearsal_keys: Path) -> x509.Certificate:
    return signer(rehearsal_keys, "maker").certificate


def openssl_signed(folder: Path, keys: Path, *options: str) -> bytes:
    (folder / "SHA256SUMS").write_bytes(DATA)
    command = [
        "openssl",
        "cms",
        "-sign",
        "-binary",
        "-outform",
        "DER",
        "-in",
        "SHA256SUMS",
        "-out",
        "signed.p7s",
    ]
    files = ["-signer", str(keys / "maker.crt"), "-inkey", str(keys / "maker.key")]
    subprocess.run([*command, *files, *options], cwd=folder, check=True, capture_output=True)
    return (folder / "signed.p7s").read_bytes()


def openssl_verifies(folder: Path, signature: str, keys: Path) -> None:
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", signature, "-nointern"]
    content = ["-content", "SHA256SUMS", "-out", "signed"]
    trust = ["-certfile", str(keys / "maker.crt"), "-CAfile", str(keys / "ca.pem")]
    subprocess.run([*command, *content, *trust], cwd=folder, check=True, capture_output=True)
    assert (folder / "signed").read_bytes() == DATA


def code_of(data: bytes, der: bytes, *rest: x509.Certificate, at: datetime = AT) -> str:
    certificate, authority = rest
    with pytest.raises(IntegrityBroken) as caught:
        verify_cms(data, der, certificate, authority, at)
    return caught.value.code


@pytest.mark.parametrize("options", [(), ("-keyid",), ("-md", "sha384"), ("-md", "sha512")])
def test_what_stock_openssl_signs_is_accepted(
    tmp_path: Path,
    rehearsal_keys: Path,
    maker: x509.Certificate,
    ca: x509.Certificate,
    options: tuple[str, ...],
) -> None:
    verify_cms(DATA, openssl_signed(tmp_path, rehearsal_keys, "-nocerts", *options), maker, ca, AT)


def test_what_a_key_signs_stock_openssl_verifies(tmp_path: Path, rehearsal_keys: Path) -> None:
    (tmp_path / "SHA256SUMS").write_bytes(DATA)
    (tmp_path / "s.p7s").write_bytes(signer(rehearsal_keys, "maker").sign(DATA))
    openssl_verifies(tmp_path, "s.p7s", rehearsal_keys)


def test_an_rsa_key_of_an_outside_office_is_accepted(tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    ca_key = ec.generate_private_key(ec.SECP256R1())
    issuer = certificates.make_ca(ca_key, division="520203", rehearsal=True, now=AT)
    certificate = certificates.make_signer(
        key.public_key(),
        issuer,
        ca_key,
        operator_code="L1",
        role="maker",
        division="1",
        rehearsal=True,
        now=AT,
    )
    (tmp_path / "maker.crt").write_bytes(certificates.pem(certificate))
    (tmp_path / "maker.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    verify_cms(DATA, openssl_signed(tmp_path, tmp_path, "-nocerts"), certificate, issuer, AT)
    own = sign_cms(DATA, certificate, PemKey(key).sign, AT)
    verify_cms(DATA, own, certificate, issuer, AT)
    (tmp_path / "s.p7s").write_bytes(own)
    (tmp_path / "ca.pem").write_bytes(certificates.pem(issuer))
    openssl_verifies(tmp_path, "s.p7s", tmp_path)
    pss = openssl_signed(tmp_path, tmp_path, "-nocerts", "-keyopt", "rsa_padding_mode:pss")
    assert code_of(DATA, pss, certificate, issuer) == "signature.weak"


LOOSER = {
    "a certificate inside": ((), "signature.malformed"),
    "no signed attributes": (("-nocerts", "-noattr"), "signature.malformed"),
    "the content inside": (("-nocerts", "-nodetach"), "signature.malformed"),
    "indefinite lengths": (("-nocerts", "-stream"), "signature.malformed"),
    "SHA-1": (("-nocerts", "-md", "sha1"), "signature.weak"),
    "another content type": (("-nocerts", "-econtent_type", "1.2.3.4"), "signature.malformed"),
}


@pytest.mark.parametrize("form", LOOSER)
def test_a_looser_form_is_refused(
    tmp_path: Path, rehearsal_keys: Path, maker: x509.Certificate, ca: x509.Certificate, form: str
) -> None:
    options, code = LOOSER[form]
    assert code_of(DATA, openssl_signed(tmp_path, rehearsal_keys, *options), maker, ca) == code


def test_two_signers_in_one_file_are_refused(
    rehearsal_keys: Path, maker: x509.Certificate, ca: x509.Certificate
) -> None:
    builder = PKCS7SignatureBuilder().set_data(DATA)
    for role in ("maker", "checker"):
        who = signer(rehearsal_keys, role)
        builder = builder.add_signer(who.certificate, private_key(rehearsal_keys, role), hashes.SHA256())
    options = [PKCS7Options.DetachedSignature, PKCS7Options.Binary, PKCS7Options.NoCerts]
    assert code_of(DATA, builder.sign(Encoding.DER, options), maker, ca) == "signature.malformed"


def test_an_attribute_nobody_signed_is_refused(
    rehearsal_keys: Path, maker: x509.Certificate, ca: x509.Certificate
) -> None:
    info = cms.ContentInfo.load(signer(rehearsal_keys, "maker").sign(DATA))
    info["content"]["signer_infos"][0]["unsigned_attrs"] = [{"type": "1.2.3.4", "values": []}]
    assert code_of(DATA, info.dump(force=True), maker, ca) == "signature.malformed"


def test_a_flipped_bit_in_any_byte_of_a_signature_is_refused(
    rehearsal_keys: Path, maker: x509.Certificate, ca: x509.Certificate
) -> None:
    der = signer(rehearsal_keys, "maker").sign(DATA)
    accepted = []
    for bit in (byte * 8 + byte * 5 % 8 for byte in range(len(der))):
        flipped = bytearray(der)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            verify_cms(DATA, bytes(flipped), maker, ca, AT)
        except IntegrityBroken:
            continue
        accepted.append(bit)
    assert accepted == []


@pytest.mark.parametrize("cut", [0, 1, 50, -1])
def test_a_shortened_or_lengthened_signature_is_refused(
    rehearsal_keys: Path, maker: x509.Certificate, ca: x509.Certificate, cut: int
) -> None:
    der = signer(rehearsal_keys, "maker").sign(DATA)
    assert code_of(DATA, der[:cut], maker, ca) == "signature.malformed"
    assert code_of(DATA, der + b"\x00", maker, ca) == "signature.malformed"


def test_other_data_other_signers_and_other_cas_are_refused(
    rehearsal_keys: Path, old_keys: Path, maker: x509.Certificate, ca: x509.Certificate
) -> None:
    der = signer(rehearsal_keys, "maker").sign(DATA)
    checker = signer(rehearsal_keys, "checker").certificate
    other_ca = certificates.read_pem((old_keys / "ca.pem").read_bytes(), subject="ca")
    assert code_of(DATA + b"\n", der, maker, ca) == "signature.content"
    assert code_of(DATA, der, checker, ca) == "signature.signer"
    assert code_of(DATA, der, maker, other_ca) == "signature.certificate"
    assert code_of(DATA, der, maker, maker) == "signature.certificate"


def test_a_ca_of_the_same_name_is_another_ca(rehearsal_keys: Path, maker: x509.Certificate) -> None:
    impostor = certificates.make_ca(
        ec.generate_private_key(ec.SECP256R1()), division="520203", rehearsal=True, now=AT
    )
    assert impostor.subject == maker.issuer
    assert code_of(DATA, signer(rehearsal_keys, "maker").sign(DATA), maker, impostor) == "signature.certificate"


def test_the_ca_signs_no_bundles(rehearsal_keys: Path, ca: x509.Certificate) -> None:
    der = signer(rehearsal_keys, "maker").sign(DATA)
    assert code_of(DATA, der, ca, ca) == "signature.certificate"


def test_certificates_are_judged_at_the_moment_given(old_keys: Path) -> None:
    maker = signer(old_keys, "maker")
    authority = certificates.read_pem((old_keys / "ca.pem").read_bytes(), subject="ca")
    der = maker.sign(DATA)
    verify_cms(DATA, der, maker.certificate, authority, datetime(2015, 1, 1, tzinfo=UTC))
    for at in (
        datetime(2012, 1, 3, tzinfo=UTC),
        maker.certificate.not_valid_after_utc + timedelta(seconds=1),
    ):
        assert code_of(DATA, der, maker.certificate, authority, at=at) == "signature.expired"
    with pytest.raises(ValueError, match="time zone"):
        verify_cms(DATA, der, maker.certificate, authority, datetime(2012, 2, 1))  # noqa: DTZ001
