"""A file that the bank refused whole: recorded once, then written again as a new file for two to sign, never before."""

from __future__ import annotations

import msgspec

from ledger.application import Decision, Ledger
from ledger.closing.bundling import as_fields, numbered
from ledger.closing.desk import Desk
from ledger.closing.issuing import payout_histories
from ledger.domain.attempts import OPEN, UNKNOWN, attempts
from ledger.domain.batch import Batch, bank_part
from ledger.errors import Refused
from ledger.payfile.certificates import pem
from ledger.payfile.folder import add_trust, one_writer, write_bundle
from ledger.quiet_moment import in_a_quiet_moment
from ledger.store.recorder import Unchanged
from ledger.values.bank_reasons import IN_CLEAR, iso_of, may_stand_in_clear
from ledger.values.month import Month, day_of


def record_refusal(
    ledger: Ledger, division: str, month: Month, programme: str, reason: str, *, every_bank: bool = False
) -> Batch:
    """Records that the bank took nothing of a batch's file.

    Where a batch has a file for each of several banks, all of them are written again: `every_bank` says that every
    bank refused its own. What one bank alone refused is returned, payment by payment, and sent again like any return.

    Raises:
        Refused: `batch.not_with_bank`, `batch.refused_already`, `batch.several_banks`, `batch.answered` where the bank
            has settled or returned a payout of it; `list.malformed` for a reason that may not stand in clear;
            `record.busy`.
    """
    if not reason or not may_stand_in_clear(reason):
        raise Refused("list.malformed", "reason", found=f"{len(reason)} characters", expected=IN_CLEAR)

    def once() -> Batch:
        read_at = ledger.events_log.end()
        batch = ledger.batch(division, month, programme)
        event = batch.refuse(ledger.origin(), reason=reason, iso=iso_of(reason))
        if not every_bank:
            _require_one_bank(batch)
        require_unanswered(ledger, batch)
        bank = bank_part(division)
        ledger.append(
            Decision(batch.id, [event]), {division, bank}, unchanged=Unchanged(frozenset({bank}), read_at)
        )
        return ledger.batch(division, month, programme)

    return in_a_quiet_moment(f"batch {division} {month} {programme}", once)


def _require_one_bank(batch: Batch) -> None:
    assert batch.bundled is not None
    banks = sorted(batch.bundled.batch_numbers)
    if len(banks) > 1:
        raise Refused(
            "batch.several_banks",
            batch.id,
            found=f"files for {', '.join(banks)}",
            expected="a refusal by each of them, since all files are written again",
            hint="If one refused, `ledger returns LIST` records its payments as returned, and "
            "`ledger reissue --file LIST` sends them again. If each did, say so: --every-bank.",
        )


def require_unanswered(ledger: Ledger, batch: Batch) -> None:
    """Refuses a refusal of the whole where a part of it was taken: that part could be paid twice.

    Raises:
        Refused: `batch.answered`.
    """
    for history in payout_histories(ledger, batch):
        for attempt in attempts(history):
            if attempt.batch == batch.id and attempt.account and attempt.state not in (OPEN, UNKNOWN):
                raise Refused(
                    "batch.answered",
                    history[0].event.originator_id,
                    found=f"recorded as {attempt.state} on {attempt.since}",
                    expected="no payout of a refused file settled or returned",
                    hint="Ask the bank which of the two is true.",
                )


def issue_again(desk: Desk, division: str, month: Month, programme: str) -> Batch:
    """Writes a refused file again: the same payments under a number of its own, to be paid from today on.

    Nothing is issued by it: the payouts are those of the close. Two people sign it as they signed the first.

    Raises:
        Refused: `batch.not_with_bank`, `batch.not_refused`; `record.busy`.
        Failed: `bundle.disk`.
    """

    def once() -> Batch:
        ledger = desk.ledger
        batch = ledger.batch(division, month, programme)
        folder = desk.folder(batch)
        with one_writer(folder.parent.parent):
            batch = ledger.batch(division, month, programme)
            batch.require_refused()
            read_at = ledger.events_log.end()
            contents = msgspec.structs.replace(
                desk.source.contents(batch, desk.issuer),
                pay_on=day_of(ledger.now()),
                file_number=batch.file_number + 1,
            )
            contents = numbered(contents, batch.dead(), desk.batches(division))
            event = batch.file_again(ledger.origin(), pay_on=contents.pay_on, sums="", **as_fields(contents))
            folder = desk.folder(batch.with_file(event))
            sums = write_bundle(folder, contents, replace=True).decode()
            add_trust(folder, pem(desk.ca))
            order = batch.files_order
            ledger.append(
                Decision(batch.id, [msgspec.structs.replace(event, sums=sums)]),
                {order},
                unchanged=Unchanged(frozenset({order}), read_at),
            )
        return ledger.batch(division, month, programme)

    return in_a_quiet_moment(f"batch {division} {month} {programme}", once)
