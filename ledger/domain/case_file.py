"""The case file: what is known of a household, and what follows for its months."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec

from ledger.domain import case as events
from ledger.domain.case_known import (
    GRACE,
    HOLD,
    RELEASE,
    RESUME,
    STOP,
    SUSPEND,
    Assessment,
    Correction,
    Decided,
    Enrolment,
    Harvest,
    Head,
    Import,
    Income,
    Join,
    Known,
    Leave,
    NamedAccount,
    Stay,
    known_fact,
)
from ledger.domain.event import Recorded
from ledger.values.month import Month


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
    assessments: tuple[Assessment, ...] = ()
    imports: tuple[Import, ...] = ()
    others: tuple[Known, ...] = ()
    """Facts that change no amount: visits, postings, reviews, cards, discharges, grain handed out."""
    voids: tuple[Known, ...] = ()
    """The voids of this case's facts, each by its own event."""

    def after(self, recorded: Recorded) -> CaseFile:
        """The file with one more event of the case's stream."""
        event, position = recorded.event, recorded.position
        file = msgspec.structs.replace(self, version=event.originator_version)
        if isinstance(event, events.Enrolled):
            return _enrolled(file, event, position)
        if isinstance(event, events.CaseFactVoided):
            voids = (*file.voids, Known(event.ref, position))
            return msgspec.structs.replace(file.without(event.of), voids=voids)
        field, known = known_fact(event, position)
        return msgspec.structs.replace(file, **{field: (*getattr(file, field), known)})

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
            assessments=tuple(k for k in self.assessments if k.ref != fact),
            imports=tuple(k for k in self.imports if k.ref != fact),
            others=tuple(k for k in self.others if k.ref != fact),
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
        yield from self.assessments
        yield from self.imports
        yield from self.others

    def facts(self) -> tuple[str, ...]:
        """The references of all facts that stand, each once."""
        return tuple(dict.fromkeys(known.ref for known in self.known_facts()))

    def people(self) -> set[str]:
        """Everybody the case counts or may pay: members, past ones too, carers, holders of its accounts."""
        found = {join.person for join in self.joins}
        accounts = [named.account for named in self.accounts]
        for terms in (self.enrolment.care if self.enrolment else None, *self.assessments):
            if terms is not None:
                found |= {terms.carer} if terms.carer else set()
                accounts += [terms.carer_account] if terms.carer_account else []
        return found | {ref.rpartition("@")[0].removeprefix("person/") for ref in accounts}

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
        """The month the case ends with: a stop, a grace period's end or the last member's leaving; else None."""
        ends = [Month.of(d.decided_on) + d.months for d in self.decisions if d.kind in (STOP, GRACE)]
        stays = self.stays() if self.leaves else ()
        if stays and all(stay.last is not None for stay in stays):
            ends.append(max(stay.last for stay in stays if stay.last is not None))
        return min(ends) if ends else None

    def ended(self, day: date) -> bool:
        """Whether the case has ended on a day: stopped, its grace period over, or its last member gone."""
        graces = (Month.of(d.decided_on) + d.months for d in self.decisions if d.kind == GRACE)
        return (
            any(d.kind == STOP for d in self.decisions)
            or any(last < Month.of(day) for last in graces)
            or all(stay.left_on is not None for stay in self.stays())
        )

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
        """The income that counts in a month: the latest from, then the later decision, then the last known.

        In a grace period it is the one of the month of the decision, whatever is assessed meanwhile.
        """
        month = min([month, *(Month.of(d.decided_on) for d in self.decisions if d.kind == GRACE)])
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

    @property
    def carer(self) -> str | None:
        """Who cares for a destitute person, as known last; None where nobody does or only an account is known."""
        said = (known.carer for known in reversed(self.assessments) if known.carer is not None)
        terms = self.granted.care
        return next(said, terms.carer if terms else None)

    def harvest(self, year: int) -> Harvest | None:
        """The harvest of a year as known last."""
        return next((k for k in reversed(self.harvests) if k.year == year), None)


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
        ref, position, event.programme, event.confirmed_on, event.head, event.village, event.imported, event.care
    )
    return msgspec.structs.replace(
        file,
        enrolment=enrolment,
        joins=tuple(Join(ref, position, m.person, m.relation, m.insured, None) for m in event.members),
        incomes=(Income(ref, position, event.income_fen, event.income_per, None, event.confirmed_on),),
        heads=(Head(ref, position, event.head, event.confirmed_on),),
        accounts=(NamedAccount(ref, position, event.account),) if event.account else (),
    )
