"""Voiding: from now on a fact counts as never known; closed months stand, settlement does the rest."""

from __future__ import annotations

from ledger.admission.desk import Desk
from ledger.admission.policy_facts import require_nothing_closed
from ledger.admission.standing import require_insured_once, require_standing
from ledger.domain import person as persons
from ledger.domain import policy
from ledger.domain.book import command_stream
from ledger.domain.case import CaseFactVoided, key
from ledger.domain.case_file import CaseFile
from ledger.domain.payout import CancellationVoided, Payout
from ledger.domain.policy import BooksOpened, PolicyFactVoided
from ledger.domain.relief import ReliefGranted, ReliefVoided
from ledger.domain.relief import payout_stream as relief_payout
from ledger.domain.supervision import (
    REGISTERS,
    AlertRaised,
    Inspected,
    RegisterFactVoided,
    Sampled,
    TermRecorded,
)
from ledger.errors import Refused
from ledger.intake import facts


def void(desk: Desk, fact: facts.Void) -> str:
    """The fact with an id or event reference counts as never known."""
    ref = fact_ref(desk, fact.of)
    stream = ref.rpartition("@")[0]
    match stream.split("/"):
        case ["case", *_] if (file := desk.cases.get(stream)) is not None and ref in file.facts():
            return _void_of_case(desk, file, ref, fact)
        case ["policy", division] if (known := desk.policy(division).standing(ref)) is not None:
            if isinstance(known.event, BooksOpened):
                require_nothing_closed(desk, division, known.event.programme)
            note = desk.office_note(division, fact.reason, desk.next_ref(stream))
            return desk.emit(PolicyFactVoided, policy.stream(division), of=ref, note=note).ref
        case ["person", code] if desk.person(code).mentions(ref):
            voided = desk.next_ref(stream)
            desk.emit(persons.PersonFactVoided, stream, cause=voided, of=ref)
            desk.note(code, fact.reason, voided)
            return voided
        case ["relief", _, code] if (granted := desk.granted(stream)) is not None and granted.ref == ref:
            return _void_of_relief(desk, stream, code, granted, fact)
        case [kind, *_] if kind in REGISTERS and any(
            e.ref == ref and not isinstance(e, Sampled) for e in desk.register(stream).standing
        ):
            return _void_of_register(desk, stream, ref, fact)
        case ["payout", *_] if (payout := desk.payouts.get(stream)) is not None and payout.cancellation == ref:
            return _void_of_cancellation(desk, payout, fact)
    raise Refused(
        "void.not_standing",
        f"void of {fact.of}",
        found="no fact that stands under this id or reference",
        expected="the id of a recorded fact, or the reference of its own event, not void and not a void",
        hint="`ledger history` lists the facts of a case with their references.",
    )


def _void_of_relief(desk: Desk, stream: str, code: str, granted: ReliefGranted, fact: facts.Void) -> str:
    if relief_payout(granted.division, code) in desk.payouts:
        raise Refused(
            "void.relief_paid",
            f"void of relief {code}",
            found="it was paid",
            expected="a relief that was not paid",
        )
    note = desk.note(granted.person, fact.reason, desk.next_ref(stream))
    voided = desk.emit(ReliefVoided, stream, of=granted.ref, note=note)
    desk.emit(persons.PersonFactVoided, persons.stream(granted.person), cause=voided.ref, of=granted.ref)
    return voided.ref


def _void_of_cancellation(desk: Desk, payout: Payout, fact: facts.Void) -> str:
    """All payouts that one fact cancelled are returned ones again."""
    voided = []
    for stream, other in sorted(desk.payouts.items()):
        if other.cancellation is not None and other.cancelled_by == payout.cancelled_by:
            note = desk.note(other.issued.person, fact.reason, desk.next_ref(stream))
            voided.append(desk.emit(CancellationVoided, stream, of=other.cancellation, note=note).ref)
    return voided[0]


def _void_of_register(desk: Desk, stream: str, ref: str, fact: facts.Void) -> str:
    voided = next(event for event in desk.register(stream).standing if event.ref == ref)
    rest = [event for event in desk.register(stream).standing if event.ref != ref]
    founds = TermRecorded | AlertRaised | Inspected
    if isinstance(voided, founds) and rest and not any(isinstance(event, founds) for event in rest):
        raise Refused(
            "void.facts_remain",
            f"void of {fact.of}",
            found=f"{len(rest)} facts that would not stand without it, {rest[0].ref} first",
            expected="a fact that nothing else rests on",
            hint="Void those facts first.",
        )
    person = getattr(voided, "person", None)
    next_ref = desk.next_ref(stream)
    division = fact.division
    note = (
        desk.note(person, fact.reason, next_ref) if person else desk.office_note(division, fact.reason, next_ref)
    )
    done = desk.emit(RegisterFactVoided, stream, of=ref, note=note)
    if person and desk.person(person).mentions(ref):
        desk.emit(persons.PersonFactVoided, persons.stream(person), cause=done.ref, of=ref)
    return done.ref


def fact_ref(desk: Desk, named: str) -> str:
    """The event reference a void means: of the command with that id, or the reference itself."""
    command = desk.commands.get(command_stream(named))
    return command.fact if command is not None else named


def _void_of_case(desk: Desk, file: CaseFile, ref: str, fact: facts.Void) -> str:
    stream = ref.rpartition("@")[0]
    whole = file.granted.ref == ref
    if whole:
        _require_unpaid(desk, file)
    head = file.heads[-1].person
    members = [*dict.fromkeys((*(join.person for join in file.joins), head))]
    extended = [*(k.person for k in file.leaves if k.ref == ref)]
    if any(d.ref == ref for d in file.decisions) or any(k.ref == ref for k in file.corrections):
        extended = [join.person for join in file.joins if join.insured]
    note = desk.note(head, fact.reason, desk.next_ref(stream))
    voided = desk.emit(CaseFactVoided, stream, of=ref, note=note)
    for code in members:
        if desk.person(code).mentions(ref):
            desk.emit(persons.PersonFactVoided, persons.stream(code), cause=voided.ref, of=ref)
    left = desk.cases[stream]
    _require_remains_stand(left, whole=whole)
    if left.known:
        _lock_insured(desk, left, extended, voided.ref)
    return voided.ref


def _require_unpaid(desk: Desk, file: CaseFile) -> None:
    closed = [m for m in desk.months_closed(file.division, file.programme) if m >= file.first_month]
    if closed:
        raise Refused(
            "void.enrolment_paid",
            f"void of the enrolment of case {file.case}",
            found=f"{max(closed)} is closed, the case's first month is {file.first_month}",
            expected="an enrolment whose months are all open",
            hint="Stop the case, or correct what was wrong about it.",
        )


def _require_remains_stand(left: CaseFile, *, whole: bool) -> None:
    remain = left.facts()
    if whole and remain:
        raise Refused(
            "void.facts_remain",
            f"void of the enrolment of case {left.case}",
            found=f"{len(remain)} facts of the case that would not stand without it, {remain[0]} first",
            expected="an enrolment that nothing else rests on",
            hint="Void those facts first.",
        )
    if left.known:
        try:
            require_standing(left)
        except Refused as error:
            raise Refused(
                "void.facts_remain",
                f"void of a fact of case {left.case}",
                found=f"what remains would not stand: {error.found}",
                expected="a fact that no later one rests on",
                hint="Void the later fact first.",
            ) from error


def _lock_insured(desk: Desk, file: CaseFile, extended: list[str], cause: str) -> None:
    """Where a void lets persons be insured longer, their streams are written to: two clerks cannot both do it."""
    for code in dict.fromkeys(extended):
        desk.emit(
            persons.Insured, persons.stream(code), cause=cause,
            case=key(file.division, file.case), since=file.first_month,
        )  # fmt: skip
    require_insured_once(desk, file, [desk.person(code) for code in dict.fromkeys(extended)])
