"""A person: particulars, categories and accounts as they became known, and the cases he is insured in.

Everything personal sits in the `private` field of these events: the encoded struct named beside it, which the
store seals before it is written. Other streams carry the person's code and event references only.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any, Self, TypeVar

import msgspec

from ledger.domain.event import Event, Recorded
from ledger.values.identifiers import birth_of
from ledger.values.month import Month

Part = TypeVar("Part", bound=msgspec.Struct)

ERASED = b""
"""What the private part reads as once the person's key is gone."""


class Particulars(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What identifies a person; a field that was not given is None."""

    name: str | None = None
    id_number: str | None = None
    birth_date: date | None = None
    sex: str | None = None


class CategoryName(msgspec.Struct, frozen=True, gc=False):
    """A top-up category: health and family circumstances are sensitive data."""

    category: str


class Account(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A bank account: 6 to 32 digits, its holder's name and the bank as written."""

    number: str
    holder: str | None = None
    bank: str | None = None


class Note(msgspec.Struct, frozen=True, gc=False):
    """Free text: a reason as the clerk wrote it."""

    text: str


class PersonEvent(Event, frozen=True, kw_only=True):
    """An event of one person; `cause` is the reference of the fact's own event, which a void names."""

    cause: str


class Sealed(PersonEvent, frozen=True, kw_only=True):
    """A person's event with a private part: the JSON of one struct, in clear in memory and sealed on disk."""

    private: bytes


class Described(Sealed, frozen=True, kw_only=True):
    """Particulars became known, all or some (`private`: Particulars)."""

    TOPIC = "person.described"


class CategoryRecorded(Sealed, frozen=True, kw_only=True):
    """A top-up category of a person (`private`: CategoryName).

    `from_month` None counts from the person's first month in `case`; `to_month` is the last month.
    """

    TOPIC = "person.category_recorded"

    from_month: Month | None = None
    to_month: Month | None = None
    case: str | None = None


class AccountRecorded(Sealed, frozen=True, kw_only=True):
    """An account (`private`: Account); `own` when it is the person's for all his money, else only a case's."""

    TOPIC = "person.account_recorded"

    own: bool


class Noted(Sealed, frozen=True, kw_only=True):
    """Free text of the fact `cause` (`private`: Note)."""

    TOPIC = "person.noted"


class Insured(PersonEvent, frozen=True, kw_only=True):
    """The person became an insured member of `case` (division/case) from `since` on."""

    TOPIC = "person.insured"

    case: str
    since: Month


class Released(PersonEvent, frozen=True, kw_only=True):
    """The person is insured in `case` through `through` and no longer."""

    TOPIC = "person.released"

    case: str
    through: Month


class Related(PersonEvent, frozen=True, kw_only=True):
    """What `to_person` is to this person by GB/T 4761 code; `declared_by` references the sealed text."""

    TOPIC = "person.related"

    to_person: str
    code: str
    from_on: date | None = None
    to_on: date | None = None
    declared_by: str | None = None


class MatchedData(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What another department's data say: a dataset, and its value and detail as text."""

    dataset: str
    value: str | None = None
    detail: str | None = None


class Matched(Sealed, frozen=True, kw_only=True):
    """Another department's data on the person in a month (`private`: MatchedData)."""

    TOPIC = "person.matched"

    month: Month


class MonitoredReason(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Why a low-income person is watched."""

    reason: str | None = None


class Monitored(Sealed, frozen=True, kw_only=True):
    """A low-income person watched outside every programme (`private`: MonitoredReason)."""

    TOPIC = "person.monitored"

    household: str | None = None
    from_on: date
    to_on: date | None = None


PRIVATE_PARTS: dict[type[Sealed], type[msgspec.Struct]] = {
    Described: Particulars,
    CategoryRecorded: CategoryName,
    AccountRecorded: Account,
    Noted: Note,
    Matched: MatchedData,
    Monitored: MonitoredReason,
}
"""What the private part of each sealed event is."""


class PersonFactVoided(PersonEvent, frozen=True, kw_only=True):
    """What the fact `of` (an event reference) said of this person counts as never known."""

    TOPIC = "person.fact_voided"

    of: str


class KnownParticulars(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Particulars with the event that made them known and the fact that caused it."""

    ref: str
    cause: str
    particulars: Particulars


class KnownCategory(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A category fact in the order known; `position` is its place in the log."""

    ref: str
    cause: str
    position: int
    category: str
    from_month: Month | None
    to_month: Month | None
    case: str | None


class KnownAccount(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An account with its event."""

    ref: str
    cause: str
    position: int
    own: bool
    account: Account


class KnownInsurance(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A case in which the person was made an insured member."""

    cause: str
    case: str


class PersonFile(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is known of a person: a fold of his stream, in the order known, voided facts left out."""

    person: str
    version: int = 0
    particulars: tuple[KnownParticulars, ...] = ()
    categories: tuple[KnownCategory, ...] = ()
    accounts: tuple[KnownAccount, ...] = ()
    insured_in: tuple[KnownInsurance, ...] = ()
    others: tuple[str, ...] = ()
    """References of the person's own facts that change no amount: relations, matches, monitoring."""
    erased: bool = False
    """Whether something recorded of the person cannot be read any more: his key is gone."""

    def after(self, recorded: Recorded) -> Self:
        """The file with one more event of the person's stream."""
        event, version = recorded.event, recorded.event.originator_version
        replace = msgspec.structs.replace
        if isinstance(event, Sealed) and event.private == ERASED:
            return replace(self, version=version, erased=True)
        match event:
            case Described():
                known = KnownParticulars(event.ref, event.cause, open_private(event, Particulars))
                return replace(self, version=version, particulars=(*self.particulars, known))
            case CategoryRecorded():
                category = KnownCategory(
                    event.ref,
                    event.cause,
                    recorded.position,
                    open_private(event, CategoryName).category,
                    event.from_month,
                    event.to_month,
                    event.case,
                )
                return replace(self, version=version, categories=(*self.categories, category))
            case AccountRecorded():
                account = KnownAccount(
                    event.ref, event.cause, recorded.position, event.own, open_private(event, Account)
                )
                return replace(self, version=version, accounts=(*self.accounts, account))
            case Insured():
                insured = KnownInsurance(event.cause, event.case)
                return replace(self, version=version, insured_in=(*self.insured_in, insured))
            case Related() | Matched() | Monitored():
                return replace(self, version=version, others=(*self.others, event.ref))
            case PersonFactVoided():
                return replace(self.without(event.of), version=version)
        return replace(self, version=version)

    def without(self, fact: str) -> Self:
        """The file as if the fact (the reference of its own event) had never been known."""
        return msgspec.structs.replace(
            self,
            particulars=tuple(k for k in self.particulars if k.cause != fact),
            categories=tuple(k for k in self.categories if k.cause != fact),
            accounts=tuple(k for k in self.accounts if k.cause != fact),
            insured_in=tuple(k for k in self.insured_in if k.cause != fact),
            others=tuple(ref for ref in self.others if ref != fact),
        )

    def mentions(self, fact: str) -> bool:
        """Whether anything here was caused by the fact."""
        causes = (
            *(k.cause for k in self.particulars),
            *(k.cause for k in self.categories),
            *(k.cause for k in self.accounts),
            *(k.cause for k in self.insured_in),
            *self.others,
        )
        return fact in causes

    @property
    def current(self) -> Particulars:
        """Each particular as known last."""
        name = id_number = birth = sex = None
        for known in self.particulars:
            told = known.particulars
            name, id_number = told.name or name, told.id_number or id_number
            birth, sex = told.birth_date or birth, told.sex or sex
        return Particulars(name, id_number, birth, sex)

    @property
    def birth_date(self) -> date | None:
        """The birth date given, else a valid ID number's (docs/rules.md R10)."""
        current = self.current
        if current.birth_date is not None or current.id_number is None:
            return current.birth_date
        return birth_of(current.id_number)

    @property
    def own_account(self) -> KnownAccount | None:
        """The account that replaces others for all the person's money, as known last."""
        return next((k for k in reversed(self.accounts) if k.own), None)

    def account(self, ref: str) -> KnownAccount | None:
        """The account an event reference names."""
        return next((k for k in self.accounts if k.ref == ref), None)


def stream(person: str) -> str:
    """The stream of a person."""
    return f"person/{person}"


def office(division: str) -> str:
    """The pseudo-person whose key seals free text of a division that belongs to no person: it may name people."""
    return f"office-{division}"


def private(part: msgspec.Struct) -> bytes:
    """The private part of an event, as `Sealed.private` holds it."""
    return msgspec.json.encode(part)


@cache
def _decoder(kind: type[Any]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def open_private(event: Sealed, kind: type[Part]) -> Part:
    """The private part of a sealed event, in clear."""
    part: Part = _decoder(kind).decode(event.private)
    return part
