"""The files of ours that a return file speaks of, by what the bank calls them, with the payments of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from ledger.bank.answers import TEXT, Answer, Key, ReturnFile, TextIdentity
from ledger.bank.verdicts import Sent, SentFile
from ledger.closing.desk import Desk
from ledger.closing.issuing import folded, payout_histories
from ledger.domain.batch import Batch
from ledger.domain.event import Recorded
from ledger.domain.payout import Payout
from ledger.domain.relief import payout_stream
from ledger.errors import Refused
from ledger.payfile.contents import REHEARSAL_UNIT, Account, Payment
from ledger.payfile.figures import through
from ledger.payfile.message_ids import message_id, payment_id
from ledger.values.month import Month

NO_BATCH = ""


class OurFile(msgspec.Struct, frozen=True):
    """A file of ours; no batch: payouts that a table names without saying which batch it means."""

    batch: Batch | None
    file: SentFile


def our_files(desk: Desk, division: str, file: ReturnFile) -> dict[str, OurFile]:
    """Those that the answers and groups of a return file name; what is not here did not go out.

    A file that the bank refused whole and that was written again is not here either: it is dead.

    Raises:
        Refused: `returns.which_batch` for a bank's text that fits several files.
    """
    names = {answer.batch for answer in file.answers} | {group.batch for group in file.groups}
    found: dict[str, OurFile] = {}
    batches = batches_with_bank(desk, division)
    for batch in batches:
        for name in names & {message_of(batch), f"{batch.month}/{batch.programme}"}:
            found[name] = OurFile(
                batch, SentFile(payments_of(desk, batch, name), refused=batch.refused is not None)
            )
    if file.text is not None:
        found |= _answered_by_text(desk, batches, file, file.text)
    if NO_BATCH in names:
        keys = {answer.key for answer in file.answers if answer.batch == NO_BATCH}
        found[NO_BATCH] = OurFile(None, SentFile(_named_without(desk, division, keys)))
    return found


def batches_with_bank(desk: Desk, division: str) -> list[Batch]:
    """The batches whose file went to the bank, those refused whole since included, in order."""
    return [b for b in desk.batches(division) if b.closed and b.sums is not None and not b.unsigned]


def message_of(batch: Batch) -> str:
    """The id that the file of a batch goes by at the bank."""
    frozen = batch.frozen
    assert frozen is not None
    return message_id(
        batch.division, batch.month, batch.programme, frozen.roll_digest, batch.pay_on,
        rehearsal=frozen.rehearsal, file_number=batch.file_number,
    )  # fmt: skip


def payments_of(desk: Desk, batch: Batch, name: str) -> Mapping[Key, list[Sent]]:
    """The payments of a batch by what a bank calls them: the message's ids, or case and month."""
    payouts = _payouts(desk, batch)
    if name != message_of(batch):
        return _by_case(Sent(payout, batch.id) for payout in payouts.values())
    return {
        ("end_to_end", payment_id(name, number)): [Sent(payouts[payment.payout], batch.id, account.number)]
        for number, payment, account in _out(desk, batch)
    }


def _payouts(desk: Desk, batch: Batch) -> dict[str, Payout]:
    return {p.issued.originator_id: p for p in map(_folded, payout_histories(desk.ledger, batch))}


def payment_ids(desk: Desk, batch: Batch) -> Iterator[tuple[str, str]]:
    """The id of each payment that went to the bank, with its payout's stream."""
    message = message_of(batch)
    for number, payment, _ in _out(desk, batch):
        yield payment_id(message, number), payment.payout


def _out(desk: Desk, batch: Batch) -> Iterator[tuple[int, Payment, Account]]:
    """The payments of a batch that have an account, numbered as in its files."""
    number = 0
    for payment in desk.source.contents(batch, desk.issuer_of(batch)).payments:
        if payment.account is not None:
            number += 1
            yield number, payment, payment.account


def _answered_by_text(
    desk: Desk, batches: Sequence[Batch], file: ReturnFile, text: TextIdentity
) -> dict[str, OurFile]:
    """The one file that a bank's text answers, by day, unit and number, and where those fit several by its payments."""
    fitting = [
        OurFile(batch, SentFile(payments, refused=batch.refused is not None))
        for batch in batches
        if _is_named(batch, text) and (payments := _through(desk, batch, text.bank))
    ]
    if len(fitting) > 1:
        fitting = [ours for ours in fitting if any(_is_of(answer, ours.file) for answer in file.answers)]
    if len(fitting) > 1:
        raise Refused(
            "returns.which_batch",
            file.name,
            found=f"{len(fitting)} files of ours that it fits",
            expected="the day, unit and batch number of one",
        )
    return {TEXT: fitting[0]} if fitting else {}


def _is_named(batch: Batch, text: TextIdentity) -> bool:
    bundled = batch.bundled
    assert bundled is not None
    assert batch.frozen is not None
    unit = REHEARSAL_UNIT if batch.frozen.rehearsal else bundled.unit_number
    number = bundled.batch_numbers.get(text.bank)
    return (
        number is not None
        and text.pay_on in (None, batch.pay_on)
        and text.unit_number in (None, unit)
        and text.batch_number in (None, number)
    )


def _through(desk: Desk, batch: Batch, bank: str) -> dict[Key, list[Sent]]:
    """The payments of one bank's file by their number there, and by account."""
    payouts = _payouts(desk, batch)
    contents = desk.source.contents(batch, desk.issuer_of(batch))
    found: dict[Key, list[Sent]] = {}
    for number, payment in enumerate(through(contents, bank), start=1):
        account = payment.account
        assert account is not None
        sent = Sent(payouts[payment.payout], batch.id, account.number)
        found["number", str(number)] = [sent]
        found.setdefault(("account", account.number), []).append(sent)
    return found


def _is_of(answer: Answer, file: SentFile) -> bool:
    return any(
        answer.account in (None, sent.account) and answer.amount_fen in (None, sent.amount_fen)
        for sent in file.payments.get(answer.key, ())
    )


def _named_without(desk: Desk, division: str, keys: Iterable[Key]) -> Mapping[Key, list[Sent]]:
    log = desk.ledger.events_log
    found: dict[str, Payout] = {}
    for _, code, month, *_ in sorted(keys):
        cases = folded(log.below(f"payout/{month}/{division}/{code}/"))
        reliefs = (p for p in folded(log.streams([payout_stream(division, code)])) if p.issued.month.text == month)
        found |= {payout.issued.originator_id: payout for payout in (*cases, *reliefs)}
    return _by_case(Sent(payout) for payout in found.values() if payout.issued.amount_fen)


def _by_case(sent: Iterable[Sent]) -> Mapping[Key, list[Sent]]:
    """By case and month, and by payee, too (`carer` or `carer:P9`)."""
    found: dict[Key, list[Sent]] = {}
    for one in sent:
        issued = one.payout.issued
        for payee in {"", issued.payee, issued.payee.partition(":")[0]}:
            found.setdefault(case_key(issued.case, issued.month, payee), []).append(one)
    return found


def case_key(case: str, month: Month, payee: str | None) -> Key:
    """What a table calls a payment."""
    return ("case", case, month.text, payee or "")


def _folded(history: Iterable[Recorded]) -> Payout:
    return next(folded(history))
