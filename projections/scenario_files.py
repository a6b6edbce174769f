"""Many scenario files run at once: two processes on one server, each with a ledger it empties between files."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path

from ledger.intake.scenario_file import read_scenario
from ledger.store.embedded import ServerAddress, embedded_server
from projections.scenario_run import Result, run
from projections.throw_away import ThrowAwayLedgers, throw_away_ledgers

_FEW = 4
"""So few files are done before a second process has started."""
_PROCESSES = 2

_of_this_process: list[ThrowAwayLedgers] = []

Done = Callable[[int], None]


def run_files(paths: Sequence[Path], step: Done | None = None, *, explain: bool = False) -> list[Result]:
    """Runs scenario files, each on a fresh ledger; the results in the order of the files.

    `step` is told how many are done; with `explain` the results say how amounts came about.

    Raises:
        LedgerError: what `read_scenario` raises, and `Failed` where no server can be had.
    """
    results = []
    with _runs(paths, explain=explain) as found:
        for number, result in enumerate(found, 1):
            results.append(result)
            if step is not None:
                step(number)
    return results


@contextmanager
def _runs(paths: Sequence[Path], *, explain: bool) -> Iterator[Iterator[Result]]:
    if len(paths) <= _FEW or (os.cpu_count() or 1) < _PROCESSES:
        with throw_away_ledgers() as ledgers:
            yield (_run(ledgers, path, explain=explain) for path in paths)
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ledger-")))
        address = stack.enter_context(embedded_server(folder / "server", durable=False))
        pool = ProcessPoolExecutor(_PROCESSES, get_context("spawn"), _start, (folder, address))
        stack.callback(pool.shutdown, cancel_futures=True)
        with _interrupts_left_to_this_process():
            futures = [pool.submit(_run_here, path, explain=explain) for path in paths]
        yield (future.result() for future in futures)


def _start(folder: Path, address: ServerAddress) -> None:
    """A process of the pool makes its own ledgers on the one server, which the first process keeps up."""
    name = f"scenario_{os.getpid()}"
    _of_this_process.append(ThrowAwayLedgers(address.conninfo, folder / name, label=name))


def _run_here(path: Path, *, explain: bool) -> Result:
    return _run(_of_this_process[0], path, explain=explain)


def _run(ledgers: ThrowAwayLedgers, path: Path, *, explain: bool) -> Result:
    scenario = read_scenario(path)
    with ledgers.emptied(scenario.division) as installation:
        return run(scenario, installation, explain=explain)


@contextmanager
def _interrupts_left_to_this_process() -> Iterator[None]:
    """Ctrl-C reaches every process at the terminal; those started here inherit that they ignore it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
