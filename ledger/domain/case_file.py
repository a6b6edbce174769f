"""The case file: what is known of a household, and what follows for its months."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec

from ledger.domain import case as events
from ledger.domain.event import Recorded
from ledger.values.month import Month

SUSPEND, RESUME, STOP, HOLD, RELEASE = "suspend", "resume", "stop", "hold", "release"

_DECISION_KINDS: dict[type[events.Decision], str] = {
    events.Suspended: SUSPEND,
    events.Resumed: RESUME,
    events.Stopped: STOP,
    events.Held: HOLD,
    events.Released: RELEASE,
}


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
        """Income given per month counts × 12 (scenario.md, rule 1)."""
        return self.fen * 12 if self.per == "month" else self.fen


class Decided(Known, frozen=True, array_like=True, gc=False):
    """A suspension, resumption, stop, hold or release."""

    kind: str
    decided_on: date


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


class CaseFile(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A fold of a case's stream in the order known, voided facts left out. No enrolment: no such case."""

    division: str
    case: str
    version: int = 0
    enrolment: Enrolment | None = None
    joins: tuple[Join, ...] = ()
    leaves: tuple[Leave, ...] = ()
    incomes: tuple[Income, ...] = ()
    decisions: tuple[Decided, ...] = ()
    heads: tuple[Head, ...] = ()
    accounts: tuple[NamedAccount, ...] = ()
    harvests: tuple[Harvest, ...] = ()
    corrections: tuple[Correction, ...] = ()
    voids: tuple[Known, ...] = ()
    """The voids of this case's facts, each by its own event."""

    def after(self, recorded: Recorded) -> CaseFile:
        """The file with one more event of the case's stream."""
        event, position = recorded.event, recorded.position
        replace = msgspec.structs.replace
        file = replace(self, version=event.originator_version)
        match event:
            case events.Enrolled():
                return _enrolled(file, event, position)
            case events.MemberJoined(member=member):
                join = Join(
                    event.ref, position, member.person, member.relation, member.insured, event.confirmed_on
                )
                return replace(file, joins=(*file.joins, join))
            case events.MemberLeft():
                leave = Leave(event.ref, position, event.person, event.left_on, event.reason)
                return replace(file, leaves=(*file.leaves, leave))
            case events.IncomeAssessed():
                return replace(file, incomes=(*file.incomes, _income(event, position)))
            case events.Decision():
                decided = Decided(event.ref, position, _DECISION_KINDS[type(event)], event.decided_on)
                return replace(file, decisions=(*file.decisions, decided))
            case events.HeadNamed():
                return replace(file, heads=(*file.heads, Head(event.ref, position, event.person, event.from_on)))
            case events.AccountNamed():
                return replace(file, accounts=(*file.accounts, NamedAccount(event.ref, position, event.account)))
            case events.HarvestRecorded():
                harvest = Harvest(event.ref, position, event.year, event.grams_per_head, event.full_ration)
                return replace(file, harvests=(*file.harvests, harvest))
            case events.Corrected():
                correction = Correction(event.ref, position, event.village, event.confirmed_on)
                return replace(file, corrections=(*file.corrections, correction))
            case events.CaseFactVoided():
                voids = (*file.voids, Known(event.ref, position))
                return replace(file.without(event.of), voids=voids)
        return file

    def without(self, fact: str) -> CaseFile:
        """The file as if the fact with this reference had never been known."""
        return msgspec.structs.replace(
            self,
            enrolment=None if self.enrolment and self.enrolment.ref == fact else self.enrolment,
            joins=tuple(k for k in self.joins if k.ref != fact),
            leaves=tuple(k for k in self.leaves if k.ref != fact),
            incomes=tuple(k for k in self.incomes if k.ref != fact),
            decisions=tuple(k for k in self.decisions if k.ref != fact),
            heads=tuple(k for k in self.heads if k.ref != fact),
            accounts=tuple(k for k in self.accounts if k.ref != fact),
            harvests=tuple(k for k in self.harvests if k.ref != fact),
            corrections=tuple(k for k in self.corrections if k.ref != fact),
        )

    def known_facts(self) -> Iterator[Known]:
        """All that stands: an enrolment comes once for itself and once for each thing it said."""
        if self.enrolment is not None:
            yield self.enrolment
        yield from self.joins
        yield from self.leaves
        yield from self.incomes
        yield from self.decisions
        yield from self.heads
        yield from self.accounts
        yield from self.harvests
        yield from self.corrections

    def facts(self) -> tuple[str, ...]:
        """The references of all facts that stand, each once."""
        return tuple(dict.fromkeys(known.ref for known in self.known_facts()))

    @property
    def known(self) -> bool:
        """Whether there is an enrolment that stands."""
        return self.enrolment is not None

    @property
    def granted(self) -> Enrolment:
        """The enrolment of a case that is known."""
        if self.enrolment is None:
            raise ValueError(f"the case {self.case} is not enrolled")
        return self.enrolment

    @property
    def programme(self) -> str:
        """The programme granted."""
        return self.granted.programme

    @property
    def village(self) -> str | None:
        """The village as known last."""
        for correction in reversed(self.corrections):
            if correction.village is not None:
                return correction.village
        return self.granted.village

    @property
    def confirmed_on(self) -> date:
        """The day of confirmation as known last."""
        for correction in reversed(self.corrections):
            if correction.confirmed_on is not None:
                return correction.confirmed_on
        return self.granted.confirmed_on

    @property
    def first_month(self) -> Month:
        """The month after confirmation, the first one paid."""
        return Month.of(self.confirmed_on) + 1

    def stays(self) -> tuple[Stay, ...]:
        """Every stay of every member, in the order they joined."""
        confirmed_on = self.confirmed_on
        if not self.leaves:
            return tuple(_stay(join, None, confirmed_on) for join in self.joins)
        left: list[Leave] = list(self.leaves)
        stays = []
        for index, join in enumerate(self.joins):
            rejoined = next((j.position for j in self.joins[index + 1 :] if j.person == join.person), None)
            leave = next(
                (
                    k for k in left
                    if k.person == join.person and (rejoined is None or k.position < rejoined)
                ),
                None,
            )  # fmt: skip
            if leave is not None:
                left.remove(leave)
            stays.append(_stay(join, leave, confirmed_on))
        return tuple(stays)

    def last_month(self) -> Month | None:
        """The month the case ends with, by a stop or the last member's leaving; None while it is open."""
        ends = [Month.of(d.decided_on) for d in self.decisions if d.kind == STOP]
        stays = self.stays() if self.leaves else ()
        if stays and all(stay.last is not None for stay in stays):
            ends.append(max(stay.last for stay in stays if stay.last is not None))
        return min(ends) if ends else None

    def in_order(self, *kinds: str) -> list[Decided]:
        """Decisions of some kinds by the day decided, the same day in the order known."""
        return sorted((d for d in self.decisions if d.kind in kinds), key=lambda d: d.decided_on)

    def suspension(self, month: Month) -> Decided | None:
        """The suspension that keeps a month unpaid, if one does."""
        if not self.decisions:
            return None
        state = None
        for decision in self.in_order(SUSPEND, RESUME):
            if Month.of(decision.decided_on) >= month:
                break
            state = decision
        return state if state is not None and state.kind == SUSPEND else None

    def hold(self) -> Decided | None:
        """The hold that stands, if one does."""
        decisions = self.in_order(HOLD, RELEASE) if self.decisions else []
        return decisions[-1] if decisions and decisions[-1].kind == HOLD else None

    def income(self, month: Month) -> Income:
        """The income that counts in a month: the latest from, then the later decision, then the last known."""
        best = self.incomes[0]
        for income in self.incomes[1:]:
            if income.counts_from is None or income.counts_from > month:
                continue
            if best.counts_from is None or (
                (income.counts_from, income.decided_on) >= (best.counts_from, best.decided_on)
            ):
                best = income
        return best

    def head(self, day: date) -> Head:
        """Who heads the household on a day (the enrolment's head before the first one named)."""
        best = self.heads[0]
        for head in self.heads[1:]:
            if head.from_on <= day and (best is self.heads[0] or head.from_on >= best.from_on):
                best = head
        return best

    def harvest(self, year: int) -> Harvest | None:
        """The harvest of a year as known last."""
        return next((k for k in reversed(self.harvests) if k.year == year), None)


def _income(event: events.IncomeAssessed, position: int) -> Income:
    counts_from = event.from_month or Month.of(event.decided_on) + 1
    return Income(event.ref, position, event.income_fen, event.income_per, counts_from, event.decided_on)


def _stay(join: Join, leave: Leave | None, enrolled_on: date) -> Stay:
    first = Month.of(join.confirmed_on or enrolled_on) + 1
    if leave is None:
        return Stay(join.person, join.relation, join.insured, first, None, (join.ref,), died=False, left_on=None)
    died = leave.reason == "death"
    refs = (join.ref, leave.ref)
    last, left_on = Month.of(leave.left_on), leave.left_on
    return Stay(join.person, join.relation, join.insured, first, last, refs, died=died, left_on=left_on)


def _enrolled(file: CaseFile, event: events.Enrolled, position: int) -> CaseFile:
    ref = event.ref
    enrolment = Enrolment(
        ref, position, event.programme, event.confirmed_on, event.head, event.village, event.imported
    )
    return msgspec.structs.replace(
        file,
        enrolment=enrolment,
        joins=tuple(Join(ref, position, m.person, m.relation, m.insured, None) for m in event.members),
        incomes=(Income(ref, position, event.income_fen, event.income_per, None, event.confirmed_on),),
        heads=(Head(ref, position, event.head, event.confirmed_on),),
        accounts=(NamedAccount(ref, position, event.account),) if event.account else (),
    )
