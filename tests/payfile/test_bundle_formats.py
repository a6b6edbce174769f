"""Bundles of older formats: still written byte for byte as they were, still checked."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from bundles_made import MakeContents, rendered

from ledger.payfile.bank_profile import FIRST, shipped_profiles
from ledger.payfile.bundle_files import BundleFiles
from ledger.payfile.contents import BundleContents
from ledger.payfile.folder import write_bundle
from ledger.payfile.reconcile import reconcile

HERE = Path(__file__).parent


def of_format_1(make: MakeContents, *, rehearsal: bool) -> BundleContents:
    return make(
        format=1, banks=(FIRST,), batch_numbers={FIRST.code: 1}, rehearsal=rehearsal, ca_fingerprint="cd" * 32
    )


@pytest.mark.parametrize("rehearsal", [True, False])
def test_a_bundle_of_the_first_format_is_written_as_it_was_when_it_was_signed(
    make_contents: MakeContents, rehearsal: bool
) -> None:
    signed = (HERE / f"format_1_{'rehearsal' if rehearsal else 'real'}.sums").read_bytes()
    assert rendered(of_format_1(make_contents, rehearsal=rehearsal))["SHA256SUMS"] == signed


def test_a_bundle_of_the_first_format_is_reconciled(tmp_path: Path, make_contents: MakeContents) -> None:
    write_bundle(tmp_path / "bundle", of_format_1(make_contents, rehearsal=True))
    with BundleFiles(tmp_path / "bundle") as files:
        manifest = reconcile(files)
    assert (manifest.version, [bank.file for bank in manifest.bank_files]) == (1, ["payouts.txt"])


def test_the_agents_profile_lays_a_file_out_as_the_first_format_did(make_contents: MakeContents) -> None:
    now = rendered(make_contents(banks=(shipped_profiles()["agent"],)))
    assert now["payouts.txt"] == rendered(of_format_1(make_contents, rehearsal=True))["payouts.txt"]


@pytest.mark.parametrize(
    ("rehearsal", "signed"),
    [
        (True, {"application.html": "1cac3b22c93ae104529841fbebb2e90a70463e8db9fd2430dc0c55fa0a96caba",
                "posting.html": "870e0c33c6e11d7e0773b8510c514b1be60554309a5212f1bc5b0a0efe26d8e9"}),
        (False, {"application.html": "a71e296ae011e6b598dae2ba5f6495ca6317a1df26d2b1cf5e622f51b6e04b55",
                 "posting.html": "de093544647a7a7186949509a0b6a3cd99b1640745424031914d83fc7371cbf6"}),
    ],
)  # fmt: skip
def test_the_pages_of_the_second_format_are_written_as_they_were_when_they_were_signed(
    make_contents: MakeContents, rehearsal: bool, signed: dict[str, str]
) -> None:
    of_format_2 = make_contents(format=2, rehearsal=rehearsal, ca_fingerprint="cd" * 32)
    files = rendered(of_format_2)
    assert {name: hashlib.sha256(files[name]).hexdigest() for name in signed} == signed
    assert b'"payout-bundle/2"' in files["manifest.json"]
    now = rendered(make_contents(rehearsal=rehearsal, ca_fingerprint="cd" * 32))
    assert {name for name in files if files[name] != now[name]} >= set(signed)
