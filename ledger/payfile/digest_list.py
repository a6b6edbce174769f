"""SHA256SUMS: the list every signature is made over, in the form `sha256sum -c --strict` reads; SM3SUMS beside it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping

import msgspec
from cryptography.hazmat.primitives import hashes

from ledger.errors import IntegrityBroken
from ledger.payfile.pieces import in_blocks

NAME = "SHA256SUMS"
SM3_NAME = "SM3SUMS"
"""The national digests (GB/T 32905) of the same files but SHA256SUMS, by which it is itself listed and signed."""

_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9][A-Za-z0-9._-]{0,99})")


def sha256(data: bytes) -> str:
    """The SHA-256 of the bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


class Digests(msgspec.Struct, frozen=True):
    """A file's SHA-256 and SM3 in hex, and its size in bytes."""

    sha256: str
    sm3: str
    size: int


def digests_of(pieces: Iterable[bytes], each: Callable[[bytes], object] | None = None) -> Digests:
    """The digests of a file that comes in pieces; `each` is called with larger blocks of it, in order."""
    two, three, size = hashlib.sha256(), hashes.Hash(hashes.SM3()), 0
    for block in in_blocks(pieces):
        two.update(block)
        three.update(block)
        size += len(block)
        if each is not None:
            each(block)
    return Digests(two.hexdigest(), three.finalize().hex(), size)


def write_digest_list(digests: Mapping[str, str]) -> bytes:
    """The list of the files' digests, sorted by name: digest, two blanks, name, LF."""
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode("ascii")


def read_digest_list(data: bytes, *, name: str = NAME) -> dict[str, str]:
    """The digests by file name; only what the writer writes is accepted, so that no tool reads it otherwise.

    Raises:
        IntegrityBroken: `digest_list.malformed`, for any other line, path, order, repetition or ending.
    """
    digests: dict[str, str] = {}
    try:
        lines = data.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise _malformed(name, "bytes that are not ASCII") from None
    if lines.pop() or not lines:
        raise _malformed(name, "no LF at the end" if lines else "an empty list")
    for number, line in enumerate(lines, start=1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise _malformed(name, f"line {number}")
        digests[match[2]] = match[1]
    if list(digests) != sorted(digests) or len(digests) != len(lines):
        raise _malformed(name, "names out of order or listed twice")
    return digests


def _malformed(name: str, found: str) -> IntegrityBroken:
    return IntegrityBroken(
        "digest_list.malformed",
        name,
        found=found,
        expected="lines of 64 hex digits, two blanks and a plain file name, sorted, each ended by LF",
    )
