"""Files in pieces: many small ones joined into blocks, so that hashing, packing and writing are called less often."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO

_BLOCK = 1 << 18


def in_blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in larger blocks."""
    held, size = list[bytes](), 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= _BLOCK:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def blocks_of(file: IO[bytes]) -> Iterator[bytes]:
    """What is left of a file, in blocks."""
    while block := file.read(_BLOCK):
        yield block
