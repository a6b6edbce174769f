"""Rows into a view's table by binary COPY."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from psycopg import Cursor
from psycopg.sql import SQL, Identifier


def copy_rows(curs: Cursor[Any], table: str, types: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """Appends rows whose columns are all of the table's, in its order."""
    with curs.copy(SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(Identifier(table))) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)
