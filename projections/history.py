"""The history of a case, a person, a stream or one event: its events in the order of the log, told in clear words.

Personal values are masked: a history is printed, mailed and looked at over a shoulder.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ledger.domain import case, person
from ledger.domain.book import command_stream
from ledger.domain.event import Event, Recorded, encode_value
from ledger.errors import Misused, Refused
from ledger.values.identifiers import is_code, mask
from ledger.values.mass import format_kg
from ledger.values.money import format_yuan
from projections.installation import Installation

_PARTS: dict[type[person.Sealed], type[msgspec.Struct]] = {
    person.Described: person.Particulars,
    person.CategoryRecorded: person.CategoryName,
    person.AccountRecorded: person.Account,
    person.Noted: person.Note,
}
_COMMAND = ("command_id", "correlation")
_HEADER = frozenset({"originator_id", "originator_version", "recorded_at", "actor", "private"})


def history(installation: Installation, asked: str) -> list[Recorded]:
    """The events behind a name.

    A case code (with its persons, payouts and grain), a person code, the `id` of a recorded fact, a stream
    (`case/520203/C1`), or an event reference (`case/520203/C1@3`).

    Raises:
        Refused: `history.unknown`.
        Misused: `history.several` for a code that names a case in several divisions, or a case and a person.
    """
    stream, at, version = asked.partition("@")
    if at:
        found = [r for r in installation.ledger.history(stream) if str(r.event.originator_version) == version]
    else:
        found = _of_stream(installation, stream if "/" in stream else _stream_of(installation, stream))
    if not found:
        raise _unknown(asked)
    return sorted(found, key=lambda recorded: recorded.position)


def _stream_of(installation: Installation, code: str) -> str:
    if not is_code(code):
        raise _unknown(code)
    log = installation.ledger.events_log
    possible = [case.stream(division, code) for division in installation.divisions()]
    known = [stream for stream in (*possible, person.stream(code)) if log.version(stream)]
    if len(known) > 1:
        raise Misused(
            "history.several",
            code,
            found=f"{len(known)} streams of that name",
            expected=f"one of {', '.join(known)}",
        )
    return known[0] if known else command_stream(code)


def _of_stream(installation: Installation, stream: str) -> list[Recorded]:
    events = installation.ledger.history(stream)
    kind, _, rest = stream.partition("/")
    division, _, code = rest.partition("/")
    if kind != "case" or not events:
        return events
    installation.rolls.views.catch_up()
    others = [person.stream(member) for member in _members(events)]
    others += installation.rolls.payments.streams(division, code)
    return events + list(installation.ledger.events_log.streams(others))


def _members(events: Sequence[Recorded]) -> dict[str, None]:
    found: dict[str, None] = {}
    for recorded in events:
        match recorded.event:
            case case.Enrolled(members=members):
                found |= dict.fromkeys(member.person for member in members)
            case case.MemberJoined(member=member):
                found[member.person] = None
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
    part = msgspec.to_builtins(person.open_private(event, _PARTS[type(event)]))
    return {name: mask(str(value)) for name, value in part.items() if value is not None}


def _worded(name: str, value: Any) -> tuple[str, Any]:
    """A field with its unit put in words: `income_fen` 12000 is `income` 120.00."""
    if isinstance(value, dict):
        return name, dict(_worded(key, inner) for key, inner in value.items())
    if name == "lines" and isinstance(value, list | tuple):
        return name, [{"component": c, "for_month": m, "amount": format_yuan(fen)} for c, m, fen in value]
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
        expected="a case or person code, the id of a fact, a stream such as case/520203/C1, or an event reference",
        hint="Codes are written as in the facts file, capital letters included.",
    )
