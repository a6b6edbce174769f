"""A bundle's contents as its files: the same contents give the same bytes, on any machine and day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ledger.errors import Refused
from ledger.payfile import bank_text, digest_list, instructions, manifest
from ledger.payfile.clerk_csv import write_tables
from ledger.payfile.contents import BundleContents
from ledger.values.identifiers import is_division
from ledger.values.money import format_yuan


def render(contents: BundleContents) -> dict[str, bytes]:
    """Every file of the bundle before it is approved, SHA256SUMS included, by name.

    Raises:
        Refused: `payfile.duplicate` for a payout given twice, `payfile.amount` for a payment that is not
        above
            zero or a booking that is not zero, `payfile.unit_number`, `payfile.particulars`, and what the
            bank text and the clerks' tables refuse.
    """
    _check(contents)
    data_files = {
        bank_text.NAME: bank_text.write_bank_text(
            contents.payments,
            pay_on=contents.pay_on,
            unit_number=manifest.unit_number_of(contents),
            batch_number=contents.batch_number,
        ),
        **write_tables(contents),
    }
    listed = {
        **data_files,
        manifest.NAME: manifest.write_manifest(manifest.manifest_of(contents, data_files)),
        instructions.NAME: instructions.write_instructions(contents, listed=len(data_files) + 2),
    }
    return {**listed, digest_list.NAME: digest_list.write_digest_list(listed)}


def _check(contents: BundleContents) -> None:
    batch = f"{contents.division} {contents.programme} {contents.month}"
    _refuse_repeated(payment.payout for payment in (*contents.payments, *contents.bookings))
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
    if not contents.rehearsal and contents.unit_number.upper() == bank_text.REHEARSAL_UNIT:
        raise Refused(
            "payfile.unit_number",
            batch,
            found=contents.unit_number,
            expected="the payer's number at the agent bank",
            hint="REHEARSAL marks the files of rehearsal ledgers only.",
        )
    if not is_division(contents.division) or contents.batch_number < 1:
        raise Refused(
            "payfile.particulars",
            batch,
            found=f"division {contents.division}, batch number {contents.batch_number}",
            expected="a six-digit division and a batch number from 1",
        )


def _refuse_repeated(payouts: Iterable[str]) -> None:
    repeated = [payout for payout, times in Counter(payouts).items() if times > 1]
    if repeated:
        raise Refused("payfile.duplicate", repeated[0], found="it twice", expected="each payout once in a bundle")
