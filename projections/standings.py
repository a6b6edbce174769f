"""How the persons that a department's file names stand: drawing, applying, watched or turned down; and what is known.

Read for the persons found only, from the views and their own streams.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import msgspec

from ledger.application import Ledger
from ledger.domain.alert import Alert
from ledger.domain.case_file import CaseFile
from ledger.domain.case_known import Stay
from ledger.domain.matching import Limits, MatchSaid, Standing
from ledger.domain.person import (
    ERASED,
    Matched,
    MatchedData,
    Monitored,
    Note,
    Noted,
    PersonEvent,
    PersonFactVoided,
    open_private,
    stream,
)
from ledger.entitlement.rule_book import RuleBook
from ledger.values.money import parse_yuan
from ledger.values.month import Month
from projections.alerts import dataset_in
from projections.applications import OPEN, REFUSED, WITHDRAWN, Application
from projections.memberships import cases_by_person

DRAWING, APPLYING, OUTSIDE = "drawing", "applying", "outside"


class PersonKnown(msgspec.Struct, frozen=True):
    """A person whom the file concerns: his group, standing, and his matches of the dataset and month."""

    person: str
    group: str
    standing: Standing
    matches: tuple[tuple[str, MatchSaid], ...]
    alerted: frozenset[str]
    """The sides for which an alert of the dataset is open."""


class Question(msgspec.Struct, frozen=True):
    """What a file is about."""

    division: str
    dataset: str
    month: Month


def persons_known(
    ledger: Ledger,
    asked: Question,
    identities: Sequence[Collection[str]],
    applied: Iterable[Application],
    alerts: Iterable[Alert],
) -> Iterator[PersonKnown]:
    """The persons whom a file concerns among those found; an identity is the codes of one ID number.

    The views must have caught up; `applied` are the county's applications, the oldest first, `alerts` all alerts.

    Concerned are the members of a county's households that draw in the month or will, its applicants whose
    application is open, came to nothing last, and whoever is watched in the month. Who draws anywhere under
    one of his codes is not outside.
    """
    codes = {code for identity in identities for code in identity}
    cases = cases_by_person(ledger.datastore, codes)
    made: dict[str, list[Application]] = {}
    for application in applied:
        made.setdefault(application.applied.person, []).append(application)
    said = _Said(ledger, asked, codes, alerts)
    rules = ledger.rule_book(asked.division)
    for identity in identities:
        draws = any(_stays(file, code, asked.month) for code in identity for file in cases.get(code, ()))
        for code in sorted(identity):
            own = [file for file in cases.get(code, ()) if file.division == asked.division]
            found = _standing(asked, rules, code, own, made.get(code, ()))
            if not draws and (code in said.monitored or _turned_down(made.get(code, ()))):
                found = msgspec.structs.replace(found, outside=True)
            if (group := _group(found)) is not None:
                yield PersonKnown(
                    code, group, found, tuple(said.matches.get(code, ())), frozenset(said.alerted.get(code, ()))
                )


def _standing(
    asked: Question, rules: RuleBook, code: str, files: Sequence[CaseFile], made: Sequence[Application]
) -> Standing:
    in_case = [(file, stay) for file in files for stay in _stays(file, code, asked.month)]
    opened = [application for application in made if application.outcome == OPEN]
    if in_case:
        file = in_case[0][0]
        limits = _limits(rules, file.programme, file.income(asked.month).annual_fen // 12, asked.month)
    elif opened:
        limits = _limits(rules, opened[-1].applied.programme, 0, asked.month)
    else:
        limits = Limits()
    insured = any(stay.insured for _, stay in in_case)
    return Standing(insured=insured, member=bool(in_case), applying=bool(opened), limits=limits)


def _stays(file: CaseFile, code: str, month: Month) -> list[Stay]:
    """The stays of a person in a case that stands in a month or begins later; the dead have none."""
    last = file.last_month()
    if last is not None and last < month:
        return []
    own = [stay for stay in file.stays() if stay.person == code]
    return [stay for stay in own if not stay.died and (stay.last is None or stay.last >= month)]


def _limits(rules: RuleBook, programme: str, income_fen: int, month: Month) -> Limits:
    standard = rules.standard("tekun_basic" if programme == "tekun" else programme, month)
    return Limits(
        properties=int(rules.parameter("property_limit", month)),
        housing_fund_fen=parse_yuan(str(rules.parameter("housing_fund_limit", month))),
        income_fen=income_fen,
        deposits_fen=standard.annual_fen if standard else 0,
    )


def _turned_down(made: Sequence[Application]) -> bool:
    """Whether the last application came to nothing."""
    return bool(made) and made[-1].outcome in (REFUSED, WITHDRAWN)


def _group(standing: Standing) -> str | None:
    if standing.member:
        return DRAWING
    if standing.applying:
        return APPLYING
    return OUTSIDE if standing.outside else None


class _Said:
    """What the streams of some persons, and the alerts about them, say of a file's dataset and month."""

    def __init__(self, ledger: Ledger, asked: Question, codes: Collection[str], alerts: Iterable[Alert]) -> None:
        self.monitored: set[str] = set()
        self.matches: dict[str, list[tuple[str, MatchSaid]]] = {}
        self.alerted: dict[str, set[str]] = {}
        details = {a.raised.detail: a for a in alerts if a.open and a.raised.person in codes}
        standing: dict[str, PersonEvent] = {}
        for recorded in ledger.events_log.streams(map(stream, codes)):
            match recorded.event:
                case PersonFactVoided(of=of):
                    standing.pop(of, None)
                case Matched() | Monitored() as event:
                    standing[event.ref] = event
                case Noted() as note if note.ref in details and note.private != ERASED:
                    raised = details[note.ref].raised
                    if dataset_in(open_private(note, Note).text) == asked.dataset:
                        self.alerted.setdefault(raised.person, set()).add(raised.side)
        for known in standing.values():
            self._take(asked, known)

    def _take(self, asked: Question, event: PersonEvent) -> None:
        code = event.originator_id.removeprefix("person/")
        if isinstance(event, Monitored):
            if event.from_on <= asked.month.last_day and (
                event.to_on is None or event.to_on >= asked.month.first_day
            ):
                self.monitored.add(code)
        elif isinstance(event, Matched) and event.month == asked.month and event.private != ERASED:
            data = open_private(event, MatchedData)
            if data.dataset == asked.dataset:
                said = (event.ref, MatchSaid(data.value, data.detail))
                self.matches.setdefault(code, []).append(said)
