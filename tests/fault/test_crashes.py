"""Killed with -9 at any point and run again, a command leaves one roll, one set of payouts, one bundle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from crashes import Village, close_command, require_whole, state, villages_files
from village import FIRST, opening_files

from ledger.store.embedded import ServerAddress

CLOSE = close_command(FIRST)


@dataclass(frozen=True)
class Prepared:
    """A village before and after each command, on databases that can be cloned."""

    before_enrolments: Village
    before_close: Village
    enrolled: dict[str, Any]
    closed: dict[str, Any]


@pytest.fixture(scope="module")
def prepared(
    server: ServerAddress, new_database: Callable[..., str], clone: Any, tmp_path_factory: pytest.TempPathFactory
) -> Prepared:
    """Made with the commands, nobody killed."""
    files = villages_files(tmp_path_factory.mktemp("facts"))
    village = Village(tmp_path_factory.mktemp("village") / "home", files, 1, server.conninfo(new_database()))
    init, rules, *others = [command for command in village.commands if command[0] != "close-month"]
    village.done(init)
    village.done(rules)
    before_enrolments = clone(village)
    for command in others[: len(opening_files(list(files))) - 1]:
        village.done(command)
    before_close = clone(village)
    village.done(CLOSE)
    require_whole(village, 1)
    enrolled = clone(before_enrolments)
    enrolled.done(enrolment(enrolled))
    return Prepared(before_enrolments, before_close, state(enrolled), state(village))


def enrolment(village: Village) -> list[str]:
    return ["record", str(village.files[1]), "--yes"]


def killed_and_mended(village: Village, command: Sequence[str], point: str) -> None:
    """Kills a command at a point, runs it again to its end, and once more, which changes nothing."""
    ran = village.run(command, point)
    assert ran.killed, f"{point} was never reached: {ran.err}"
    village.done(command)
    once = state(village)
    village.done(command)
    assert state(village) == once


@pytest.mark.parametrize("point", [
    "intake.recorded:mid_copy", "intake.recorded:before_commit", "intake.recorded:after",
])  # fmt: skip
def test_a_file_is_recorded_once(prepared: Prepared, clone: Any, point: str) -> None:
    village = clone(prepared.before_enrolments)
    killed_and_mended(village, enrolment(village), point)
    assert state(village) == prepared.enrolled


@pytest.mark.parametrize("point", [
    "case_files:after",           # views half caught up
    "keep:after",                 # the roll's rows are kept, the freeze is not recorded
    "batch.frozen:after",
    "file:after:2",               # payout files half written
    "bundle:after",               # in place, not recorded
    "batch.approved:after:1",     # recorded, its signature not beside the bundle
    "file:after:9",               # a signature half put there
    "batch.closed:mid_copy:1",
    "batch.closed:after:2",       # committed, views behind
    "payments:before:2",          # the close half folded into the views
])  # fmt: skip
def test_a_month_is_closed_once(prepared: Prepared, clone: Any, point: str) -> None:
    village = clone(prepared.before_close)
    killed_and_mended(village, CLOSE, point)
    assert state(village) == prepared.closed
    require_whole(village, 1)


@pytest.mark.parametrize("point", [
    "master_key:before", "found:before", "signing_key:after:1",
])  # fmt: skip
def test_a_ledger_is_founded_once(
    server: ServerAddress, new_database: Callable[..., str], tmp_path: Path, prepared: Prepared, point: str
) -> None:
    village = Village(tmp_path / "home", prepared.before_close.files, 1, server.conninfo(new_database()))
    killed_and_mended(village, village.commands[0], point)
    village.done(village.commands[1])
    assert {path.name for path in (village.home / "keys").iterdir()} >= {"master.key", "signing"}


def test_the_database_server_killed_in_the_middle_of_a_close(tmp_path: Path, prepared: Prepared) -> None:
    """Its own server, durable: what was committed is there again, what was not is not; the command says so."""
    village = Village(tmp_path / "home", prepared.before_close.files)
    *before, close = [c for c in village.commands if "020" not in c[-2]]
    for command in before:
        village.done(command)
    pid_file = str(village.home / "database" / "data" / "postmaster.pid")
    for point in ("batch.frozen:mid_copy", "batch.closed:mid_copy", "batch.closed:after"):
        ran = village.run(close, point, pid_file)
        assert ran.status == 1, ran.err
        assert "database.write_failed" in ran.err or "database.unreachable" in ran.err, ran.err
        assert "Run the same command again" in ran.err or "`ledger doctor`" in ran.err
    village.done(close)
    assert state(village) == prepared.closed
    require_whole(village, 1)


def test_a_database_server_that_cannot_be_reached_is_named(tmp_path: Path) -> None:
    """At once, with its cause, and without the password."""
    nowhere = f"host={tmp_path} port=1 user=x password=secret dbname=ledger connect_timeout=2"
    (tmp_path / "home" / "keys").mkdir(parents=True)
    (tmp_path / "home" / "keys" / "master.key").write_text("00" * 32)
    ran = Village(tmp_path / "home", [], 0, nowhere).run(CLOSE)
    assert (ran.status, "database.unreachable" in ran.err, "secret" in ran.err) == (1, True, False), ran.err
    assert "after 30" not in ran.err
