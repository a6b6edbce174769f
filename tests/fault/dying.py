"""Runs a ledger command that is killed at a chosen point: `python dying.py POINT VICTIM COMMAND...`.

A point is `TOPIC:MOMENT[:NTH]`, the NTH append with an event of that topic: `before`, `mid_copy`, `before_commit`
or `after` it; or a function's name in `FUNCTIONS` and `before` or `after`. VICTIM is `self`, or the pid file of
the database server. Nothing in the ledger itself knows of any of this.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from ledger.store import recorder

FUNCTIONS = {
    "keep": "projections.rolls:Rolls.keep",
    "file": "ledger.payfile.folder:digests_of",
    "move": "ledger.payfile.folder:flush_folder",
    "bundle": "ledger.closing.steps:write_bundle",
    "approval": "ledger.closing.steps:add_approval",
    "case_files": "projections.case_files:absorb",
    "payments": "projections.payments:absorb",
    "master_key": "projections.installation:write_flushed",
    "found": "ledger.application:Ledger.found",
    "signing_key": "ledger.payfile.keys:write_flushed",
}
"""Functions of the ledger around which a command can be killed, as `module:name`."""


def kill(victim: str) -> None:
    """Kills this process, or the server whose pid file that is, and with -9."""
    number = os.getpid() if victim == "self" else int(Path(victim).read_text().split()[0])
    os.kill(number, signal.SIGKILL)


def around_function(name: str, moment: str, nth: int, victim: str) -> None:
    """Kills before or after the nth call of a function."""
    module_name, _, path = FUNCTIONS[name].partition(":")
    holder: Any = importlib.import_module(module_name)
    *outer, last = path.split(".")
    for part in outer:
        holder = getattr(holder, part)
    original: Callable[..., Any] = getattr(holder, last)
    calls = count(1)

    def dying(*args: Any, **kwargs: Any) -> Any:
        mine = next(calls) == nth
        if mine and moment == "before":
            kill(victim)
        result = original(*args, **kwargs)
        if mine and moment == "after":
            kill(victim)
        return result

    setattr(holder, last, dying)


def around_append(topic: str, moment: str, nth: int, victim: str) -> None:
    """Kills around the nth append with an event of a topic."""
    append, copy_rows, move_head = (
        recorder.CopyRecorder.append,
        recorder.CopyRecorder._copy_rows,
        recorder._move_head,
    )
    calls, dying = count(1), [False]

    def counted_append(self: Any, events: Any, mapper: Any, how: Any) -> Any:
        dying[0] = any(topic == event.TOPIC for event in events) and next(calls) == nth
        if dying[0] and moment == "before":
            kill(victim)
        result = append(self, events, mapper, how)
        if dying[0] and moment == "after":
            kill(victim)
        return result

    def dying_copy(self: Any, curs: Any, rows: Iterable[Any]) -> int:
        return copy_rows(self, curs, half(rows) if dying[0] and moment == "mid_copy" else rows)

    def half(rows: Iterable[Any]) -> Iterator[Any]:
        every = list(rows)
        yield from every[: (len(every) + 1) // 2]
        kill(victim)
        yield from every[(len(every) + 1) // 2 :]

    def dying_move(*args: Any) -> None:
        move_head(*args)
        if dying[0] and moment == "before_commit":
            kill(victim)

    recorder.CopyRecorder.append = counted_append  # type: ignore[method-assign]
    recorder.CopyRecorder._copy_rows = dying_copy  # type: ignore[method-assign]
    recorder._move_head = dying_move


def main() -> None:
    """Patches, and runs the command."""
    point, victim, *command = sys.argv[1:]
    if point != "none":
        name, moment, *nth = point.split(":")
        around = around_function if name in FUNCTIONS else around_append
        around(name, moment, int(nth[0]) if nth else 1, victim)
    from commands.main import main as ledger

    sys.argv = ["ledger", *command]
    ledger()


if __name__ == "__main__":
    main()
