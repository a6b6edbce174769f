"""Who is inside an embedded server's folder, and the stop once nobody is; as a program, it waits for that.

Three lock files, all `flock`: the kernel lets go of them when their holders die, however they die.

- `gate.lock`: held alone by who starts, joins, leaves or stops, and by an `initdb` whose starter was killed;
- `clients.lock`: shared by every client that is inside;
- `running.lock`: inherited by the postmaster and its children; free: no process of the server lives.

Nothing outside the standard library is imported: the watcher is `python -I -S embedded_stop.py FOLDER`.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

GATE = "gate.lock"
CLIENTS = "clients.lock"
RUNNING = "running.lock"
SOCKET_RECORD = "socket"  # names the folder in which the running server put its socket
SOCKET_FILE = ".s.PGSQL.5432"

_WATCH_EVERY_S = 0.5
_PATIENCE_S = 120.0  # a last checkpoint of a full shared buffer on a slow disk, with room to spare


def make_locks(folder: Path) -> None:
    """Makes the lock files that are missing, 0600. Clients do; the watcher of a deleted folder must not."""
    for name in (GATE, CLIENTS, RUNNING):
        os.close(os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))


def open_lock(folder: Path, name: str) -> int:
    """The lock file, opened; child processes do not get it. Raises OSError."""
    return os.open(folder / name, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)


@contextmanager
def gate(folder: Path, *, wait: bool = True) -> Iterator[int]:
    """Holds the gate, alone, for the length of the block; yields its descriptor.

    Raises BlockingIOError when `wait` is false and somebody else holds it.
    """
    fd = open_lock(folder, GATE)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield fd
    finally:
        os.close(fd)


def take_alone(folder: Path, name: str) -> int | None:
    """The lock, held alone until its descriptor is closed; None when anybody else holds it."""
    fd = open_lock(folder, name)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd


def is_free(folder: Path, name: str) -> bool:
    """Whether nobody holds the lock. Ask only while holding the gate."""
    fd = take_alone(folder, name)
    if fd is None:
        return False
    os.close(fd)
    return True


def recorded_socket_folder(folder: Path) -> Path | None:
    """Where the last server that was started put its socket; None before the first start."""
    try:
        text = (folder / SOCKET_RECORD).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return Path(text) if text else None


def stop_if_empty(folder: Path) -> bool:
    """Stops the server unless a client is inside; whether no server runs now. Hold the gate."""
    if not is_free(folder, CLIENTS):
        return is_free(folder, RUNNING)
    return stop(folder)


def stop(folder: Path, patience_s: float = _PATIENCE_S) -> bool:
    """Asks the server for a fast shutdown and waits for it; whether it is gone. Hold the gate."""
    if is_free(folder, RUNNING):
        forget_socket(folder)
        return True
    pid_file = folder / "data" / "postmaster.pid"
    with suppress(FileNotFoundError, ProcessLookupError, ValueError, IndexError):
        if _listens(folder):
            # Whoever listens has just written this file; in any other case its number may be a stranger's.
            os.kill(int(pid_file.read_text().split()[0]), signal.SIGINT)
        else:
            # Its socket was swept away. A postmaster looks once a minute for this file and stops without it.
            pid_file.unlink()
    deadline = time.monotonic() + patience_s
    while not is_free(folder, RUNNING):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    forget_socket(folder)
    return True


def forget_socket(folder: Path) -> None:
    """Removes what a server that no longer runs left of its socket and the folder around it."""
    sockets = recorded_socket_folder(folder)
    if sockets is None or not _is_own_folder(sockets):
        return
    for name in (SOCKET_FILE, f"{SOCKET_FILE}.lock"):
        with suppress(OSError):
            (sockets / name).unlink()
    with suppress(OSError):
        sockets.rmdir()


def _is_own_folder(path: Path) -> bool:
    """Whether it is a folder, no link, that this user (or, for root, anybody the server ran as) owns."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and os.geteuid() in (0, status.st_uid)


def _listens(folder: Path) -> bool:
    sockets = recorded_socket_folder(folder)
    if sockets is None:
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(sockets / SOCKET_FILE))
        except OSError:
            return False
    return True


def watch(folder: Path) -> None:
    """Returns when the server has gone, stopping it as soon as no client is inside.

    A client that leaves stops the server itself; this is for clients that were killed.
    """
    while True:
        with suppress(BlockingIOError), gate(folder, wait=False):
            if stop_if_empty(folder):
                return
        time.sleep(_WATCH_EVERY_S)


def _main() -> None:
    if os.fork():
        os._exit(0)  # the watcher belongs to nobody, so that it outlives the client that started it
    with suppress(OSError):  # the folder was deleted; a server without its pid file stops by itself
        watch(Path(sys.argv[1]))


if __name__ == "__main__":
    _main()
