"""One installation opened: its database, key ring, ledger, views and what closing needs."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import psycopg
from eventsourcing.persistence import InterfaceError, OperationalError
from psycopg import sql

from ledger.application import Ledger
from ledger.certifying import keys_in_use, record_certified, signer_of, signing_key
from ledger.closing.desk import Desk
from ledger.errors import Failed, Refused
from ledger.payfile.bank_profile import profiles_in_use
from ledger.payfile.certificates import read_pem
from ledger.payfile.contents import Payer
from ledger.payfile.durable import disk_errors_named, flush_folder, sweep, write_flushed
from ledger.payfile.keys import init_keys, read_certificates
from ledger.payfile.names import CA, ROLES
from ledger.payfile.signers import Secret, Signer
from ledger.settings import Settings
from ledger.store.database import Database, unreachable
from ledger.store.embedded import embedded_server
from ledger.store.recorder import CopyRecorder
from ledger.store.sealing import KeyRing
from projections.funds import Funds
from projections.rolls import Rolls
from projections.views import Views

DBNAME = "ledger"
_MIGRATION_LOCK = 0x6C656467


class Installation:
    """What the commands work with. Open it with `opened`."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self.settings = settings
        self.ledger = ledger
        self.rolls = Rolls(ledger)
        self.funds = Funds(ledger, self.rolls.views)

    @property
    def keys_folder(self) -> Path:
        """Where the CA's, maker's and checker's keys and certificates lie."""
        return signing_keys(self.settings)

    @property
    def bundles(self) -> Path:
        """Where payout bundles are written."""
        return self.settings.home / "bundles"

    @property
    def from_bank(self) -> Path:
        """Where the files that came from banks are kept."""
        return self.settings.home / "from_bank"

    def closing_desk(self) -> Desk:
        """What closing works with.

        Raises:
            Refused: `keys.none` where no CA has been made.
            Misused: `bank_profile.…` for a bank profile of ours that cannot be used.
        """
        path = self.keys_folder / CA
        if not path.exists():
            raise Refused(
                "keys.none",
                str(path),
                found="no CA certificate",
                expected="the keys that bundles are signed with",
                hint="`ledger keys init` makes them.",
            )
        ca = read_pem(path.read_bytes(), subject=str(path))
        settings = self.settings
        return Desk(
            self.ledger,
            self.rolls,
            self.bundles,
            ca,
            settings.unit_number,
            Payer(settings.payer_name, settings.payer_account),
            profiles_in_use(settings.banks_folder),
            self.funds if settings.funds_block else None,
            settings.townships_must_confirm,
        )

    def make_rehearsal_keys(self) -> None:
        """Makes the throw-away keys of a rehearsal, without passphrases, where there are none.

        Raises:
            Failed: `keys.disk`.
        """
        if not self.keys_folder.exists():
            init_keys(
                self.keys_folder, division=self.ledger.founding.division, rehearsal=True, passphrases=None,
                now=datetime.now(UTC), maker="REHEARSAL-MAKER", checker="REHEARSAL-CHECKER",
            )  # fmt: skip
        self.record_keys()

    def record_keys(self) -> int:
        """Records the certification of the keys that were made with the CA; how many were not recorded yet."""
        made = read_certificates(self.keys_folder)
        return record_certified(self.ledger, [made[role] for role in ROLES if role in made])

    def rehearsal_signers(self) -> dict[str, Signer]:
        """The throw-away keys of a rehearsal that may sign; none in a real ledger, where people sign."""
        if not self.ledger.founding.rehearsal:
            return {}
        found = {role: keys_in_use(self.ledger, role) for role in ROLES}
        return {
            role: signer_of(files[0], self.keys_folder, None, lambda _: "")
            for role, files in found.items()
            if files
        }

    def signer(self, role: str, name: str | None, address: str | None, secret: Secret) -> Signer:
        """Who signs as a role on this machine: with the key at an address, or where the settings or files say.

        Raises:
            Refused, Misused, Failed, IntegrityBroken: see `signing_key` and `signer_of`.
        """
        at = address or self.settings.signers.get(role)
        return signer_of(signing_key(self.ledger, role, name), self.keys_folder, at, secret)

    def divisions(self) -> list[str]:
        """The divisions that have cases, and the one the ledger was founded for."""
        self.rolls.views.catch_up()
        with self.ledger.datastore.get_connection() as conn:
            rows = conn.execute("SELECT DISTINCT division FROM case_file").fetchall()
        return sorted({self.ledger.founding.division, *(row["division"] for row in rows)})


def signing_keys(settings: Settings) -> Path:
    """The folder of the signing keys."""
    return settings.home / "keys" / "signing"


@contextmanager
def opened(
    settings: Settings, *, actor: str, on: date | None = None, create: bool = False
) -> Iterator[Installation]:
    """Opens an installation; with `create` its folder, master key, database and schema are made where missing.

    Raises:
        Failed: `database.…`, also where the server goes away inside; `embedded.…`, `keys.…`.
        Refused: `ledger.not_founded` where there is none and `create` is not given; `clock.real` for a day set in
            a real ledger.
    """
    if not create and not settings.master_key_file.exists():
        raise _not_founded(settings)
    if create:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_master_key(settings.master_key_file)
    keys = KeyRing(_read_master_key(settings.master_key_file))
    with _server(settings) as database, _loss_named(database):
        if create:
            _make_database(database)
        database.connect().close()  # says at once, and why, what the pool would wait half a minute for
        with open_ledger(database, keys, settings, actor=actor, on=on) as ledger:
            if create:
                migrate(ledger)
            elif not _has_schema(database):
                raise _not_founded(settings)
            else:
                ledger.require_own_clock()
            yield Installation(settings, ledger)


@contextmanager
def _loss_named(database: Database) -> Iterator[None]:
    """Turns the loss of the server, at whatever moment, into `database.unreachable`."""
    try:
        yield
    except (OperationalError, InterfaceError, psycopg.OperationalError) as error:
        raise unreachable(database, error) from error


@contextmanager
def open_ledger(
    database: Database, keys: KeyRing, settings: Settings, *, actor: str, on: date | None = None
) -> Iterator[Ledger]:
    """The application on a database, closed afterwards."""
    ledger = Ledger(
        database,
        keys,
        actor=actor,
        machine_clock=lambda: datetime.now(UTC),
        on=on,
        lock_timeout_s=settings.lock_timeout_s,
    )
    try:
        yield ledger
    finally:
        ledger.close()


def migrate(ledger: Ledger) -> None:
    """Makes every table that is missing; the one place that does, one process at a time."""
    recorder = ledger.recorder
    assert isinstance(recorder, CopyRecorder)
    with ledger.database.connect(autocommit=True) as conn:
        conn.execute("SELECT pg_advisory_lock(%s)", (_MIGRATION_LOCK,))
        recorder.create_table()
        conn.execute(files("ledger.store").joinpath("schema.sql").read_text())
        Views(ledger).create()


@contextmanager
def _server(settings: Settings) -> Iterator[Database]:
    if settings.database_url is not None:
        yield Database.parse(settings.database_url)
        return
    with embedded_server(settings.embedded_folder) as address:
        yield Database(address.conninfo(DBNAME))


def _make_database(database: Database) -> None:
    """The ledger's database in C collation: stream names sort as bytes."""
    name = str(database.parameters["dbname"])
    try:
        with psycopg.connect(database.conninfo):
            return
    except psycopg.OperationalError:
        pass
    try:
        with psycopg.connect(database.named("postgres").conninfo, autocommit=True) as conn:
            conn.execute(
                sql.SQL(
                    "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
                ).format(sql.Identifier(name))
            )
    except psycopg.errors.DuplicateDatabase:
        return
    except psycopg.Error as error:
        raise Failed(
            "database.not_made",
            f"database {name}",
            found=str(error).strip().splitlines()[0],
            expected="the right to create it, or a database made beforehand in UTF8 and C collation",
        ) from error


def _has_schema(database: Database) -> bool:
    with database.connect() as conn:
        row = conn.execute("SELECT to_regclass('ledger_events')").fetchone()
    return row is not None and row[0] is not None


def _make_master_key(path: Path) -> None:
    """Whole and on disk, or not at all: without it nothing that is sealed from now on could be read."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        return
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with disk_errors_named("keys.disk", path):
        sweep(fresh)
        write_flushed(fresh, secrets.token_hex(32).encode() + b"\n", mode=0o600)
        with suppress(FileExistsError):  # another process made it at the same time
            path.hardlink_to(fresh)
        fresh.unlink()
        flush_folder(path.parent)


def _read_master_key(path: Path) -> bytes:
    try:
        return bytes.fromhex(path.read_text().strip())
    except (OSError, ValueError) as error:
        raise Failed(
            "keys.master_unreadable",
            str(path),
            found=type(error).__name__,
            expected="the master key, 64 hexadecimal digits",
            hint="Without it nothing personal can be read: put back the copy kept outside this machine.",
        ) from None


def _not_founded(settings: Settings) -> Refused:
    return Refused(
        "ledger.not_founded",
        str(settings.home),
        found="no ledger",
        expected="a ledger made by `ledger init --division DIVISION`",
        hint="LEDGER_HOME names the folder of another one.",
    )
