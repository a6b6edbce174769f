"""The times a payout was sent: with which batch, to which account, and what the bank said of each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from ledger.domain import batch as batches
from ledger.domain.event import Recorded
from ledger.domain.payout import (
    CancellationVoided,
    PayoutCancelled,
    PayoutIssued,
    PayoutOutcomeUnknown,
    PayoutReissued,
    PayoutReturned,
    PayoutSettled,
)

OPEN, SETTLED, UNKNOWN, RETURNED = "open", "settled", "unknown", "returned"


class Attempt(msgspec.Struct, frozen=True):
    """One sending. `since` is the day its state became known; `resolved`: sent again or cancelled after its return."""

    batch: str
    account: str | None
    state: str
    since: date
    reason: str | None = None
    resolved: bool = False


def attempts(history: Iterable[Recorded]) -> list[Attempt]:
    """The sendings of a payout, oldest first, folded from its events."""
    found: list[Attempt] = []
    for recorded in history:
        event, day = recorded.event, recorded.event.recorded_on
        match event:
            case PayoutIssued():
                batch = batches.stream(event.division, event.month, event.programme)
                found.append(Attempt(batch, event.account, OPEN, day))
                continue
            case PayoutReissued():
                found[-1] = msgspec.structs.replace(found[-1], resolved=True)
                found.append(Attempt(event.batch, event.account, OPEN, day))
                continue
            case PayoutSettled(reason=reason):
                change = {"state": SETTLED, "since": day, "reason": reason}
            case PayoutOutcomeUnknown(reason=reason):
                change = {"state": UNKNOWN, "since": day, "reason": reason}
            case PayoutReturned(reason=reason):
                change = {"state": RETURNED, "since": day, "reason": reason}
            case PayoutCancelled():
                change = {"resolved": True}
            case CancellationVoided():
                change = {"resolved": False}
            case _:
                continue
        found[-1] = msgspec.structs.replace(found[-1], **change)
    return found
