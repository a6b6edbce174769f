"""Kills a village's commands at random, runs them again, and proves that nothing shows of it.

    python scripts/crash_campaign.py --rounds 30 --seed 1
    python scripts/crash_campaign.py --seed 1 --only 17      # round 17 of that seed again

Each round takes a new ledger through its commands (init, facts, closes). Each command is killed with -9 up to
three times: around an append or a file, at a moment in time, or by killing its database server (every fourth
round has a durable server of its own). What was not acknowledged is run again. In the end the ledger must hold
the same decisions as one that nobody killed, with good bundles, true views and replays without a difference. A
round that fails is printed with its kills, and the exit code is 1. A kill at a moment in time hits a slightly
different place each run.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "fault")]

import psycopg  # noqa: E402
from crashes import APPENDS, MOMENTS, Village, require_whole, state, villages_files  # noqa: E402  the tests' modules
from dying import kill  # noqa: E402

from ledger.store.embedded import ServerAddress, embedded_server  # noqa: E402

_MONTHS = 2
_KILLS_AT_MOST = 3
_LONGEST_S = 1.8
_FUNCTIONS = {
    "init": (("master_key", 1), ("found", 1), ("signing_key", 6)),
    "close-month": (
        ("keep", 2), ("file", 24), ("move", 12), ("bundle", 8), ("approval", 8),
        ("case_files", 4), ("payments", 4),
    ),
}  # fmt: skip
"""The functions of `dying.FUNCTIONS` that a command calls, and about how often."""


def main() -> int:
    """Runs the rounds; the exit code says whether all held."""
    asked = _arguments()
    kills: Counter[str] = Counter()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="crashes-") as name:
        folder = Path(name)
        files = villages_files(folder / "facts", households=asked.households, months=_MONTHS)
        with embedded_server(folder / "server", durable=False) as server:
            undisturbed = Village(folder / "undisturbed", files, _MONTHS, _database(server, "undisturbed"))
            for command in undisturbed.commands:
                undisturbed.done(command)
            expected = state(undisturbed)
            for number in [asked.only] if asked.only is not None else range(asked.rounds):
                done: list[str] = []
                own = number % 4 == 3
                database = None if own else _database(server, f"round_{number}")
                village = Village(folder / f"round_{number}", files, _MONTHS, database)
                try:
                    _round(village, random.Random(f"{asked.seed}/{number}"), done)
                    require_whole(village, _MONTHS)
                    assert state(village) == expected, "other decisions than those of the undisturbed ledger"
                except AssertionError as error:
                    print(f"round {number} of seed {asked.seed} FAILED after {done}\n{error}")
                    return 1
                kills.update(one.split(" in ")[0] for one in done)
                print(f"round {number}: {len(done)} kills, whole", flush=True)
    for point, count in sorted(kills.items()):
        print(f"{count:>5} {point}")
    print(f"{sum(kills.values())} kills, all mended, {time.monotonic() - began:.0f} s")
    return 0


def _round(village: Village, rng: random.Random, done: list[str]) -> None:
    for command in village.commands:
        for _ in range(rng.randint(1, _KILLS_AT_MOST)):
            if not _killed(village, command, rng, done):
                break
        village.done(command)


def _killed(village: Village, command: Sequence[str], rng: random.Random, done: list[str]) -> bool:
    """Runs a command that is to be killed; whether it was (a point that is not reached kills nobody)."""
    pid_file = village.home / "database" / "data" / "postmaster.pid"
    server_dies = village.database is None and command[0] != "init" and rng.randrange(2)
    if rng.randrange(2):
        point = _point(rng, command[0])
        ran = village.run(command, point, str(pid_file) if server_dies else "self")
        status, err = ran.status, ran.err
    else:
        point, moment = "a moment", rng.uniform(0.2, _LONGEST_S)
        with village.start(command) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=moment)
            if process.poll() is None:
                if server_dies:
                    with suppress(FileNotFoundError, ProcessLookupError, IndexError):
                        kill(str(pid_file))
                else:
                    process.kill()
            _, err = process.communicate(timeout=120)
            status = process.returncode
    if status == 0:
        return False
    assert status == -9 or (server_dies and status == 1), f"{command} ended with {status}: {err}"
    assert "internal.error" not in err, err
    done.append(f"{point}{', the server' if server_dies else ''} in {command[0]}")
    return True


def _point(rng: random.Random, command: str) -> str:
    topics, functions = APPENDS.get(command, ()), _FUNCTIONS.get(command, ())
    if not functions or (topics and rng.randrange(2)):
        topic = rng.choice(topics)
        most = {"batch.approved": 4, "intake.recorded": 1}.get(topic, 2)
        return f"{topic}:{rng.choice(MOMENTS)}:{rng.randint(1, most)}"
    name, most = rng.choice(functions)
    return f"{name}:{rng.choice(['before', 'after'])}:{rng.randint(1, most)}"


def _database(server: ServerAddress, name: str) -> str:
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    return server.conninfo(name)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--households", type=int, default=40)
    parser.add_argument("--only", type=int, metavar="ROUND", help="this round of the seed only")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
