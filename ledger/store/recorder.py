"""The recorder: events appended by binary COPY under the library's own table lock, stamped there.

Everything else is the library's. Its plain INSERTs run in psycopg's pipeline mode, which can hang on large
statements while holding the lock; COPY does not, and is several times faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from eventsourcing.persistence import (
    EventStore,
    IntegrityError,
    Notification,
    PersistenceError,
    Recording,
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


class Appended(Sequence[Recording[str]]):
    """The recordings of an append, each made when asked for; positions of one append are contiguous."""

    def __init__(self, events: Sequence[Event], last: int, mapper: EventMapper) -> None:
        self.events = events
        self.first = last - len(events) + 1
        self.last = last
        self._mapper = mapper

    def __len__(self) -> int:
        return len(self.events)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self._recording(i) for i in range(len(self))[index]]
        return self._recording(range(len(self))[index])

    def __iter__(self) -> Iterator[Recording[str]]:
        return map(self._recording, range(len(self)))

    def _recording(self, index: int) -> Recording[str]:
        event = self.events[index]
        row = self._mapper.to_stored_event(event)
        notification = Notification(
            row.originator_id, row.originator_version, row.topic, row.state, self.first + index
        )
        return Recording(event, notification)


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
            last = self._copy_rows(curs, stored_events)
        return list(range(last - len(stored_events) + 1, last + 1))

    def append(self, events: Sequence[Event], mapper: EventMapper, how: Append) -> Appended:
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
                stamp = self._stamp(events, how, self._head(curs, how))
                last = self._copy_rows(curs, map(mapper.to_stored_event, events))
                self._store_keys(curs, mapper)
                _move_head(curs, how.divisions, last, stamp)
        except IntegrityError as error:
            mapper.keys.forget_new()
            raise Conflict(str(error)) from error
        except PersistenceError as error:
            mapper.keys.forget_new()
            raise Failed(
                "database.write_failed",
                f"appending {len(events)} events",
                found=str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__,
                expected="the whole decision recorded",
                hint="Run the same command again: it finds out whether this was recorded and finishes.",
            ) from error
        except BaseException:
            mapper.keys.forget_new()
            raise
        mapper.keys.new_keys = {}
        return Appended(events, last, mapper)

    def _copy_rows(self, curs: Cursor[DictRow], rows: Any) -> int:
        with curs.copy(self._copy) as copy:
            copy.set_types([self.datastore.originator_id_type, "int8", "text", "bytea"])
            write = copy.write_row
            for row in rows:
                write((row.originator_id, row.originator_version, row.topic, row.state))
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

    @staticmethod
    def _stamp(events: Sequence[Event], how: Append, last: datetime | None) -> datetime:
        """Decides when the events become known, which nobody else has seen yet; the moment of the last one."""
        now = how.clock()
        stamp = now if last is None else last + _TICK
        for event in events:
            own = event.recorded_at
            stamp = max(stamp, now if own == UNSTAMPED else own)
            msgspec.structs.force_setattr(event, "recorded_at", stamp)
        return stamp

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
