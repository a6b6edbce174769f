"""Facts about cases: enrolment, members, income, decisions, accounts."""

from __future__ import annotations

from typing import ClassVar, Literal

from ledger.intake.fact import Fact, Part, require_exactly_one, require_order
from ledger.intake.fields import (
    AccountNumber,
    BirthDay,
    Code,
    Codes,
    Day,
    IdNumber,
    IdNumberAsGiven,
    MonthsCount,
    Name,
    PastDay,
    Person,
    Place,
    Programme,
    RelationCode,
    RuleMonth,
    Sex,
    Text,
    Tier,
    Yuan,
    require_id_number,
)
from ledger.intake.shape import Unreadable

__all__ = [
    "Account",
    "AccountNamed",
    "Care",
    "CategoryGiven",
    "Correct",
    "Enrol",
    "Grace",
    "Handlers",
    "HeadNamed",
    "Hold",
    "Income",
    "IncomeAssessed",
    "Join",
    "Leave",
    "Member",
    "Release",
    "Resume",
    "Stop",
    "Suspend",
]


class Member(Part, frozen=True, kw_only=True):
    """A member of a household; `relation` is what he is to the head, the ID number is checked by the fact."""

    person: Person
    name: Name | None = None
    id_number: IdNumberAsGiven | None = None
    birth_date: BirthDay | None = None
    sex: Sex | None = None
    relation: RelationCode | None = None
    insured: bool = True
    categories: Codes = ()


class Income(Part, frozen=True, kw_only=True):
    """A household's total income a month or a year."""

    amount_fen: Yuan
    per: Literal["month", "year"]


class Account(Part, frozen=True, kw_only=True):
    """Where money goes."""

    number: AccountNumber
    holder: Name | None = None
    bank: Name | None = None


class Handlers(Part, frozen=True, kw_only=True):
    """The officials who decided an enrolment, by code; they need not be known."""

    accepted_by: Code | None = None
    audited_by: Code | None = None
    approved_by: Code | None = None


class Care(Part, frozen=True, kw_only=True):
    """How a destitute person lives and who cares; without a tier there is no care money."""

    tier: Tier | None = None
    mode: Literal["scattered", "institutional"] | None = None
    carer: Person | None = None
    carer_account: Account | None = None
    institution: Place | None = None

    @property
    def institutional(self) -> bool:
        """Whether the case lives in an institution: scattered unless `mode` says so or one is named."""
        return self.mode == "institutional" or (self.mode is None and self.institution is not None)


class Enrol(Fact, frozen=True, kw_only=True):
    """A household enters a programme; paid from the month after `confirmed_on`."""

    KIND: ClassVar = "enrol"

    case: Code
    programme: Programme
    confirmed_on: PastDay
    head: Person
    members: tuple[Member, ...]
    income: Income | None = None
    village: Place | None = None
    account: Account | None = None
    handlers: Handlers | None = None
    care: Care | None = None
    imported: bool = False

    def __post_init__(self) -> None:
        persons = {member.person for member in self.members}
        if not persons:
            raise Unreadable("at least one member", found="none", field="members")
        if len(persons) != len(self.members):
            raise Unreadable("each person once", found="a person twice", field="members", code="fact.person_twice")
        if self.head not in persons:
            raise Unreadable(
                "the person of one of the members", found="another person",
                field="head", code="fact.head_not_member",
            )  # fmt: skip
        if not self.imported:
            for number, member in enumerate(self.members, 1):
                require_id_number(member.id_number, f"members[{number}].id_number")


_OF_PERSON = ("name", "id_number", "birth_date", "sex")
_OF_CASE = ("village", "confirmed_on")


class Correct(Fact, frozen=True, kw_only=True):
    """A slip in particulars put right: of a person, or of a case."""

    KIND: ClassVar = "correct"

    person: Person | None = None
    name: Name | None = None
    id_number: IdNumber | None = None
    birth_date: BirthDay | None = None
    sex: Sex | None = None
    case: Code | None = None
    village: Place | None = None
    confirmed_on: PastDay | None = None

    def __post_init__(self) -> None:
        require_exactly_one(self, "person", "case")
        subject, own, others = ("person", _OF_PERSON, _OF_CASE) if self.person else ("case", _OF_CASE, _OF_PERSON)
        given = [name for name in own if getattr(self, name) is not None]
        strays = [name for name in others if getattr(self, name) is not None]
        if strays or not given:
            raise Unreadable(
                f"with {subject} at least one of {', '.join(own)}, and no other",
                found=", ".join(strays) or "none of them", field=subject, code="fact.not_together",
            )  # fmt: skip


class HeadNamed(Fact, frozen=True, kw_only=True):
    """A member becomes the head."""

    KIND: ClassVar = "head"

    case: Code
    person: Person
    from_: Day


class Join(Fact, frozen=True, kw_only=True):
    """A person becomes a member; insured from the month after."""

    KIND: ClassVar = "join"

    case: Code
    member: Member
    confirmed_on: PastDay

    def __post_init__(self) -> None:
        require_id_number(self.member.id_number, "member.id_number")


class Leave(Fact, frozen=True, kw_only=True):
    """A member leaves; insured through the month of `date`."""

    KIND: ClassVar = "leave"

    case: Code
    person: Person
    date: PastDay
    reason: Literal["death", "moved_out", "marriage", "custody", "other"]


class IncomeAssessed(Fact, frozen=True, kw_only=True):
    """A household's income anew, from the month after the decision or from a month."""

    KIND: ClassVar = "income"

    case: Code
    income: Income
    decided_on: PastDay | None = None
    from_: RuleMonth | None = None

    def __post_init__(self) -> None:
        require_exactly_one(self, "decided_on", "from_")


class CategoryGiven(Fact, frozen=True, kw_only=True):
    """A person's top-up category; `to` is its last month."""

    KIND: ClassVar = "category"

    person: Person
    category: Code
    from_: RuleMonth
    to: RuleMonth | None = None

    def __post_init__(self) -> None:
        require_order(self.from_, self.to)


class _Decision(Fact, frozen=True, kw_only=True):
    case: Code
    decided_on: PastDay
    reason: Text


class Suspend(_Decision, frozen=True, kw_only=True):
    """Paid through the month of the decision, until resumed."""

    KIND: ClassVar = "suspend"


class Resume(_Decision, frozen=True, kw_only=True):
    """Paid again from the month after the decision."""

    KIND: ClassVar = "resume"


class Stop(_Decision, frozen=True, kw_only=True):
    """Paid through the month of the decision; the case ends."""

    KIND: ClassVar = "stop"


class Grace(_Decision, frozen=True, kw_only=True):
    """The income assessed before counts for so many more months, then the case stops."""

    KIND: ClassVar = "grace"

    months: MonthsCount


class Hold(_Decision, frozen=True, kw_only=True):
    """Closes pay the case nothing; what is due stays owed."""

    KIND: ClassVar = "hold"


class Release(_Decision, frozen=True, kw_only=True):
    """A held case is paid again."""

    KIND: ClassVar = "release"


class AccountNamed(Fact, frozen=True, kw_only=True):
    """A case's or a person's account, from the next payout on."""

    KIND: ClassVar = "account"

    case: Code | None = None
    person: Person | None = None
    account: Account

    def __post_init__(self) -> None:
        require_exactly_one(self, "case", "person")
