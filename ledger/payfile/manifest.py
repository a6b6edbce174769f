"""manifest.json: what the bundle says in figures, and the digest and size of each data file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec
from msgspec import UNSET, UnsetType

from ledger.errors import IntegrityBroken
from ledger.payfile import bank_profile
from ledger.payfile.contents import FORMAT, BundleContents
from ledger.payfile.digest_list import Digests
from ledger.payfile.figures import Figures, Money

NAME = "manifest.json"
_FORMAT = "payout-bundle/{}"


class Grain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many allocations of grain, and their sum in grams."""

    count: int
    mass_g: int


class FileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A data file's SHA-256 in hex, and its size in bytes."""

    sha256: str
    size: int


class BankFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One bank's file: its name, which of the day it is, what it adds up to, and the text of the profile it follows."""

    file: str
    code: str
    batch_number: int
    count: int
    amount_fen: int
    profile: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The bundle in figures: `payments` are those of `bank` and `unpayable` together.

    `components` (fen by component, of the payments) add up to `payments.amount_fen`. Bookings and changes are
    counts of payouts and of changes. `unit_number` is the one in the bank files. All money is in fen. Format 1 has
    one bank file and its `batch_number`, later ones `banks`, and `posting`: the cases the village notice names.
    """

    format: str
    division: str
    programme: str
    month: str
    rehearsal: bool
    roll_digest: str
    pay_on: date
    batch_number: int | UnsetType = UNSET
    unit_number: str
    ca_fingerprint: str
    payments: Money
    bank: Money
    unpayable: Money
    components: dict[str, int]
    bookings: int
    changes: int
    grain: Grain
    files: dict[str, FileEntry]
    banks: tuple[BankFile, ...] | UnsetType = UNSET

    @property
    def version(self) -> int:
        """The number of its format."""
        return int(self.format.rpartition("/")[2])

    @property
    def bank_files(self) -> tuple[BankFile, ...]:
        """The banks' files, of either format."""
        if isinstance(self.banks, tuple):
            return self.banks
        number = self.batch_number if isinstance(self.batch_number, int) else 1
        first = bank_profile.FIRST
        return (BankFile("payouts.txt", first.code, number, self.bank.count, self.bank.amount_fen, first.text),)


def manifest_of(
    contents: BundleContents, figures: Figures, bank_files: Mapping[str, str], data_files: Mapping[str, Digests]
) -> Manifest:
    """The manifest of the contents, the names of the banks' files by code, and the data files written from them."""
    first = contents.format == 1
    return Manifest(
        format=_FORMAT.format(contents.format),
        division=contents.division,
        programme=contents.programme,
        month=str(contents.month),
        rehearsal=contents.rehearsal,
        roll_digest=contents.roll_digest,
        pay_on=contents.pay_on,
        batch_number=contents.batch_numbers[bank_profile.FIRST.code] if first else UNSET,
        unit_number=contents.stated_unit,
        ca_fingerprint=contents.ca_fingerprint,
        payments=figures.payments,
        bank=figures.bank,
        unpayable=figures.unpayable,
        components=figures.components,
        bookings=len(contents.bookings),
        changes=len(contents.changes),
        grain=Grain(len(contents.grain), sum(grain.mass_g for grain in contents.grain)),
        files={name: FileEntry(data.sha256, data.size) for name, data in data_files.items()},
        banks=UNSET if first else _banks(contents, figures, bank_files),
    )


def _banks(contents: BundleContents, figures: Figures, bank_files: Mapping[str, str]) -> tuple[BankFile, ...]:
    texts = {profile.code: profile.text for profile in contents.banks}
    return tuple(
        BankFile(bank_files[code], code, contents.batch_numbers[code], money.count, money.amount_fen, texts[code])
        for code, money in figures.banks.items()
    )


def write_manifest(manifest: Manifest) -> bytes:
    """The manifest as JSON: sorted keys, two blanks of indent, UTF-8, one LF at the end."""
    return msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=2) + b"\n"


def read_manifest(data: bytes) -> Manifest:
    """The manifest; only the bytes the writer writes are accepted, so a key given twice cannot hide another.

    Raises:
        IntegrityBroken: `manifest.malformed`, `manifest.format`.
    """
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise IntegrityBroken(
            "manifest.malformed", NAME, found=str(error), expected="the fields of a manifest"
        ) from None
    known = [_FORMAT.format(number) for number in range(1, FORMAT + 1)]
    if manifest.format not in known or (manifest.version == 1) != (manifest.banks is UNSET):
        raise IntegrityBroken(
            "manifest.format", NAME, found=manifest.format[:40], expected=f"{' or '.join(known)}, with its fields"
        )
    if write_manifest(manifest) != data:
        raise IntegrityBroken(
            "manifest.malformed", NAME, found="another spelling of it", expected="sorted keys, each once"
        )
    return manifest
