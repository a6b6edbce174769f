"""Throw-away rehearsal ledgers: one server, one migrated template, a fresh clone for each scenario or test."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql

from ledger.payfile.keys import init_keys
from ledger.settings import Settings
from ledger.store.database import Database
from ledger.store.embedded import embedded_server
from ledger.store.sealing import KeyRing
from projections.installation import Installation, migrate, open_ledger, signing_keys

ACTOR = "rehearsal"

# Row by row: the few rows of a scenario go ten times faster than by TRUNCATE, which makes every file anew.
_EMPTY_EVERY_TABLE = """
DO $$
DECLARE name regclass;
BEGIN
    FOR name IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
        EXECUTE format('DELETE FROM %s', name);
    END LOOP;
    PERFORM setval(oid, 1, false) FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace;
END $$
"""


class ThrowAwayLedgers:
    """Makes fresh ledgers on a server; they go with it."""

    def __init__(self, conninfo: Callable[[str], str], folder: Path, *, label: str = "scenario") -> None:
        """`conninfo` gives the connection string of a database of the server; `folder` holds keys and bundles."""
        self._conninfo = conninfo
        self._folder = folder
        self._template = f"{label}_template"
        self._label = label
        self._made = 0
        self._idle: list[str] = []
        self._master = secrets.token_bytes(32)
        self._keys = self._settings("keys")
        init_keys(
            signing_keys(self._keys), division="000000", rehearsal=True, passphrases=None,
            now=datetime.now(UTC), maker="REHEARSAL-M", checker="REHEARSAL-C",
        )  # fmt: skip
        self._create(self._template, "template0")
        with open_ledger(self._database(self._template), self._ring(), self._keys, actor=ACTOR) as ledger:
            migrate(ledger)

    @contextmanager
    def fresh(self, division: str, *, rehearsal: bool = True) -> Iterator[Installation]:
        """An empty ledger of its own, founded for a division."""
        name = self._clone()
        with self._opened(name, division, rehearsal=rehearsal) as installation:
            yield installation
        self._drop(name)

    @contextmanager
    def emptied(self, division: str) -> Iterator[Installation]:
        """An empty ledger in a database used before, where one is free: a tenth of the cost of a fresh one.

        For runs that leave the tables as they are, which a test of damage does not.
        """
        name = self._idle.pop() if self._idle else self._clone()
        with self._opened(name, division, rehearsal=True) as installation:
            yield installation
        shutil.rmtree(self._settings(name).home)
        with psycopg.connect(self._conninfo(name), autocommit=True) as conn:
            conn.execute(_EMPTY_EVERY_TABLE)
        self._idle.append(name)

    def _clone(self) -> str:
        self._made += 1
        name = f"{self._label}_{self._made}"
        self._create(name, self._template)
        return name

    @contextmanager
    def _opened(self, name: str, division: str, *, rehearsal: bool) -> Iterator[Installation]:
        settings = self._settings(name)
        settings.home.mkdir(parents=True)
        (settings.home / "keys").symlink_to(self._keys.home / "keys", target_is_directory=True)
        with open_ledger(self._database(name), self._ring(), settings, actor=ACTOR) as ledger:
            ledger.found(division, rehearsal=rehearsal)
            installation = Installation(settings, ledger)
            installation.record_keys()
            yield installation

    def _settings(self, name: str) -> Settings:
        home = self._folder / name
        return Settings(home=home, master_key_file=home / "keys" / "master.key")

    def _ring(self) -> KeyRing:
        return KeyRing(self._master)

    def _database(self, name: str) -> Database:
        return Database(self._conninfo(name))

    def _create(self, name: str, template: str) -> None:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as conn:
            conn.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))

    def _drop(self, name: str) -> None:
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as conn:
            conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def throw_away_ledgers() -> Iterator[ThrowAwayLedgers]:
    """A server and a folder of their own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="ledger-") as name:
        folder = Path(name)
        with embedded_server(folder / "server", durable=False) as address:
            yield ThrowAwayLedgers(address.conninfo, folder / "ledgers")
