"""What can happen to a household, one function a kind: its facts, and the household as they leave it.

Each takes the month's sitting and a household that stands and that nothing was said about this month, and
answers the facts, or None where the kind does not fit it. No date of a household lies before an earlier one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from ledger.intake.sampling import homes, names
from ledger.intake.sampling.households import Composer, Household, Member, income
from ledger.intake.sampling.register import Register, Voidable
from ledger.intake.sampling.standards import Fact
from ledger.values.month import Month, age_on

_MEMBERS_AT_MOST = 12
_CARDS_AT_MOST = 99
_GONE = ("moved_out", "moved_out", "marriage", "custody", "other")
_STOPPED = ("家庭收入超过标准", "本人申请退出", "子女已就业", "户籍迁出", "财产超过规定")
_RISEN = ("家庭成员就业收入超过标准", "产业增收超过标准")
_GRACE_MONTHS = (3, 6, 6, 12)
_SUSPENDED = ("拒绝配合入户调查", "长期外出无法核实", "年度复核材料未交")
_HELD = ("账户信息待核实", "监护人变更待确认", "群众举报待查")
_BEGINNING = ("serious_illness", "severe_disability", "student")


@dataclass(slots=True)
class Sitting:
    """One month's facts of one county in the making: `since` to `recorded_on` is what is new."""

    division: str
    month: Month
    since: date
    recorded_on: date
    rng: Random
    register: Register
    tidy: bool = False
    facts_made: int = 0
    headless: list[Household] = field(default_factory=list)

    @property
    def composer(self) -> Composer:
        """Makes the county's people."""
        return self.register.composer

    def day(self, household: Household) -> date | None:
        """A new day in the household's history, or None where there is none left this month."""
        first = max(self.since, household.last_day + timedelta(days=1))
        span = (self.recorded_on - first).days
        return first + timedelta(days=self.rng.randrange(span + 1)) if span >= 0 else None

    def fact(self, kind: str, household: Household, day: date, **fields: object) -> Fact:
        """A fact with an id of its own, about a case unless it names a person."""
        self.facts_made += 1
        household.last_day = max(household.last_day, day)
        fact: Fact = {"fact": kind, "id": f"{self.division}-{self.month}-{self.facts_made:05d}"}
        fact["division"] = self.division
        if kind not in ("category", "correct"):
            fact["case"] = household.case
        return fact | fields

    def may_void(self, fact: Fact, household: Household, day: date, forget: Callable[[], None]) -> None:
        """Offers a fact to a later month's voiding; `forget` takes its effect back."""
        self.register.voidable.append(Voidable(fact["id"], household, day, forget))


Change = Callable[[Sitting, Household], "list[Fact] | None"]


def die(sitting: Sitting, household: Household) -> list[Fact] | None:
    """A death; one in eight happened last month and is told only after this month was paid."""
    if not sitting.tidy and sitting.rng.randrange(8) == 0:
        first = max((sitting.month - 1).first_day, household.last_day + timedelta(days=1))
        span = (sitting.since - first).days
        day = first + timedelta(days=sitting.rng.randrange(span)) if span > 0 else None
    else:
        day = sitting.day(household)
    active = household.active
    someone = active[sitting.rng.randrange(len(active))]
    if day is None or (age_on(someone.birth_date, day) < 55 and sitting.rng.randrange(6)):
        return None
    return _leave(sitting, household, someone, day, "death")


def bereave(sitting: Sitting, household: Household) -> list[Fact] | None:
    """A head dies and leaves others behind."""
    day = sitting.day(household)
    if day is None or len(household.active) < 2 or not household.head.active:
        return None
    return _leave(sitting, household, household.head, day, "death")


def go(sitting: Sitting, household: Household) -> list[Fact] | None:
    """Somebody leaves for another reason, one of two or more."""
    day = sitting.day(household)
    leaving = [member for member in household.active if member is not household.head]
    if day is None or not leaving:
        return None
    someone = sitting.rng.choice(leaving)
    adult = age_on(someone.birth_date, day) >= 20
    return _leave(sitting, household, someone, day, sitting.rng.choice(_GONE) if adult else "moved_out")


def _leave(sitting: Sitting, household: Household, member: Member, day: date, reason: str) -> list[Fact]:
    fact = sitting.fact("leave", household, day, person=member.person, date=day.isoformat(), reason=reason)
    member.active = False
    facts = [fact]
    if not household.active:
        household.ended = True
    elif member is not household.head:
        sitting.may_void(fact, household, day, lambda: setattr(member, "active", True))
    elif sitting.rng.randrange(10) < 7 and day < sitting.recorded_on:
        facts += name_head(sitting, household)
    else:
        sitting.headless.append(household)
    return facts


def name_head(sitting: Sitting, household: Household) -> list[Fact]:
    """The oldest but not very old member becomes head, and the account goes into his name."""
    day = sitting.day(household)
    if household.ended or household.head.active or day is None:
        return []
    household.head = min(
        household.active, key=lambda member: abs(age_on(member.birth_date, sitting.recorded_on) - 50)
    )
    facts = [sitting.fact("head", household, day, person=household.head.person, **{"from": day.isoformat()})]
    return facts + (_new_account(sitting, household, day) if household.cards else [])


def join(sitting: Sitting, household: Household) -> list[Fact] | None:
    """A child is born, or somebody marries in."""
    day = sitting.day(household)
    if day is None or len(household.members) >= _MEMBERS_AT_MOST or not household.head.active:
        return None
    head_age = age_on(household.head.birth_date, day)
    founder = household.head is household.members[0]
    couple = any(member.role.relation in ("11", "12") for member in household.active)
    if founder and couple and head_age < 46:
        role = homes.child(sitting.rng, 0)
    elif founder and not couple and 22 <= head_age < 60 and sitting.rng.randrange(3) == 0:
        role = homes.spouse(sitting.rng, household.head.sex, head_age)
    elif founder and any(m.role.relation == "20" and age_on(m.birth_date, day) > 21 for m in household.active):
        role = homes.grandchild(sitting.rng, 0)
    else:
        return None
    family = names.surname_of(household.members[0].name)
    member = sitting.composer.member(
        sitting.rng, household.number, role, day=day, others=household.members, family=family
    )
    household.members.append(member)
    return [sitting.fact("join", household, day, member=member.fact(), confirmed_on=day.isoformat())]


def earn(sitting: Sitting, household: Household) -> list[Fact] | None:
    """The income is assessed anew, from the month after the decision or, rarely, from a month named."""
    day = sitting.day(household)
    if day is None:
        return None
    household.income_yuan = income(sitting.rng, household, sitting.month)
    when = {"from": str(sitting.month + 1)} if sitting.rng.randrange(12) == 0 else {"decided_on": str(day)}
    fact = sitting.fact(
        "income", household, day,
        income={"amount": f"{household.income_yuan}.00", "per": household.per}, **when,
    )  # fmt: skip
    sitting.may_void(fact, household, day, lambda: None)
    return [fact]


def begin_category(sitting: Sitting, household: Household) -> list[Fact] | None:
    """Somebody falls ill, is found disabled or begins to study; sometimes known a month late."""
    day = sitting.day(household)
    if day is None:
        return None
    member = sitting.rng.choice(household.active)
    category = sitting.rng.choice(_BEGINNING)
    too_old = category == "student" and not 15 <= age_on(member.birth_date, day) <= 24
    if too_old or category in member.categories:
        return None
    since = sitting.month if sitting.rng.randrange(4) == 0 else sitting.month + 1
    fact = sitting.fact("category", household, day, person=member.person, category=category)
    member.categories.append(category)
    sitting.may_void(fact, household, day, lambda: member.categories.remove(category))
    return [fact | {"from": str(since)}]


def end_category(sitting: Sitting, household: Household) -> list[Fact] | None:
    """A category of a fact or of the enrolment ends with this month."""
    day = sitting.day(household)
    having = [member for member in household.active if member.categories]
    if day is None or not having:
        return None
    member = sitting.rng.choice(having)
    category = member.categories.pop()
    fact = sitting.fact("category", household, day, person=member.person, category=category)
    return [fact | {"from": str(sitting.month), "to": str(sitting.month)}]


def stop(sitting: Sitting, household: Household) -> list[Fact] | None:
    """The county takes the household off the books."""
    facts = _decide(sitting, household, "stop", _STOPPED)
    household.ended = facts is not None
    if facts:
        day = household.last_day
        sitting.may_void(facts[0], household, day, lambda: setattr(household, "ended", False))
    return facts


def grant_grace(sitting: Sitting, household: Household) -> list[Fact] | None:
    """The income has risen above the line: paid as before for some more months, and nothing is said any more."""
    if household.suspended or household.held:
        return None
    facts = _decide(sitting, household, "grace", _RISEN)
    household.ended = facts is not None
    return facts and [facts[0] | {"months": sitting.rng.choice(_GRACE_MONTHS)}]


def suspend(sitting: Sitting, household: Household) -> list[Fact] | None:
    """Payment rests."""
    if household.suspended:
        return None
    facts = _decide(sitting, household, "suspend", _SUSPENDED)
    household.suspended = facts is not None
    return facts


def resume(sitting: Sitting, household: Household) -> list[Fact] | None:
    """A suspended household is paid again."""
    facts = _decide(sitting, household, "resume", ("核实完毕",)) if household.suspended else None
    household.suspended = household.suspended and facts is None
    return facts


def hold(sitting: Sitting, household: Household) -> list[Fact] | None:
    """Money stays owed for now."""
    if household.held:
        return None
    facts = _decide(sitting, household, "hold", _HELD)
    household.held = facts is not None
    if facts:
        day = household.last_day
        sitting.may_void(facts[0], household, day, lambda: setattr(household, "held", False))
    return facts


def release(sitting: Sitting, household: Household) -> list[Fact] | None:
    """A held household is paid again, with what is owed."""
    facts = _decide(sitting, household, "release", ("核实无误",)) if household.held else None
    household.held = household.held and facts is None
    return facts


def _decide(sitting: Sitting, household: Household, kind: str, reasons: tuple[str, ...]) -> list[Fact] | None:
    day = sitting.day(household)
    if day is None:
        return None
    reason = sitting.rng.choice(reasons)
    return [sitting.fact(kind, household, day, decided_on=day.isoformat(), reason=reason)]


def change_account(sitting: Sitting, household: Household) -> list[Fact] | None:
    """A new card, or a first one."""
    day = sitting.day(household)
    if day is None or household.cards >= _CARDS_AT_MOST or not household.head.active:
        return None
    return _new_account(sitting, household, day)


def _new_account(sitting: Sitting, household: Household, day: date) -> list[Fact]:
    household.cards = min(household.cards + 1, _CARDS_AT_MOST)
    return [sitting.fact("account", household, day, account=sitting.composer.account(household))]


def correct(sitting: Sitting, household: Household) -> list[Fact] | None:
    """A slip in a name or in the village is put right."""
    day = sitting.day(household)
    if day is None:
        return None
    others = [member for member in household.active if member is not household.head]
    if others and sitting.rng.randrange(2):
        member = sitting.rng.choice(others)
        member.name = names.surname_of(member.name) + names.given_name(sitting.rng, member.sex)
        return [sitting.fact("correct", household, day, person=member.person, name=member.name)]
    village = sitting.composer.places.village(sitting.rng, urban=household.urban)
    if village == household.village:
        return None
    household.village = village
    return [sitting.fact("correct", household, day, case=household.case, village=village)]
