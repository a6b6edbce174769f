"""What policy facts would change, before they are recorded: households, a month's cost, arrears; and what if."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from ledger.closing.desk import Progress
from ledger.closing.order import PROGRAMMES
from ledger.domain.batch import RELIEF
from ledger.domain.event import Event
from ledger.entitlement.entitled import due
from ledger.entitlement.household import Household
from ledger.entitlement.roll import earliest_month
from ledger.entitlement.rule_book import RuleBook
from ledger.errors import Refused
from ledger.intake.raw import FactsFile, RawFact
from ledger.recording import plan
from ledger.values.identifiers import division_chain
from ledger.values.month import Month, day_of, end_of_day
from projections.installation import Installation

_STEP = 500
_OF_POLICY = ("policy.", "person.noted", "intake.", "command.")
_POLICY_KINDS = frozenset({"standard", "top_up_rule", "policy", "one_off", "void"})


class ProgrammeEffect(msgspec.Struct, frozen=True):
    """What planned policy changes for one division and programme, in fen.

    `month` is the next one to close, or the first in which all of it is in force; its due is compared. `arrears`
    and `recoveries` are what becomes due more, or less, for earlier months of our books.
    """

    division: str
    programme: str
    month: Month
    households: int
    affected: int
    now_fen: int
    then_fen: int
    arrears_fen: int
    recoveries_fen: int


class CaseUnder(msgspec.Struct, frozen=True):
    """A case whose due of a month differs under other rules, in fen."""

    case: str
    programme: str
    now_fen: int
    then_fen: int


class UnderPolicy(msgspec.Struct, frozen=True):
    """A month under other rules: the cases that differ, and the sums of all."""

    cases: tuple[CaseUnder, ...]
    households: int
    now_fen: int
    then_fen: int


def policy_effect(
    installation: Installation, planned: Sequence[Event], step: Progress | None = None
) -> Iterator[ProgrammeEffect]:
    """The effect of planned policy events on every division they hold for, by all that is known now.

    Facts about households in the same file are left out. A programme whose dues no rule can change is not listed.
    """
    events = [event for event in planned if event.TOPIC.startswith("policy.")]
    levels = {event.originator_id.removeprefix("policy/") for event in events}
    if not events:
        return
    before = installation.rolls.views.catch_up() + 1
    count = _Counter(step)
    for division in installation.divisions():
        if not levels & set(division_chain(division)):
            continue
        now = installation.ledger.rule_book(division)
        then = installation.ledger.rule_book(division, planned=events)
        for programme in PROGRAMMES:
            touched = then.touched_since(programme, before - 1)
            if programme != RELIEF and touched is not None:
                effect = _effect(installation, division, programme, now, then, touched, before, count)
                if effect.households:
                    yield effect


def _effect(
    installation: Installation,
    division: str,
    programme: str,
    now: RuleBook,
    then: RuleBook,
    touched: Month,
    before: int,
    count: _Counter,
) -> ProgrammeEffect:
    present = Month.of(day_of(installation.ledger.now()))
    closes = now.closed(programme)
    following = max(closes) + 1 if closes else present
    month = max(following, _last_begin(then, programme, before - 1) or following)
    now_fen = then_fen = arrears = recoveries = affected = households = 0
    files = installation.rolls.case_files
    for household in files.households(division, programme, before, month=min(touched, month)):
        count.one()
        own_now, own_then = due(household, now, month).total_fen, due(household, then, month).total_fen
        households += 1
        now_fen, then_fen = now_fen + own_now, then_fen + own_then
        differs = own_now != own_then
        for m in _earlier(household, now, touched, following):
            difference = due(household, then, m).total_fen - due(household, now, m).total_fen
            arrears, recoveries = arrears + max(0, difference), recoveries + max(0, -difference)
            differs = differs or bool(difference)
        affected += differs
    return ProgrammeEffect(
        division, programme, month, households, affected, now_fen, then_fen, arrears, recoveries
    )


def _earlier(household: Household, rules: RuleBook, touched: Month, following: Month) -> Iterator[Month]:
    """The months before the next close that settlement would look at anew."""
    first = max(touched, earliest_month(household, rules, {}))
    yield from map(Month, range(first.ordinal, following.ordinal))


def _last_begin(rules: RuleBook, programme: str, position: int) -> Month | None:
    """The last month in which a rule known after a log position begins to hold."""
    begins = [
        rule.begins
        for key in rules.recorded_keys()
        for rule in rules.known(key)
        if rule.position > position and rules.concerns(key, programme)
    ]
    return max(begins, default=None)


def under_policy(
    installation: Installation,
    division: str,
    month: Month,
    file: FactsFile,
    programmes: Sequence[str],
    *,
    known_on: date | None = None,
    step: Progress | None = None,
) -> UnderPolicy:
    """Each case's due of a month alone, without and with a file's policy facts; nothing is recorded.

    Of what was known at the end of a day; without one at the freeze of a closed month, else of what is known now.
    That the file, or the ids in it, were recorded before does not matter here.

    Raises:
        Refused: `policy.facts_only` for a fact that is no policy, and what refuses to record the facts.
    """
    events = _planned(installation, division, file)
    ledger = installation.ledger
    end = installation.rolls.views.catch_up() + 1
    known = None if known_on is None else ledger.events_log.end_by(end_of_day(known_on)) + 1
    count = _Counter(step)
    cases: list[CaseUnder] = []
    households = now_fen = then_fen = 0
    for programme in programmes:
        if programme not in PROGRAMMES or programme == RELIEF:
            continue
        batch = ledger.batch(division, month, programme)
        before = known or (batch.frozen_at if batch.closed else None) or end
        now = ledger.rule_book(division, before=before)
        then = ledger.rule_book(division, before=before, planned=events)
        for household in installation.rolls.case_files.households(division, programme, before, month=month):
            count.one()
            own_now, own_then = due(household, now, month).total_fen, due(household, then, month).total_fen
            households += 1
            now_fen, then_fen = now_fen + own_now, then_fen + own_then
            if own_now != own_then:
                cases.append(CaseUnder(household.case.case, programme, own_now, own_then))
    return UnderPolicy(tuple(cases), households, now_fen, then_fen)


def _planned(installation: Installation, division: str, file: FactsFile) -> Sequence[Event]:
    for raw in file.facts:
        if raw.data.get("fact") not in _POLICY_KINDS:
            raise Refused(
                "policy.facts_only",
                f"{raw.place} line {raw.line}",
                found=f"the fact {raw.data.get('fact')}",
                expected=f"policy facts only: {', '.join(sorted(_POLICY_KINDS))}",
            )
    anew = [RawFact(raw.place, raw.line, {k: v for k, v in raw.data.items() if k != "id"}) for raw in file.facts]
    supposed = FactsFile(file.name, f"supposed-{file.digest}", anew)
    events = plan(installation.ledger, supposed, division=division).events
    others = [event for event in events if not event.TOPIC.startswith(_OF_POLICY)]
    if others:
        raise Refused(
            "policy.facts_only",
            file.name,
            found=f"{others[0].TOPIC} of {others[0].originator_id}",
            expected="facts, and voids of facts, that are policy",
        )
    return events


class _Counter:
    """Tells a progress line of every few households."""

    def __init__(self, step: Progress | None) -> None:
        self._step = step
        self._done = 0

    def one(self) -> None:
        self._done += 1
        if self._step is not None and self._done % _STEP == 0:
            self._step(self._done)
