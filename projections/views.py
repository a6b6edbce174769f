"""The views' one runner: reads what the log has beyond them, folds it in, moves their position; exactly once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

from eventsourcing.persistence import IntegrityError, Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from psycopg import Cursor

from ledger.application import Ledger
from ledger.domain.event import Recorded
from projections import case_files, payments

_BATCH = 20_000
_STATISTICS_FROM = 2_000
_TOPICS = (*case_files.TOPICS, *payments.TOPICS)

Progress = Callable[[int], None]


class Views:
    """The views of a ledger, in its own database."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._tracking = PostgresTrackingRecorder(ledger.datastore, tracking_table_name="ledger_tracking")

    def create(self) -> None:
        """Makes the tables; part of the one migrate step."""
        self._tracking.create_table()
        with self._ledger.datastore.transaction(commit=True) as curs:
            curs.execute(files("projections").joinpath("schema.sql").read_text())

    @property
    def position(self) -> int:
        """The log position up to which the views hold."""
        return self._tracking.max_tracking_id(self._ledger.name) or 0

    def catch_up(self, step: Progress | None = None) -> int:
        """Folds in all that the log has; returns the log's end, up to which the views then hold.

        `step` is told how many events were folded in so far.
        """
        done = 0
        while True:
            end = self._ledger.events_log.end()
            batch = self._ledger.events_log.after(self.position, _TOPICS, limit=_BATCH)
            if not batch:
                if done >= _STATISTICS_FROM:
                    self._renew_statistics()
                return end
            try:
                self._absorb(batch)
            except IntegrityError:
                continue  # another process folded the same events in first
            done += len(batch)
            if step is not None:
                step(done)

    def _renew_statistics(self) -> None:
        """Right after a bulk load the planner takes the tables for empty: a join took a thousand times as long."""
        with self._ledger.datastore.transaction(commit=True) as curs:
            curs.execute("ANALYZE case_file, person_file, membership, payment, payment_line")

    def _absorb(self, batch: Sequence[Recorded]) -> None:
        with self._ledger.datastore.transaction(commit=True) as curs:
            # First the position: a second runner waits here and then fails, before any row of it counts.
            self._tracking._insert_tracking(curs, Tracking(self._ledger.name, batch[-1].position))  # noqa: SLF001
            case_files.absorb(curs, batch)
            payments.absorb(curs, batch)


def rows(curs: Cursor[Any], query: str, parameters: Sequence[Any]) -> list[Any]:
    """The rows of one query."""
    return curs.execute(query, parameters).fetchall()
