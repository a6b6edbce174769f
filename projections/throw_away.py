"""Throw-away rehearsal ledgers: one server, one migrated template, a fresh clone for each scenario or test."""

from __future__ import annotations

import secrets
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


class ThrowAwayLedgers:
    """Makes fresh ledgers on a server; they go with it."""

    def __init__(self, conninfo: Callable[[str], str], folder: Path, *, label: str = "scenario") -> None:
        """`conninfo` gives the connection string of a database of the server; `folder` holds keys and bundles."""
        self._conninfo = conninfo
        self._folder = folder
        self._template = f"{label}_template"
        self._label = label
        self._made = 0
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
        self._made += 1
        name = f"{self._label}_{self._made}"
        self._create(name, self._template)
        settings = self._settings(name)
        settings.home.mkdir(parents=True)
        (settings.home / "keys").symlink_to(self._keys.home / "keys", target_is_directory=True)
        with open_ledger(self._database(name), self._ring(), settings, actor=ACTOR) as ledger:
            ledger.found(division, rehearsal=rehearsal)
            yield Installation(settings, ledger)
        self._drop(name)

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
