"""The recorder: events appended by binary COPY under the library's own table lock, stamped there.

Everything else is the library's. Its plain INSERTs run in psycopg's pipeline mode, which can hang on large
statements while holding the lock; COPY does not, and is several times faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from eventsourcing.persistence import (
    EventStore,
    IntegrityError,
    PersistenceError,
    StoredEvent,
)
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore, PostgresFactory
from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.sql import SQL, Identifier, Literal

from ledger.domain.event import UNSTAMPED, Event
from ledger.errors import Failed
from ledger.store.mapper import EventMapper

ALL = "*"
_TICK = timedelta(microseconds=1)


class Conflict(Exception):
    """Somebody else appended first: a stream's version is taken, or a division changed since it was read."""


class Unchanged(msgspec.Struct, frozen=True):
    """A condition of an append: nothing has come in for these divisions after a log position."""

    divisions: frozenset[str]
    since: int


class Append(msgspec.Struct, frozen=True):
    """How a decision is appended: the clock, the divisions it touches, and a condition."""

    clock: Callable[[], datetime]
    divisions: frozenset[str]
    unchanged: Unchanged | None = None


class Appended(msgspec.Struct, frozen=True):
    """The log positions of an append, from the first to the last without a gap."""

    first: int
    last: int


class Stamps:
    """When the events of an append become known, which nobody else has seen yet; given out as they are copied."""

    def __init__(self, now: datetime, last: datetime | None) -> None:
        self._now = now
        self.latest = now if last is None else last + _TICK
        self.count = 0

    def on(self, events: Iterable[Event]) -> Iterator[Event]:
        """The events, stamped."""
        now, latest, stamp = self._now, self.latest, msgspec.structs.force_setattr
        for event in events:
            own = event.recorded_at
            latest = max(latest, now if own == UNSTAMPED else own)
            stamp(event, "recorded_at", latest)
            self.count += 1
            yield event
        self.latest = latest


class CopyRecorder(PostgresApplicationRecorder):
    """Appends by COPY; `insert_events` keeps the library's contract, `append` adds stamp, keys and conditions."""

    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        table = Identifier(datastore.schema, self.events_table_name)
        self._copy = SQL(
            "COPY {0} (originator_id, originator_version, topic, state) FROM STDIN (FORMAT BINARY)"
        ).format(table)
        self._last_id = SQL("SELECT currval(pg_get_serial_sequence({0}, 'notification_id')) AS last").format(
            Literal(f'"{datastore.schema}"."{self.events_table_name}"')
        )

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """The library's append of rows as they are; not retried: a lost answer must not pay twice."""
        if not stored_events:
            return []
        with self.datastore.transaction(commit=True) as curs:
            self._lock_table(curs)
            self._insert_events(curs, stored_events, **kwargs)
            self._notify_channel(curs)
            rows = ((e.originator_id, e.originator_version, e.topic, e.state) for e in stored_events)
            last = self._copy_rows(curs, rows)
        return list(range(last - len(stored_events) + 1, last + 1))

    def append(self, events: Iterable[Event], mapper: EventMapper, how: Append) -> Appended:
        """Appends events in one transaction, stamped with a `recorded_at` that never goes back along the log.

        An event that says when it became known (a rehearsal's) keeps that moment; the others share the clock's.
        The first stamp lies at least a microsecond after the append before: no stamp is shared by two appends.

        Raises:
            Conflict: a stream has that version already, or the condition does not hold.
            Failed: `database.write_failed`; whether it was recorded is found by running the command again.
        """
        try:
            with self.datastore.transaction(commit=True) as curs:
                self._lock_table(curs)
                self._notify_channel(curs)
                stamps = Stamps(how.clock(), self._head(curs, how))
                last = self._copy_rows(curs, map(mapper.row, stamps.on(events)))
                self._store_keys(curs, mapper)
                _move_head(curs, how.divisions, last, stamps.latest)
        except IntegrityError as error:
            mapper.keys.forget_new()
            raise Conflict(str(error)) from error
        except PersistenceError as error:
            mapper.keys.forget_new()
            raise Failed(
                "database.write_failed",
                "appending to the log",
                found=str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__,
                expected="the whole decision recorded",
                hint="Run the same command again: it finds out whether this was recorded and finishes.",
            ) from error
        except BaseException:
            mapper.keys.forget_new()
            raise
        mapper.keys.new_keys = {}
        return Appended(last - stamps.count + 1, last)

    def _copy_rows(self, curs: Cursor[DictRow], rows: Iterable[tuple[Any, ...]]) -> int:
        with curs.copy(self._copy) as copy:
            copy.set_types([self.datastore.originator_id_type, "int8", "text", "bytea"])
            write = copy.write_row
            for row in rows:
                write(row)
        found = curs.execute(self._last_id).fetchone()
        assert found is not None
        return int(found["last"])

    def _head(self, curs: Cursor[DictRow], how: Append) -> datetime | None:
        """When the log's last event became known; None in an empty log. The condition is judged here."""
        heads = {row["division"]: row for row in curs.execute("SELECT * FROM log_head").fetchall()}
        if how.unchanged is not None:
            moved = [
                d for d in how.unchanged.divisions if d in heads and heads[d]["position"] > how.unchanged.since
            ]
            if moved:
                raise Conflict(f"something came in for {', '.join(sorted(moved))}")
        return heads[ALL]["recorded_at"].astimezone(UTC) if ALL in heads else None

    def _store_keys(self, curs: Cursor[DictRow], mapper: EventMapper) -> None:
        if not mapper.keys.new_keys:
            return
        with curs.copy("COPY person_key (person, wrapped) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["text", "bytea"])
            for person, wrapped in mapper.keys.new_keys.items():
                copy.write_row((person, wrapped))


class LedgerEventStore(EventStore[str]):
    """Maps events while they are being copied."""

    def put(self, domain_events: Any, **kwargs: Any) -> Any:
        """Appends a decision; keyword `append` says how (see `CopyRecorder.append`)."""
        recorder, mapper = self.recorder, self.mapper
        assert isinstance(recorder, CopyRecorder)
        assert isinstance(mapper, EventMapper)
        return recorder.append(domain_events, mapper, kwargs["append"])


class CopyFactory(PostgresFactory):
    """The library's PostgreSQL persistence with our recorder."""

    application_recorder_class = CopyRecorder


def _move_head(curs: Cursor[DictRow], divisions: frozenset[str], last: int, stamp: datetime) -> None:
    curs.execute(
        "INSERT INTO log_head SELECT unnest(%s::text[]), %s, %s "
        "ON CONFLICT (division) DO UPDATE SET position = excluded.position, recorded_at = excluded.recorded_at",
        (sorted({ALL, *divisions}), last, stamp),
    )
