"""Files named on the command line, read whole."""

from __future__ import annotations

from pathlib import Path

from ledger.errors import Failed


def read_file(path: Path, expected: str = "a file that can be read") -> bytes:
    """The bytes of a file.

    Raises:
        Failed: `file.unreadable`.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise Failed("file.unreadable", str(path), found=error.strerror or "nothing", expected=expected) from None
