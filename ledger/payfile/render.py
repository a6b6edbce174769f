"""A bundle's contents as its files: the same contents give the same bytes, on any machine and day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ledger.errors import Refused
from ledger.payfile import digest_list, instructions, manifest
from ledger.payfile.bank_text import FileIdentity, write_bank_text
from ledger.payfile.clerk_csv import write_tables
from ledger.payfile.clerk_sheets import POSTING, ROLL, write_posting, write_roll
from ledger.payfile.contents import REHEARSAL_UNIT, BundleContents
from ledger.payfile.digest_list import Digests
from ledger.payfile.figures import Figures, figures, through
from ledger.payfile.names import bank_file_names
from ledger.payfile.pages import APPLICATION, write_application, write_posting_page
from ledger.payfile.pages import POSTING as POSTING_PAGE
from ledger.payfile.pain001 import NAME as PAIN001
from ledger.payfile.pain001 import write_pain001
from ledger.payfile.posted import Villages, townships
from ledger.values.identifiers import is_division
from ledger.values.money import format_yuan

Put = Callable[[str, Iterable[bytes]], Digests]
"""Takes a file's name and its bytes in pieces, does with them what it is for, and says their digests."""


def render(contents: BundleContents, put: Put) -> bytes:
    """Hands every file of the bundle before it is approved to `put`, piece by piece, SHA256SUMS last and returned.

    Raises:
        Refused: `payfile.duplicate` for a payout given twice, `payfile.amount` for a payment that is not above
            zero or a booking that is not zero, `payfile.unit_number`, `payfile.particulars`, and what the
            writers of the files refuse.
    """
    _check(contents)
    counted = figures(contents)
    bank_files = bank_file_names(counted.banks)
    data = {name: put(name, pieces) for name, pieces in _data_files(contents, counted, bank_files).items()}
    stated = manifest.write_manifest(manifest.manifest_of(contents, counted, bank_files, data))
    listed = {**data, manifest.NAME: put(manifest.NAME, [stated])}
    with_sm3 = contents.format > 1
    guide = instructions.write_instructions(contents, listed=len(listed) + (2 if with_sm3 else 1))
    listed[instructions.NAME] = put(instructions.NAME, [guide])
    if with_sm3:
        sm3 = digest_list.write_digest_list({name: digests.sm3 for name, digests in listed.items()})
        listed[digest_list.SM3_NAME] = put(digest_list.SM3_NAME, [sm3])
    sums = digest_list.write_digest_list({name: digests.sha256 for name, digests in listed.items()})
    put(digest_list.NAME, [sums])
    return sums


def _data_files(
    contents: BundleContents, counted: Figures, bank_files: dict[str, str]
) -> dict[str, Iterator[bytes]]:
    profiles = {profile.code: profile for profile in contents.banks}
    files = {
        name: write_bank_text(
            through(contents, code),
            profiles[code],
            FileIdentity(
                contents.pay_on, contents.stated_unit, contents.batch_numbers[code], contents.programme_name
            ),
            count=counted.banks[code].count,
            amount_fen=counted.banks[code].amount_fen,
        )
        for code, name in bank_files.items()
    }
    files |= write_tables(contents)
    if contents.format > 1:
        if counted.bank.count:
            files[PAIN001] = write_pain001(contents, counted)
        files[ROLL] = write_roll(contents, counted)
        cases = Villages(contents)
        files[POSTING] = write_posting(contents, cases)
        files[POSTING_PAGE] = write_posting_page(contents, cases)
        files[APPLICATION] = write_application(contents, counted, townships(cases), bank_files)
    return files


def _check(contents: BundleContents) -> None:
    batch = f"{contents.division} {contents.programme} {contents.month}"
    _refuse_repeated(payment.payout for many in (contents.payments, contents.bookings) for payment in many)
    for payment in contents.payments:
        if payment.amount_fen <= 0:
            raise Refused(
                "payfile.amount",
                payment.payout,
                found=format_yuan(payment.amount_fen),
                expected="a payment above zero; rows that add up to zero are bookings",
            )
    for booking in contents.bookings:
        if booking.amount_fen != 0:
            raise Refused(
                "payfile.amount",
                booking.payout,
                found=format_yuan(booking.amount_fen),
                expected="a booking whose lines add up to zero",
            )
    if not contents.rehearsal and contents.unit_number.upper() == REHEARSAL_UNIT:
        raise Refused(
            "payfile.unit_number",
            batch,
            found=contents.unit_number,
            expected="the payer's number at the agent bank",
            hint="REHEARSAL marks the files of rehearsal ledgers only.",
        )
    if not is_division(contents.division) or min(contents.batch_numbers.values(), default=0) < 1:
        raise Refused(
            "payfile.particulars",
            batch,
            found=f"division {contents.division}, batch numbers {contents.batch_numbers}",
            expected="a six-digit division and a batch number from 1 for each bank",
        )


def _refuse_repeated(payouts: Iterable[str]) -> None:
    seen: set[str] = set()
    for payout in payouts:
        if payout in seen:
            raise Refused("payfile.duplicate", payout, found="it twice", expected="each payout once in a bundle")
        seen.add(payout)
