"""What a case file knows: one struct a kind of fact, with the event it comes from and its place in the log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

from ledger.domain import case as events
from ledger.domain.event import Event
from ledger.values.month import Month

SUSPEND, RESUME, STOP, GRACE, HOLD, RELEASE = "suspend", "resume", "stop", "grace", "hold", "release"


class Known(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A fact of the case: the reference of its event, and its place in the log."""

    ref: str
    position: int


class Enrolment(Known, frozen=True, array_like=True, gc=False):
    """The enrolment's own words; members and the first income stand with the later ones."""

    programme: str
    confirmed_on: date
    head: str
    village: str | None
    imported: bool
    care: events.CareTerms | None


class Join(Known, frozen=True, array_like=True, gc=False):
    """A member's coming in; `confirmed_on` None is the enrolment's day, whatever that is corrected to."""

    person: str
    relation: str | None
    insured: bool
    confirmed_on: date | None


class Leave(Known, frozen=True, array_like=True, gc=False):
    """A member's leaving."""

    person: str
    left_on: date
    reason: str


class Income(Known, frozen=True, array_like=True, gc=False):
    """An income; `counts_from` None is the enrolment's, older than every other one."""

    fen: int
    per: str
    counts_from: Month | None
    decided_on: date

    @property
    def annual_fen(self) -> int:
        """Income given per month counts × 12 (docs/rules.md R1)."""
        return self.fen * 12 if self.per == "month" else self.fen


class Decided(Known, frozen=True, array_like=True, gc=False):
    """A suspension, resumption, stop, grace, hold or release; `months` is a grace period's length."""

    kind: str
    decided_on: date
    months: int = 0


class Head(Known, frozen=True, array_like=True, gc=False):
    """Who heads the household from a day on."""

    person: str
    from_on: date


class NamedAccount(Known, frozen=True, array_like=True, gc=False):
    """A reference to an account, and when it was known."""

    account: str


class Harvest(Known, frozen=True, array_like=True, gc=False):
    """A year's harvest."""

    year: int
    grams_per_head: int
    full_ration: bool


class Assessment(Known, frozen=True, array_like=True, gc=False):
    """A care tier, and who cares from then on where that was said."""

    tier: str
    assessed_on: date
    carer: str | None
    carer_account: str | None


class Import(Known, frozen=True, array_like=True, gc=False):
    """A payment made elsewhere for a month."""

    month: Month
    amount_fen: int
    paid_on: date
    lines: events.ImportedLines | None


class Correction(Known, frozen=True, array_like=True, gc=False):
    """Particulars put right."""

    village: str | None
    confirmed_on: date | None


class Stay(msgspec.Struct, frozen=True, gc=False):
    """One stay of a member in the household: from joining to leaving, the months he counts in it."""

    person: str
    relation: str | None
    insured: bool
    first: Month
    last: Month | None
    """The month of leaving, None while he is there."""
    refs: tuple[str, ...]
    died: bool
    left_on: date | None

    def covers(self, month: Month) -> bool:
        """Whether the member belongs to the household's count in a month."""
        return self.first <= month and (self.last is None or month <= self.last)


_DECISIONS: dict[type[events.Decision], str] = {
    events.Suspended: SUSPEND,
    events.Resumed: RESUME,
    events.Stopped: STOP,
    events.GraceGranted: GRACE,
    events.Held: HOLD,
    events.Released: RELEASE,
}


def known_fact(event: Event, position: int) -> tuple[str, Known]:
    """A case's event as a known fact, and the case file's field for it; visits and the like are `others`."""
    make = _MAKE.get(type(event))
    if make is None:
        return "others", Known(event.ref, position)
    field, known = make
    return field, known(event, event.ref, position)


def _joined(event: events.MemberJoined, ref: str, position: int) -> Join:
    member = event.member
    return Join(ref, position, member.person, member.relation, member.insured, event.confirmed_on)


def _left(event: events.MemberLeft, ref: str, position: int) -> Leave:
    return Leave(ref, position, event.person, event.left_on, event.reason)


def _income(event: events.IncomeAssessed, ref: str, position: int) -> Income:
    counts_from = event.from_month or Month.of(event.decided_on) + 1
    return Income(ref, position, event.income_fen, event.income_per, counts_from, event.decided_on)


def _decided(event: events.Decision, ref: str, position: int) -> Decided:
    months = event.months if isinstance(event, events.GraceGranted) else 0
    return Decided(ref, position, _DECISIONS[type(event)], event.decided_on, months)


def _headed(event: events.HeadNamed, ref: str, position: int) -> Head:
    return Head(ref, position, event.person, event.from_on)


def _account(event: events.AccountNamed, ref: str, position: int) -> NamedAccount:
    return NamedAccount(ref, position, event.account)


def _harvest(event: events.HarvestRecorded, ref: str, position: int) -> Harvest:
    return Harvest(ref, position, event.year, event.grams_per_head, event.full_ration)


def _correction(event: events.Corrected, ref: str, position: int) -> Correction:
    return Correction(ref, position, event.village, event.confirmed_on)


def _assessment(event: events.CareAssessed, ref: str, position: int) -> Assessment:
    return Assessment(ref, position, event.tier, event.assessed_on, event.carer, event.carer_account)


def _import(event: events.PaymentImported, ref: str, position: int) -> Import:
    return Import(ref, position, event.month, event.amount_fen, event.paid_on, event.lines)


_MAKE: dict[type[Event], tuple[str, Callable[[Any, str, int], Known]]] = {
    events.MemberJoined: ("joins", _joined),
    events.MemberLeft: ("leaves", _left),
    events.IncomeAssessed: ("incomes", _income),
    **dict.fromkeys(_DECISIONS, ("decisions", _decided)),
    events.HeadNamed: ("heads", _headed),
    events.AccountNamed: ("accounts", _account),
    events.HarvestRecorded: ("harvests", _harvest),
    events.Corrected: ("corrections", _correction),
    events.CareAssessed: ("assessments", _assessment),
    events.PaymentImported: ("imports", _import),
}
"""What each kind of event becomes in a case file; a kind that is not here changes no amount."""
