"""SHA256SUMS: the list every signature is made over, in the form `sha256sum -c --strict` reads."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from ledger.errors import IntegrityBroken

NAME = "SHA256SUMS"

_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9][A-Za-z0-9._-]{0,99})")


def sha256(data: bytes) -> str:
    """The SHA-256 of the bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def write_digest_list(files: Mapping[str, bytes]) -> bytes:
    """The list of the files, sorted by name: digest, two blanks, name, LF."""
    return "".join(f"{sha256(files[name])}  {name}\n" for name in sorted(files)).encode("ascii")


def read_digest_list(data: bytes) -> dict[str, str]:
    """The digests by file name; only what the writer writes is accepted, so that no tool reads it otherwise.

    Raises:
        IntegrityBroken: `digest_list.malformed`, for any other line, path, order, repetition or ending.
    """
    digests: dict[str, str] = {}
    try:
        lines = data.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise _malformed("bytes that are not ASCII") from None
    if lines.pop() or not lines:
        raise _malformed("no LF at the end" if lines else "an empty list")
    for number, line in enumerate(lines, start=1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise _malformed(f"line {number}")
        digests[match[2]] = match[1]
    if list(digests) != sorted(digests) or len(digests) != len(lines):
        raise _malformed("names out of order or listed twice")
    return digests


def _malformed(found: str) -> IntegrityBroken:
    return IntegrityBroken(
        "digest_list.malformed",
        NAME,
        found=found,
        expected="lines of 64 hex digits, two blanks and a plain file name, sorted, each ended by LF",
    )
