"""What a payout bundle says, as frozen values the closing of a batch fills in: integer fen and grams."""

from __future__ import annotations

from datetime import date, datetime, time

import msgspec

from ledger.values.month import CHINA, Month

CHANGE_KINDS = ("new", "ended", "raised", "cut", "back_paid", "recovered", "account_changed")
"""How a payee's money can differ from the month before, in the order the clerks read them."""


class PaymentLine(msgspec.Struct, frozen=True, gc=False):
    """A part of a payment (`dibao`, `arrears`, ...) for a month (`2022-07`); `recovery` is negative."""

    component: str
    for_month: str
    amount_fen: int


class Account(msgspec.Struct, frozen=True, gc=False):
    """Where money goes: 6 to 32 digits; `holder` and `bank` are None where nobody recorded them."""

    number: str
    holder: str | None = None
    bank: str | None = None


class Payment(msgspec.Struct, frozen=True):
    """One payout of the roll, named by its stream (`payout/2022-07/520203/C1/household`)."""

    payout: str
    case: str
    village: str | None
    payee_name: str
    id_number: str | None
    account: Account | None
    insured: int
    lines: tuple[PaymentLine, ...]

    @property
    def amount_fen(self) -> int:
        """The sum of its lines, in fen."""
        return sum([line.amount_fen for line in self.lines])

    @property
    def bank_name(self) -> str:
        """The name a bank compares with its own: the account holder's, the payee's where none is recorded."""
        return (self.account and self.account.holder) or self.payee_name


class GrainAllocation(msgspec.Struct, frozen=True, gc=False):
    """Relief grain a household is to get this month, in grams."""

    case: str
    payee_name: str
    village: str | None
    insured: int
    mass_g: int


class Change(msgspec.Struct, frozen=True):
    """Why a payee's money differs from the month before; `kinds` are of `CHANGE_KINDS`."""

    case: str
    payee_name: str
    kinds: tuple[str, ...]
    previous_fen: int
    amount_fen: int
    reason: str

    def __post_init__(self) -> None:
        if not self.kinds or not set(self.kinds) <= set(CHANGE_KINDS):
            raise ValueError(f"kinds of change among {', '.join(CHANGE_KINDS)}, not {self.kinds}")


class BundleContents(msgspec.Struct, frozen=True, kw_only=True):
    """All a bundle is rendered from: the frozen roll of one division, programme and month.

    `payments` go out (or are listed as unpayable for want of an account) in the order of the bank file;
    `bookings` are rows whose lines add up to zero, so no money goes out. `unit_number` is the payer's number
    at the agent bank, `batch_number` which file of the day this is, `ca_fingerprint` the SHA-256 of the CA
    certificate in hex, `roll_digest` the digest in the batch's freeze event.
    """

    division: str
    programme: str
    month: Month
    rehearsal: bool
    roll_digest: str
    pay_on: date
    batch_number: int
    unit_number: str
    ca_fingerprint: str
    payments: tuple[Payment, ...]
    bookings: tuple[Payment, ...] = ()
    grain: tuple[GrainAllocation, ...] = ()
    changes: tuple[Change, ...] = ()


def judged_at(pay_on: date) -> datetime:
    """The moment a bundle's certificates must be valid at: noon of the pay-on day in China Standard Time.

    A moment that the signed files name, so that a bundle verifies the same in thirty years (the -attime of
    VERIFY.txt), and no later signing can be passed off with a certificate that had ended before the money
    moved.
    """
    return datetime.combine(pay_on, time(12), tzinfo=CHINA)
