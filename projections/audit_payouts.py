"""Payouts as an audit asks of them: what each was for, what was known when it was issued, what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import groupby
from typing import Any, TypeVar

import msgspec

from ledger.application import Ledger
from ledger.domain.batch import Batch
from ledger.domain.event import Event, Recorded
from ledger.domain.payout import Payout, PayoutIssued, PayoutReissued
from ledger.values.month import Month

Happened = TypeVar("Happened", bound=Event)


class PaidFor(msgspec.Struct, frozen=True, gc=False):
    """Money issued for one month of a case: by one payout of a close, or by an import; above zero.

    `known_at`: what stands before this log position was known when the money was issued.
    """

    month: Month
    fen: int
    issued_on: date
    known_at: int
    payout: AuditedPayout | None = None
    made: str | None = None
    """The reference of the import, where it is one."""

    @property
    def ref(self) -> str:
        """The event that proves it."""
        return self.payout.issued.ref if self.payout is not None else self.made or ""

    @property
    def imported(self) -> bool:
        """Whether another system paid it."""
        return self.payout is None

    @property
    def issued_at(self) -> int:
        """The log position at which it was issued."""
        return self.payout.position if self.payout is not None else self.known_at - 1


class AuditedPayout(msgspec.Struct, frozen=True, gc=False):
    """A payout with what became of it: where it was issued in the log, and what was known then."""

    issued: PayoutIssued
    position: int
    frozen_at: int
    later: tuple[Recorded, ...]

    @property
    def state(self) -> Payout:
        """The payout as it stands."""
        state = Payout.begin(self.issued)
        for recorded in self.later:
            state = state.after(recorded)
        return state

    @property
    def cancelled(self) -> bool:
        """Whether none of it counts as paid."""
        return bool(self.later) and self.state.cancellation is not None

    @property
    def returned(self) -> bool:
        """Whether the bank has it back, not sent again and not cancelled."""
        return bool(self.later) and self.state.returned

    @property
    def went_out(self) -> bool:
        """Whether it was more than a booking, and not cancelled: returned money still counts."""
        return self.issued.amount_fen > 0 and not self.cancelled

    def later_of(self, kind: type[Happened]) -> list[Happened]:
        """The later events of a kind."""
        return [recorded.event for recorded in self.later if isinstance(recorded.event, kind)]

    def accounts(self) -> list[str]:
        """The accounts it was sent to, by reference."""
        sent = [self.issued.account, *(again.account for again in self.later_of(PayoutReissued))]
        return [account for account in dict.fromkeys(sent) if account is not None]


def read_payouts(ledger: Ledger, batches: Mapping[str, Batch], before: int) -> dict[str, list[AuditedPayout]]:
    """Payouts by case (`division/case`) or relief (`relief/division/code`), oldest first.

    A year of a prefecture has more than a million: what many of them say is kept once.
    """
    found: dict[str, list[AuditedPayout]] = {}
    shared: dict[Any, Any] = {}
    streams = groupby(ledger.events_log.below("payout/", before=before), key=lambda r: r.event.originator_id)
    for stream, group in streams:
        first, *later = group
        issued = first.event
        assert isinstance(issued, PayoutIssued)
        _share(issued, shared)
        batch = batches.get(f"batch/{issued.division}/{issued.month}/{issued.programme}")
        frozen_at = batch.frozen_at if batch and batch.frozen_at is not None else first.position
        prefix = "relief/" if stream.startswith("payout/relief/") else ""
        payout = AuditedPayout(issued, first.position, frozen_at, tuple(later))
        found.setdefault(f"{prefix}{issued.division}/{issued.case}", []).append(payout)
    for payouts in found.values():
        payouts.sort(key=lambda payout: payout.position)
    return found


_SHARED = ("recorded_at", "actor", "division", "case", "programme", "payee", "person", "account")


def _share(issued: PayoutIssued, shared: dict[Any, Any]) -> None:
    """Equal values of one object; nobody else has seen the event yet."""
    for field in _SHARED:
        value = getattr(issued, field)
        msgspec.structs.force_setattr(issued, field, shared.setdefault(value, value))
    lines = tuple(shared.setdefault(line, line) for line in issued.lines)
    msgspec.structs.force_setattr(issued, "lines", lines)
