"""YAML as plain data that remembers its lines: no tags, no aliases, no guessing at types.

Only `null`, `true`, `false` and unquoted decimal numbers are anything but text: `on` and `no` are words here,
a day is a word, and 01 keeps its zero.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from ledger.errors import Refused
from ledger.intake.raw import Number
from ledger.intake.shape import printable
from ledger.intake.text_files import DEEPEST, empty, text_of

_LOADER: Any = getattr(yaml, "CLoader", yaml.Loader)  # the same grammar, ten times as fast where libyaml is there
_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?")
_NOT_A_NUMBER = re.compile(r"[-+]?\.(?:inf|nan)", re.IGNORECASE)
_WORDS: dict[str, object] = {"": None, "~": None} | {
    spelling: value
    for word, value in (("null", None), ("true", True), ("false", False))
    for spelling in (word, word.capitalize(), word.upper())
}


class YamlMap(dict[str, object]):
    """A mapping; `line` is where it begins, `lines` where each key stands, from 1."""

    line: int
    lines: dict[str, int]


class YamlList(list[object]):
    """A list; `line` is where it begins, `lines` where each item begins, from 1."""

    line: int
    lines: list[int]


def read_yaml(content: bytes, name: str) -> object:
    """The one document of a YAML file as YamlMap, YamlList, text, Number, bool or None.

    Raises:
        Refused: `file.syntax`, `file.yaml_feature`, `file.nesting`, `fact.duplicate_key` and what `text_of`
            refuses, with the line.
    """
    text = text_of(content, name)
    try:
        return _Tree(name, yaml.parse(text, Loader=_LOADER)).document()
    except yaml.MarkedYAMLError as reason:
        mark = reason.problem_mark or reason.context_mark
        place = f"{name} line {mark.line + 1}" if mark else name
        raise Refused(
            "file.syntax", place, found=reason.problem or "broken YAML", expected="well-formed YAML"
        ) from None
    except yaml.YAMLError:
        raise Refused("file.syntax", name, found="a control character", expected="well-formed YAML") from None


class _Tree:
    def __init__(self, name: str, events: Iterator[Any]) -> None:
        self.name = name
        self.events = events

    def document(self) -> object:
        next(self.events)  # the stream's start
        if isinstance(next(self.events), yaml.StreamEndEvent):
            raise empty(self.name)
        value = self.value(next(self.events), 1)
        next(self.events)  # the document's end
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self.refused(after, "file.yaml_feature", found="a second document", expected="one document")
        return value

    def value(self, event: Any, depth: int) -> object:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise self.refused(event, "file.yaml_feature", found="an anchor or alias", expected="plain YAML")
        if event.tag is not None:
            raise self.refused(event, "file.yaml_feature", found="a tag", expected="plain YAML")
        if depth > DEEPEST:
            raise self.refused(event, "file.nesting", found="deeper nesting", expected=f"at most {DEEPEST} levels")
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event)
        return self.list(event, depth) if isinstance(event, yaml.SequenceStartEvent) else self.map(event, depth)

    def scalar(self, event: Any) -> object:
        text: str = event.value
        if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
            raise self.refused(event, "file.syntax", found="half a surrogate pair", expected="whole characters")
        if event.style:
            return text
        if _NOT_A_NUMBER.fullmatch(text):
            raise self.refused(event, "file.syntax", found=text, expected="numbers in digits")
        if text in _WORDS:
            return _WORDS[text]
        return Number(text) if _NUMBER.fullmatch(text) else text

    def list(self, start: Any, depth: int) -> YamlList:
        items = YamlList()
        items.line, items.lines = _line(start), []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.lines.append(_line(event))
            items.append(self.value(event, depth + 1))
        return items

    def map(self, start: Any, depth: int) -> YamlMap:
        found = YamlMap()
        found.line, found.lines = _line(start), {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.key(event)
            if key in found:
                raise self.refused(
                    event, "fact.duplicate_key", found=f"{printable(key)} twice", expected="each field once"
                )
            found.lines[key] = _line(event)
            found[key] = self.value(next(self.events), depth + 1)
        return found

    def key(self, event: Any) -> str:
        if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None or event.tag is not None:
            raise self.refused(event, "file.yaml_feature", found="a key that is no word", expected="plain keys")
        self.scalar(event)
        text: str = event.value
        return text

    def refused(self, event: Any, code: str, *, found: str, expected: str) -> Refused:
        return Refused(code, f"{self.name} line {_line(event)}", found=found, expected=expected)


def _line(event: Any) -> int:
    number: int = event.start_mark.line
    return number + 1
