"""What a facts file holds before anything is known about its fields."""

from __future__ import annotations

import json

from msgspec import Struct


class Number(str):
    """An unquoted number, kept as its text: 01 keeps its zero, and money without quotes can be told apart."""

    __slots__ = ()


class Cell(str):
    """A cell of a table: text that nobody could quote, so it may stand for a number or a truth value too."""

    __slots__ = ()


class RawFact(Struct, frozen=True):
    """One fact as written.

    `place` is the file's name, `line` counts from 1. `data` maps field names to None, bool, str, `Number`,
    `Cell`, lists and dicts of these: no int, no float.
    """

    place: str
    line: int
    data: dict[str, object]


class FactsFile(Struct, frozen=True):
    """A facts file: its name without folders, the SHA-256 of its bytes in hex, its facts in line order."""

    name: str
    digest: str
    facts: list[RawFact]


def canonical(raw: RawFact) -> bytes:
    """The content of a fact for a keyed digest: JSON with sorted keys, without `id`.

    A number counts as its text, so that a code with and without quotes is the same content.
    """
    content = {key: value for key, value in raw.data.items() if key != "id"}
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
