"""A facts file of any format as raw facts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from ledger.errors import Failed, Misused
from ledger.intake.raw import FactsFile, RawFact
from ledger.intake.text_files import empty

_Reader = Callable[[bytes, str], Iterator[RawFact]]


def _jsonl(content: bytes, name: str) -> Iterator[RawFact]:
    from ledger.intake.read_jsonl import read_jsonl

    return read_jsonl(content, name)


def _yaml(content: bytes, name: str) -> Iterator[RawFact]:
    from ledger.intake.read_yaml import read_yaml_facts

    return read_yaml_facts(content, name)


def _csv(content: bytes, name: str) -> Iterator[RawFact]:
    from ledger.intake.read_csv import read_csv

    return read_csv(content, name)


def _xlsx(content: bytes, name: str) -> Iterator[RawFact]:
    from ledger.intake.read_xlsx import read_xlsx

    return read_xlsx(content, name)


FORMATS: dict[str, _Reader] = {
    ".jsonl": _jsonl,
    ".json": _jsonl,
    ".yaml": _yaml,
    ".yml": _yaml,
    ".csv": _csv,
    ".xlsx": _xlsx,
}
"""The readers by suffix; each imports its library only when a file wants it."""


def read_facts(path: Path) -> FactsFile:
    """The facts of a file, in line order, and the digest of its bytes.

    Raises:
        Misused: `file.format` for an unknown suffix.
        Failed: `file.unreadable` when the file cannot be read.
        Refused: `file.` codes and `fact.duplicate_key`, naming file and line; `file.empty` without a fact.
    """
    reader = FORMATS.get(path.suffix.lower())
    if reader is None:
        raise Misused(
            "file.format", path.name, found=f"the suffix {path.suffix or '(none)'}",
            expected="one of " + ", ".join(FORMATS),
        )  # fmt: skip
    content = content_of(path)
    facts = list(reader(content, path.name))
    if not facts:
        raise empty(path.name)
    return FactsFile(path.name, hashlib.sha256(content).hexdigest(), facts)


def content_of(path: Path) -> bytes:
    """A file's bytes.

    Raises:
        Failed: `file.unreadable`.
    """
    try:
        return path.read_bytes()
    except OSError as reason:
        raise Failed(
            "file.unreadable",
            path.name,
            found=reason.strerror or "no access",
            expected="a file that can be read",
        ) from None
