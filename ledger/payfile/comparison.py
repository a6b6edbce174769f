"""A bundle rendered again and compared with a folder piece by piece; nothing is written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from ledger.payfile.digest_list import Digests, digests_of
from ledger.payfile.names import SIGNING_FILES
from ledger.payfile.pieces import blocks_of
from ledger.payfile.workbook import same_workbook

NO_FILE, OTHER_BYTES = "no such file", "other bytes"


class Comparison:
    """What `render` hands over, against the files of a folder: the digests of each, and how the file there differs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.rendered: dict[str, Digests] = {}
        self.differing: dict[str, str] = {}

    def put(self, name: str, pieces: Iterable[bytes]) -> Digests:
        """Compares one file."""
        path = self._folder / name
        if path.is_symlink() or not path.is_file():
            self.differing[name] = NO_FILE
            digests = digests_of(pieces)
        else:
            with path.open("rb") as file:
                digests, same = (_by_parts if name.endswith(".xlsx") else _by_bytes)(pieces, file)
            if not same:
                self.differing[name] = OTHER_BYTES
        self.rendered[name] = digests
        return digests

    def difference(self) -> str | None:
        """The first file that is missing, differs or does not belong to the bundle, in words."""
        if self._folder.is_symlink() or not self._folder.is_dir():
            return "something that is no folder"
        for name, found in self.differing.items():
            return f"no file {name}" if found == NO_FILE else f"another {name}"
        strangers = sorted({path.name for path in self._folder.iterdir()} - self.rendered.keys() - SIGNING_FILES)
        return f"{strangers[0]}, which is no part of it" if strangers else None


def _by_bytes(pieces: Iterable[bytes], file: BinaryIO) -> tuple[Digests, bool]:
    same = _Same(file)
    return digests_of(pieces, same.compare), same.to_the_end()


def _by_parts(pieces: Iterable[bytes], file: BinaryIO) -> tuple[Digests, bool]:
    """A workbook may have been packed by another zlib: with the same parts it is the same, and its digests stand."""
    with TemporaryFile() as spool:
        digests = digests_of(pieces, spool.write)
        theirs = digests_of(blocks_of(file))
        if digests == theirs:
            return digests, True
        same = same_workbook(spool, file)
    return (theirs if same else digests), same


class _Same:
    """Whether a file holds the blocks it is shown, one after the other, and nothing after them."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._same = True

    def compare(self, block: bytes) -> None:
        self._same = self._same and self._file.read(len(block)) == block

    def to_the_end(self) -> bool:
        return self._same and not self._file.read(1)
