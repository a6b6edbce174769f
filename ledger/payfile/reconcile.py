"""Control totals: what the files of a bundle add up to, against what its manifest says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ledger.errors import IntegrityBroken
from ledger.payfile import clerk_csv, clerk_sheets, digest_list, instructions, pages, pain001, workbook
from ledger.payfile import manifest as manifests
from ledger.payfile.bank_profile import Profile, parse_profile
from ledger.payfile.bank_text import FileIdentity, read_bank_text
from ledger.payfile.bundle_files import BundleFiles
from ledger.payfile.clerk_csv import BOOKINGS, CHANGES, GRAIN, UNPAYABLE
from ledger.payfile.contents import programme_name
from ledger.payfile.digest_list import Digests
from ledger.payfile.figures import NONE, Money
from ledger.payfile.manifest import BankFile, FileEntry, Grain, Manifest
from ledger.payfile.names import bank_file_names


def check_digests(files: BundleFiles) -> dict[str, Digests]:
    """The digests of the listed files, once each was found to have the one in the list, SM3SUMS in its own too.

    Raises:
        IntegrityBroken: `digest_list.malformed`, `bundle.missing`, `bundle.digest`.
    """
    listed = digest_list.read_digest_list(files.data(digest_list.NAME))
    found = {name: files.digests(name) for name in listed}
    for name, digest in listed.items():
        if found[name].sha256 != digest:
            raise _other_bytes(name, digest_list.NAME)
    if digest_list.SM3_NAME in listed:
        sm3 = digest_list.read_digest_list(files.data(digest_list.SM3_NAME), name=digest_list.SM3_NAME)
        expected = {name: digests.sm3 for name, digests in found.items() if name != digest_list.SM3_NAME}
        for name in sorted(expected.keys() | sm3.keys()):
            if sm3.get(name) != expected.get(name):
                raise _other_bytes(name, digest_list.SM3_NAME)
    return found


def reconcile(files: BundleFiles) -> Manifest:
    """The manifest, once each listed file was read and every total agrees.

    The files of a bundle and its SHA256SUMS are read; others are not looked at.

    Raises:
        IntegrityBroken: `bundle.totals`, what `check_digests` raises, and what reading a file raises.
    """
    found = check_digests(files)
    manifest = manifests.read_manifest(files.data(manifests.NAME))
    for what, counted, stated in _pairs(manifest, files, found):
        if counted != stated:
            raise IntegrityBroken("bundle.totals", what, found=str(counted), expected=str(stated))
    return manifest


_Pairs = Iterator[tuple[str, object, object]]
"""What is compared, what the files give, what the manifest says. The first unequal pair ends the reading: the
pairs after it may rely on it."""


def _pairs(manifest: Manifest, files: BundleFiles, found: dict[str, Digests]) -> _Pairs:
    beside = {manifests.NAME, instructions.NAME} | ({digest_list.SM3_NAME} if manifest.version > 1 else set())
    yield "listed files", sorted(found), sorted({*manifest.files, *beside})
    yield "data files", sorted(manifest.files), _expected_files(manifest)
    for name, stated in manifest.files.items():
        yield f"digest and size of {name}", FileEntry(found[name].sha256, found[name].size), stated
    yield from _banks(manifest, files)
    yield from _tables(manifest, files)
    if manifest.version > 1:
        yield from _sheets_and_pages(manifest, files)
    yield "sum of components", sum(manifest.components.values()), manifest.payments.amount_fen
    yield "bank and unpayable together", _together([manifest.bank, manifest.unpayable]), manifest.payments


def _banks(manifest: Manifest, files: BundleFiles) -> _Pairs:
    sums: list[Money] = []
    names = bank_file_names([bank.code for bank in manifest.bank_files])
    yield "banks", [(bank.code, bank.file) for bank in manifest.bank_files], list(names.items())
    for bank in manifest.bank_files:
        profile = parse_profile(bank.profile, place=f"{manifests.NAME}, bank {bank.code}")
        yield f"profile of {bank.file}", profile.code, bank.code
        sums.append(_read_bank(manifest, bank, profile, files))
        yield f"payments in {bank.file}", sums[-1], Money(bank.count, bank.amount_fen)
    yield "payments to the banks", _together(sums), manifest.bank
    if pain001.NAME in manifest.files:
        xml = pain001.read_pain001(
            files.file(pain001.NAME),
            unit_number=manifest.unit_number,
            pay_on=manifest.pay_on,
            rehearsal=manifest.rehearsal,
        )
        yield f"payments in {pain001.NAME}", xml, manifest.bank


def _read_bank(manifest: Manifest, bank: BankFile, profile: Profile, files: BundleFiles) -> Money:
    purpose = programme_name(manifest.programme)
    identity = FileIdentity(manifest.pay_on, manifest.unit_number, bank.batch_number, purpose)
    found = NONE
    for row in read_bank_text(files.file(bank.file), profile, identity, name=bank.file):
        found = found.plus(row.amount_fen)
    return found


def _tables(manifest: Manifest, files: BundleFiles) -> _Pairs:
    def rows(name: str) -> Iterator[list[str]]:
        if name in manifest.files:
            yield from clerk_csv.read_table(name, files.file(name), rehearsal=manifest.rehearsal)

    unpayable = NONE
    for row in rows(UNPAYABLE):
        unpayable = unpayable.plus(clerk_csv.row_fen(UNPAYABLE, row))
    yield UNPAYABLE, unpayable, manifest.unpayable
    yield CHANGES, sum(1 for _ in rows(CHANGES)), manifest.changes
    masses = [clerk_csv.row_g(row) for row in rows(GRAIN)]
    yield GRAIN, Grain(len(masses), sum(masses)), manifest.grain
    booked, payouts = 0, set[str]()
    for row in rows(BOOKINGS):
        booked += clerk_csv.row_fen(BOOKINGS, row)
        payouts.add(row[clerk_csv.PAYOUT_COLUMN])
    yield BOOKINGS, len(payouts), manifest.bookings
    yield f"sum of {BOOKINGS}", booked, 0


def _sheets_and_pages(manifest: Manifest, files: BundleFiles) -> _Pairs:
    """The roll has a row a payment; notice and application have one a case or township, so their sums must agree."""
    amount_fen = manifest.payments.amount_fen
    columns = {clerk_sheets.ROLL: len(manifest.components) + 6, clerk_sheets.POSTING: 3}
    for name, column in columns.items():
        count, added, stated = workbook.read_sums(files.file(name), name=name, column=column)
        yield f"sums of {name}", (added, stated), (amount_fen, amount_fen)
        if name == clerk_sheets.ROLL:
            yield f"rows of {name}", count, manifest.payments.count
    for name in (pages.POSTING, pages.APPLICATION):
        rows, stated = pages.read_page(files.file(name), name=name)
        yield f"sums of {name}", (rows.amount_fen, stated), (amount_fen, amount_fen)


def _expected_files(manifest: Manifest) -> list[str]:
    """The data files a bundle of these figures has."""
    optional = {GRAIN: manifest.grain.count > 0, BOOKINGS: manifest.bookings > 0}
    names = [CHANGES, UNPAYABLE, *bank_file_names([bank.code for bank in manifest.bank_files]).values()]
    if manifest.version > 1:
        optional[pain001.NAME] = manifest.bank.count > 0
        names += [clerk_sheets.ROLL, clerk_sheets.POSTING, pages.POSTING, pages.APPLICATION]
    return sorted([*names, *(name for name, there in optional.items() if there)])


def _together(parts: Iterable[Money]) -> Money:
    found = list(parts)
    return Money(sum(part.count for part in found), sum(part.amount_fen for part in found))


def _other_bytes(name: str, stated_in: str) -> IntegrityBroken:
    return IntegrityBroken("bundle.digest", name, found="other bytes", expected=f"the digest in {stated_in}")
