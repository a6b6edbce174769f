"""Control totals: what the files of a bundle add up to, against what its manifest says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ledger.errors import IntegrityBroken
from ledger.payfile import bank_text, clerk_csv, digest_list, instructions
from ledger.payfile import manifest as manifests
from ledger.payfile.clerk_csv import BOOKINGS, CHANGES, GRAIN, UNPAYABLE
from ledger.payfile.manifest import FileEntry, Grain, Manifest, Money


def check_digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """The digest list, once every file in it was found to have its digest.

    Raises:
        IntegrityBroken: `digest_list.malformed`, `bundle.missing`, `bundle.digest`.
    """
    digests = digest_list.read_digest_list(_file(files, digest_list.NAME))
    for name, digest in digests.items():
        if digest_list.sha256(_file(files, name)) != digest:
            raise IntegrityBroken(
                "bundle.digest", name, found="other bytes", expected=f"the digest in {digest_list.NAME}"
            )
    return digests


def reconcile(files: Mapping[str, bytes]) -> Manifest:
    """The manifest, once each listed file was read and every total agrees.

    `files` are a bundle's rendered files with SHA256SUMS; others are not looked at.

    Raises:
        IntegrityBroken: `bundle.totals`, what `check_digests` raises, and what reading a file raises.
    """
    listed = check_digests(files)
    manifest = manifests.read_manifest(_file(files, manifests.NAME))
    for what, found, expected in _pairs(manifest, files, listed):
        if found != expected:
            raise IntegrityBroken("bundle.totals", what, found=str(found), expected=str(expected))
    return manifest


_Pairs = Iterator[tuple[str, object, object]]
"""What is compared, what the files give, what the manifest says. The first unequal pair ends the reading: the
pairs after it may rely on it."""


def _pairs(manifest: Manifest, files: Mapping[str, bytes], listed: Iterable[str]) -> _Pairs:
    data_files = {name: _file(files, name) for name in manifest.files}
    yield "listed files", sorted(listed), sorted({*data_files, manifests.NAME, instructions.NAME})
    yield "data files", sorted(data_files), _expected_files(manifest)
    for name, data in data_files.items():
        yield (
            f"digest and size of {name}",
            FileEntry(digest_list.sha256(data), len(data)),
            manifest.files[name],
        )
    yield from _bank(manifest, data_files[bank_text.NAME])
    yield from _tables(manifest, data_files)
    yield "sum of components", sum(manifest.components.values()), manifest.payments.amount_fen
    out = Money(
        manifest.bank.count + manifest.unpayable.count,
        manifest.bank.amount_fen + manifest.unpayable.amount_fen,
    )
    yield "bank and unpayable together", out, manifest.payments


def _bank(manifest: Manifest, data: bytes) -> _Pairs:
    bank = bank_text.read_bank_text(data)
    yield "payments to the bank", Money(len(bank.rows), bank.amount_fen), manifest.bank
    yield "pay-on day", bank.pay_on, manifest.pay_on
    yield "unit number", bank.unit_number, manifest.unit_number
    if bank.rows:
        yield "batch number", bank.batch_number, manifest.batch_number


def _tables(manifest: Manifest, data_files: Mapping[str, bytes]) -> _Pairs:
    rows = {
        name: clerk_csv.read_table(name, data, rehearsal=manifest.rehearsal)
        for name, data in data_files.items()
        if name in clerk_csv.HEADINGS
    }
    unpayable, grain, bookings = rows[UNPAYABLE], rows.get(GRAIN, []), rows.get(BOOKINGS, [])
    yield UNPAYABLE, Money(len(unpayable), clerk_csv.column_fen(UNPAYABLE, unpayable)), manifest.unpayable
    yield CHANGES, len(rows[CHANGES]), manifest.changes
    yield GRAIN, Grain(len(grain), clerk_csv.column_g(grain)), manifest.grain
    yield BOOKINGS, len({row[clerk_csv.PAYOUT_COLUMN] for row in bookings}), manifest.bookings
    yield f"sum of {BOOKINGS}", clerk_csv.column_fen(BOOKINGS, bookings), 0


def _expected_files(manifest: Manifest) -> list[str]:
    """The data files a bundle of these figures has."""
    optional = {GRAIN: manifest.grain.count > 0, BOOKINGS: manifest.bookings > 0}
    return sorted([bank_text.NAME, CHANGES, UNPAYABLE, *(name for name, there in optional.items() if there)])


def _file(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise IntegrityBroken("bundle.missing", name, found="no such file", expected="a file of the bundle")
    return files[name]
