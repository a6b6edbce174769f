"""The recorder: the library's own cases, and what `append` adds: stamps, conditions, keys, one transaction."""

from __future__ import annotations

import importlib
import signal
import subprocess
import sys
import unittest
from datetime import UTC, datetime, timedelta
from typing import Any

import eventsourcing.cryptography
import psycopg
import pytest
from eventsourcing.persistence import ApplicationRecorder
from eventsourcing.postgres import PostgresDatastore

from ledger.application import Decision, Ledger
from ledger.domain.book import CommandDone, command_stream
from ledger.domain.event import UNSTAMPED
from ledger.domain.person import Described, Particulars, private
from ledger.store.database import Database
from ledger.store.embedded import ServerAddress
from ledger.store.recorder import Conflict, CopyRecorder, Unchanged
from projections.installation import Installation

# The library's cases import its other cipher, whose package is not ours; none of the cases used here has one.
sys.modules.setdefault("eventsourcing.cipher", eventsourcing.cryptography)
library = importlib.import_module("eventsourcing.tests.persistence")

NOON = datetime(2022, 6, 1, 4, tzinfo=UTC)
TICK = timedelta(microseconds=1)


class CopyRecorderCase(unittest.TestCase):
    """What the library's cases need: a recorder on a table of its own; every insert goes through COPY."""

    @pytest.fixture(autouse=True)
    def _on_the_server(self, server: ServerAddress, new_database: Any) -> None:
        self.server, self.new_database = server, new_database

    def setUp(self) -> None:
        at = Database(self.server.conninfo(self.new_database())).parameters
        self.datastore = PostgresDatastore(
            at["dbname"], at["host"], at["port"], at["user"], at["password"], pool_size=5, max_overflow=5
        )

    def tearDown(self) -> None:
        self.datastore.close()

    def create_recorder(self) -> ApplicationRecorder:
        recorder = CopyRecorder(self.datastore, events_table_name="stored_events")
        recorder.create_table()
        return recorder


class TestLibraryCases(CopyRecorderCase, library.ApplicationRecorderTestCase[Any]):
    """The library's contract of an application recorder."""


class TestLibraryOrder(CopyRecorderCase, library.NonInterleavingNotificationIDsBaseCase):
    """Two appends at once never share a stretch of the log."""

    insert_num = 10_000


def done(number: int, recorded_at: datetime = UNSTAMPED, version: int = 1) -> CommandDone:
    return CommandDone(
        originator_id=command_stream(f"k{number}"), originator_version=version, recorded_at=recorded_at,
        actor="test", content="", fact="",
    )  # fmt: skip


def described(code: str, version: int = 1, name: str = "张三") -> Described:
    return Described(
        originator_id=f"person/{code}", originator_version=version, actor="test", cause="test@1",
        private=private(Particulars(name=name)),
    )  # fmt: skip


def append(ledger: Ledger, *events: Any, at: datetime = NOON, divisions: tuple[str, ...] = (), **how: Any) -> Any:
    return ledger.append(Decision("test", list(events)), divisions, clock=lambda: at, **how)


def stamps(ledger: Ledger) -> list[datetime]:
    return [r.event.recorded_at for r in ledger.events_log.after(1, [CommandDone.TOPIC], limit=100)]


def test_no_two_appends_share_a_stamp_whatever_the_clock_says(installation: Installation) -> None:
    ledger = installation.ledger
    for number, at in enumerate([NOON, NOON, NOON - timedelta(days=400), NOON + timedelta(days=1)]):
        append(ledger, done(number), at=at)
    assert stamps(ledger) == [NOON, NOON + TICK, NOON + 2 * TICK, NOON + timedelta(days=1)]
    assert ledger.last_recorded_at() == NOON + timedelta(days=1)


def test_events_of_one_append_share_the_clock_s_moment(installation: Installation) -> None:
    append(installation.ledger, done(1), done(2), done(3))
    assert stamps(installation.ledger) == [NOON] * 3


def test_an_event_keeps_the_moment_it_brings_unless_that_goes_back(installation: Installation) -> None:
    ledger = installation.ledger
    day = timedelta(days=1)
    append(ledger, done(1, NOON), done(2, NOON + day), done(3, NOON - day), done(4), at=NOON + 2 * day)
    assert stamps(ledger) == [NOON, NOON + day, NOON + day, NOON + 2 * day]
    append(ledger, done(5, NOON), done(6, NOON + 3 * day), at=NOON)
    assert stamps(ledger)[4:] == [NOON + 2 * day + TICK, NOON + 3 * day]


def test_a_taken_version_is_a_conflict_and_nothing_of_the_append_stays(installation: Installation) -> None:
    ledger = installation.ledger
    append(ledger, done(1))
    end = ledger.events_log.end()
    with pytest.raises(Conflict):
        append(ledger, done(2), described("P1"), done(1), divisions=("520203",))
    assert ledger.events_log.end() == end
    assert ledger.events_log.version("command/k2") == 0
    with ledger.datastore.get_connection() as conn:
        assert conn.execute("SELECT 1 FROM person_key").fetchall() == []
        assert conn.execute("SELECT 1 FROM log_head WHERE division = '520203' AND position > 1").fetchall() == []
    append(ledger, done(2), described("P1"))
    assert [r.event.private for r in ledger.events_log.streams(["person/P1"])] == [private(Particulars("张三"))]


def test_unchanged_holds_until_something_comes_in_for_the_division(installation: Installation) -> None:
    ledger = installation.ledger
    read_at = append(ledger, done(1), divisions=("520203",)).last
    here = Unchanged(frozenset({"520203", "520200"}), read_at)
    append(ledger, done(2), divisions=("520221",), unchanged=here)
    append(ledger, done(3), divisions=("520200",), unchanged=here)
    with pytest.raises(Conflict):
        append(ledger, done(4), unchanged=here)
    assert ledger.events_log.version("command/k4") == 0


def test_keys_come_with_the_events_they_seal(installation: Installation) -> None:
    append(installation.ledger, described("P1"), described("P2"), described("P1", version=2))
    with installation.ledger.datastore.get_connection() as conn:
        rows = conn.execute("SELECT person, length(wrapped) AS n FROM person_key ORDER BY person").fetchall()
    assert [(row["person"], row["n"]) for row in rows] == [("P1", 60), ("P2", 60)]


def test_positions_of_an_append_are_contiguous(installation: Installation) -> None:
    events = [done(n) for n in range(50)]
    appended = append(installation.ledger, *events)
    found = installation.ledger.events_log.after(appended.first - 1, [CommandDone.TOPIC], limit=100)
    assert [r.position for r in found] == list(range(appended.first, appended.last + 1))
    assert [r.event for r in found] == events


def test_a_large_append_does_not_hang(installation: Installation) -> None:
    # The library's own insert stops for ever at a few megabytes; this one is 60.
    appended = append(installation.ledger, *(done(n) for n in range(300_000)))
    assert appended.last - appended.first + 1 == 300_000
    assert installation.ledger.events_log.end() == appended.last


MID_COPY = """
import sys, time
from datetime import UTC, datetime
from ledger.application import Decision, Ledger
from ledger.domain.book import CommandDone
from ledger.store.database import Database
from ledger.store.sealing import KeyRing

ledger = Ledger(Database(sys.argv[1]), KeyRing(bytes(32)), actor="x", machine_clock=lambda: datetime.now(UTC))
to_row = ledger.mapper.row

def dawdle(event):
    if event.originator_id == "command/k50000":
        print("copying", flush=True)
        time.sleep(60)
    return to_row(event)

ledger.mapper.row = dawdle
events = [
    CommandDone(originator_id=f"command/k{n}", originator_version=1, actor="x", content="", fact="")
    for n in range(100_000)
]
ledger.append(Decision("x", events), ())
"""


def test_nothing_is_to_be_seen_of_an_append_killed_in_mid_copy(installation: Installation) -> None:
    ledger = installation.ledger
    end = ledger.events_log.end()
    command = [sys.executable, "-c", MID_COPY, ledger.database.conninfo]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "copying\n"
        child.send_signal(signal.SIGKILL)
    appended = append(ledger, done(1))  # waits for the killed one's lock, which goes with its connection
    assert ledger.events_log.version("command/k0") == 0
    assert appended.last > end
    assert stamps(ledger) == [NOON]


def test_the_recorder_s_lock_keeps_out_plain_inserts_of_the_table(installation: Installation) -> None:
    ledger = installation.ledger

    def clock() -> datetime:
        with ledger.database.connect() as other:
            other.execute("SET lock_timeout = 50")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                other.execute("INSERT INTO ledger_events VALUES ('x', 1, 't', '')")
        return NOON

    ledger.append(Decision("x", [done(1)]), (), clock=clock)
    assert ledger.events_log.version("command/k1") == 1
