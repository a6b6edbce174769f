"""Ledger, bank returns and statements held against each other: batch by batch, line by line, to the fen. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import msgspec

from ledger.domain.attempts import OPEN, RETURNED, SETTLED, UNKNOWN
from ledger.domain.bank_files import StatementLine
from ledger.values.money import format_yuan

UNPAYABLE, REFUSED = "unpayable", "refused"
STATES = (SETTLED, RETURNED, UNKNOWN, OPEN, UNPAYABLE, REFUSED)
"""What each payout of a batch is in, one of them: together they are what was issued."""

NO_DEBIT, NO_CREDIT, UNEXPLAINED = "debit_differs", "credit_differs", "unexplained_entry"
_UNPAID = {OPEN: "no_answer", UNKNOWN: "unknown", UNPAYABLE: "unpayable", REFUSED: "refused_whole"}
_NEAR = timedelta(days=92)


class SentLine(msgspec.Struct, frozen=True):
    """A payout as sent with one batch: its state since a day; `resolved`: sent again or cancelled after its return."""

    payout: str
    case: str
    payment_id: str
    amount_fen: int
    state: str
    since: date
    reason: str | None = None
    resolved: bool = False


class SentBatch(msgspec.Struct, frozen=True):
    """A batch as it went to the bank."""

    name: str
    message: str
    pay_on: date
    lines: tuple[SentLine, ...]

    def sum_fen(self, *states: str) -> int:
        """The sum of its payouts in some states, all of them where none is named."""
        return sum(line.amount_fen for line in self.lines if not states or line.state in states)

    @property
    def debit_fen(self) -> int:
        """What the account is debited with for it: all but what never went to the bank, or was refused."""
        return self.sum_fen(SETTLED, RETURNED, UNKNOWN, OPEN)


class OpenItem(msgspec.Struct, frozen=True):
    """Something that does not agree yet, since a day. `subject` names a payout, a batch or a statement's day."""

    kind: str
    subject: str
    amount_fen: int
    since: date
    detail: str = ""


class Reconciled(msgspec.Struct, frozen=True):
    """A batch against its returns and the statements; credits by the id of the payment that came back."""

    batch: SentBatch
    debit_fen: int
    credit_fen: int
    credited: Mapping[str, int]
    open: tuple[OpenItem, ...]


class Reconciliation(msgspec.Struct, frozen=True):
    """All batches given, and the entries of the statements that belong to none of them."""

    batches: tuple[Reconciled, ...]
    unexplained: tuple[OpenItem, ...]


def reconcile(batches: Sequence[SentBatch], statements: Iterable[Sequence[StatementLine]]) -> Reconciliation:
    """Matches entries with batches, by our ids first, else by an amount that fits one batch or return alone."""
    left = _once(statements)
    debits = _debits(batches, left)
    returned, single = _credits(batches, left)
    reconciled = tuple(
        _reconciled(batch, debits[batch.name], returned[batch.name], single.get(batch.name, {}))
        for batch in batches
    )
    unexplained = tuple(
        OpenItem(UNEXPLAINED, f"statement of {line.booked_on}", line.amount_fen, line.booked_on) for line in left
    )
    return Reconciliation(reconciled, unexplained)


def _once(statements: Iterable[Sequence[StatementLine]]) -> list[StatementLine]:
    """The entries of all statements; one that stands in two of them counts once."""
    most: Counter[StatementLine] = Counter()
    for lines in statements:
        most |= Counter(lines)
    return sorted(most.elements(), key=lambda line: (line.booked_on, line.amount_fen, line.names))


def _debits(batches: Sequence[SentBatch], left: list[StatementLine]) -> dict[str, int]:
    """What was debited for each batch; entries used are taken out of `left`."""
    found = dict.fromkeys((batch.name for batch in batches), 0)
    by_message = {batch.message: batch for batch in batches}
    for line in [line for line in left if line.amount_fen < 0 and line.names]:
        batch = by_message.get(line.names[0].partition("-")[0])
        if batch is not None:
            found[batch.name] -= line.amount_fen
            left.remove(line)
    wanting = [batch for batch in batches if not found[batch.name] and batch.debit_fen]
    for batch in wanting:
        alike = [other for other in wanting if other.debit_fen == batch.debit_fen]
        fits = [line for line in left if _fits(line, -batch.debit_fen, batch.pay_on)]
        if len(alike) == 1 and len(fits) == 1:
            found[batch.name] = batch.debit_fen
            left.remove(fits[0])
    return found


def _credits(
    batches: Sequence[SentBatch], left: list[StatementLine]
) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """What came back of each batch, and of it what names one payment."""
    found = dict.fromkeys((batch.name for batch in batches), 0)
    single: dict[str, dict[str, int]] = {}
    by_message = {batch.message: batch for batch in batches}
    for line in [line for line in left if line.amount_fen > 0 and line.names]:
        batch = by_message.get(line.names[0].partition("-")[0])
        if batch is not None:
            found[batch.name] += line.amount_fen
            own = single.setdefault(batch.name, {})
            own[line.names[0]] = own.get(line.names[0], 0) + line.amount_fen
            left.remove(line)
    for batch in batches:
        back = batch.sum_fen(RETURNED)
        fits = [line for line in left if back and _fits(line, back - found[batch.name], batch.pay_on)]
        alike = [
            other for other in batches if other.sum_fen(RETURNED) - found[other.name] == back - found[batch.name]
        ]
        if len(fits) == 1 and len(alike) == 1:
            found[batch.name] = back
            left.remove(fits[0])
    _single_credits(batches, left, found, single)
    return found, single


def _single_credits(
    batches: Sequence[SentBatch],
    left: list[StatementLine],
    found: dict[str, int],
    single: dict[str, dict[str, int]],
) -> None:
    """Credits without a name, each of the amount of one returned payout alone."""
    wanting = [
        (batch, line)
        for batch in batches
        if found[batch.name] < batch.sum_fen(RETURNED)
        for line in batch.lines
        if line.state == RETURNED and line.payment_id not in single.get(batch.name, {})
    ]
    of_amount = Counter(line.amount_fen for _, line in wanting)
    for batch, line in wanting:
        fits = [entry for entry in left if _fits(entry, line.amount_fen, batch.pay_on)]
        if of_amount[line.amount_fen] == 1 and len(fits) == 1:
            found[batch.name] += line.amount_fen
            single.setdefault(batch.name, {})[line.payment_id] = line.amount_fen
            left.remove(fits[0])


def _fits(line: StatementLine, amount_fen: int, pay_on: date) -> bool:
    """Whether an entry that names nothing of ours has an amount, not before the day of payment nor long after."""
    return not line.names and line.amount_fen == amount_fen and pay_on <= line.booked_on <= pay_on + _NEAR


def _reconciled(batch: SentBatch, debit_fen: int, credit_fen: int, credited: Mapping[str, int]) -> Reconciled:
    items = [item for line in batch.lines if (item := _open_line(line)) is not None]
    if debit_fen != batch.debit_fen:
        detail = f"{format_yuan(debit_fen)} debited, {format_yuan(batch.debit_fen)} sent"
        items.append(OpenItem(NO_DEBIT, batch.name, batch.debit_fen - debit_fen, batch.pay_on, detail))
    back = batch.sum_fen(RETURNED)
    if credit_fen != back:
        since = min((line.since for line in batch.lines if line.state == RETURNED), default=batch.pay_on)
        detail = f"{format_yuan(credit_fen)} credited, {format_yuan(back)} returned"
        items.append(OpenItem(NO_CREDIT, batch.name, back - credit_fen, since, detail))
    return Reconciled(batch, debit_fen, credit_fen, credited, tuple(items))


def _open_line(line: SentLine) -> OpenItem | None:
    """Open is what the bank has not answered for, and returned money that was neither sent again nor cancelled."""
    kind = _UNPAID.get(line.state)
    if line.state == RETURNED:
        kind = "returned"
    if kind is None or line.resolved:
        return None
    return OpenItem(kind, line.payout, line.amount_fen, line.since, line.reason or "")
