"""Facts that supervision lives on: officials and relatives, visits, postings, reviews, matches, alerts."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from ledger.intake.fact import Fact, require_order
from ledger.intake.fields import (
    Batch,
    CalendarMonth,
    Code,
    Dataset,
    Day,
    Name,
    PastDay,
    Person,
    Place,
    RelationCode,
    Text,
    Texts,
    read_match_value,
)
from ledger.intake.shape import ReadsBy, Unreadable

__all__ = [
    "Alert",
    "AlertStep",
    "Application",
    "CardHeld",
    "Declaration",
    "Filing",
    "HomeVisit",
    "Inspection",
    "Match",
    "Monitored",
    "Official",
    "Posting",
    "Relation",
    "Review",
]


class Official(Fact, frozen=True, kw_only=True):
    """A term of office; recorded again with the same `from` it replaces the one before."""

    KIND: ClassVar = "official"

    official: Code
    person: Person
    name: Name | None = None
    role: Literal["case_handler", "village_committee"]
    unit: Place
    from_: Day
    to: Day | None = None

    def __post_init__(self) -> None:
        require_order(self.from_, self.to)


class Relation(Fact, frozen=True, kw_only=True):
    """What `to_person` is to `person`, on the days from `from` to `to`, open where one is missing."""

    KIND: ClassVar = "relation"

    person: Person
    to_person: Person
    code: RelationCode
    from_: Day | None = None
    to: Day | None = None
    declared_by: Place | None = None

    def __post_init__(self) -> None:
        if self.person == self.to_person:
            raise Unreadable(
                "another person", found="the person himself", field="to_person", code="fact.relation_to_self"
            )
        require_order(self.from_, self.to)


class Filing(Fact, frozen=True, kw_only=True):
    """An official filed that a case is his relative's."""

    KIND: ClassVar = "filing"

    official: Code
    case: Code
    on: PastDay


class HomeVisit(Fact, frozen=True, kw_only=True):
    """The county visited a household."""

    KIND: ClassVar = "home_visit"

    case: Code
    on: PastDay
    visitors: Texts = ()


class Declaration(Fact, frozen=True, kw_only=True):
    """An official's yearly declaration of relatives; `nil` says that he has none."""

    KIND: ClassVar = "declaration"

    official: Code
    on: PastDay
    nil: bool | None = None


class Posting(Fact, frozen=True, kw_only=True):
    """A village posting, both days included."""

    KIND: ClassVar = "posting"

    case: Code
    stage: Literal["first", "approved"]
    from_: Day
    to: Day
    place: Place | None = None

    def __post_init__(self) -> None:
        require_order(self.from_, self.to)


class Review(Fact, frozen=True, kw_only=True):
    """A periodic review, or a check of the economic status."""

    KIND: ClassVar = "review"

    case: Code
    on: PastDay
    kind: Literal["yearly", "half_yearly", "means_check"]
    outcome: Text | None = None
    by: Place | None = None


class CardHeld(Fact, frozen=True, kw_only=True):
    """Somebody else keeps the household's card."""

    KIND: ClassVar = "card_held"

    case: Code
    holder: Person
    from_: Day
    to: Day | None = None
    filed_on: PastDay | None = None

    def __post_init__(self) -> None:
        require_order(self.from_, self.to)


class Match(Fact, frozen=True, kw_only=True):
    """What another department's data say of a person in a month.

    `value` is decimal yuan where the dataset counts money, a whole number of properties, else any text.
    """

    KIND: ClassVar = "match"

    person: Person
    dataset: Dataset
    month: CalendarMonth
    value: Annotated[str | None, ReadsBy(read_match_value, by="dataset")] = None
    detail: Text | None = None


class Application(Fact, frozen=True, kw_only=True):
    """What came before an enrolment, and what came to nothing."""

    KIND: ClassVar = "application"

    application: Code
    person: Person
    programme: Batch
    applied_on: PastDay
    case: Code | None = None
    outcome: Literal["granted", "refused", "withdrawn"] | None = None
    decided_on: PastDay | None = None


class Monitored(Fact, frozen=True, kw_only=True):
    """A low-income person watched outside every programme."""

    KIND: ClassVar = "monitored"

    person: Person
    household: Place | None = None
    from_: Day
    to: Day | None = None
    reason: Text | None = None

    def __post_init__(self) -> None:
        require_order(self.from_, self.to)


class Inspection(Fact, frozen=True, kw_only=True):
    """A joint inspection by civil affairs and finance."""

    KIND: ClassVar = "inspection"

    inspection: Code
    kind: Literal["regular", "ad_hoc"]
    on: PastDay
    scope: Text | None = None
    team: Texts = ()
    conclusion: Text | None = None


class Alert(Fact, frozen=True, kw_only=True):
    """A suspicion raised by data matching; it never stops money by itself."""

    KIND: ClassVar = "alert"

    alert: Code
    person: Person
    dataset: Dataset
    side: Literal["over_inclusion", "under_coverage"]
    detail: Text | None = None
    on: PastDay


class AlertStep(Fact, frozen=True, kw_only=True):
    """What was done about an alert."""

    KIND: ClassVar = "alert_step"

    alert: Code
    step: Literal["assigned", "field_checked", "reviewed", "cleared"]
    outcome: Text | None = None
    by: Place | None = None
    evidence: Texts = ()
    on: PastDay
