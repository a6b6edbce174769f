"""Facts from JSON Lines: one object a line, in UTF-8."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import NoReturn

from ledger.errors import Refused
from ledger.intake.raw import Number, RawFact
from ledger.intake.shape import printable
from ledger.intake.text_files import DEEPEST, text_of


def read_jsonl(content: bytes, name: str) -> Iterator[RawFact]:
    """The facts of a file, blank lines aside.

    Raises:
        Refused: `file.syntax`, `file.nesting`, `fact.duplicate_key`, and what `text_of` refuses; each names
            the line.
    """
    decoder = json.JSONDecoder(
        object_pairs_hook=_object, parse_int=Number, parse_float=Number, parse_constant=_constant
    )
    for number, line in enumerate(text_of(content, name).split("\n"), 1):
        if line and not line.isspace():
            try:
                yield RawFact(name, number, _fact(line, decoder))
            except _Problem as problem:
                raise Refused(
                    problem.code, f"{name} line {number}", found=problem.found, expected=problem.expected,
                    hint=problem.hint,
                ) from None  # fmt: skip


class _Problem(Exception):
    def __init__(self, code: str, *, found: str, expected: str, hint: str = "") -> None:
        super().__init__(code)
        self.code, self.found, self.expected, self.hint = code, found, expected, hint


def _fact(line: str, decoder: json.JSONDecoder) -> dict[str, object]:
    try:
        value = decoder.decode(line)
    except json.JSONDecodeError as reason:
        raise _Problem(
            "file.syntax", found=f"{reason.msg}, at character {reason.pos + 1}", expected="a JSON object",
            hint="A fact stands on one line; text is in double quotes.",
        ) from None  # fmt: skip
    except RecursionError:
        raise _too_deep() from None
    if not isinstance(value, dict):
        raise _Problem("file.syntax", found="JSON that is no object", expected='an object such as {"fact": …}')
    # Only lines with so many brackets can nest so deep, only those with an escape can hide a surrogate.
    if line.count("[") + line.count("{") > DEEPEST and _depth(value) > DEEPEST:
        raise _too_deep()
    if "\\u" in line and not _encodable(value):
        raise _Problem(
            "file.syntax", found="half a surrogate pair (\\ud800 to \\udfff)", expected="whole characters"
        )
    return value


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise _Problem("fact.duplicate_key", found=f"{printable(twice)} twice", expected="each field once")
    return found


def _constant(text: str) -> NoReturn:
    raise _Problem("file.syntax", found=text, expected="numbers in digits")


def _too_deep() -> _Problem:
    return _Problem("file.nesting", found="deeper nesting", expected=f"at most {DEEPEST} levels")


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
            if isinstance(inner, dict | list)
        ]
    return depth


def _encodable(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
