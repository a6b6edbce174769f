"""manifest.json: what the bundle says in figures, and the digest and size of each data file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from ledger.errors import IntegrityBroken
from ledger.payfile.bank_text import REHEARSAL_UNIT, bank_order
from ledger.payfile.contents import BundleContents, Payment
from ledger.payfile.digest_list import sha256

NAME = "manifest.json"
FORMAT = "payout-bundle/1"


class Money(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many payments, and their sum in fen."""

    count: int
    amount_fen: int


class Grain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many allocations of grain, and their sum in grams."""

    count: int
    mass_g: int


class FileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A data file's SHA-256 in hex, and its size in bytes."""

    sha256: str
    size: int


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The bundle in figures: `payments` are those of `bank` and `unpayable` together.

    `components` (fen by component, of the payments) add up to `payments.amount_fen`. Bookings and changes are
    counts of payouts and of changes. `unit_number` is the one in the bank file. All money is in fen.
    """

    format: str
    division: str
    programme: str
    month: str
    rehearsal: bool
    roll_digest: str
    pay_on: date
    batch_number: int
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


def unit_number_of(contents: BundleContents) -> str:
    """The unit number that goes into the bank file: the payer's, or REHEARSAL."""
    return REHEARSAL_UNIT if contents.rehearsal else contents.unit_number


def manifest_of(contents: BundleContents, data_files: Mapping[str, bytes]) -> Manifest:
    """The manifest of the contents and the data files rendered from them."""
    bank = bank_order(contents.payments)
    return Manifest(
        format=FORMAT,
        division=contents.division,
        programme=contents.programme,
        month=str(contents.month),
        rehearsal=contents.rehearsal,
        roll_digest=contents.roll_digest,
        pay_on=contents.pay_on,
        batch_number=contents.batch_number,
        unit_number=unit_number_of(contents),
        ca_fingerprint=contents.ca_fingerprint,
        payments=_money(contents.payments),
        bank=_money(bank),
        unpayable=_money([payment for payment in contents.payments if payment.account is None]),
        components=_components(contents.payments),
        bookings=len(contents.bookings),
        changes=len(contents.changes),
        grain=Grain(len(contents.grain), sum(grain.mass_g for grain in contents.grain)),
        files={name: FileEntry(sha256(data), len(data)) for name, data in data_files.items()},
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
    if manifest.format != FORMAT:
        raise IntegrityBroken("manifest.format", NAME, found=manifest.format[:40], expected=FORMAT)
    if write_manifest(manifest) != data:
        raise IntegrityBroken(
            "manifest.malformed", NAME, found="another spelling of it", expected="sorted keys, each once"
        )
    return manifest


def _money(payments: Iterable[Payment]) -> Money:
    amounts = [payment.amount_fen for payment in payments]
    return Money(len(amounts), sum(amounts))


def _components(payments: Iterable[Payment]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for payment in payments:
        for line in payment.lines:
            totals[line.component] = totals.get(line.component, 0) + line.amount_fen
    return totals
