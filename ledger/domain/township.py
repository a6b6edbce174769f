"""A township's confirmation of its part of a frozen roll, by the digest of that part's rows."""

from __future__ import annotations

from ledger.domain.event import Event


class TownshipConfirmed(Event, frozen=True, kw_only=True):
    """A township (nine digits) stands by its part of the roll frozen as `roll_digest`: its rows and their digest.

    On the batch's stream, so that a township cannot confirm a roll that is being frozen again.
    """

    TOPIC = "batch.township_confirmed"

    township: str
    roll_digest: str
    digest: str
    rows: int
    amount_fen: int
