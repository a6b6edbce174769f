"""Fixtures of the command line's tests: real processes on an installation of their own, shared by a module."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import preloaded
import pytest

from ledger.store.embedded import embedded_server

DIVISION = "520203"


@dataclass(frozen=True)
class Ran:
    """What a command printed, and how it ended."""

    out: str
    err: str
    code: int

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class CommandLine:
    """Runs `ledger` in processes of its own, without a terminal."""

    def __init__(self, home: Path, clone_root: Path) -> None:
        self.home = home
        self.argv = [sys.executable, "-m", "commands"]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LEDGER_")}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        # A cache of compiled code for all of them: a hundred processes start faster, and the clone stays clean.
        compiled = home.parent.parent / "compiled"
        self.env = {
            **kept, "LEDGER_HOME": str(home), "PYTHONPATH": str(clone_root), "PYTHONPYCACHEPREFIX": str(compiled),
        }  # fmt: skip

    def __call__(self, *args: str | Path, env: dict[str, str] | None = None) -> Ran:
        return Ran(*preloaded.run([str(arg) for arg in args], self.env | (env or {}), timeout=300))

    def facts(self, name: str, *facts: dict[str, Any]) -> Path:
        """A facts file beside the installation; a field that is None is left out."""
        path = self.home.parent / name
        said = [{key: value for key, value in fact.items() if value is not None} for fact in facts]
        path.write_text("".join(json.dumps(fact, ensure_ascii=False) + "\n" for fact in said), encoding="utf-8")
        return path


@pytest.fixture(scope="module")
def make_installation(
    tmp_path_factory: pytest.TempPathFactory, clone_root: Path
) -> Iterator[Callable[..., CommandLine]]:
    """`ledger init` with the options given; its server then stays up, so that each command starts at once."""
    with ExitStack() as stack:

        def make(*options: str) -> CommandLine:
            ledger = CommandLine(tmp_path_factory.mktemp("cli") / "home", clone_root)
            made = ledger("init", "--division", DIVISION, *options)
            assert made.code == 0, made.err
            stack.enter_context(embedded_server(ledger.home / "database"))
            return ledger

        yield make


def standard(**changes: Any) -> dict[str, Any]:
    """The rural standard."""
    return {
        "fact": "standard", "programme": "dibao_rural", "amount": "5316.00", "per": "year", "from": "2022-04",
    } | changes  # fmt: skip


def enrol(case: str, person: str, confirmed_on: str, **changes: Any) -> dict[str, Any]:
    """A rural household of one person, whose code follows the case's."""
    member = {"person": person, "name": "王秀英", "relation": "02", "id_number": "11010519491231002X"}
    return {
        "fact": "enrol", "case": case, "programme": "dibao_rural", "confirmed_on": confirmed_on, "head": person,
        "members": [member], "account": {"number": "6228480012345678", "holder": "王秀英"},
    } | changes  # fmt: skip
