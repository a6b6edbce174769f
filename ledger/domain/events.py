"""Every event module, imported so that a fresh process knows all topics."""

from __future__ import annotations

from ledger.domain import (
    bank_files,
    batch_events,
    book,
    case,
    finding,
    key,
    payout,
    person,
    policy,
    relief,
    supervision,
)  # fmt: skip

__all__ = [
    "bank_files", "batch_events", "book", "case", "finding", "key", "payout", "person", "policy", "relief",
    "supervision",
]  # fmt: skip
