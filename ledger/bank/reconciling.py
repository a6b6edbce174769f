"""A month's batches read from the log and held against the bank's answers and the statements of the account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import msgspec

from ledger.bank.matching import (
    REFUSED,
    UNPAYABLE,
    OpenItem,
    Reconciled,
    SentBatch,
    SentLine,
    reconcile,
)
from ledger.bank.sent import message_of, payment_ids
from ledger.bank.statements import recorded_statements
from ledger.closing.desk import Desk
from ledger.closing.issuing import payout_histories
from ledger.domain.attempts import OPEN, UNKNOWN, attempts
from ledger.domain.bank_files import StatementLine
from ledger.domain.batch import Batch
from ledger.domain.event import Recorded
from ledger.domain.payout import PayoutIssued
from ledger.values.month import Month, day_of

_AROUND = 3
"""Months before and after the one asked for, whose batches an entry without a name may belong to."""


class Reconciliations(msgspec.Struct, frozen=True):
    """A month's batches reconciled, the entries of the month that belong to no batch of any month, and the day."""

    division: str
    month: Month
    today: date
    batches: tuple[Reconciled, ...]
    unexplained: tuple[OpenItem, ...]

    @property
    def open(self) -> list[OpenItem]:
        """All that does not agree yet, the oldest first."""
        items = [item for one in self.batches for item in one.open]
        return sorted([*items, *self.unexplained], key=lambda item: (item.since, item.kind, item.subject))


def reconcile_month(
    desk: Desk, division: str, month: Month, besides: Iterable[Sequence[StatementLine]] = ()
) -> Reconciliations:
    """Holds a month's batches against the statements recorded, and some `besides`.

    Entries are matched over the months around it too, so that a late debit of an earlier one is not taken for this
    one's; what names a batch of a month farther away is that one's. A month without a batch has nothing open but its
    entries.
    """
    batches = [batch for batch in desk.batches(division) if batch.closed and batch.sums is not None]
    near = [batch for batch in batches if abs(batch.month.ordinal - month.ordinal) <= _AROUND]
    sent = [sent_batch(desk, batch, named=batch.month == month) for batch in near]
    elsewhere = {message_of(batch) for batch in batches if batch not in near}
    statements = [
        [line for line in lines if not {name.partition("-")[0] for name in line.names} & elsewhere]
        for lines in (*recorded_statements(desk.ledger, division), *besides)
    ]
    found = reconcile([one for one in sent if one.lines], statements)
    own = {batch.id for batch in batches if batch.month == month}
    return Reconciliations(
        division=division,
        month=month,
        today=day_of(desk.ledger.now()),
        batches=tuple(one for one in found.batches if one.batch.name in own),
        unexplained=tuple(item for item in found.unexplained if Month.of(item.since) == month),
    )


def sent_batch(desk: Desk, batch: Batch, *, named: bool) -> SentBatch:
    """A batch as it went to the bank; `named` with the id of each payment, which costs reading its contents."""
    ids = {payout: name for name, payout in payment_ids(desk, batch)} if named else {}
    dead = batch.refused is not None or batch.unsigned
    return SentBatch(
        name=batch.id,
        message=message_of(batch),
        pay_on=batch.pay_on,
        lines=tuple(_lines(payout_histories(desk.ledger, batch), batch, ids, dead=dead)),
    )


def _lines(
    histories: Iterable[list[Recorded]], batch: Batch, ids: dict[str, str], *, dead: bool
) -> Iterator[SentLine]:
    for history in histories:
        issued = history[0].event
        assert isinstance(issued, PayoutIssued)
        attempt = next(one for one in reversed(attempts(history)) if one.batch == batch.id)
        state = attempt.state
        if attempt.account is None:
            state = UNPAYABLE
        elif dead and state in (OPEN, UNKNOWN):
            state = REFUSED
        name = issued.originator_id
        yield SentLine(
            name, issued.case, ids.get(name, ""), issued.amount_fen, state, attempt.since, attempt.reason,
            attempt.resolved,
        )  # fmt: skip
