"""Files that commands write where the user says: whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ledger.payfile.durable import disk_errors_named, sweep, write_flushed


def write_file(path: Path, content: bytes) -> None:
    """Writes a file, or leaves the one before.

    Raises:
        Failed: `file.not_written`.
    """
    with disk_errors_named("file.not_written", path):
        fresh = _beside(path)
        sweep(fresh)
        write_flushed(fresh, content)
        fresh.replace(path)


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Writes lines as they come, however many; the file appears when the last one is there.

    Raises:
        Failed: `file.not_written`.
    """
    with disk_errors_named("file.not_written", path):
        fresh = _beside(path)
        sweep(fresh)
        with fresh.open("x", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}")
