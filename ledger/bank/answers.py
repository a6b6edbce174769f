"""What a bank's return file says, whatever its format: answers, one a payment, and what it says of whole files."""

from __future__ import annotations

from datetime import date

import msgspec

SETTLED, RETURNED, UNKNOWN = "settled", "returned", "unknown"
OUTCOMES = (SETTLED, RETURNED, UNKNOWN)

TEXT = "text"
"""The batch of the answers of a bank's own text: all are of the one file its first lines name."""

Key = tuple[str, ...]
"""What a bank calls a payment: ("number", n) in its file, ("account", number), ("end_to_end", id) or ("case", …)."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one payment. `batch` names the file it went out with, as the bank calls it; empty: not said.

    `reason` is the bank's own code or words, `account` the number it says it paid to: never shown, only compared.
    """

    line: int
    batch: str
    key: Key
    outcome: str
    amount_fen: int | None = None
    reason: str | None = None
    iso: str | None = None
    account: str | None = None

    @property
    def said(self) -> tuple[object, ...]:
        """What it says, wherever it stands: two lines that say the same contradict nobody."""
        return self.outcome, self.amount_fen, self.reason, self.iso, self.account


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """What a bank says of a whole file of ours: how much it held, and whether all of it was settled or refused."""

    line: int
    batch: str
    count: int | None = None
    amount_fen: int | None = None
    settled: bool = False
    refused: bool = False
    reason: str | None = None
    iso: str | None = None


class TextIdentity(msgspec.Struct, frozen=True):
    """How a bank's own return text names the file of ours that it answers; None where it does not say."""

    bank: str
    pay_on: date | None
    unit_number: str | None
    batch_number: int | None


class ReturnFile(msgspec.Struct, frozen=True, kw_only=True):
    """A return file as read; its own totals were found to be those of its lines."""

    name: str
    digest: str
    format: str
    answers: tuple[Answer, ...]
    groups: tuple[Group, ...] = ()
    text: TextIdentity | None = None
