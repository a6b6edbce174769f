"""Reading the log: streams by name, ranges of streams, what came after a position; as events with positions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from eventsourcing.postgres import PostgresDatastore
from psycopg import sql
from psycopg.rows import tuple_row

from ledger.domain.event import Recorded
from ledger.store.mapper import EventMapper, persons_in

_CHUNK = 5_000
_COLUMNS = "SELECT originator_id, originator_version, topic, state, notification_id FROM ledger_events "


class Log:
    """The events of a ledger, read in binary and in chunks; never written here."""

    def __init__(self, datastore: PostgresDatastore, mapper: EventMapper) -> None:
        self._datastore = datastore
        self._mapper = mapper

    def streams(self, names: Iterable[str], *, before: int | None = None) -> Iterator[Recorded]:
        """The events of some streams, stream by stream in the order of versions."""
        asked = sorted(set(names))
        for start in range(0, len(asked), _CHUNK):
            yield from self._read(
                "WHERE originator_id = ANY(%s) AND (%s::bigint IS NULL OR notification_id < %s) "
                "ORDER BY originator_id, originator_version",
                (asked[start : start + _CHUNK], before, before),
            )

    def below(
        self, prefix: str, *, before: int | None = None, topics: Sequence[str] | None = None
    ) -> Iterator[Recorded]:
        """The events, all or of some topics, of the streams whose names begin with a prefix that ends in `/`.

        Read page by page, so that a whole division costs the memory of one page, and no connection is kept
        between two. What is appended while it is read is left out.
        """
        before = self.end() + 1 if before is None else before
        reached, end = (prefix, 0), prefix[:-1] + "0"
        asked = list(topics) if topics is not None else None
        while True:
            page = list(
                self._read(
                    "WHERE (originator_id, originator_version) > (%s, %s) AND originator_id < %s "
                    "AND notification_id < %s AND (%s::text[] IS NULL OR topic = ANY(%s)) "
                    "ORDER BY originator_id, originator_version LIMIT %s",
                    (*reached, end, before, asked, asked, _CHUNK),
                )
            )
            yield from page
            if len(page) < _CHUNK:
                return
            last = page[-1].event
            reached = (last.originator_id, last.originator_version)

    def after(self, position: int, topics: Sequence[str], *, limit: int) -> list[Recorded]:
        """Up to `limit` events of some topics that follow a position, in the order of the log."""
        return list(
            self._read(
                "WHERE notification_id > %s AND topic = ANY(%s) ORDER BY notification_id LIMIT %s",
                (position, list(topics), limit),
            )
        )

    def of_topics(self, topics: Sequence[str], *, before: int) -> Iterator[Recorded]:
        """The events of some topics before a position, in the order of the log."""
        position = 0
        while True:
            page = list(
                self._read(
                    "WHERE notification_id > %s AND notification_id < %s AND topic = ANY(%s) "
                    "ORDER BY notification_id LIMIT %s",
                    (position, before, list(topics), _CHUNK),
                )
            )
            yield from page
            if len(page) < _CHUNK:
                return
            position = page[-1].position

    def end(self) -> int:
        """The position of the last event, 0 in an empty log."""
        with self._datastore.get_connection() as conn, conn.cursor(row_factory=tuple_row) as curs:
            row = curs.execute("SELECT max(notification_id) FROM ledger_events").fetchone()
        return int(row[0]) if row and row[0] is not None else 0

    def end_by(self, moment: datetime) -> int:
        """The position of the last event recorded before a moment, 0 where there is none.

        `recorded_at` never goes back along the log, so a search by halves finds it.
        """
        low, high = 0, self.end()
        while low < high:
            middle = (low + high + 1) // 2
            found = self._first_at_or_after(middle)
            if found is not None and found.event.recorded_at < moment:
                low = max(middle, found.position)
            else:
                high = middle - 1
        return low

    def version(self, stream: str) -> int:
        """The version of a stream, 0 where it does not exist."""
        with self._datastore.get_connection() as conn, conn.cursor(row_factory=tuple_row) as curs:
            row = curs.execute(
                "SELECT max(originator_version) FROM ledger_events WHERE originator_id = %s", (stream,)
            ).fetchone()
        return int(row[0]) if row and row[0] is not None else 0

    def load_keys(self, persons: Iterable[str]) -> None:
        """Gets the keys of persons that are not at hand yet."""
        asked = self._mapper.keys.missing(persons)
        for start in range(0, len(asked), _CHUNK):
            part = asked[start : start + _CHUNK]
            with self._datastore.get_connection() as conn, conn.cursor(row_factory=tuple_row) as curs:
                rows = curs.execute(
                    "SELECT person, wrapped FROM person_key WHERE person = ANY(%s)", (part,)
                ).fetchall()
            self._mapper.keys.add({row[0]: bytes(row[1]) for row in rows})

    def _first_at_or_after(self, position: int) -> Recorded | None:
        found = self._read("WHERE notification_id >= %s ORDER BY notification_id LIMIT 1", (position,))
        return next(iter(found), None)

    def _read(self, condition: str, parameters: tuple[Any, ...]) -> Iterator[Recorded]:
        read = self._mapper.read
        query = sql.SQL(_COLUMNS + condition)  # composed of the literals in this file only
        with self._datastore.get_connection() as conn, conn.cursor(binary=True, row_factory=tuple_row) as curs:
            curs.execute(query, parameters)
            while rows := curs.fetchmany(_CHUNK):
                self.load_keys(persons_in([row[0] for row in rows]))
                for stream, version, topic, state, position in rows:
                    yield Recorded(position, read(stream, version, topic, state))
