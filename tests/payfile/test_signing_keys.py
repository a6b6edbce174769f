"""A ledger's keys: encrypted, for two people, never replaced, readable by stock openssl."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import pem
from bundles_made import names, signer

from ledger.errors import Failed, IntegrityBroken, LedgerError, Refused
from ledger.payfile import certificates
from ledger.payfile.keys import PemSigner, fingerprint, init_keys

FILES = ["ca.key", "ca.pem", "checker.crt", "checker.key", "maker.crt", "maker.key"]


def init(folder: Path, **changes: object) -> None:
    arguments: dict[str, object] = {
        "division": "520203",
        "rehearsal": True,
        "passphrases": None,
        "now": datetime(2022, 1, 5, tzinfo=UTC),
        "maker": "L1",
        "checker": "F1",
    }
    init_keys(folder, **{**arguments, **changes})  # type: ignore[arg-type]


def test_only_the_owner_reads_the_keys(old_keys: Path) -> None:
    assert names(old_keys) == FILES
    assert old_keys.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in old_keys.glob("*.key")} == {0o600}


@pytest.mark.parametrize("role", ["ca", "maker", "checker"])
def test_keys_are_derived_in_600000_rounds_and_stock_openssl_reads_them(old_keys: Path, role: str) -> None:
    path = old_keys / f"{role}.key"
    info = asn1_keys.EncryptedPrivateKeyInfo.load(pem.unarmor(path.read_bytes())[2])
    algorithm = info["encryption_algorithm"]
    assert (algorithm.kdf, algorithm.kdf_hmac, algorithm.kdf_iterations) == ("pbkdf2", "sha256", 600_000)
    assert (algorithm.encryption_cipher, algorithm.key_length) == ("aes", 32)
    shown = subprocess.run(["openssl", "asn1parse", "-in", str(path)], check=True, capture_output=True, text=True)
    assert f"INTEGER           :{600_000:06X}" in shown.stdout, "as openssl reads the rounds"
    read = ["openssl", "pkey", "-in", str(path), "-noout", "-passin", f"pass:口令 {role}"]
    subprocess.run(read, check=True, capture_output=True)


def test_a_rehearsals_keys_have_no_passphrase_and_every_certificate_says_so(rehearsal_keys: Path) -> None:
    for role, name in (("ca", "ca.pem"), ("maker", "maker.crt"), ("checker", "checker.crt")):
        assert b"ENCRYPTED" not in (rehearsal_keys / f"{role}.key").read_bytes()
        certificate = certificates.read_pem((rehearsal_keys / name).read_bytes(), subject=name)
        assert certificates.units(certificate) == [role, "REHEARSAL"]


def test_a_certificate_names_the_operator_and_the_role(old_keys: Path) -> None:
    for role, code in (("maker", "L1"), ("checker", "F1")):
        certificate = signer(old_keys, role).certificate
        assert (certificates.operator(certificate), certificates.units(certificate)) == (code, [role])


def test_keys_are_never_overwritten(tmp_path: Path) -> None:
    init(tmp_path / "keys")
    before = {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    with pytest.raises(Refused) as caught:
        init(tmp_path / "keys")
    assert caught.value.code == "keys.exist"
    assert {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()} == before
    assert names(tmp_path) == ["keys"]


def test_keys_a_killed_run_left_half_made_are_made_anew(tmp_path: Path) -> None:
    (tmp_path / ".keys.making").mkdir()
    (tmp_path / ".keys.making" / "ca.key").write_text("half")
    init(tmp_path / "keys")
    assert names(tmp_path) == ["keys"]
    assert PemSigner.load(tmp_path / "keys", "maker", None)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"checker": "L1"}, "keys.one_operator"),
        ({"checker": ""}, "keys.operator"),
        ({"maker": "L 1"}, "keys.operator"),
        ({"passphrases": {"ca": "a", "maker": "b", "checker": "c"}}, "keys.passphrase"),
        ({"rehearsal": False}, "keys.passphrase"),
        ({"rehearsal": False, "passphrases": {"ca": "a", "maker": "b"}}, "keys.passphrase"),
        ({"rehearsal": False, "passphrases": {"ca": "a", "maker": "b", "checker": ""}}, "keys.passphrase"),
    ],
)
def test_one_person_or_a_missing_passphrase_is_refused(
    tmp_path: Path, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(Refused) as caught:
        init(tmp_path / "keys", **changes)
    assert caught.value.code == code
    assert names(tmp_path) == []


@pytest.mark.parametrize("passphrase", ["wrong", "", None])
def test_a_wrong_passphrase_is_refused_and_not_shown(old_keys: Path, passphrase: str | None) -> None:
    with pytest.raises(Refused) as caught:
        PemSigner.load(old_keys, "maker", passphrase)
    assert caught.value.code == "keys.passphrase"
    assert "wrong" not in str(caught.value)


@pytest.mark.parametrize(
    ("damage", "error", "code"),
    [
        ("cp maker.crt checker.crt", IntegrityBroken, "keys.mismatch"),
        ("cat maker.crt >> checker.crt", IntegrityBroken, "certificate.malformed"),
        ("echo no key > checker.key", IntegrityBroken, "keys.malformed"),
        ("rm checker.key", Failed, "keys.missing"),
    ],
)
def test_a_missing_damaged_or_foreign_key_is_named(
    tmp_path: Path, damage: str, error: type[LedgerError], code: str
) -> None:
    init(tmp_path / "keys")
    subprocess.run(["sh", "-c", damage], cwd=tmp_path / "keys", check=True)
    with pytest.raises(error) as caught:
        PemSigner.load(tmp_path / "keys", "checker", None)
    assert caught.value.code == code


def test_the_fingerprint_is_the_one_openssl_prints(rehearsal_keys: Path) -> None:
    command = ["openssl", "x509", "-in", str(rehearsal_keys / "ca.pem"), "-noout", "-fingerprint", "-sha256"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    ca = certificates.read_pem((rehearsal_keys / "ca.pem").read_bytes(), subject="ca")
    assert printed.split("=")[1].strip().replace(":", "").lower() == fingerprint(ca)
