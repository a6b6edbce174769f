"""The events of a case: an enrolment and all that becomes known of the household afterwards."""

from __future__ import annotations

from datetime import date

import msgspec

from ledger.domain.event import Event
from ledger.values.month import Month

DIBAO_URBAN, DIBAO_RURAL, TEKUN = "dibao_urban", "dibao_rural", "tekun"


class EnrolledMember(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A member as enrolled or joined: relation to the head by GB/T 4761 code, insured or only living there."""

    person: str
    relation: str | None = None
    insured: bool = True


class CareTerms(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """How a destitute person is cared for, as enrolled (特困人员认定办法 §22; 特困人员救助供养).

    With a carer (a person, or just an account) care money is the carer's own payout; in an institution living
    and care money go there together. `carer_account` references the `person.account_recorded` event.
    """

    tier: str | None = None
    institutional: bool = False
    institution: str | None = None
    carer: str | None = None
    carer_account: str | None = None

    @property
    def has_carer(self) -> bool:
        """Whether care money has a payee of its own; the enrolment fixes it."""
        return not self.institutional and (self.carer is not None or self.carer_account is not None)


class Enrolled(Event, frozen=True, kw_only=True):
    """The household is granted a programme; paid from the month after `confirmed_on` (民发〔2021〕57号 §21)."""

    TOPIC = "case.enrolled"

    programme: str
    confirmed_on: date
    head: str
    members: tuple[EnrolledMember, ...]
    income_fen: int = 0
    """The household's whole income per `income_per` (`month` or `year`)."""
    income_per: str = "month"
    village: str | None = None
    account: str | None = None
    """The reference of the `person.account_recorded` event that holds it."""
    accepted_by: str | None = None
    audited_by: str | None = None
    approved_by: str | None = None
    imported: bool = False
    care: CareTerms | None = None


class MemberJoined(Event, frozen=True, kw_only=True):
    """A member joins; insured from the month after `confirmed_on`."""

    TOPIC = "case.member_joined"

    member: EnrolledMember
    confirmed_on: date


class MemberLeft(Event, frozen=True, kw_only=True):
    """A member left or died; insured through the month of `left_on`."""

    TOPIC = "case.member_left"

    person: str
    left_on: date
    reason: str


class HeadNamed(Event, frozen=True, kw_only=True):
    """A member heads the household from a day on."""

    TOPIC = "case.head_named"

    person: str
    from_on: date


class IncomeAssessed(Event, frozen=True, kw_only=True):
    """The household's income; counts from the month after `decided_on`, or from `from_month`.

    An income given with `from` is decided the day it is recorded (docs/rules.md R11).
    """

    TOPIC = "case.income_assessed"

    income_fen: int
    income_per: str
    decided_on: date
    from_month: Month | None = None


class Decision(Event, frozen=True, kw_only=True):
    """A written decision on the case; `note` references the sealed reason."""

    decided_on: date
    note: str | None = None


class Suspended(Decision, frozen=True, kw_only=True):
    """Paid through the month of the decision, until resumed."""

    TOPIC = "case.suspended"


class Resumed(Decision, frozen=True, kw_only=True):
    """Paid again from the month after the decision; nothing for the gap."""

    TOPIC = "case.resumed"


class Stopped(Decision, frozen=True, kw_only=True):
    """Paid through the month of the decision; the case has ended."""

    TOPIC = "case.stopped"


class Held(Decision, frozen=True, kw_only=True):
    """Closes pay the case nothing; what is due stays owed."""

    TOPIC = "case.held"


class Released(Decision, frozen=True, kw_only=True):
    """The hold is over; what stayed owed comes as arrears."""

    TOPIC = "case.released"


class GraceGranted(Decision, frozen=True, kw_only=True):
    """The income of the decision's month counts for `months` more months, then the case ends (渐退期)."""

    TOPIC = "case.grace_granted"

    months: int


class CareAssessed(Event, frozen=True, kw_only=True):
    """A care tier from the month after `assessed_on`; a carer or carer's account from the next payout on."""

    TOPIC = "case.care_assessed"

    tier: str
    assessed_on: date
    carer: str | None = None
    carer_account: str | None = None


class AccountNamed(Event, frozen=True, kw_only=True):
    """The case's account from the next payout on (the reference of a `person.account_recorded` event)."""

    TOPIC = "case.account_named"

    account: str


class HarvestRecorded(Event, frozen=True, kw_only=True):
    """The staple harvest per head of a year, which places the household in a grain tier."""

    TOPIC = "case.harvest_recorded"

    year: int
    grams_per_head: int
    full_ration: bool = False


class Corrected(Event, frozen=True, kw_only=True):
    """A slip in the case's particulars put right, for all months from now on."""

    TOPIC = "case.corrected"

    village: str | None = None
    confirmed_on: date | None = None


class ImportedLines(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What an imported payment was made of, in fen."""

    dibao_fen: int = 0
    top_up_fen: int = 0
    subsidy_fen: int = 0
    tekun_basic_fen: int = 0
    tekun_care_fen: int = 0


class PaymentImported(Event, frozen=True, kw_only=True):
    """A payment that another system made; it counts as paid for its month."""

    TOPIC = "case.payment_imported"

    month: Month
    amount_fen: int
    paid_on: date
    lines: ImportedLines | None = None
    persons: int | None = None
    account: str | None = None


class GrainHandedOut(Event, frozen=True, kw_only=True):
    """Grain given to the household for a month; `collector` references the sealed name."""

    TOPIC = "case.grain_handed_out"

    month: Month
    mass_g: int
    handed_out_on: date
    collector: str | None = None


class Visited(Event, frozen=True, kw_only=True):
    """The county visited the household; `visitors` references their sealed names."""

    TOPIC = "case.visited"

    visited_on: date
    visitors: str | None = None


class Posted(Event, frozen=True, kw_only=True):
    """A village posting, both days included (民发〔2021〕57号 §19, §24)."""

    TOPIC = "case.posted"

    stage: str
    from_on: date
    to_on: date
    place: str | None = None


class Reviewed(Event, frozen=True, kw_only=True):
    """A periodic review or means check (民发〔2021〕57号 §31); `outcome` references the sealed text."""

    TOPIC = "case.reviewed"

    reviewed_on: date
    kind: str
    outcome: str | None = None
    by: str | None = None


class CardHeld(Event, frozen=True, kw_only=True):
    """Somebody keeps the household's card; `filed_on` is the day that was filed."""

    TOPIC = "case.card_held"

    holder: str
    from_on: date
    to_on: date | None = None
    filed_on: date | None = None


class Discharged(Event, frozen=True, kw_only=True):
    """A destitute person left the institution."""

    TOPIC = "case.discharged"

    discharged_on: date


class CaseFactVoided(Event, frozen=True, kw_only=True):
    """The fact of this case with the reference `of` counts as never known; `note` references the reason."""

    TOPIC = "case.fact_voided"

    of: str
    note: str | None = None


def key(division: str, case: str) -> str:
    """A case's name across divisions, as other streams write it."""
    return f"{division}/{case}"


def stream(division: str, case: str) -> str:
    """The stream of a case."""
    return f"case/{division}/{case}"


def carer_of(division: str, case: str) -> str:
    """The person who stands for a carer of whom only an account is known."""
    return f"carer-{division}-{case}"
