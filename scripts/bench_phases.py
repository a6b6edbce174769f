"""What `bench.py` measures: one made-up county through record, two closes and a replay, each phase timed.

The limit is a binary COPY of the same event rows into the same table, one transaction an append, as other streams:
the table takes a stream's version once. It comes last, and the ledger is thrown away after it.
"""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
from psycopg.rows import tuple_row

from ledger.closing.steps import approve, bundle, close, freeze
from ledger.domain.batch import ROLES, Batch
from ledger.domain.case import DIBAO_RURAL, DIBAO_URBAN
from ledger.intake.reading import read_facts
from ledger.intake.sampling import CLOSE_DAY, SampleFile, county
from ledger.recording import execute, plan
from ledger.replaying import replay
from ledger.settings import Settings
from ledger.values.month import Month, day_of
from projections.audit_book import AuditBook
from projections.installation import Installation, opened
from projections.suspicions import catalogue, run

DIVISION = "520203"
FIRST_MONTH = Month.parse("2022-04")
CLOSE_PHASES = ("views", "freeze", "bundle", "approve", "close")
"""The phases that together close a month; those of the second month end in `_next`."""
_LIMIT_RUNS = 3
_ROWS_A_SELECT = 20_000


class Phase(msgspec.Struct):
    """Rows a phase worked on (facts, events or payees) and how long it took."""

    rows: int = 0
    seconds: float = 0.0


class Measured(msgspec.Struct):
    """One run at one size. `limits`: the raw COPY of the rows of an append, by the phase that appended them."""

    households: int
    phases: dict[str, Phase]
    limits: dict[str, Phase]
    peak_memory_mb: float
    audits: dict[str, Phase]
    """Per audit query the rows it found, where it was asked for."""


class Stopwatch:
    """Adds up rows and seconds by phase; a phase may be entered several times."""

    def __init__(self) -> None:
        self.phases: dict[str, Phase] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[Phase]:
        """Times what is inside; the rows are for the caller to count."""
        phase = self.phases.setdefault(name, Phase())
        started = time.perf_counter()
        try:
            yield phase
        finally:
            phase.seconds += time.perf_counter() - started


class Span(msgspec.Struct, frozen=True):
    """The appends of a phase: log positions (after, through]."""

    phase: str
    after: int
    through: int


def measure(households: int, seed: int, home: Path, *, audit: bool = False) -> Measured:
    """Plays a county of that many households in a new installation in `home`, and audits it where that is wanted."""
    settings = Settings(home=home, master_key_file=home / "keys" / "master.key")
    with opened(settings, actor="bench", create=True) as installation:
        _found(installation)
        run = _Run(installation)
        before, between = _files(households, seed, home / "facts")
        run.record(before, "")
        batches = run.close_month(FIRST_MONTH, "")
        run.record(between, "_month")
        batches += run.close_month(FIRST_MONTH + 1, "_next")
        run.replay(batches)
        audits = _audits(installation) if audit else {}
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        limits = _limits(installation, run.spans)
    return Measured(households, run.watch.phases, limits, peak_mb, audits)


class _Run:
    """The steps of a run on one installation, timed; `spans` says which of them appended what."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.ledger = installation.ledger
        self.watch = Stopwatch()
        self.spans: list[Span] = []

    def record(self, paths: Iterable[Path], suffix: str) -> None:
        """Records facts files as `ledger record` does."""
        for path in paths:
            with self.watch.phase("read" + suffix) as phase:
                file = read_facts(path)
                phase.rows += len(file.facts)
            with self.watch.phase("plan" + suffix) as phase:
                planned = plan(self.ledger, file)
                phase.rows += len(planned.events)
            with self._appending("execute" + suffix) as phase:
                execute(self.ledger, planned)
                phase.rows += len(planned.events)

    def close_month(self, month: Month, suffix: str) -> list[Batch]:
        """Closes a month of every programme, step by step."""
        self.ledger.set_rehearsal_day(month.first_day.replace(day=CLOSE_DAY))
        with self.watch.phase("views" + suffix) as phase:
            self.installation.rolls.views.catch_up(lambda events: _count(phase, events))
        batches = [self._close(month, programme, suffix) for programme in (DIBAO_URBAN, DIBAO_RURAL)]
        self.ledger.clear_rehearsal_day()
        return batches

    def _close(self, month: Month, programme: str, suffix: str) -> Batch:
        desk, signers = self.installation.closing_desk(), self.installation.rehearsal_signers()
        with self.watch.phase("freeze" + suffix) as phase:
            batch = freeze(desk, DIVISION, month, programme)
            rows = _rows(batch)
            phase.rows += rows
        with self.watch.phase("bundle" + suffix) as phase:
            batch = bundle(desk, batch)
            phase.rows += rows
        with self.watch.phase("approve" + suffix) as phase:
            phase.rows += rows
            for role in ROLES if batch.sums else ():
                signer = signers[role]
                batch = approve(desk, batch, role, signer.sign((batch.sums or "").encode()), signer.certificate)
        with self._appending("close" + suffix) as phase:
            batch = close(desk, batch)
            phase.rows += rows
        return batch

    def replay(self, batches: Iterable[Batch]) -> None:
        """Replays closed batches from the events alone; a difference ends the run."""
        desk = self.installation.closing_desk()
        for batch in batches:
            with self.watch.phase("replay") as phase:
                done = replay(self.ledger, batch, desk.folder(batch))
                phase.rows += done.events
            assert not done.differences, done.differences[0]

    @contextmanager
    def _appending(self, name: str) -> Iterator[Phase]:
        after = self.ledger.events_log.end()
        with self.watch.phase(name) as phase:
            yield phase
        self.spans.append(Span(name, after, self.ledger.events_log.end()))


def _audits(installation: Installation) -> dict[str, Phase]:
    """Each audit query over all that is known; the first that asks for payouts or persons reads them."""
    ledger, watch = installation.ledger, Stopwatch()
    with watch.phase("cases read") as phase:
        book = AuditBook(ledger, ledger.events_log.end() + 1, day_of(ledger.now()))
        phase.rows = len(book.cases)
    for query in catalogue().values():
        with watch.phase(query.slug) as phase:
            phase.rows = sum(1 for _ in run(query, book))
    return watch.phases


def _found(installation: Installation) -> None:
    installation.ledger.found(DIVISION, rehearsal=True)
    installation.make_rehearsal_keys()


def _files(households: int, seed: int, folder: Path) -> tuple[list[Path], list[Path]]:
    """The facts files known before the first close, and those between the first and the second."""
    folder.mkdir()
    closing_day = FIRST_MONTH.first_day.replace(day=CLOSE_DAY)
    before: list[Path] = []
    between: list[Path] = []
    for sample in county(households, DIVISION, seed, FIRST_MONTH, 1):
        path = _write(sample, folder)
        if path.stat().st_size:  # nothing may happen in a month of a very small county
            (before if sample.recorded_on < closing_day else between).append(path)
    return before, between


def _write(sample: SampleFile, folder: Path) -> Path:
    path = folder / sample.name
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(fact, ensure_ascii=False) + "\n" for fact in sample.facts)
    return path


def _rows(batch: Batch) -> int:
    assert batch.frozen is not None
    totals = batch.frozen.totals
    return totals.payouts + totals.bookings + totals.grain_cases


def _count(phase: Phase, rows: int) -> None:
    phase.rows += rows


def _limits(installation: Installation, spans: Sequence[Span]) -> dict[str, Phase]:
    """For each phase the median of several raw COPYs of its rows into the log."""
    datastore = installation.ledger.datastore
    copied: dict[str, list[Phase]] = {}
    for number in range(_LIMIT_RUNS):
        watch = Stopwatch()
        for span in spans:
            rows = [(f"limit-{number}/{stream}", *rest) for stream, *rest in _event_rows(datastore, span)]
            with watch.phase(span.phase) as phase, datastore.transaction(commit=True) as curs:
                _copy(curs, rows)
                phase.rows += len(rows)
        for name, phase in watch.phases.items():
            copied.setdefault(name, []).append(phase)
    return {name: Phase(runs[0].rows, median(run.seconds for run in runs)) for name, runs in copied.items()}


def _event_rows(datastore: Any, span: Span) -> list[tuple[Any, ...]]:
    with datastore.get_connection() as conn, conn.cursor(binary=True, row_factory=tuple_row) as curs:
        curs.execute(
            "SELECT originator_id, originator_version, topic, state FROM ledger_events "
            "WHERE notification_id > %s AND notification_id <= %s ORDER BY notification_id",
            (span.after, span.through),
        )
        found: list[tuple[Any, ...]] = []
        while part := curs.fetchmany(_ROWS_A_SELECT):
            found += part
    return found


def _copy(curs: Any, rows: Iterable[tuple[Any, ...]]) -> None:
    columns = "(originator_id, originator_version, topic, state)"
    with curs.copy(f"COPY ledger_events {columns} FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["text", "int8", "text", "bytea"])
        for row in rows:
            copy.write_row(row)
