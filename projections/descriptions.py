"""Events in words, for history and explanations: what happened, with personal values masked."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from ledger.domain.event import Event
from ledger.domain.person import ERASED, PRIVATE_PARTS, Sealed, open_private
from ledger.values.identifiers import mask
from ledger.values.money import format_yuan
from ledger.values.month import CHINA, Month

_HEADER = {
    "originator_id", "originator_version", "recorded_at", "actor", "command_id", "correlation", "cause", "private",
    "certificate", "signature", "sums",
}  # fmt: skip


def details(event: Event) -> dict[str, Any]:
    """An event's own fields as plain values: yuan for fen, text for days; private ones masked."""
    found = {name: _plain(name, getattr(event, name)) for name in event.__struct_fields__ if name not in _HEADER}
    if isinstance(event, Sealed):
        found |= _private(event)
    return {_named(name): value for name, value in found.items() if value not in (None, [], ())}


def sentence(event: Event) -> str:
    """An event on one line: its topic and its fields."""
    said = ", ".join(f"{name} {_shown(value)}" for name, value in details(event).items())
    return f"{event.TOPIC.replace('.', ' ').replace('_', ' ')}: {said}" if said else event.TOPIC


def moment(event: Event) -> str:
    """When it became known, in China Standard Time."""
    return event.recorded_at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def _private(event: Sealed) -> dict[str, Any]:
    if event.private == ERASED:
        return {"private": "erased"}
    part = open_private(event, PRIVATE_PARTS[type(event)])
    values = {name: getattr(part, name) for name in part.__struct_fields__}
    return {name: mask(str(value)) for name, value in values.items() if value is not None}


def _plain(name: str, value: Any) -> Any:
    if name.endswith("_fen") and isinstance(value, int):
        return format_yuan(value)
    if isinstance(value, Month | date):
        return str(value)
    if isinstance(value, msgspec.Struct):
        fields = {n: _plain(n, getattr(value, n)) for n in value.__struct_fields__}
        return {_named(n): v for n, v in fields.items() if v is not None}
    if isinstance(value, tuple | list):
        return [_plain("", item) for item in value]
    return value


def _named(name: str) -> str:
    return name.removesuffix("_fen")


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "(" + ", ".join(f"{name} {_shown(item)}" for name, item in value.items()) + ")"
    if isinstance(value, list):
        return " ".join(_shown(item) for item in value)
    return str(value)
