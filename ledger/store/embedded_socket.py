"""Where an embedded server's socket lies: a short, private folder that is surely ours."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ledger.errors import Failed
from ledger.store.embedded_stop import RUNNING, SOCKET_FILE

# sun_path holds 104 bytes on macOS and 108 on Linux, the closing zero included.
LONGEST_PATH = 103
_PLAIN = re.compile(r"[A-Za-z0-9/._+-]+")


def socket_folder(folder: Path, uid: int) -> Path:
    """Makes (or finds) the folder for the socket of the server in `folder`: 0700, ours, and handed to `uid`.

    Its name is stable while `folder` lives and differs for a folder deleted and made anew, whose old server
    may still be running. Raises Failed `embedded.socket_path` where no place is short and safe enough, and
    `embedded.socket_folder` where somebody else has taken the name.
    """
    name = _name(folder)
    for parent in usable_parents(name):
        place = parent / name
        _make_private(place, uid)
        return place
    raise Failed(
        "embedded.socket_path",
        str(folder),
        found=f"TMPDIR {tempfile.gettempdir()}",
        expected=f"a writable folder with a plain ASCII path; with the socket's name, {LONGEST_PATH} bytes",
        hint="Set TMPDIR to a short path such as /tmp.",
    )


def _name(folder: Path) -> str:
    lock = (folder / RUNNING).stat()
    what = f"{folder}\0{lock.st_dev}\0{lock.st_ino}"
    return f"ledger-{os.geteuid()}-{hashlib.sha256(os.fsencode(what)).hexdigest()[:12]}"


def usable_parents(name: str = "ledger-1000000000-0123456789ab") -> Iterator[Path]:
    """The folders that a socket folder of this name may lie in, best first: safe, and short enough."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    for text in (runtime, tempfile.gettempdir(), "/tmp"):  # noqa: S108 (the folder made in it is checked)
        parent = Path(text)
        if parent.is_absolute() and os.access(parent, os.W_OK | os.X_OK) and _nobody_else_renames_in(parent):
            place = parent.resolve() / name / SOCKET_FILE
            if len(os.fsencode(place)) <= LONGEST_PATH and _PLAIN.fullmatch(str(place)):
                yield parent.resolve()


def _nobody_else_renames_in(parent: Path) -> bool:
    status = parent.stat()
    shared = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return status.st_uid in (0, os.geteuid()) and (not shared or bool(status.st_mode & stat.S_ISVTX))


def _make_private(place: Path, uid: int) -> None:
    try:
        place.mkdir(mode=0o700)
    except FileExistsError:
        check_private(place, uid)
    if place.lstat().st_uid != uid:
        os.chown(place, uid, -1, follow_symlinks=False)


def check_private(place: Path, uid: int) -> None:
    """Raises Failed `embedded.socket_folder` unless it is a folder, no link, 0700, ours or `uid`'s."""
    status = place.lstat()
    ours = status.st_uid in (os.geteuid(), uid)
    if stat.S_ISDIR(status.st_mode) and ours and not status.st_mode & 0o077:
        return
    raise Failed(
        "embedded.socket_folder",
        str(place),
        found=f"{stat.filemode(status.st_mode)}, user {status.st_uid}",
        expected=f"a folder, drwx------, of user {uid}",
        hint="Somebody else has made it; find out who, remove it, and start again.",
    )
