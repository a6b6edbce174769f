"""Recording a facts file: read, parsed, admitted line by line, appended whole or not at all; once only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import partial

import msgspec

from ledger.admission import admit
from ledger.admission.desk import Desk, divisions_touched
from ledger.admission.supervision_facts import store_stream
from ledger.admission.voids import fact_ref
from ledger.application import Decision, Ledger
from ledger.domain import book, case, person, policy, relief, supervision
from ledger.domain.batch import CLOSES, VOIDS
from ledger.domain.event import UNSTAMPED, Event
from ledger.errors import LedgerError, Refused
from ledger.intake import facts
from ledger.intake.raw import FactsFile, RawFact, canonical
from ledger.quiet_moment import in_a_quiet_moment
from ledger.store.recorder import Unchanged
from ledger.values.identifiers import looks_mistyped
from ledger.values.month import day_of

Progress = Callable[[int], None]


class Recorded(msgspec.Struct, frozen=True):
    """What recording a file did. `already`: the same bytes were recorded before; nothing was changed."""

    file: str
    facts: int
    kinds: dict[str, int]
    events: int
    repeated: int
    """Facts whose `id` was recorded before with the same content."""
    warnings: tuple[str, ...]
    already: bool = False


class Plan(msgspec.Struct, frozen=True):
    """What recording a file would do: the events, and the divisions whose rolls they may change."""

    file: FactsFile
    result: Recorded
    events: Sequence[Event]
    divisions: frozenset[str]
    moment: datetime
    unchanged: Unchanged | None = None


def plan(ledger: Ledger, file: FactsFile, *, division: str | None = None, step: Progress | None = None) -> Plan:
    """Admits a file's facts against what is known now, without recording anything.

    `step` is told of every line admitted.

    Raises:
        Refused: the first line that is refused, named with its place; nothing of the file counts then.
    """
    if ledger.events_log.version(book.intake_stream(file.digest)):
        done = Recorded(file.name, len(file.facts), {}, 0, 0, (), already=True)
        return Plan(file, done, (), frozenset(), UNSTAMPED)
    default = division or ledger.founding.division
    parsed = [facts.parse_fact(raw, division=default) for raw in file.facts]
    judges_closes = any(isinstance(fact, facts.Void | facts.Opening) for fact in parsed)
    unchanged = Unchanged(frozenset({CLOSES}), ledger.events_log.end()) if judges_closes else None
    desk = _set_desk(ledger, parsed)
    moment, repeated, kinds = _admit_all(ledger, desk, file, parsed, step)
    warnings = tuple(_warnings(file.facts, parsed))
    origin = ledger.origin(correlation=file.digest[:16])
    desk.start_fact(origin, date.min, UNSTAMPED)
    desk.emit(book.IntakeRecorded, book.intake_stream(file.digest), facts=len(parsed), events=len(desk.events))
    result = Recorded(file.name, len(parsed), dict(kinds), len(desk.events), repeated, warnings)
    named = {fact.division for fact in parsed if fact.division is not None}
    if any(isinstance(fact, facts.Void) for fact in parsed):
        named.add(VOIDS)
    return Plan(file, result, desk.events, divisions_touched(desk) | named, moment, unchanged)


def execute(ledger: Ledger, planned: Plan) -> Recorded:
    """Records a plan in one transaction.

    Raises:
        Conflict: something changed since it was planned: plan anew.
    """
    if planned.result.already:
        return planned.result
    decision = Decision(book.intake_stream(planned.file.digest), planned.events)
    ledger.append(decision, planned.divisions, clock=lambda: planned.moment, unchanged=planned.unchanged)
    return planned.result


def record(
    ledger: Ledger, file: FactsFile, *, division: str | None = None, step: Progress | None = None
) -> Recorded:
    """Plans and records a file; planned anew where somebody else recorded in between.

    Raises:
        Refused: see `plan`; `record.busy` where somebody else did so each time.
    """
    return in_a_quiet_moment(file.name, lambda: execute(ledger, plan(ledger, file, division=division, step=step)))


def _admit_all(
    ledger: Ledger, desk: Desk, file: FactsFile, parsed: Sequence[facts.Fact], step: Progress | None
) -> tuple[datetime, int, Counter[str]]:
    kinds: Counter[str] = Counter()
    repeated = 0
    moment = ledger.now(not_before=_last_happened(parsed))
    dated = any(fact.recorded_on for fact in parsed)
    moments: dict[date, datetime] = {}
    for number, (raw, fact) in enumerate(zip(file.facts, parsed, strict=True), 1):
        try:
            at = _moment_of(ledger, moments, fact.recorded_on) if fact.recorded_on else moment
            if at < moment:
                raise _goes_back(fact.recorded_on, moment)
            moment = at
            origin = ledger.origin(command_id=fact.id, correlation=file.digest[:16])
            desk.start_fact(origin, day_of(moment), moment if dated else UNSTAMPED)
            content = _content(ledger, raw, fact) if fact.id else ""
            if fact.id and _done_before(desk, fact.id, content):
                repeated += 1
            else:
                ref = admit(desk, fact)
                kinds[fact.KIND] += 1
                if fact.id:
                    desk.emit(book.CommandDone, book.command_stream(fact.id), content=content, fact=ref)
        except LedgerError as error:
            raise error.at(f"{raw.place} line {raw.line}") from error
        if step is not None and number % 100 == 0:
            step(number)
    return moment, repeated, kinds


def _moment_of(ledger: Ledger, moments: dict[date, datetime], day: date) -> datetime:
    """The moment of a recorded day; the ledger is asked once a day of the file, not once a line."""
    if day not in moments:
        moments[day] = ledger.rehearsal_moment(day)
    return moments[day]


def _content(ledger: Ledger, raw: RawFact, fact: facts.Fact) -> str:
    """What the fact says, whether it names its division itself or leaves that to the file's."""
    said = RawFact(raw.place, raw.line, {**raw.data, "division": fact.division})
    return ledger.keys.content_digest(canonical(said))


def _last_happened(parsed: Iterable[facts.Fact]) -> date | None:
    return max((day for fact in parsed for _, day in fact.happened() if fact.recorded_on is None), default=None)


def _goes_back(day: date | None, moment: datetime) -> Refused:
    return Refused(
        "clock.goes_back",
        "field recorded_on",
        found=f"{day} after a line of {day_of(moment)}",
        expected="days in the order of the lines",
    )


def _done_before(desk: Desk, command_id: str, content: str) -> bool:
    done = desk.commands.get(book.command_stream(command_id))
    if done is None:
        return False
    if done.content != content:
        raise Refused(
            "command.id_reused",
            f"id {command_id}",
            found="another fact recorded under this id",
            expected="the same fact again, or a new id",
        )
    return True


def _set_desk(ledger: Ledger, parsed: Sequence[facts.Fact]) -> Desk:
    """A desk with the streams the facts need; what a round brings may ask for more."""
    desk = Desk()
    loaded: set[str] = set()
    if any(isinstance(fact, facts.Void | facts.Opening) for fact in parsed):
        desk.take(ledger.events_log.below("batch/"))
    while missing := set(_needed(desk, parsed)) - loaded:
        loaded |= missing
        desk.take(ledger.events_log.streams(name for name in missing if not name.endswith("/")))
        for prefix in sorted(name for name in missing if name.endswith("/")):
            desk.take(ledger.events_log.below(prefix))
    return desk


def _needed(desk: Desk, parsed: Sequence[facts.Fact]) -> Iterator[str]:
    for fact in parsed:
        if fact.id:
            yield book.command_stream(fact.id)
        yield from _named(desk, fact)
    for file in desk.cases.values():
        yield from (person.stream(join.person) for join in file.joins)
        if file.known and file.carer:
            yield person.stream(file.carer)
    for payout in desk.payouts.values():
        yield person.stream(payout.issued.person)
    for known in desk.persons.values():
        yield from (f"case/{insured.case}" for insured in known.insured_in)
    if any(isinstance(fact, facts.Void) for fact in parsed):
        # The reason for voiding a rule is sealed with the office of the rule's division, maybe a higher one.
        divisions = {fact.division for fact in parsed} | {name.rpartition("/")[2] for name in desk.policies}
        yield from (person.stream(person.office(division)) for division in divisions if division)


def _named(desk: Desk, fact: facts.Fact) -> Iterator[str]:
    """The streams a fact names; one that ends in `/` stands for all below it."""
    division = fact.division or ""
    yield policy.stream(division)
    yield person.stream(person.office(division))
    for field, stream in _NAMED_BY_FIELD.items():
        if (named := getattr(fact, field, None)) is not None:
            yield stream(division, named)
    match fact:
        case facts.Enrol():
            yield from (person.stream(member.person) for member in fact.members)
            yield from _carer(fact.care, division, fact.case)
            yield relief.stream(division, fact.case)
        case facts.Relief():
            yield case.stream(division, fact.relief)
        case facts.Join():
            yield person.stream(fact.member.person)
        case facts.CareAssessed():
            yield from _carer(fact, division, fact.case)
        case facts.Void():
            yield from _voided(desk, fact, division)
        case facts.PayoutCancelled():
            yield f"payout/{fact.month}/{division}/{fact.case}/"
            yield relief.payout_stream(division, fact.case)
        case facts.GrainStock():
            yield store_stream(fact)
        case facts.AlertStep():
            yield from _registered(desk, supervision.register("alert", division, fact.alert))


_NAMED_BY_FIELD: dict[str, Callable[[str, str], str]] = {
    "case": case.stream,
    "person": lambda _, code: person.stream(code),
    "official": lambda _, code: supervision.official(code),
    "relief": relief.stream,
    **{kind: partial(supervision.register, kind) for kind in ("application", "inspection", "alert", "fund")},
}
"""The stream that a field of a fact names, whatever the fact."""


def _carer(care: facts.Care | facts.CareAssessed | None, division: str, code: str) -> Iterator[str]:
    if care is not None:
        yield person.stream(care.carer or case.carer_of(division, code))


def _voided(desk: Desk, fact: facts.Void, division: str) -> Iterator[str]:
    yield book.command_stream(fact.of)
    stream = fact_ref(desk, fact.of).rpartition("@")[0]
    if not stream:
        return
    yield stream
    match stream.split("/"):
        case ["relief", where, code]:
            yield relief.payout_stream(where, code)
            granted = desk.reliefs[stream].granted if stream in desk.reliefs else None
            if granted is not None:
                yield person.stream(granted.person)
        case ["payout", *_]:
            yield stream.rpartition("/")[0] + "/"
        case [kind, *_] if kind in supervision.REGISTERS:
            yield from _registered(desk, stream)


def _registered(desk: Desk, stream: str) -> Iterator[str]:
    """The persons whom a register names: what is said of it is sealed with them."""
    named = {getattr(event, "person", None) for event in desk.register(stream).standing}
    yield from (person.stream(code) for code in named if code)


def _warnings(raws: Sequence[RawFact], parsed: Sequence[facts.Fact]) -> Iterator[str]:
    for raw, fact in zip(raws, parsed, strict=True):
        account = getattr(fact, "account", None)
        if isinstance(account, facts.Account) and looks_mistyped(account.number):
            yield (
                f"{raw.place} line {raw.line}: the account looks like a card and fails its check digit; "
                "it is recorded as given"
            )
