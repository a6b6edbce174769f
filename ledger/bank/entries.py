"""A statement of an account as read, whatever its format: entries, with what each says about itself."""

from __future__ import annotations

from datetime import date

import msgspec


class Entry(msgspec.Struct, frozen=True):
    """An entry: the day it was booked, fen (money out is negative), and the texts that may name what it is for.

    The texts may name people, too: only ids of ours are taken from them (`ledger.bank.statements`).
    """

    line: int
    booked_on: date
    amount_fen: int
    texts: tuple[str, ...] = ()


class Statement(msgspec.Struct, frozen=True):
    """A statement file; the totals and balances it states were found to be those of its entries."""

    name: str
    digest: str
    format: str
    entries: tuple[Entry, ...]
