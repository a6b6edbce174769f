"""Which texts may stand in a file for banks and clerks: nothing invisible, nothing a spreadsheet runs."""

from __future__ import annotations

import unicodedata

from ledger.errors import Refused
from ledger.values.identifiers import mask

_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Control, format (bidi overrides, zero width), surrogates, line and paragraph separators.

Private-use and unassigned characters stay allowed: names are written with both, and Python's Unicode tables
are older than the newest CJK extension."""

_NONCHARACTERS = "\ufffe\uffff"
"""Unassigned for ever, and no character of XML."""

_FORMULA_STARTS = frozenset("=+-@＝＋－＠")


def plain(value: str, *, subject: str, field: str, without: str = "") -> str:
    """The value itself, when every character of it shows and none is of `without`.

    Raises:
        Refused: `payfile.character`, for invisible characters and the file's own separators.
    """
    if not value.isprintable() and any(
        unicodedata.category(char) in _INVISIBLE or char in _NONCHARACTERS for char in value
    ):
        raise _refusal(value, subject, field, "no control, format or line-breaking characters")
    for separator in without:
        if separator in value:
            raise _refusal(value, subject, field, f"no {separator!r}, which separates the fields of the file")
    return value


def cell(value: str, *, subject: str, field: str) -> str:
    """The value itself, when it is plain and no spreadsheet takes it for a formula.

    A quote in front would change a payee's name, so such a value is refused, never repaired (OWASP, CSV
    injection).

    Raises:
        Refused: `payfile.character` as for `plain`, `payfile.formula` for a leading = + - @ of either width.
    """
    if value.lstrip()[:1] in _FORMULA_STARTS:
        raise Refused(
            "payfile.formula",
            f"{subject}, {field}",
            found=mask(value),
            expected="a text that does not begin with = + - @",
            hint="Correct the fact it came from; a spreadsheet would run this text as a formula.",
        )
    return plain(value, subject=subject, field=field)


def _refusal(value: str, subject: str, field: str, expected: str) -> Refused:
    shown = mask(value).encode("unicode_escape", "backslashreplace").decode("ascii")
    return Refused(
        "payfile.character",
        f"{subject}, {field}",
        found=shown,
        expected=expected,
        hint="Correct the fact it came from, then freeze the batch again.",
    )
