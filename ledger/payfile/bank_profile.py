"""Bank profiles: how a bank wants its batch file and writes its return file, declared in TOML, not in code.

| key | |
|---|---|
| `code` | 1 to 16 small letters, digits, `-`, `_`; names the bank's file where there are several |
| `title` | what people call it |
| `names` | what an account's bank says when the money goes through this bank, e.g. `["邮政储蓄银行"]` |
| `default` | true where it takes all that no other profile's names match (`agent` does if none says so) |
| `cnaps` | the bank's 12-digit CNAPS code, for pain.001 |
| `encoding` | `gb18030`, `gbk` or `utf-8` |
| `line_end` | `crlf` or `lf` |
| `separator` | one character between fields; empty: fixed width |
| `id_type` | what `id_type` says where there is an ID number (default `1`) |
| `header`, `detail`, `trailer` | the columns of the first line, of each payment, of the last line |
| `returns` | `header`, `detail`, `trailer` of the return file, statuses `paid`, `failed`, `unknown`, `reasons` to ISO |

A column has `value` (one of its line's values below) or `text` (always that); with fixed width also `width` in bytes,
`align` (`left`, `right`) and `fill` (a blank, or 0 for numbers aligned right); `form` is `yuan` (443.00) or `fen`
(44300) for an amount, `%Y%m%d` or `%Y-%m-%d` for a day.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Literal

import msgspec

from ledger.errors import Failed, Misused

DEFAULT = "agent"
_OF_FILE = frozenset({"pay_on", "unit_number", "batch_number", "purpose", "count", "amount"})
_OF_PAYMENT = frozenset({"number", "name", "amount", "account", "id_type", "id_number"})
_OF_LINE = _OF_PAYMENT | {"pay_on", "unit_number", "batch_number", "purpose"}
_OF_RETURN = _OF_FILE | {"paid_count", "paid_amount", "failed_count", "failed_amount"}
_VALUES = {
    "header": _OF_FILE,
    "detail": _OF_LINE,
    "trailer": _OF_FILE,
    "returns.header": _OF_RETURN,
    "returns.detail": _OF_LINE | {"status", "reason"},
    "returns.trailer": _OF_RETURN,
}
"""What a column can say, by the line it stands in."""

_NUMBERS = frozenset({"number", "batch_number", "count", "paid_count", "failed_count"})
_AMOUNTS = frozenset({"amount", "paid_amount", "failed_amount"})
_FORMS = {**dict.fromkeys(_AMOUNTS, ("yuan", "fen")), "pay_on": ("%Y%m%d", "%Y-%m-%d")}
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,15}")
_CNAPS = re.compile(r"(?:[0-9]{12})?")
_ISO_REASON = re.compile(r"[A-Z0-9]{4}")
_SHIPPED = "ledger.payfile.banks"


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column of a line: a value or a fixed text; `width` counts bytes."""

    value: str = ""
    text: str = ""
    width: int = 0
    align: Literal["left", "right"] = "left"
    fill: str = " "
    form: str = ""

    @property
    def written(self) -> str:
        """The form its value is written in, the first of those it could have where none is given."""
        return self.form or _FORMS.get(self.value, ("",))[0]


Columns = tuple[Column, ...]


class Returns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a bank sends back: its columns, what its statuses mean, its reasons as ISO 20022 codes.

    A line failed where its status is one of `failed`, or of `reasons` where none is given. `unknown` are those of a
    payment the bank cannot tell of. A file with any other status is refused: it may be in another encoding.
    """

    detail: Columns
    paid: tuple[str, ...]
    reasons: dict[str, str]
    failed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    header: Columns = ()
    trailer: Columns = ()


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The keys of a profile, as the module's table says."""

    code: str
    title: str
    encoding: Literal["gb18030", "gbk", "utf-8"]
    line_end: Literal["crlf", "lf"]
    separator: str
    detail: Columns
    header: Columns = ()
    trailer: Columns = ()
    names: tuple[str, ...] = ()
    default: bool = False
    cnaps: str = ""
    id_type: str = "1"
    returns: Returns | None = None


class Profile(msgspec.Struct, frozen=True, dict=True):
    """A bank profile by its text, which stands in the manifest and the event of each bundle written by it."""

    text: str

    @cached_property
    def layout(self) -> Layout:
        """Its keys, checked when it was parsed."""
        return msgspec.convert(tomllib.loads(self.text), Layout)

    @property
    def code(self) -> str:
        """Its code."""
        return self.layout.code


FIRST = Profile(
    """\
code = "agent"
title = "代理银行批量代发（竖线分隔）"
encoding = "gb18030"
line_end = "crlf"
separator = "|"
header = [{ value = "pay_on" }, { value = "unit_number" }, { value = "count" }, { value = "amount" }]
detail = [
    { value = "number" }, { value = "name" }, { value = "amount" }, { value = "account" }, { value = "unit_number" },
    { value = "id_type" }, { value = "id_number" }, { value = "batch_number" },
]
"""
)
"""The only layout of bundles of format 1, which name none: it must never change."""


def parse_profile(text: str, *, place: str) -> Profile:
    """The profile a TOML text declares.

    Raises:
        Misused: `bank_profile.malformed`, naming the field: unknown or missing keys, a value the line does not
            have, a width without fixed width or none with it, a fill that could not be told from the value, lines
            without name, amount and account, a file that nowhere says its count and amount.
    """
    try:
        layout = msgspec.convert(tomllib.loads(text), Layout)
    except tomllib.TOMLDecodeError as error:
        raise _malformed(f"{place}, the profile", str(error), "TOML") from None
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$.")
        raise _malformed(f"{place}, {path.rstrip('`') or 'the profile'}", what, "the keys of a profile") from None
    for field, found, expected in _faults(layout):
        raise _malformed(f"{place}, {field}", found, expected)
    return Profile(text)


def shipped_profiles() -> dict[str, Profile]:
    """The profiles that come along, by code."""
    files = [file for file in resources.files(_SHIPPED).iterdir() if file.name.endswith(".toml")]
    found = [parse_profile(file.read_text("utf-8"), place=file.name) for file in files]
    return {profile.code: profile for profile in sorted(found, key=lambda profile: profile.code)}


def profiles_in_use(folder: Path) -> tuple[Profile, ...]:
    """The profiles of an installation's own folder, and the shipped default unless one there is; the default first.

    Raises:
        Misused: as `parse_profile`; `bank_profile.ambiguous` for two defaults, or one code or name in two files.
        Failed: `bank_profile.file` for a file that cannot be read.
    """
    own = [parse_profile(_read(path), place=str(path)) for path in sorted(folder.glob("*.toml"))]
    defaults = [profile for profile in own if profile.layout.default]
    if not defaults:
        own_agent = [profile for profile in own if profile.code == DEFAULT]
        defaults = own_agent or [shipped_profiles()[DEFAULT]]
    used = [*defaults, *(profile for profile in own if profile not in defaults)]
    _require_told_apart(folder, defaults, used)
    return tuple(used)


def profile_to_start_from(code: str, folder: Path) -> Profile:
    """The profile of a code as an installation's own folder has it, else as it comes along, to be written to a file.

    An empty file in the folder is passed over: a shell makes one of `> banks/postal.toml` before anything is printed.

    Raises:
        Misused: `bank_profile.unknown`; `bank_profile.malformed` for another file there.
        Failed: `bank_profile.file`.
    """
    texts = {path: _read(path) for path in sorted(folder.glob("*.toml"))}
    own = [parse_profile(text, place=str(path)) for path, text in texts.items() if text]
    known = shipped_profiles() | {profile.code: profile for profile in own}
    if code not in known:
        raise Misused("bank_profile.unknown", code, found="no such profile", expected=", ".join(sorted(known)))
    return known[code]


def profile_for(bank: str | None, profiles: Sequence[Profile]) -> Profile:
    """The profile with the longest name that stands in what an account says of its bank, else the default."""
    names = [(len(name), profile) for profile in profiles for name in profile.layout.names if name in (bank or "")]
    return max(names, key=lambda found: found[0])[1] if names else profiles[0]


def _require_told_apart(folder: Path, defaults: Sequence[Profile], used: Sequence[Profile]) -> None:
    said = {
        "default": [profile.code for profile in defaults],
        "code": [profile.code for profile in used],
        "names": [name for profile in used for name in profile.layout.names],
    }
    once = {
        "default": len(defaults) == 1,
        **{key: len(set(said[key])) == len(said[key]) for key in ("code", "names")},
    }
    for key, ok in once.items():
        if not ok:
            raise Misused(
                "bank_profile.ambiguous",
                f"{folder}, {key}",
                found=", ".join(sorted(said[key])),
                expected="one default; each code and name in one profile",
            )


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        found = error.strerror or "nothing" if isinstance(error, OSError) else "bytes that are not UTF-8"
        raise Failed("bank_profile.file", str(path), found=found, expected="a bank profile, UTF-8") from None


_Faults = Iterator[tuple[str, str, str]]
"""The field, what it says, what it could."""


def _faults(layout: Layout) -> _Faults:
    if not _CODE.fullmatch(layout.code):
        yield "code", layout.code, "1 to 16 small letters, digits, - and _"
    if not _CNAPS.fullmatch(layout.cnaps):
        yield "cnaps", layout.cnaps, "12 digits"
    if len(layout.separator) > 1 or layout.separator.isalnum() or layout.separator in (*". -\r\n",):
        yield "separator", repr(layout.separator), "one character that stands in no number, or none: fixed width"
    for number, name in enumerate(layout.names):
        if len(name.strip()) < 2:
            yield f"names[{number}]", name, "two characters at least: it matches any bank that holds it"
    for line in ("header", "detail", "trailer"):
        yield from _faults_of_line(line, getattr(layout, line), layout)
    missing = {"name", "amount", "account"} - {column.value for column in layout.detail}
    if missing:
        yield "detail", f"no {', '.join(sorted(missing))}", "name, amount and account in every line"
    if not {"count", "amount"} <= {column.value for column in (*layout.header, *layout.trailer)}:
        yield "header, trailer", "no count, or no amount", "count and amount, so that half a file is found out"
    if layout.returns is not None:
        yield from _faults_of_returns(layout.returns, layout)


def _faults_of_returns(returns: Returns, layout: Layout) -> _Faults:
    for line in ("header", "detail", "trailer"):
        yield from _faults_of_line(f"returns.{line}", getattr(returns, line), layout)
    values = {column.value for column in returns.detail}
    if "status" not in values or not values & {"number", "account"}:
        yield "returns.detail", ", ".join(sorted(values)), "status, and number or account"
    for raw, code in returns.reasons.items():
        if not _ISO_REASON.fullmatch(code):
            yield f"returns.reasons.{raw}", code, "an ISO 20022 status reason such as AC01"


def _faults_of_line(line: str, columns: Iterable[Column], layout: Layout) -> _Faults:
    seen: set[str] = set()
    for number, column in enumerate(columns):
        for field, found, expected in _faults_of_column(column, line, layout):
            yield f"{line}[{number}].{field}", found, expected
        if column.value and column.value in seen:
            yield f"{line}[{number}].value", column.value, "each value once in a line"
        seen.add(column.value)
    if "id_type" in seen and "id_number" not in seen:
        yield line, "id_type", "id_number beside it"


def _faults_of_column(column: Column, line: str, layout: Layout) -> _Faults:
    if bool(column.value) == bool(column.text):
        yield "value", f"value {column.value!r}, text {column.text!r}", "either a value or a text"
    elif column.value and column.value not in _VALUES[line]:
        yield "value", column.value, f"one of {', '.join(sorted(_VALUES[line]))}"
    if not column.text.isprintable() or (layout.separator and layout.separator in column.text):
        yield "text", ascii(column.text), "characters that show, no separator"
    if column.form and column.form not in _FORMS.get(column.value, ()):
        yield "form", column.form, " or ".join(_FORMS.get(column.value, ("none here",)))
    if (column.width > 0) == bool(layout.separator):
        yield "width", str(column.width), "a width in bytes with fixed width, none with a separator"
    if column.fill != " " and (column.fill, column.align) != ("0", "right"):
        yield "fill", repr(column.fill), 'a blank, or 0 with align = "right"'
    if column.fill == "0" and column.value not in _NUMBERS | _AMOUNTS:
        yield "fill", "0", "a blank: zeros in front would be part of the value"


def _malformed(subject: str, found: str, expected: str) -> Misused:
    return Misused("bank_profile.malformed", subject, found=found, expected=expected)
