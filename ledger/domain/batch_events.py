"""What happens to a batch: frozen, bundled, confirmed by townships, approved by two people, closed."""

from __future__ import annotations

from datetime import date

import msgspec

from ledger.domain.event import Event
from ledger.values.month import Month

FIRST_BANK = "agent"
"""The bank of bundles that name none."""


class Totals(msgspec.Struct, frozen=True, gc=False):
    """Control totals of a roll: payouts that go out, their sum, zero-net bookings, grain."""

    payouts: int
    amount_fen: int
    bookings: int
    grain_g: int
    grain_cases: int

    @property
    def empty(self) -> bool:
        """Whether there is nothing to approve."""
        return not (self.payouts or self.bookings or self.grain_cases)


class Frozen(Event, frozen=True, kw_only=True):
    """The roll is fixed: what is known before this event belongs to it, what comes later does not."""

    TOPIC = "batch.frozen"

    division: str
    programme: str
    month: Month
    roll_digest: str
    totals: Totals
    pay_on: date
    rehearsal: bool = False
    selection: tuple[str, ...] = ()
    """Of a batch paid apart: the payout streams it re-issues, or the relief it pays."""
    townships: tuple[str, ...] = ()
    """Where townships must confirm, those with rows in the roll: nobody signs before all of them have."""


class Bundled(Event, frozen=True, kw_only=True):
    """The payout files were written; `sums` is the text of their SHA256SUMS.

    With what the installation put on them, so that they can be written again byte for byte: the form of bundles, who
    pays, the texts of the bank profiles in use (the default first), and which file of the day each bank's is.
    """

    TOPIC = "batch.bundled.2"

    roll_digest: str
    sums: str
    unit_number: str
    ca_fingerprint: str
    format: int
    payer_name: str
    payer_account: str | None
    profiles: tuple[str, ...]
    batch_numbers: dict[str, int]


class FirstBundled(Event, frozen=True, kw_only=True):
    """A bundle of the first form: one bank's file, the only one of its day."""

    TOPIC = "batch.bundled"

    roll_digest: str
    sums: str
    unit_number: str
    ca_fingerprint: str

    def upgrade(self) -> Bundled:
        """As it is recorded now."""
        known = {field: getattr(self, field) for field in self.__struct_fields__}
        return Bundled(
            **known, format=1, payer_name="", payer_account=None, profiles=(), batch_numbers={FIRST_BANK: 1}
        )


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


class Approved(Event, frozen=True, kw_only=True):
    """One person's CMS signature (DER) over the bundle's SHA256SUMS, with the certificate (PEM) it answers to."""

    TOPIC = "batch.approved"

    role: str
    signer: str
    key_fingerprint: str
    certificate: str
    signature: bytes


class OverspendingAllowed(Event, frozen=True, kw_only=True):
    """One person's CMS signature (DER) over the statement that this roll overspends its programme's money.

    `over_fen` is by how much at most, at the end of the budget year; `document` is the number of the paper that
    allows it. Maker and checker both sign (`ledger/closing/overspending.py`).
    """

    TOPIC = "batch.overspending_allowed"

    roll_digest: str
    year: int
    over_fen: int
    document: str
    role: str
    signer: str
    key_fingerprint: str
    certificate: str
    signature: bytes


class Closed(Event, frozen=True, kw_only=True):
    """Payouts and grain allocations were issued; the month of this programme never changes again."""

    TOPIC = "batch.closed"

    roll_digest: str
    totals: Totals


class Approval(msgspec.Struct, frozen=True, gc=False):
    """An approval that stands."""

    ref: str
    role: str
    signer: str
    key_fingerprint: str
    certificate: str
    signature: bytes
    position: int
    """Where in the log it was given."""
