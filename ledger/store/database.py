"""Where the data are: one PostgreSQL database, given by a connection string."""

from __future__ import annotations

from typing import Any

import msgspec
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger.errors import Failed

_OWN = {"dbname", "host", "port", "user", "password"}


class Database(msgspec.Struct, frozen=True):
    """A database by its libpq connection string or URL."""

    conninfo: str

    @classmethod
    def parse(cls, conninfo: str) -> Database:
        """The database of a connection string.

        Raises:
            Failed: `database.url_malformed`; the string itself is not repeated, it may hold a password.
        """
        try:
            values = conninfo_to_dict(conninfo)
        except psycopg.ProgrammingError:
            values = {}
        if not values.get("dbname"):
            raise Failed(
                "database.url_malformed",
                "LEDGER_DATABASE_URL",
                found="no connection string with a database name",
                expected="postgresql://user:password@host:5432/dbname",
            )
        return cls(conninfo)

    def named(self, dbname: str) -> Database:
        """Another database of the same server."""
        return Database(make_conninfo(self.conninfo, dbname=dbname))

    @property
    def parameters(self) -> dict[str, Any]:
        """Its libpq parameters."""
        return dict(conninfo_to_dict(self.conninfo))

    def library_env(self, *, lock_timeout_s: int) -> dict[str, str]:
        """The event library's settings for it."""
        parameters = self.parameters
        return {
            "POSTGRES_DBNAME": str(parameters["dbname"]),
            "POSTGRES_HOST": str(parameters.get("host") or "127.0.0.1"),
            "POSTGRES_PORT": str(parameters.get("port") or "5432"),
            "POSTGRES_USER": str(parameters.get("user") or ""),
            "POSTGRES_PASSWORD": str(parameters.get("password") or ""),
            "POSTGRES_POOL_SIZE": "1",
            "POSTGRES_MAX_OVERFLOW": "4",
            "POSTGRES_LOCK_TIMEOUT": str(lock_timeout_s),
            "POSTGRES_IDLE_IN_TRANSACTION_SESSION_TIMEOUT": "120",
            "CREATE_TABLE": "no",
            "ORIGINATOR_ID_TYPE": "text",
        }

    @property
    def other_parameters(self) -> dict[str, Any]:
        """What the library's settings have no name for, such as sslmode."""
        return {name: value for name, value in self.parameters.items() if name not in _OWN}

    def connect(self, *, autocommit: bool = False) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection of its own.

        Raises:
            Failed: `database.unreachable`.
        """
        try:
            return psycopg.connect(self.conninfo, autocommit=autocommit)
        except psycopg.OperationalError as error:
            raise unreachable(self, error) from error


def unreachable(database: Database, error: Exception) -> Failed:
    """The error for a server that does not answer; passwords are not repeated."""
    parameters = database.parameters
    return Failed(
        "database.unreachable",
        f"database {parameters.get('dbname')} on {parameters.get('host') or 'the local socket'}",
        found=str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__,
        expected="a PostgreSQL server (15 or later) that answers",
        hint="`ledger doctor` says what is wrong and how to mend it.",
    )
