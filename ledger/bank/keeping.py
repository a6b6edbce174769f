"""Files that came from banks, kept as they came, by the digest of their bytes: in clear, for their owner alone."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from ledger.errors import Failed, Refused
from ledger.payfile.durable import disk_errors_named, flush_folder, sweep, write_flushed

LARGEST = 256_000_000
"""Bytes of a file from a bank: a prefecture's month is a quarter of it."""


def bank_file(path: Path) -> bytes:
    """The bytes of a file from a bank.

    Raises:
        Failed: `file.unreadable`.
        Refused: `file.too_large`.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as reason:
        raise Failed(
            "file.unreadable", path.name, found=reason.strerror or "no access", expected="a file that can be read"
        ) from None
    if len(content) > LARGEST:
        raise Refused("file.too_large", path.name, found="more of it", expected=f"at most {LARGEST:,} bytes")
    return content


def keep(folder: Path, content: bytes) -> Path:
    """Keeps a file whole and on disk under its digest, or finds it kept.

    It holds names and account numbers: the folder is its owner's (0700), the file too (0600).

    Raises:
        Failed: `bank_file.disk`.
    """
    path = folder / hashlib.sha256(content).hexdigest()
    with disk_errors_named("bank_file.disk", path):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not is_kept(path):
            fresh = folder / f".{path.name}.{os.getpid()}"
            sweep(fresh)
            write_flushed(fresh, content, mode=0o600)
            fresh.replace(path)
            flush_folder(folder)
    return path


def is_kept(path: Path) -> bool:
    """Whether a kept file is there and has the digest it is named by."""
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == path.name
