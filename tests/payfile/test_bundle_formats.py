"""Bundles of the first format: still written byte for byte as they were, still checked."""

from __future__ import annotations

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
