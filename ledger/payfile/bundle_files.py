"""The files of a bundle folder, each opened once and read in pieces: nobody exchanges one between two readings."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from ledger.errors import IntegrityBroken, Misused
from ledger.payfile.digest_list import Digests, digests_of
from ledger.payfile.pieces import blocks_of


class BundleFiles:
    """The regular files of a folder by name, and the names of what else lies there; to be used in a `with`.

    Raises:
        Misused: `bundle.missing` where the path is no folder.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise Misused("bundle.missing", str(folder), found="no folder", expected="a bundle folder")
        self._open: dict[str, BinaryIO] = {}
        self.irregular: list[str] = []
        for path in sorted(folder.iterdir()):
            file = _open_regular(path)
            if file is None:
                self.irregular.append(path.name)
            else:
                self._open[path.name] = file

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._open.values():
            file.close()

    @property
    def names(self) -> frozenset[str]:
        """The regular files."""
        return frozenset(self._open)

    def file(self, name: str) -> BinaryIO:
        """A file at its beginning; its lines are those of iterating over it.

        Raises:
            IntegrityBroken: `bundle.missing`.
        """
        if name not in self._open:
            raise IntegrityBroken("bundle.missing", name, found="no such file", expected="a file of the bundle")
        file = self._open[name]
        file.seek(0)
        return file

    def data(self, name: str) -> bytes:
        """A small file whole.

        Raises:
            IntegrityBroken: `bundle.missing`.
        """
        return self.file(name).read()

    def digests(self, name: str) -> Digests:
        """A file's digests.

        Raises:
            IntegrityBroken: `bundle.missing`.
        """
        return digests_of(blocks_of(self.file(name)))


def _open_regular(path: Path) -> BinaryIO | None:
    """The file; None for a link, a folder or a pipe: none is followed or waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return os.fdopen(descriptor, "rb")
