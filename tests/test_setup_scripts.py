"""The set-up scripts: what they say when they cannot go on, and that everything they install is pinned.

A whole set-up from nothing takes half a minute and is no part of this run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

SCRIPTS = ("scripts/setup", "scripts/demo", "scripts/test", ".ci/run")
TOOLS = ("sh", "dirname", "cat")


@pytest.fixture
def clone(tmp_path: Path, clone_root: Path) -> Path:
    """The set-up part of a clone in an awkward path."""
    clone = tmp_path / "a clone 数据"
    (clone / "scripts").mkdir(parents=True)
    for name in ("scripts/setup", "scripts/install.py", "scripts/demo", "pyproject.toml", "constraints.txt"):
        shutil.copy(clone_root / name, clone / name)
    return clone


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A PATH with a shell and no Python."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found
        (tools / name).symlink_to(found)
    return tools


def _setup(clone: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [clone / "scripts/setup", *arguments], env=env, cwd="/", capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_are_executable_posix_shell(clone_root: Path, script: str) -> None:
    assert os.access(clone_root / script, os.X_OK)
    assert (clone_root / script).read_text().startswith("#!/bin/sh\n")
    subprocess.run(["sh", "-n", clone_root / script], check=True)


def test_without_python(clone: Path, tools: Path) -> None:
    ran = _setup(clone, PATH=str(tools))
    assert ran.returncode == 1
    assert "setup.python" in ran.stderr
    assert "none of python3.13" in ran.stderr


def test_an_old_python_is_named(clone: Path, tools: Path) -> None:
    old = tools / "python3"
    old.write_text('#!/bin/sh\necho "$3 is Python 3.8.18" >&2\nexit 1\n')
    old.chmod(0o755)
    ran = _setup(clone, PATH=str(tools))
    assert ran.returncode == 1
    assert "found:    python3 is Python 3.8.18" in ran.stderr
    assert ran.stderr.splitlines()[-1].startswith("  Install it")


def test_a_python_without_venv_is_named(clone: Path, tools: Path) -> None:
    bare = tools / "python3"
    bare.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "import sys; sys.modules[\'ensurepip\'] = None\n$2" "$3"\n'
    )
    bare.chmod(0o755)
    ran = _setup(clone, PATH=str(tools))
    assert "found:    python3 has no module ensurepip" in ran.stderr


def test_a_wrong_argument(clone: Path) -> None:
    ran = _setup(clone, "everything", PATH=os.environ["PATH"])
    assert ran.returncode == 2
    assert "usage" in ran.stderr


def test_what_was_made_for_these_sources_is_not_made_again(clone: Path) -> None:
    """With a stand-in for the environment: a stamp that fits ends the set-up at once, any change does not."""
    python = clone / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (clone / ".venv" / "pyvenv.cfg").write_text(f"home = {Path(sys.base_prefix) / 'bin'}\n")
    source = subprocess.run(
        [python, "-c", "import install; print(install._source())"],
        cwd=clone / "scripts",
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()

    def is_made(wanted: str) -> bool:
        return (
            subprocess.run([python, "-I", clone / "scripts/install.py", "check", wanted], check=False).returncode
            == 0
        )

    assert not is_made("run")
    (clone / ".venv" / "ledger-stamp").write_text(f"{source} run\n")
    assert is_made("run")
    assert not is_made("test")
    (clone / ".venv" / "ledger-stamp").write_text(f"{source} test\n")
    assert is_made("run")
    assert is_made("test")
    assert _setup(clone, "test", PATH=os.environ["PATH"]).returncode == 0
    with (clone / "constraints.txt").open("a") as constraints:
        constraints.write("six==1.17.0\n")
    assert not is_made("run")


def test_every_package_is_pinned_to_a_version_and_to_no_host(clone_root: Path) -> None:
    lines = (clone_root / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9a-z.]*", pin) for pin in pins)
    pinned = {re.sub(r"[-_.]+", "-", pin.partition("==")[0]).lower() for pin in pins}
    project = tomllib.loads((clone_root / "pyproject.toml").read_text())
    wanted = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    wanted += project["project"]["optional-dependencies"]["test"]
    names = {re.match(r"[\w.-]+", requirement)[0].lower() for requirement in wanted}  # type: ignore[index]
    assert names <= pinned
