"""What a payout bundle says, as frozen values the closing of a batch fills in: integer fen and grams."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

import msgspec

from ledger.payfile.bank_profile import Profile
from ledger.values.month import CHINA, Month

FORMAT = 3
"""The form bundles are written in: which files there are, and what stands in them. 1 had CSV tables and the bank's file
alone; pages of 2 lose their right-hand lines in print. One written in an older form is still written so when it is
compared."""

REHEARSAL_UNIT = "REHEARSAL"
"""The unit number of every rehearsal's files: a text no bank has given to a payer."""

PROGRAMMES = {
    "dibao_urban": "城市低保",
    "dibao_rural": "农村低保",
    "tekun": "特困供养",
    "relief": "临时救助",
    "reissue": "退款重发",
}
"""Programmes as people call them; batches paid apart are named `relief-R1`, `reissue-1`."""

CHANGE_KINDS = ("new", "ended", "raised", "cut", "back_paid", "recovered", "account_changed")
"""How a payee's money can differ from the month before, in the order the clerks read them."""


def programme_name(programme: str) -> str:
    """A programme in Chinese; `relief-R1` is called as `relief`."""
    return PROGRAMMES.get(programme.partition("-")[0], programme)


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
    helped_name: str = ""
    """Who is helped, where it is not the payee: the head of a case whose carer is paid."""

    @property
    def posted_name(self) -> str:
        """The name a village is shown."""
        return self.helped_name or self.payee_name

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


class Payer(msgspec.Struct, frozen=True):
    """Who pays: the office's name, and its account where the installation says it."""

    name: str
    account: str | None = None


class BundleContents(msgspec.Struct, frozen=True, kw_only=True):
    """All a bundle is rendered from: the frozen roll of one division, programme and month.

    `payments` go out (or are listed as unpayable for want of an account) in the order of the bank file;
    `bookings` are rows whose lines add up to zero, so no money goes out. `frozen_at` is the moment of the freeze,
    `roll_digest` the digest in its event, `unit_number` the payer's number at the agent bank, `ca_fingerprint` the
    SHA-256 of the CA certificate in hex. `banks` are the profiles, the default first; `batch_numbers` say which file
    of the day each bank's is.
    """

    division: str
    programme: str
    month: Month
    rehearsal: bool
    roll_digest: str
    frozen_at: datetime
    pay_on: date
    unit_number: str
    ca_fingerprint: str
    payer: Payer
    banks: tuple[Profile, ...]
    batch_numbers: dict[str, int]
    payments: Sequence[Payment]
    bookings: tuple[Payment, ...] = ()
    grain: tuple[GrainAllocation, ...] = ()
    changes: tuple[Change, ...] = ()
    format: int = FORMAT
    file_number: int = 1
    """Which file of the batch it is: more than 1 where the bank refused those before it whole."""

    @property
    def stated_unit(self) -> str:
        """The unit number that goes into the files: the payer's, or REHEARSAL."""
        return REHEARSAL_UNIT if self.rehearsal else self.unit_number

    @property
    def programme_name(self) -> str:
        """The programme in Chinese."""
        return programme_name(self.programme)

    @property
    def month_name(self) -> str:
        """The month in Chinese: `2022年7月`."""
        return f"{self.month.first_day.year}年{self.month.first_day.month}月"

    @property
    def mark(self) -> str:
        """What stands on every page of a rehearsal."""
        return "演练 REHEARSAL" if self.rehearsal else ""

    @property
    def purpose(self) -> str:
        """What the money is, for the payee's statement."""
        return f"{self.programme_name} {self.month}"


def judged_at(pay_on: date) -> datetime:
    """The moment a bundle's certificates must be valid at: noon of the pay-on day in China Standard Time.

    A moment that the signed files name, so that a bundle verifies the same in thirty years (the -attime of
    VERIFY.txt), and no later signing can be passed off with a certificate that had ended before the money
    moved.
    """
    return datetime.combine(pay_on, time(12), tzinfo=CHINA)
