"""What became known of a division since a freeze: for those who sign, deaths, stops and account changes first."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ledger.application import Ledger
from ledger.domain import case, payout, person, policy, relief
from ledger.domain.event import Event, Recorded
from ledger.values.identifiers import division_chain
from projections.case_files import CaseFiles

_BATCH = 20_000
_FIRST = ("death", "stop", "account")

_KINDS: dict[type[Event], str] = {
    case.Enrolled: "enrol", case.MemberJoined: "join", case.MemberLeft: "leave", case.HeadNamed: "head",
    case.IncomeAssessed: "income", case.Suspended: "suspend", case.Resumed: "resume", case.Stopped: "stop",
    case.Held: "hold", case.Released: "release", case.AccountNamed: "account",
    case.HarvestRecorded: "harvest", case.Corrected: "correct", case.CaseFactVoided: "void",
    case.GraceGranted: "grace", case.CareAssessed: "care", case.PaymentImported: "payout_imported",
    person.CategoryRecorded: "category", person.AccountRecorded: "account", person.Described: "correct",
    person.PersonFactVoided: "void",
    relief.ReliefGranted: "relief", relief.ReliefVoided: "void",
    payout.PayoutReturned: "returned", payout.PayoutCancelled: "cancelled",
    payout.CancellationVoided: "void",
    policy.StandardSet: "standard", policy.TopUpSet: "top_up_rule", policy.ParameterSet: "policy",
    policy.OneOffGranted: "one_off", policy.BooksOpened: "opening", policy.PolicyFactVoided: "void",
}  # fmt: skip
_TOPICS = tuple(kind.TOPIC for kind in _KINDS)


class KnownSince(msgspec.Struct, frozen=True):
    """A fact by its kind (`death` is a leave by death), its case or relief (None: a rule), and its reference."""

    kind: str
    case: str | None
    ref: str


def since_freeze(ledger: Ledger, files: CaseFiles, division: str, frozen_at: int) -> list[KnownSince]:
    """The facts of a division, its persons and its rules after a log position; the urgent kinds first."""
    events = list(_after(ledger, frozen_at))
    told = {recorded.event.originator_id.removeprefix("person/") for recorded in events if _of_person(recorded)}
    cases = files.cases_of(division, told) if told else {}
    found = [known for recorded in events for known in _facts(recorded, division, cases)]
    return sorted(found, key=lambda known: _FIRST.index(known.kind) if known.kind in _FIRST else len(_FIRST))


def _after(ledger: Ledger, position: int) -> Iterator[Recorded]:
    while part := ledger.events_log.after(position, _TOPICS, limit=_BATCH):
        yield from part
        position = part[-1].position


def _of_person(recorded: Recorded) -> bool:
    """Whether it is a fact about a person, not a case's fact written to a person's stream as well."""
    event = recorded.event
    return isinstance(event, person.PersonEvent) and event.cause.startswith("person/")


def _facts(recorded: Recorded, division: str, cases: dict[str, list[str]]) -> Iterator[KnownSince]:
    event = recorded.event
    stream, _, name = event.originator_id.partition("/")
    kind = _KINDS[type(event)]
    if isinstance(event, case.MemberLeft) and event.reason == "death":
        kind = "death"
    if stream in ("case", "relief") and name.startswith(f"{division}/"):
        yield KnownSince(kind, name.removeprefix(f"{division}/"), event.ref)
    elif stream == "payout" and name.split("/")[1] == division:
        yield KnownSince(kind, name.split("/")[2], event.ref)
    elif stream == "policy" and name in division_chain(division):
        yield KnownSince(kind, None, event.ref)
    elif _of_person(recorded):
        for code in cases.get(name, ()):
            yield KnownSince(kind, code, event.ref)
