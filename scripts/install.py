"""Makes or mends the clone's .venv and installs into it; run by scripts/setup with the Python to use.

Nothing outside the clone is written, pip's cache and temporary files included. A stamp, written last, says
what the environment was made from: while it fits, there is nothing to do; where it is missing, the work was
interrupted, and the environment is made anew.
"""

from __future__ import annotations

import ast
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

CLONE = Path(__file__).resolve().parent.parent
VENV = CLONE / ".venv"
STAMP = VENV / "ledger-stamp"
# Of pip's settings on this machine, those that say how to reach packages; others (user, target, no-binary)
# would put things elsewhere, or other things.
NETWORK = (
    *("index-url", "extra-index-url", "find-links", "no-index", "proxy"),
    *("trusted-host", "cert", "client-cert", "timeout", "retries"),
)


def main() -> int:
    """Exit 0 when .venv is as wanted, 1 with a message when it could not be made, 2 for a wrong argument.

    With `check` in front: exit 0 or 1, and nothing is made.
    """
    *check, wanted = sys.argv[1:] or [""]
    if wanted not in ("run", "test") or check not in ([], ["check"]):
        print("usage: scripts/setup [run|test]", file=sys.stderr)
        return 2
    if check:
        return 0 if _is_made(wanted) else 1
    lock = os.open(__file__, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)  # of two set-ups at once, the second finds the work done
    return 0 if _is_made(wanted) else _make(wanted)


def _is_made(wanted: str) -> bool:
    try:
        made_from, made = STAMP.read_text(encoding="utf-8").split()
    except (OSError, ValueError):
        return False
    return made_from == _source() and made in (wanted, "test") and (VENV / "bin" / "python").exists()


def _source() -> str:
    """What an environment is made from: pinned packages, this Python, and the place (it cannot be moved)."""
    parts = [(CLONE / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")]
    parts += [sys.version.encode(), os.fsencode(sys.base_prefix), os.fsencode(VENV)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _make(wanted: str) -> int:
    print(
        f"setting up .venv with Python {sys.version.split()[0]} (once, about a minute)",
        file=sys.stderr,
        flush=True,
    )
    try:
        venv.create(VENV, clear=True, symlinks=True, with_pip=True)
        environment = _pip_environment()
        extra = "[test]" if wanted == "test" else ""
        # The build tools first, pinned like the rest: an isolated build would fetch its own.
        for what in (["setuptools"], ["--no-build-isolation", "--editable", f".{extra}"]):
            if (status := _pip(["install", "--constraint", "constraints.txt", *what], environment)) != 0:
                return _no_packages(status)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"setup.venv: {VENV}\n  found:    {error}", file=sys.stderr)
        print("  expected: a clone this user may write to, on a disk with 500 MB free", file=sys.stderr)
        return 1
    shutil.rmtree(VENV / "tmp", ignore_errors=True)
    STAMP.write_text(f"{_source()} {wanted}\n", encoding="utf-8")
    return 0


def _pip(arguments: list[str], environment: dict[str, str]) -> int:
    """Runs pip, and shows what it says only when it fails: half of it is about the machine's own settings."""
    quiet = ("--quiet", "--no-cache-dir", "--no-compile", "--disable-pip-version-check", "--no-input")
    with (VENV / "tmp" / "pip.log").open("w+b") as log:
        status = subprocess.run(
            [VENV / "bin" / "python", "-m", "pip", *arguments, *quiet],
            cwd=CLONE,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
        log.seek(0)
        if status != 0:
            print(*log.read().decode("utf-8", "replace").splitlines()[-12:], sep="\n", file=sys.stderr)
    return status


def _pip_environment() -> dict[str, str]:
    """The environment for pip: no settings but how to reach packages, and temporary files within .venv."""
    temporary = VENV / "tmp"
    temporary.mkdir(exist_ok=True)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PIP_") and name not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    }
    kept |= {
        "PIP_CONFIG_FILE": os.devnull,
        "TMPDIR": str(temporary),
        "PIP_RETRIES": "2",
        "PIP_ROOT_USER_ACTION": "ignore",
    }
    return kept | _network_settings()


def _network_settings() -> dict[str, str]:
    """What pip's files and PIP_ variables say about reaching packages; a later scope beats an earlier one."""
    ask = [VENV / "bin" / "python", "-m", "pip", "config", "list"]
    listed = subprocess.run(ask, capture_output=True, text=True, check=False).stdout
    settings: dict[str, str] = {}
    for scopes in (("global", "install"), (":env:",)):
        for scope, key, value in re.findall(r"^([\w:]+)\.([\w-]+)=(.*)$", listed, re.MULTILINE):
            if scope in scopes and key in NETWORK:
                text = str(ast.literal_eval(value))
                variable = f"PIP_{key.upper().replace('-', '_')}"
                settings[variable] = _folders_as_urls(text) if key == "find-links" else " ".join(text.split())
    return settings


def _folders_as_urls(text: str) -> str:
    """Folders of wheels as URLs: they may hold blanks, and pip runs in another folder than the caller did."""
    words = [text] if Path(text).exists() else text.split()
    return " ".join(Path(word).absolute().as_uri() if Path(word).exists() else word for word in words)


def _no_packages(status: int) -> int:
    print(
        "setup.packages: pip could not install what the ledger needs",
        f"  found:    the lines above (pip, exit {status})",
        "  expected: a package index that answers, or a folder of wheels",
        "  Without a network: PIP_NO_INDEX=1 PIP_FIND_LINKS=DIR scripts/setup. Another run starts afresh.",
        sep="\n",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
