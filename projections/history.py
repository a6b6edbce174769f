"""The history of a case, a person, a stream or one event: its events in the order of the log, told in clear words.

Personal values are masked: a history is printed, mailed and looked at over a shoulder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from ledger.domain import case, person, relief, supervision
from ledger.domain.book import command_stream
from ledger.domain.event import Event, Recorded, encode_value
from ledger.errors import Misused, Refused
from ledger.values.identifiers import is_code, mask
from ledger.values.mass import format_kg
from ledger.values.money import format_yuan
from projections.installation import Installation
from projections.naming import naming_case, naming_person

_COMMAND = ("command_id", "correlation")
_HEADER = frozenset({"originator_id", "originator_version", "recorded_at", "actor", "private"})


def history(installation: Installation, asked: str) -> list[Recorded]:
    """The events behind a name.

    A code (of a case, person, official, relief, application, inspection, alert, fund or grain store), the `id` of
    a recorded fact, a stream (`case/520203/C1`), or an event reference (`case/520203/C1@3`). A case comes with its
    persons, payouts, grain, and whatever names it; a relief with its payout; a person with whatever names him.

    Raises:
        Refused: `history.unknown`.
        Misused: `history.several` for a code that names several things.
    """
    stream, at, version = asked.rpartition("@")
    if at and version.isdigit():
        found = [r for r in installation.ledger.history(stream) if str(r.event.originator_version) == version]
    else:
        found = _of_stream(installation, asked if "/" in asked else _stream_of(installation, asked))
    if not found:
        raise _unknown(asked)
    return sorted(found, key=lambda recorded: recorded.position)


def _stream_of(installation: Installation, code: str) -> str:
    if not is_code(code):
        raise _unknown(code)
    log = installation.ledger.events_log
    known = [stream for stream in _possible(installation.divisions(), code) if log.version(stream)]
    if len(known) > 1:
        raise Misused(
            "history.several",
            code,
            found=f"{len(known)} streams of that name",
            expected=f"one of {', '.join(known)}",
        )
    if not known and log.version(command_stream(code)):
        return command_stream(code)
    return known[0] if known else person.stream(code)  # others may name a person of whom nothing else is known


def _possible(divisions: Sequence[str], code: str) -> Iterator[str]:
    for division in divisions:
        yield case.stream(division, code)
        yield relief.stream(division, code)
        for kind in ("application", "inspection", "alert", "fund"):
            yield supervision.register(kind, division, code)
        yield supervision.store(division, code)
    yield person.stream(code)
    yield supervision.official(code)


def _of_stream(installation: Installation, stream: str) -> list[Recorded]:
    log = installation.ledger.events_log
    events = installation.ledger.history(stream)
    kind, _, rest = stream.partition("/")
    division, _, code = rest.partition("/")
    if not events and kind != "person":
        return []
    others: list[str] = []
    if kind == "case":
        installation.rolls.views.catch_up()
        members = _members(events)
        others += [person.stream(member) for member in members]
        others += installation.rolls.payments.streams(division, code)
        others += naming_case(installation.ledger, division, code, list(members))
    elif kind == "relief":
        others.append(relief.payout_stream(division, code))
    elif kind == "person":
        others += naming_person(installation.ledger, installation.divisions(), rest)
    found = {r.event.ref: r for r in (*events, *log.streams(others))}
    missing = _referenced(found.values()) - found.keys()
    streams = {ref.rpartition("@")[0] for ref in missing}
    found |= {r.event.ref: r for r in log.streams(streams) if r.event.ref in missing}
    return list(found.values())


def _referenced(events: Iterable[Recorded]) -> set[str]:
    """The sealed texts, accounts and names that events reference: what they say is part of the story."""
    plain = (msgspec.to_builtins(recorded.event, enc_hook=encode_value) for recorded in events)
    texts = (text for fields in plain for text in _texts(fields))
    return {text for text in texts if text.startswith("person/") and "@" in text}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _members(events: Sequence[Recorded]) -> dict[str, None]:
    """Members, carers and those who keep the card, in the order named."""
    found: dict[str, None] = {}
    for recorded in events:
        match recorded.event:
            case case.Enrolled(members=members, care=care):
                found |= dict.fromkeys(member.person for member in members)
                if care is not None and care.carer is not None:
                    found[care.carer] = None
            case case.MemberJoined(member=member):
                found[member.person] = None
            case case.CareAssessed(carer=carer) if carer is not None:
                found[carer] = None
    return found


def told(event: Event) -> dict[str, Any]:
    """The event's own fields as plain values: amounts in yuan, mass in kg, percents; personal values masked.

    A person's fields read `erased` once his key is gone.
    """
    plain = msgspec.to_builtins(event, enc_hook=encode_value)
    fields = dict(_worded(name, value) for name, value in plain.items() if name not in (*_HEADER, *_COMMAND))
    if isinstance(event, person.Sealed):
        fields |= _private(event)
    return fields | {name: plain[name] for name in _COMMAND if name in plain}


def _private(event: person.Sealed) -> dict[str, Any]:
    if event.private == person.ERASED:
        return {"private": "erased"}
    part = msgspec.to_builtins(person.open_private(event, person.PRIVATE_PARTS[type(event)]))
    return {name: mask(str(value)) for name, value in part.items() if value is not None}


def _worded(name: str, value: Any) -> tuple[str, Any]:
    """A field with its unit put in words: `income_fen` 12000 is `income` 120.00."""
    if isinstance(value, dict):
        return name, dict(_worded(key, inner) for key, inner in value.items())
    if name == "lines" and isinstance(value, list | tuple):
        return name, [{"component": c, "for_month": m, "amount": format_yuan(fen)} for c, m, fen in value]
    if isinstance(value, list | tuple) and value and all(isinstance(inner, dict) for inner in value):
        return name, [dict(_worded(key, item) for key, item in inner.items()) for inner in value]
    if value is None:
        return name, None
    if name.endswith("_fen"):
        return name.removesuffix("_fen"), format_yuan(value)
    if name in ("mass_g", "grain_g"):
        return f"{name.removesuffix('_g')}_kg", format_kg(value)
    if name == "grams_per_head":
        return "kg_per_head", format_kg(value)
    return name, value


def _unknown(asked: str) -> Refused:
    return Refused(
        "history.unknown",
        asked,
        found="nothing recorded under this name",
        expected="the code of a case, person, official, relief, application, inspection, alert, fund or store; "
        "the id of a fact, a stream such as case/520203/C1, or an event reference",
        hint="Codes are written as in the facts file, capital letters included.",
    )
