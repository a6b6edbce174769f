"""Facts that supervision lives on: they change no amount; names and free text in them are sealed."""

from __future__ import annotations

from ledger.admission.desk import Desk
from ledger.domain import case as case_events
from ledger.domain import supervision as events
from ledger.domain.alert import other_hand
from ledger.domain.case import key
from ledger.domain.case import stream as case_stream
from ledger.domain.event import Event
from ledger.domain.person import (
    Described,
    Matched,
    MatchedData,
    Monitored,
    MonitoredReason,
    Particulars,
    Related,
)
from ledger.domain.person import stream as person_stream
from ledger.errors import Refused
from ledger.intake import facts


def official(desk: Desk, fact: facts.Official) -> str:
    """A term of office; an official may have several."""
    recorded = desk.emit(
        events.TermRecorded, events.official(fact.official), person=fact.person, role=fact.role, unit=fact.unit,
        from_on=fact.from_, to_on=fact.to,
    )  # fmt: skip
    if fact.name is not None:
        desk.emit_sealed(Described, fact.person, Particulars(name=fact.name), recorded.ref)
    return recorded.ref


def relation(desk: Desk, fact: facts.Relation) -> str:
    """What one person is to another."""
    stream = person_stream(fact.person)
    declared_by = None
    if fact.declared_by is not None:
        # The note comes first, so the relation's own event is the one after it.
        own = _ref_after(desk.next_ref(stream))
        declared_by = desk.note(fact.person, fact.declared_by, own)
    return desk.emit(
        Related, stream, cause=desk.next_ref(stream), to_person=fact.to_person, code=fact.code,
        from_on=fact.from_, to_on=fact.to, declared_by=declared_by,
    ).ref  # fmt: skip


def filing(desk: Desk, fact: facts.Filing) -> str:
    """An official filed a case as his relative's."""
    case = desk.case(fact.division, fact.case)
    _require_official(desk, fact.official)
    return desk.emit(
        events.Filed, events.official(fact.official), case=key(case.division, case.case), filed_on=fact.on
    ).ref


def declaration(desk: Desk, fact: facts.Declaration) -> str:
    """An official's yearly declaration, the nil return included."""
    _require_official(desk, fact.official)
    return desk.emit(events.Declared, events.official(fact.official), declared_on=fact.on, nil=bool(fact.nil)).ref


def home_visit(desk: Desk, fact: facts.HomeVisit) -> str:
    """The county's visit."""
    ref = _case_ref(desk, fact)
    visitors = _note(desk, fact, "、".join(fact.visitors), ref)
    return _case_event(desk, fact, case_events.Visited, visited_on=fact.on, visitors=visitors)


def posting(desk: Desk, fact: facts.Posting) -> str:
    """A village posting."""
    return _case_event(
        desk, fact, case_events.Posted, stage=fact.stage, from_on=fact.from_, to_on=fact.to, place=fact.place
    )


def review(desk: Desk, fact: facts.Review) -> str:
    """A periodic review or means check."""
    outcome = _note(desk, fact, fact.outcome, _case_ref(desk, fact))
    return _case_event(
        desk, fact, case_events.Reviewed, reviewed_on=fact.on, kind=fact.kind, outcome=outcome, by=fact.by
    )


def card_held(desk: Desk, fact: facts.CardHeld) -> str:
    """Somebody keeps the household's card."""
    return _case_event(
        desk, fact, case_events.CardHeld, holder=fact.holder, from_on=fact.from_, to_on=fact.to,
        filed_on=fact.filed_on,
    )  # fmt: skip


def discharge(desk: Desk, fact: facts.Discharge) -> str:
    """A destitute person left the institution."""
    return _case_event(desk, fact, case_events.Discharged, discharged_on=fact.on)


def grain_hand_out(desk: Desk, fact: facts.GrainHandOut) -> str:
    """Grain given to a household."""
    collector = _note(desk, fact, fact.collector, _case_ref(desk, fact))
    return _case_event(
        desk, fact, case_events.GrainHandedOut, month=fact.month, mass_g=fact.mass_g, handed_out_on=fact.on,
        collector=collector,
    )  # fmt: skip


def match(desk: Desk, fact: facts.Match) -> str:
    """Another department's data on a person."""
    data = MatchedData(fact.dataset, fact.value, fact.detail)
    return desk.emit_sealed(Matched, fact.person, data, month=fact.month).ref


def monitored(desk: Desk, fact: facts.Monitored) -> str:
    """A low-income person watched outside every programme."""
    return desk.emit_sealed(
        Monitored, fact.person, MonitoredReason(fact.reason), household=fact.household, from_on=fact.from_,
        to_on=fact.to,
    ).ref  # fmt: skip


def application(desk: Desk, fact: facts.Application) -> str:
    """An application under a new code."""
    stream = _new(desk, "application", fact.division, fact.application)
    case = key(fact.division or "", desk.case(fact.division, fact.case).case) if fact.case else None
    return desk.emit(
        events.Applied, stream, person=fact.person, programme=fact.programme, applied_on=fact.applied_on,
        case=case, outcome=fact.outcome, decided_on=fact.decided_on,
    ).ref  # fmt: skip


def inspection(desk: Desk, fact: facts.Inspection) -> str:
    """A joint inspection under a new code."""
    stream = _new(desk, "inspection", fact.division, fact.inspection)
    ref = desk.next_ref(stream)
    scope, team, conclusion = (
        desk.office_note(fact.division, text, ref) for text in (fact.scope, "、".join(fact.team), fact.conclusion)
    )
    return desk.emit(
        events.Inspected, stream, kind=fact.kind, inspected_on=fact.on, scope=scope, team=team,
        conclusion=conclusion,
    ).ref  # fmt: skip


def alert(desk: Desk, fact: facts.Alert) -> str:
    """An alert under a new code."""
    stream = _new(desk, "alert", fact.division, fact.alert)
    text = f"{fact.dataset}: {fact.detail}" if fact.detail else fact.dataset
    detail = desk.note(fact.person, text, desk.next_ref(stream))
    return desk.emit(
        events.AlertRaised, stream, person=fact.person, side=fact.side, raised_on=fact.on, detail=detail
    ).ref


def alert_step(desk: Desk, fact: facts.AlertStep) -> str:
    """A step of an alert that is known (docs/rules.md R23)."""
    stream = events.register("alert", fact.division or "", fact.alert)
    raised = [e for e in desk.register(stream).standing if isinstance(e, events.AlertRaised)]
    if not raised:
        raise _unknown("alert", fact.alert)
    if (done := other_hand(desk.register(stream).standing, fact.step, fact.by)) is not None:
        raise Refused(
            "alert.same_person", f"alert {fact.alert} of division {fact.division}, {fact.step}",
            found=f"the person who has {done.step} it ({done.ref})",
            expected="another one: who checked in the field does not review",
        )  # fmt: skip
    said = "; ".join(text for text in (fact.outcome, *fact.evidence) if text)
    note = desk.note(raised[-1].person, said, desk.next_ref(stream)) if said else None
    return desk.emit(events.AlertStepped, stream, step=fact.step, done_on=fact.on, by=fact.by, note=note).ref


def appropriation(desk: Desk, fact: facts.Appropriation) -> str:
    """Money put into a fund."""
    stream = events.register("fund", fact.division or "", fact.fund)
    document = desk.office_note(fact.division, fact.document, desk.next_ref(stream))
    return desk.emit(
        events.Appropriated, stream, programme=fact.programme, source=fact.source, amount_fen=fact.amount_fen,
        appropriated_on=fact.on, document=document,
    ).ref  # fmt: skip


def grain_stock(desk: Desk, fact: facts.GrainStock) -> str:
    """Grain into or out of a store; a store needs no founding."""
    stream = store_stream(fact)
    document = desk.office_note(fact.division, fact.document, desk.next_ref(stream))
    return desk.emit(
        events.StockMoved, stream, mass_g=fact.mass_g, moved_on=fact.on, direction=fact.direction,
        document=document,
    ).ref  # fmt: skip


def store_stream(fact: facts.GrainStock) -> str:
    """The stream of the store a fact names."""
    return events.store(fact.division or "", fact.unit)


def _case_ref(desk: Desk, fact: facts.Fact) -> str:
    file = desk.case(fact.division, fact.case)  # type: ignore[attr-defined]  # facts of cases have one
    return desk.next_ref(case_stream(file.division, file.case))


def _case_event(desk: Desk, fact: facts.Fact, kind: type[Event], /, **fields: object) -> str:
    file = desk.case(fact.division, fact.case)  # type: ignore[attr-defined]  # facts of cases have one
    return desk.emit(kind, case_stream(file.division, file.case), **fields).ref


def _note(desk: Desk, fact: facts.Fact, text: str | None, cause: str) -> str | None:
    """Free text of a fact about a case, sealed with the household's head."""
    if not text:
        return None
    file = desk.case(fact.division, fact.case)  # type: ignore[attr-defined]  # facts of cases have one
    return desk.note(file.heads[-1].person, text, cause)


def _ref_after(ref: str) -> str:
    stream, _, version = ref.rpartition("@")
    return f"{stream}@{int(version) + 1}"


def _new(desk: Desk, kind: str, division: str | None, code: str) -> str:
    stream = events.register(kind, division or "", code)
    if desk.register(stream).standing:
        raise Refused(
            "register.known", f"{kind} {code} of division {division}", found=f"an {kind} with this code",
            expected="a new code",
        )  # fmt: skip
    return stream


def _require_official(desk: Desk, code: str) -> None:
    standing = desk.register(events.official(code)).standing
    if not any(isinstance(event, events.TermRecorded) for event in standing):
        raise _unknown("official", code)


def _unknown(kind: str, code: str) -> Refused:
    return Refused(
        "register.unknown", f"{kind} {code}", found="nothing recorded under this code",
        expected=f"an {kind} recorded before, or earlier in the file",
    )  # fmt: skip
