"""How a struct is read from raw data: each field's type names its reader, one walk serves every struct."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from types import NoneType, UnionType
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

from msgspec import Struct
from msgspec.structs import fields

from ledger.intake.raw import Cell, Number
from ledger.values.identifiers import mask

T = TypeVar("T")
S = TypeVar("S", bound=Struct)

_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa1-\u1fff\u2e80-\ud7ff\uff00-\uffef\U00010000-\U0003ffff]")
_FIELD_NAMES = {
    "from_": "from",
    "rate_ppm": "percent",
    "mass_g": "kg",
    "grams_per_head": "kg_per_head",
}


@dataclass(frozen=True)
class Reads(Generic[T]):
    """How one field is read; the metadata of its `Annotated` type.

    `read` takes the raw value and raises ValueError, or Unreadable where it knows more. `expected` says in
    words what is wanted, `personal` that the value is shown masked only, `past` that the field is a day on
    which something happened and so cannot lie after the day it is recorded.
    """

    read: Callable[[object], T]
    expected: str
    code: str = "fact.malformed"
    personal: bool = False
    past: bool = False


@dataclass(frozen=True)
class ReadsBy:
    """How a field is read whose meaning hangs on another, earlier field `by`: `read(raw, value of by)`."""

    read: Callable[[Any, Any], object]
    by: str


class Unreadable(Exception):
    """A value that is not what its field wants; whoever knows the file and the line makes a Refused of it."""

    def __init__(
        self, expected: str, *, found: str, field: str = "", code: str = "fact.malformed", hint: str = ""
    ) -> None:
        super().__init__(expected)
        self.code = code
        self.field = field
        self.found = found
        self.expected = expected
        self.hint = hint

    def inside(self, outer: str) -> Unreadable:
        """The same, with the field seen from one level further out: `members[1].name`, counted from 1."""
        joint = "" if not self.field or self.field.startswith("[") else "."
        self.field = f"{outer}{joint}{self.field}"
        return self


class Field(NamedTuple):
    """One field of a struct: Python name, name in a file, reader; `optional` fields may be null."""

    name: str
    key: str
    reads: Reads[Any] | ReadsBy
    required: bool
    optional: bool


class Shape(NamedTuple):
    """What is known about a struct's fields, by their names in a file."""

    fields: tuple[Field, ...]
    keys: frozenset[str]


def field_name(name: str) -> str:
    """A field's name in a file: Python names carry the unit (`amount_fen`), files do not (`amount`)."""
    return _FIELD_NAMES.get(name, name.removesuffix("_fen"))


def read_struct(kind: type[S], data: object) -> S:
    """A struct from a raw mapping.

    Raises:
        Unreadable: for anything but a mapping of known fields, all required ones among them, each readable.
    """
    shape = shape_of(kind)
    if not isinstance(data, dict):
        raise Unreadable(f"an object with the fields {_listed(shape)}", found=described(data))
    if not data.keys() <= shape.keys:
        unknown = next(key for key in data if key not in shape.keys)
        raise Unreadable(
            f"one of the fields {_listed(shape)}", found="a field of another name", field=printable(unknown),
            code="fact.unknown_field",
        )  # fmt: skip
    values: dict[str, Any] = {}
    for field in shape.fields:
        if field.key in data:
            raw = data[field.key]
            if raw is not None or not field.optional:
                values[field.name] = _read_field(field, raw, values)
        elif field.required:
            raise Unreadable(_expected(field.reads), found="nothing", field=field.key, code="fact.missing_field")
    return kind(**values)


def _read_field(field: Field, raw: object, values: dict[str, Any]) -> object:
    try:
        if isinstance(field.reads, Reads):
            return read_value(field.reads, raw)
        return field.reads.read(raw, values[field.reads.by])
    except Unreadable as reason:
        raise reason.inside(field.key) from None


def read_value(reads: Reads[T], raw: object) -> T:
    """One value by its reader.

    Raises:
        Unreadable: with what the reader expects, and the value masked where it is personal.
    """
    try:
        return reads.read(raw)
    except ValueError:
        found = described(raw, personal=reads.personal)
        raise Unreadable(reads.expected, found=found, code=reads.code) from None


def read_list(item: Reads[T], raw: object) -> tuple[T, ...]:
    """The items of a raw list, each by the same reader.

    Raises:
        ValueError: when it is no list.
        Unreadable: for an item, with its number from 1.
    """
    if not isinstance(raw, list):
        raise ValueError  # noqa: TRY004  a value of the wrong type is a malformed value like any other
    items: list[T] = []
    for number, value in enumerate(raw, 1):
        try:
            items.append(read_value(item, value))
        except Unreadable as reason:
            raise reason.inside(f"[{number}]") from None
    return tuple(items)


@cache
def shape_of(kind: type[Struct]) -> Shape:
    """The fields of a struct with the readers that their types name."""
    found = []
    for info in fields(kind):
        reads, optional = _reader(info.type)
        found.append(Field(info.name, info.encode_name, reads, info.required, optional))
    return Shape(tuple(found), frozenset(field.key for field in found))


def _reader(kind: Any) -> tuple[Reads[Any] | ReadsBy, bool]:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        inner = [part for part in get_args(kind) if part is not NoneType]
        if len(inner) == 1:
            return _reader(inner[0])[0], True
    if origin is Annotated:
        return next(note for note in kind.__metadata__ if isinstance(note, Reads | ReadsBy)), False
    if origin is Literal:
        return one_of(*get_args(kind)), False
    if origin is tuple:
        item = _reader(get_args(kind)[0])[0]
        assert isinstance(item, Reads)
        return Reads(partial(read_list, item), f"a list, each {item.expected}"), False
    if kind is bool:
        return TRUTH, False
    if isinstance(kind, type) and issubclass(kind, Struct):
        return Reads(partial(read_struct, kind), f"an object ({kind.__name__.lower()})"), False
    raise TypeError(f"no reader for {kind}")


def one_of(*choices: str) -> Reads[str]:
    """One of a few words."""

    def read(value: object) -> str:
        if isinstance(value, str) and value in choices:
            return str(value)
        raise ValueError

    return Reads(read, "one of " + ", ".join(choices))


def _read_truth(value: object) -> bool:
    if isinstance(value, Cell) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if isinstance(value, bool):
        return value
    raise ValueError


TRUTH = Reads(_read_truth, "true or false, without quotes")


def described(value: object, *, personal: bool = False) -> str:
    """What was found, in words that fit on a line; personal values with their middle hidden."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        if not value.strip():
            return "a blank text"
        shown = printable(mask(value[:40]) if personal else value)
        return f"{shown} without quotes" if isinstance(value, Number) else shown
    return "a list" if isinstance(value, list) else "an object"


def printable(text: str) -> str:
    """Text for a message: at most 60 characters, nothing that a terminal would obey."""
    clean = _UNPRINTABLE.sub("?", text[:61])
    return clean if len(clean) <= 60 else clean[:59] + "…"


def _expected(reads: Reads[Any] | ReadsBy) -> str:
    return reads.expected if isinstance(reads, Reads) else f"a value that fits the field {reads.by}"


def _listed(shape: Shape) -> str:
    return ", ".join(field.key + ("*" if field.required else "") for field in shape.fields)
