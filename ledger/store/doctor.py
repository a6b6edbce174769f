"""What could keep the ledger from working on this machine: one check a function, each with its remedy."""

from __future__ import annotations

import locale
import os
import platform
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ledger.errors import Failed
from ledger.settings import SECRETS, VARIABLES, Settings

_MACHINES = {"Linux": ("x86_64", "aarch64"), "Darwin": ("x86_64", "arm64")}
_FREE_BYTES = 1 << 30
_OLDEST_SERVER = 150000
_FIRST_YEAR = 2026  # no installation is older than the program


@dataclass(frozen=True)
class Finding:
    """The outcome of one check: `check` is a stable slug; `remedy` is empty when all is well."""

    check: str
    ok: bool
    found: str
    remedy: str = ""


def diagnose(settings: Settings) -> list[Finding]:
    """Every check against this machine and installation, in a fixed order. Makes nothing, raises nothing."""
    return [_safely(check, run) for check, run in _checks(settings)]


def _checks(settings: Settings) -> Iterator[tuple[str, Callable[[], Finding]]]:
    url = settings.database_url
    yield "python", _python
    yield "machine", lambda: _machine(settings)
    yield "text_encoding", _text_encoding
    yield "clock", lambda: _clock(datetime.now(UTC))
    yield "openssl", _openssl
    yield "variables", lambda: _variables(os.environ)
    yield "home", lambda: _home(settings.home)
    yield "free_disk", lambda: _free_disk(settings.home)
    yield "keys_folder", lambda: _keys_folder(settings.master_key_file.parent)
    yield "master_key", lambda: _master_key(settings)
    if url is not None:
        yield "database", lambda: _database(url)
        return
    yield "embedded_programs", _embedded_programs
    if os.geteuid() == 0:
        yield "step_down", _step_down
    yield "socket_path", _socket_path
    yield "database", lambda: _embedded_database(settings.embedded_folder)


def _safely(check: str, run: Callable[[], Finding]) -> Finding:
    try:
        return run()
    except Failed as error:
        return Finding(check, ok=False, found=f"{error.code}: {error.found}", remedy=error.hint)
    except OSError as error:
        return Finding(check, ok=False, found=str(error), remedy="Let this user read it, or run as one who may.")


def _finding(check: str, found: str, *, ok: bool, remedy: str) -> Finding:
    return Finding(check, ok, found, "" if ok else remedy)


def _python() -> Finding:
    return _finding(
        "python",
        f"Python {platform.python_version()}",
        ok=sys.version_info >= (3, 11),
        remedy="Install Python 3.11 or later and run scripts/setup.",
    )


def _machine(settings: Settings) -> Finding:
    system, machine = platform.system(), platform.machine()
    return _finding(
        "machine",
        f"{system} {machine}",
        ok=settings.database_url is not None or machine in _MACHINES.get(system, ()),
        remedy="The embedded server runs on Linux and macOS only; set LEDGER_DATABASE_URL to a server.",
    )


def _text_encoding() -> Finding:
    names = (locale.getpreferredencoding(do_setlocale=False), sys.getfilesystemencoding())
    wrong = [name for name in names if name.lower().replace("-", "") != "utf8"]
    return _finding(
        "text_encoding",
        ", ".join(wrong) or "UTF-8",
        ok=not wrong,
        remedy="Set LANG=C.UTF-8, or PYTHONUTF8=1, before starting the ledger.",
    )


def _clock(now: datetime) -> Finding:
    return _finding(
        "clock",
        now.isoformat(timespec="seconds"),
        ok=now.year >= _FIRST_YEAR,
        remedy="Set the machine's clock (timedatectl set-ntp true): recorded times never go back.",
    )


def _openssl() -> Finding:
    found = _says("openssl", "version")
    version = re.search(r"(\d+)\.(\d+)\.(\d+)", found)
    return _finding(
        "openssl",
        found,
        ok=version is not None and tuple(map(int, version.groups())) >= (1, 1, 1),
        remedy="Install OpenSSL 1.1.1 or later (Debian, Ubuntu: apt install openssl): payout files need it.",
    )


def _says(*argv: str) -> str:
    """The first line a program prints, or why it did not."""
    try:
        ran = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return (ran.stdout + ran.stderr).partition("\n")[0].strip()


def _variables(env: Mapping[str, str]) -> Finding:
    """A variable that looks like ours and is not may be a slip: it sets nothing."""
    strange = sorted(name for name in env if name.startswith("LEDGER_") and name not in VARIABLES | SECRETS)
    return _finding(
        "variables",
        ", ".join(strange) or "no LEDGER_ variable that sets nothing",
        ok=not strange,
        remedy=f"Check the spelling; the ledger's own are {', '.join(sorted(VARIABLES | SECRETS))}.",
    )


def _home(home: Path) -> Finding:
    if not home.exists():
        above = next(folder for folder in home.absolute().parents if folder.exists())
        return _finding(
            "home",
            f"{home}, not made yet",
            ok=os.access(above, os.W_OK | os.X_OK),
            remedy=f"This user may not write to {above}: set LEDGER_HOME to another folder.",
        )
    if home.is_dir() and os.access(home, os.R_OK | os.W_OK | os.X_OK):
        return _private("home", home, 0o700)
    return Finding(
        "home",
        ok=False,
        found=f"{home}, which this user cannot write to",
        remedy="Set LEDGER_HOME to a folder this user may read and write.",
    )


def _free_disk(home: Path) -> Finding:
    place = next(folder for folder in (home.absolute(), *home.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(place).free
    return _finding(
        "free_disk",
        f"{free // (1 << 20)} MB at {place}",
        ok=free >= _FREE_BYTES,
        remedy="Make at least 1 GB of room, or set LEDGER_HOME to a folder on another disk.",
    )


def _keys_folder(folder: Path) -> Finding:
    if not folder.exists():
        return Finding("keys_folder", ok=True, found=f"{folder}, not made yet")
    return _private("keys_folder", folder, 0o700)


def _master_key(settings: Settings) -> Finding:
    key = settings.master_key_file
    if key.exists():
        return _private("master_key", key, 0o600)
    return _finding(
        "master_key",
        f"no {key}",
        ok=settings.database_url is None and not (settings.embedded_folder / "data").exists(),
        remedy="For a new ledger run `ledger init`. For one that holds data put the key back from its backup:"
        " without it no name can be read.",
    )


def _private(check: str, path: Path, wanted: int) -> Finding:
    mode = stat.S_IMODE(path.stat().st_mode)
    remedy = f"chmod {wanted:o} {shlex.quote(str(path))}"
    return _finding(check, f"{path}, mode {mode:04o}", ok=not mode & 0o077, remedy=remedy)


def _embedded_programs() -> Finding:
    from ledger.store.embedded import binaries

    postgres = binaries() / "postgres"
    found = _says(str(postgres), "--version")
    return _finding(
        "embedded_programs",
        found,
        ok=found.startswith("postgres (PostgreSQL)"),
        remedy="Run scripts/setup on this machine, or set LEDGER_DATABASE_URL to a server.",
    )


def _step_down() -> Finding:
    from ledger.store.embedded import binaries
    from ledger.store.embedded_user import ways_down

    ways = ways_down(binaries() / "postgres")
    return _finding(
        "step_down",
        f"root can run PostgreSQL by {', '.join(ways)}"
        if ways
        else "PostgreSQL refuses root, and there is no way",
        ok=bool(ways),
        remedy="Run as an ordinary user, or allow user namespaces, or set LEDGER_DATABASE_URL.",
    )


def _socket_path() -> Finding:
    from ledger.store.embedded_socket import usable_parents

    parents = [str(parent) for parent in usable_parents()]
    return _finding(
        "socket_path",
        parents[0] if parents else "no folder is short, writable and safe",
        ok=bool(parents),
        remedy="Set TMPDIR to a short path such as /tmp that this user may write to (mode 1777).",
    )


def _embedded_database(folder: Path) -> Finding:
    from ledger.store.embedded import embedded_server
    from ledger.store.embedded_data import is_throw_away

    if not (folder / "data").exists():
        return Finding("database", ok=True, found="not made yet; `ledger init` makes it")
    with embedded_server(folder, durable=not is_throw_away(folder)) as server:
        return _database(server.conninfo())


def _database(conninfo: str) -> Finding:
    import psycopg

    remedy = "Check LEDGER_DATABASE_URL (host, port, user, password, database) and that the server runs."
    try:
        with psycopg.connect(conninfo, connect_timeout=10) as connection:
            version = connection.info.server_version
            encoding = connection.info.parameter_status("server_encoding")
    except psycopg.ProgrammingError:
        # libpq would quote what it cannot read, a password perhaps.
        return Finding("database", ok=False, found="an unreadable LEDGER_DATABASE_URL", remedy=remedy)
    except psycopg.Error as error:
        return Finding("database", ok=False, found=str(error).strip().rpartition("\n")[2], remedy=remedy)
    return _finding(
        "database",
        f"PostgreSQL {version // 10000}.{version % 10000}, {encoding}",
        ok=version >= _OLDEST_SERVER and encoding == "UTF8",
        remedy="Use PostgreSQL 15 or later and a database made with ENCODING 'UTF8' TEMPLATE template0.",
    )
