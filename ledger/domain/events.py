"""Every event module, imported so that a fresh process knows all topics."""

from __future__ import annotations

from ledger.domain import batch, book, case, finding, payout, person, policy, relief, supervision

__all__ = ["batch", "book", "case", "finding", "payout", "person", "policy", "relief", "supervision"]
