"""Findings put on record: suspicions taken up once, steps taken, money that came back linked to what proves it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby

import msgspec

from ledger.application import Decision, Ledger
from ledger.closing.issuing import folded
from ledger.domain.event import UNSTAMPED, Event, Recorded
from ledger.domain.finding import CameBack, FindingEvent, Found, stream
from ledger.domain.finding_file import Finding, Step
from ledger.domain.payout import Payout
from ledger.errors import Refused
from ledger.office import noted
from ledger.quiet_moment import in_a_quiet_moment
from ledger.supervising.inspecting import inspection as known_inspection
from ledger.values.month import day_of

PREFIX = "finding/"


class Suspected(msgspec.Struct, frozen=True):
    """All that a query says of one subject."""

    division: str
    query: str
    subject: str
    case: str | None
    found: tuple[Found, ...]

    @property
    def finding(self) -> str:
        """The stream of its finding."""
        return stream(self.division, self.query, self.subject, self.case)


class Said(msgspec.Struct, frozen=True):
    """What is said with a step: the day it happened (None: today), the deadline, papers by SHA-256, free text."""

    happened_on: date | None = None
    due_on: date | None = None
    evidence: tuple[str, ...] = ()
    text: str | None = None


class Planned(msgspec.Struct, frozen=True):
    """A finding before and after a step; no event where there is nothing new."""

    before: Finding
    after: Finding
    event: FindingEvent | None


Act = Callable[[Finding, Step], FindingEvent | None]
"""A decision of the finding: one of its methods, with what it needs besides the step."""


def findings(ledger: Ledger, prefix: str = PREFIX, *, before: int | None = None) -> Iterator[Finding]:
    """The findings below a prefix as they stood before a log position, in the order of their names."""
    return _folded(ledger.events_log.below(prefix, before=before))


def finding(ledger: Ledger, name: str) -> Finding:
    """One finding, empty where nothing is recorded under its name."""
    return next(_folded(ledger.events_log.streams([name])), Finding(name))


def plan_opening(
    ledger: Ledger, suspected: Sequence[Suspected], said: Said, inspection: str | None = None
) -> list[Planned]:
    """What taking up suspicions would do: open, add to what is open, reopen, or nothing. Nothing is recorded.

    Raises:
        Refused: `finding.deadline`; `register.unknown` for an inspection that is not known in their division.
    """
    if inspection is not None:
        for division in {one.division for one in suspected}:
            known_inspection(ledger, division, inspection)
    known = {found.id: found for found in _folded(ledger.events_log.streams(one.finding for one in suspected))}
    _, step = _step(ledger, said)
    planned = []
    for one in suspected:
        standing = known.get(one.finding) or Finding(one.finding)
        event = standing.open(
            step, division=one.division, query=one.query, subject=one.subject, case=one.case, found=one.found,
            inspection=inspection,
        )  # fmt: skip
        planned.append(_planned(standing, event))
    return planned


def open_findings(
    ledger: Ledger, suspected: Sequence[Suspected], said: Said, inspection: str | None = None
) -> list[Planned]:
    """Takes up suspicions, all or none; what is known already is not opened again.

    Raises:
        Refused: as `plan_opening` does; `record.busy`.
    """

    def once() -> list[Planned]:
        planned = plan_opening(ledger, suspected, said, inspection)
        _append(ledger, ledger.now(), [one.event for one in planned if one.event is not None])
        return planned

    return in_a_quiet_moment(f"{len(suspected)} suspicions", once)


def plan_step(ledger: Ledger, name: str, said: Said, act: Act) -> Planned:
    """What a step would make of a finding. Nothing is recorded.

    Raises:
        Refused: `finding.unknown`, and as the finding refuses.
    """
    return _decided(ledger, name, said, act)[1]


def take_step(ledger: Ledger, name: str, said: Said, act: Act) -> Planned:
    """Records a step of a finding, with its text sealed.

    Raises:
        Refused: as `plan_step` does; `record.busy`.
    """

    def once() -> Planned:
        moment, planned = _decided(ledger, name, said, act)
        events: list[Event] = [planned.event] if planned.event is not None else []
        if said.text is not None:
            division = planned.before.require_known().division
            events.insert(0, noted(ledger, division, said.text, planned.before.next_ref))
        _append(ledger, moment, events)
        return planned

    return in_a_quiet_moment(name, once)


def came_back(ledger: Ledger, standing: Finding, refs: Iterable[str]) -> list[CameBack]:
    """What some events say came back of a finding's money: payouts with recoveries, cancellations of payouts.

    Raises:
        Refused: `finding.ref_unknown` for one that does not exist; `finding.ref_foreign` for one that is not of the
            finding's case and months, or by which nothing came back.
    """
    asked = list(dict.fromkeys(refs))
    events = list(ledger.events_log.streams(ref.rpartition("@")[0] for ref in asked))
    known = {recorded.event.ref for recorded in events}
    payouts = {payout.issued.originator_id: payout for payout in folded(events)}
    return [_came_back(standing, ref, known, payouts) for ref in asked]


def _came_back(standing: Finding, ref: str, known: set[str], payouts: dict[str, Payout]) -> CameBack:
    if ref not in known:
        raise Refused(
            "finding.ref_unknown",
            standing.id,
            found=f"{ref}, which is not recorded",
            expected="the reference of a payout with a recovery, or of a payout's cancellation",
            hint="`ledger finding show` lists what came back.",
        )
    payout = payouts.get(ref.rpartition("@")[0])
    back = standing.came_back_in(payout) if payout is not None else None
    if back is None or back.ref != ref:
        raise Refused(
            "finding.ref_foreign",
            standing.id,
            found=f"{ref}, by which nothing of this finding came back",
            expected=f"a recovery or cancellation of {', '.join(sorted(standing.parties)) or 'its case'}"
            + (f" for {', '.join(sorted(map(str, standing.months)))}" if standing.months else ""),
            hint="`ledger finding show` lists what came back.",
        )
    return back


def _decided(ledger: Ledger, name: str, said: Said, act: Act) -> tuple[datetime, Planned]:
    standing = finding(ledger, name)
    division = standing.require_known().division
    note = noted(ledger, division, said.text, standing.next_ref).ref if said.text is not None else None
    moment, step = _step(ledger, said, note)
    return moment, _planned(standing, act(standing, step))


def _step(ledger: Ledger, said: Said, note: str | None = None) -> tuple[datetime, Step]:
    moment = ledger.now(not_before=said.happened_on)
    today = day_of(moment)
    return moment, Step(ledger.origin(), today, said.happened_on or today, said.due_on, said.evidence, note)


def _planned(standing: Finding, event: FindingEvent | None) -> Planned:
    return Planned(standing, standing.after(Recorded(0, event)) if event is not None else standing, event)


def _append(ledger: Ledger, moment: datetime, events: Sequence[Event]) -> None:
    """Findings are of no division's roll: a freeze goes on while they are recorded."""
    if events:
        assert all(event.recorded_at == UNSTAMPED for event in events)
        ledger.append(Decision(events[0].originator_id, events), (), clock=lambda: moment)


def _folded(events: Iterable[Recorded]) -> Iterator[Finding]:
    for name, group in groupby(events, key=lambda recorded: recorded.event.originator_id):
        standing = Finding(name)
        for recorded in group:
            standing = standing.after(recorded)
        yield standing
