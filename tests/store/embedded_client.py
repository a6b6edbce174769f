"""Other processes inside an embedded server, and questions to it, for its tests."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg

from ledger.store import embedded_stop as ending
from ledger.store.embedded import ServerAddress

CLIENT = """
import sys
from pathlib import Path
from ledger.errors import Failed
from ledger.store.embedded import embedded_server
import psycopg
try:
    with embedded_server(Path(sys.argv[1]), durable=False) as server:
        with psycopg.connect(server.conninfo()) as connection:
            born = connection.execute("SELECT pg_postmaster_start_time()::text").fetchone()[0]
        print(born, flush=True)
        sys.stdin.readline()
except Failed as error:
    print(error.code, flush=True)
"""


@contextmanager
def client(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process inside, and when it says the server was born. A line on its stdin ends it."""
    with subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process, output_of(process).readline().strip()
        finally:
            process.kill()


def output_of(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout


def leave(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=20)


def postmaster(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


def runs(folder: Path) -> bool:
    with ending.gate(folder):
        return not ending.is_free(folder, ending.RUNNING)


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def ask(server: ServerAddress, query: str) -> object:
    with psycopg.connect(server.conninfo()) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]
