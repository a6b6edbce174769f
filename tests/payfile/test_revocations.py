"""The list of revoked certificates, in the check of a bundle: which bundles of a revoked key are still believed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bundles_made import private_key

from ledger.domain.key import REASONS
from ledger.errors import IntegrityBroken
from ledger.payfile.bundle_check import check_bundle
from ledger.payfile.certificates import read_pem
from ledger.payfile.revocations import Revoked, read_crl, write_crl

WriteList = Callable[..., bytes]
BEFORE, AFTER = datetime(2022, 8, 9, tzinfo=UTC), datetime(2022, 9, 1, 1, 2, 3, tzinfo=UTC)
"""The bundle is paid on 10 August 2022."""


@pytest.fixture
def listed(rehearsal_keys: Path) -> WriteList:
    """Writes a list that revokes the checker's certificate."""
    ca = read_pem((rehearsal_keys / "ca.pem").read_bytes(), subject="ca")
    checker = read_pem((rehearsal_keys / "checker.crt").read_bytes(), subject="checker")

    def write(since: datetime, reason: str, *, signed_by: str = "ca") -> bytes:
        key = private_key(rehearsal_keys, signed_by)
        return write_crl(ca, key, [Revoked(checker.serial_number, since, reason)], now=AFTER)

    return write


def verdict(bundle: Path, crl: bytes, **options: datetime) -> tuple[bool, str]:
    verdicts = {one.check: one for one in check_bundle(bundle, trust_ca_pem=None, crl_pem=crl, **options)}
    found = verdicts.pop("revocations")
    assert all(one.ok for one in verdicts.values())
    return found.ok, found.detail


def test_a_bundle_of_a_key_revoked_before_it_was_paid_is_not(bundle: Path, listed: WriteList) -> None:
    ok, detail = verdict(bundle, listed(BEFORE, "affiliation_changed"))
    assert not ok
    assert detail.startswith("bundle.revoked: checker.crt; found revoked on 2022-08-09 00:00 UTC")


def test_a_bundle_paid_before_its_key_was_revoked_stands(bundle: Path, listed: WriteList) -> None:
    ok, detail = verdict(bundle, listed(AFTER, "affiliation_changed"))
    assert ok
    assert "checker.crt revoked on 2022-09-01 01:02 UTC (affiliation_changed), later" in detail
    assert not verdict(bundle, listed(AFTER, "affiliation_changed"), at=AFTER)[0]


def test_a_stolen_key_dates_as_it_likes(bundle: Path, listed: WriteList) -> None:
    assert not verdict(bundle, listed(AFTER, "key_compromise"))[0]


def test_a_list_without_the_bundles_keys_says_so(bundle: Path, rehearsal_keys: Path) -> None:
    ca = read_pem((rehearsal_keys / "ca.pem").read_bytes(), subject="ca")
    empty = write_crl(ca, private_key(rehearsal_keys, "ca"), [], now=AFTER)
    assert verdict(bundle, empty) == (True, "by the list of 2022-09-01 01:02 UTC: neither key is revoked")


def test_a_list_the_ca_did_not_sign_is_none(bundle: Path, listed: WriteList) -> None:
    ok, detail = verdict(bundle, listed(AFTER, "superseded", signed_by="maker"))
    assert (ok, detail.startswith("crl.issuer: ")) == (False, True)
    ok, detail = verdict(bundle, b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n")
    assert (ok, detail.startswith("crl.malformed: ")) == (False, True)


@pytest.mark.parametrize("reason", REASONS)
def test_openssl_reads_every_reason(rehearsal_keys: Path, tmp_path: Path, listed: WriteList, reason: str) -> None:
    crl = listed(AFTER, reason)
    (tmp_path / "crl.pem").write_bytes(crl)
    shown = subprocess.run(
        ["openssl", "crl", "-in", tmp_path / "crl.pem", "-CAfile", rehearsal_keys / "ca.pem", "-noout", "-text"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert shown.stderr.startswith("verify OK")
    assert reason.replace("_", " ").title() in shown.stdout
    ca = read_pem((rehearsal_keys / "ca.pem").read_bytes(), subject="ca")
    made, revoked = read_crl(crl, ca, subject="crl.pem")
    assert made == AFTER
    assert [(one.since, one.reason) for one in revoked.values()] == [(AFTER, reason)]


def test_another_cas_list_is_refused(listed: WriteList, old_keys: Path) -> None:
    other = read_pem((old_keys / "ca.pem").read_bytes(), subject="ca")
    with pytest.raises(IntegrityBroken) as caught:
        read_crl(listed(AFTER, "superseded"), other, subject="crl.pem")
    assert caught.value.code == "crl.issuer"
