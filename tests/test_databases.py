"""The databases that tests get are their own, and a clone has what its template had."""

from __future__ import annotations

from collections.abc import Callable

import psycopg

from ledger.store.embedded import ServerAddress


def test_a_clone_has_what_its_template_had_and_changes_alone(
    server: ServerAddress, new_database: Callable[..., str]
) -> None:
    template = new_database()
    with psycopg.connect(server.conninfo(template)) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS n")
    first, second = new_database(template), new_database(template)
    with psycopg.connect(server.conninfo(first)) as connection:
        connection.execute("INSERT INTO t VALUES (2)")
    with psycopg.connect(server.conninfo(second)) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (1,)


def test_an_empty_database_is_empty(database: str) -> None:
    with psycopg.connect(database) as connection:
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert found == (0,)
