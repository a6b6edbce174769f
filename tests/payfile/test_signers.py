"""Signers as plug-ins: keys by their address, those of other packages, and of a token that keeps its key."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from bundles_made import private_key

from ledger.errors import IntegrityBroken, LedgerError, Refused
from ledger.payfile.certificates import read_pem
from ledger.payfile.key_addresses import open_key
from ledger.payfile.keys import Authority, new_key
from ledger.payfile.requests import make_request, requested_key
from ledger.payfile.signers import KeySigner
from ledger.payfile.signing import verify_cms

NOW = datetime(2022, 1, 5, tzinfo=UTC)
PLUGIN = '''
"""A plug-in of another package: it keeps its key in a file whose name says nothing."""
from ledger.payfile.key_addresses import open_key as open_other

def open_key(address, secret):
    return open_other("pem:" + address.removeprefix("vault:"), secret)
'''


def no_secret(key: str) -> str:
    raise AssertionError(f"asked for the passphrase of {key}")


def test_a_key_file_signs_and_is_asked_for_its_passphrase_only_if_it_has_one(
    old_keys: Path, rehearsal_keys: Path
) -> None:
    asked: list[str] = []

    def secret(key: str) -> str:
        asked.append(key)
        return "口令 maker"

    data = b"bytes"
    for folder, gives in ((old_keys, secret), (rehearsal_keys, no_secret)):
        certificate = read_pem((folder / "maker.crt").read_bytes(), subject="maker")
        signer = KeySigner(certificate, open_key(f"pem:{folder / 'maker.key'}", gives), where="maker.key")
        ca = read_pem((folder / "ca.pem").read_bytes(), subject="ca")
        verify_cms(data, signer.sign(data), certificate, ca, certificate.not_valid_after_utc)
    assert asked == [str(old_keys / "maker.key")]


def test_the_key_of_another_certificate_does_not_sign(rehearsal_keys: Path) -> None:
    key = open_key(f"pem:{rehearsal_keys / 'checker.key'}", no_secret)
    certificate = read_pem((rehearsal_keys / "maker.crt").read_bytes(), subject="maker")
    with pytest.raises(IntegrityBroken) as caught:
        KeySigner(certificate, key, where="checker.key")
    assert caught.value.code == "keys.mismatch"


def test_another_package_brings_keys_of_its_own(
    rehearsal_keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By an entry point, as pip installs it."""
    (tmp_path / "vault_keys.py").write_text(PLUGIN)
    metadata = tmp_path / "vault_keys-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: vault-keys\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[ledger.keys]\nvault = vault_keys:open_key\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    key = open_key(f"vault:{rehearsal_keys / 'maker.key'}", no_secret)
    assert key.public_key == private_key(rehearsal_keys, "maker").public_key()


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("vault:maker", "keys.scheme"),
        ("maker.key", "keys.scheme"),
        ("pem:/nowhere/maker.key", "keys.missing"),
        ("pkcs11:token=MZ;object=maker", "keys.address"),
        ("pkcs11:slot-id=1;object=maker?module-path=/x.so", "keys.address"),
        ("pkcs11:token=MZ;object=maker?module-path=/nowhere.so", "keys.token"),
    ],
)
def test_an_address_that_leads_nowhere_is_named(address: str, code: str) -> None:
    if address.startswith("pkcs11:"):
        pytest.importorskip("pkcs11", reason="the extra pkcs11 is not installed")
    with pytest.raises(LedgerError) as caught:
        open_key(address, lambda _: "1234")
    assert caught.value.code == code


def test_a_request_names_the_key_it_is_signed_with(rehearsal_keys: Path) -> None:
    key = open_key(f"pem:{rehearsal_keys / 'maker.key'}", no_secret)
    assert requested_key(make_request(key, "M2"), subject="m2.csr") == key.public_key


def test_the_ca_certifies_what_it_knows_not_what_was_asked(rehearsal_keys: Path) -> None:
    """Role, division and rehearsal are the ledger's; the name is the one on the command line."""
    authority = Authority(rehearsal_keys, None)
    certificate = authority.certify(new_key().public_key(), name="M2", role="maker", now=NOW)
    assert certificate.subject.rfc4514_string() == "CN=M2,OU=REHEARSAL,OU=maker,O=520203,C=CN"
    certificate.verify_directly_issued_by(authority.certificate)
    with pytest.raises(Refused) as caught:
        authority.certify(new_key().public_key(), name="M 2", role="maker", now=NOW)
    assert caught.value.code == "keys.operator"
