"""Papers that prove a step: of a file only its SHA-256 goes on record."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from ledger.intake.reading import content_of
from ledger.intake.text_files import empty


def evidence_of(paths: Iterable[Path]) -> tuple[str, ...]:
    """The SHA-256 of each file's bytes in hex, each once.

    Raises:
        Failed: `file.unreadable`.
        Refused: `file.empty`.
    """
    return tuple(dict.fromkeys(_digest(path) for path in paths))


def _digest(path: Path) -> str:
    content = content_of(path)
    if not content:
        raise empty(path.name)
    return hashlib.sha256(content).hexdigest()
