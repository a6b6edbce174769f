"""Files that survive a power cut: written new and flushed, folders flushed after them, disk errors named."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ledger.errors import Failed


def write_flushed(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Write a file that does not exist yet, and flush it to disk; `mode` is cut by the umask.

    Raises:
        OSError: where it exists, or the disk fails.
    """
    with flushed_file(path, mode=mode) as file:
        file.write(data)


@contextmanager
def flushed_file(path: Path, *, mode: int = 0o666) -> Iterator[BinaryIO]:
    """A file that does not exist yet, to be written inside and flushed to disk at the end.

    Raises:
        OSError: where it exists, or the disk fails.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Flush a folder's entries, so that files created or moved there are found after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(path: Path) -> None:
    """Remove what a killed run left at a path, if anything; a link is removed, never followed."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


@contextmanager
def disk_errors_named(code: str, subject: Path) -> Iterator[None]:
    """Turn an OSError inside into `Failed` with the code and the path."""
    try:
        yield
    except OSError as error:
        raise Failed(
            code,
            str(error.filename or subject),
            found=error.strerror or type(error).__name__,
            expected="a disk with room, and leave to read and write there",
            hint="Nothing half-written counts: run the command again once the disk is mended.",
        ) from error
