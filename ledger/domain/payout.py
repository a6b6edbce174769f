"""A payout: money of one close to one payee, with what it is for; and the grain of a close."""

from __future__ import annotations

from datetime import date

import msgspec

from ledger.domain import batch as batches
from ledger.domain.event import Event, Recorded
from ledger.errors import Refused
from ledger.values.month import Month

HOUSEHOLD = "household"
"""The payee of dibao; it is paid to the head's account, whoever heads the household then."""

PERSON, CARER, INSTITUTION = "person", "carer", "institution"
"""The payees of a destitute person's money; a carer's key names who it is (`carer:P9`)."""


def payee_role(payee: str) -> str:
    """The role of a payee: `carer` of `carer:P9`."""
    return payee.partition(":")[0]


ARREARS, RECOVERY = "arrears", "recovery"


class PayoutLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A part of a payout: what for, for which month, how much (recoveries are negative)."""

    component: str
    for_month: Month
    amount_fen: int


class PayoutIssued(Event, frozen=True, kw_only=True):
    """Money of a close for one payee. Lines that add up to zero are a booking: no money goes out."""

    TOPIC = "payout.issued"

    division: str
    case: str
    programme: str
    month: Month
    payee: str
    person: str
    account: str | None = None
    insured: int
    lines: tuple[PayoutLine, ...]

    @property
    def amount_fen(self) -> int:
        """The sum of the lines, never negative."""
        return sum(line.amount_fen for line in self.lines)


class PayoutReturned(Event, frozen=True, kw_only=True):
    """The bank sent the money back. It still counts as paid (docs/rules.md) until re-issued or cancelled.

    `reason` is the bank's own code or words, `iso` the ISO 20022 reason code they stand for, where one is known.
    """

    TOPIC = "payout.returned"

    reason: str | None = None
    iso: str | None = None


class PayoutSettled(Event, frozen=True, kw_only=True):
    """The bank paid the payee; `reason` is its own code or word for that. Money may still come back later."""

    TOPIC = "payout.settled"

    reason: str | None = None


class PayoutOutcomeUnknown(Event, frozen=True, kw_only=True):
    """The bank cannot say whether it paid: nothing is sent again until it says settled or returned."""

    TOPIC = "payout.outcome_unknown"

    reason: str | None = None
    iso: str | None = None


class PayoutReissued(Event, frozen=True, kw_only=True):
    """A returned payout sent again, whole, to whoever and whatever account is known then, with a batch of its own."""

    TOPIC = "payout.reissued"

    batch: str
    account: str | None = None
    person: str | None = None
    """Who gets it; None: the person it was issued to."""


class PayoutCancelled(Event, frozen=True, kw_only=True):
    """A returned payout that will not be sent again: none of it was paid. `note` references the reason."""

    TOPIC = "payout.cancelled"

    cancelled_on: date
    note: str
    fact: str | None = None
    """The event that stands for the fact, where one fact cancelled several payouts; None: this one."""


class CancellationVoided(Event, frozen=True, kw_only=True):
    """The cancellation `of` counts as never known: the payout is a returned one again."""

    TOPIC = "payout.cancellation_voided"

    of: str
    note: str


class Payout(msgspec.Struct, frozen=True, gc=False):
    """A fold of a payout's stream: issued → settled or of unknown outcome → returned → re-issued …, or cancelled."""

    issued: PayoutIssued
    version: int = 1
    settled: bool = False
    unknown: bool = False
    returned: bool = False
    cancellation: str | None = None
    """The reference of the cancellation that stands."""
    cancelled_by: str | None = None
    """The event that stands for the fact it came from, which may have cancelled other payouts too."""
    account: str | None = None
    reissues: int = 0
    reissued_with: str | None = None
    """The stream of the batch that sent it again last."""

    @classmethod
    def begin(cls, event: PayoutIssued) -> Payout:
        """A payout as issued."""
        return cls(event, account=event.account)

    def after(self, recorded: Recorded) -> Payout:
        """The payout with one more event of its stream."""
        event = recorded.event
        payout = msgspec.structs.replace(self, version=event.originator_version)
        match event:
            case PayoutSettled():
                return msgspec.structs.replace(payout, settled=True, unknown=False)
            case PayoutOutcomeUnknown():
                return msgspec.structs.replace(payout, unknown=True)
            case PayoutReturned():
                return msgspec.structs.replace(payout, returned=True, settled=False, unknown=False)
            case PayoutReissued():
                return msgspec.structs.replace(
                    payout, returned=False, account=event.account, reissues=self.reissues + 1,
                    reissued_with=event.batch,
                )  # fmt: skip
            case PayoutCancelled():
                fact = event.fact or event.ref
                return msgspec.structs.replace(payout, cancellation=event.ref, cancelled_by=fact, returned=False)
            case CancellationVoided():
                return msgspec.structs.replace(payout, cancellation=None, cancelled_by=None, returned=True)
        return payout

    def require_returned(self) -> None:
        """Refuses what the bank does not have back.

        Raises:
            Refused: `payout.not_returned`; `payout.outcome_unknown` while the bank cannot say whether it paid.
        """
        if self.unknown:
            raise Refused(
                "payout.outcome_unknown",
                self.issued.originator_id,
                found="the bank cannot say whether it paid",
                expected="a payout that the bank returned",
                hint="Ask the bank; record its next return file, which says settled or returned.",
            )
        if not self.returned:
            raise Refused(
                "payout.not_returned",
                self.issued.originator_id,
                found="cancelled" if self.cancellation else "not returned, or re-issued since",
                expected="a payout that the bank returned",
            )

    @property
    def batch(self) -> str:
        """The stream of the batch that sent it last."""
        issued = self.issued
        return self.reissued_with or batches.stream(issued.division, issued.month, issued.programme)

    @property
    def out(self) -> bool:
        """Whether money is with the bank or the payee: issued above zero, not returned, not cancelled."""
        return bool(self.issued.amount_fen) and not self.returned and self.cancellation is None


class GrainAllocated(Event, frozen=True, kw_only=True):
    """Relief grain allocated to a rural household with the close of a month."""

    TOPIC = "grain.allocated"

    division: str
    case: str
    month: Month
    insured: int
    mass_g: int


def stream(month: Month, division: str, case: str, payee: str) -> str:
    """The stream of a payout; the month first, so that a month's payouts lie together."""
    return f"payout/{month}/{division}/{case}/{payee}"


def named_by(payout: str) -> tuple[str, str]:
    """The case (or relief) and the payee that a payout's stream names."""
    _, month, _, code, payee = payout.split("/")
    return code, PERSON if month == "relief" else payee


def grain_stream(month: Month, division: str, case: str) -> str:
    """The stream of a month's grain for a case."""
    return f"grain/{month}/{division}/{case}"
