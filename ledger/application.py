"""The ledger as an application: one short method a command, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from itertools import chain
from typing import Any

import msgspec
from eventsourcing.application import Application
from eventsourcing.persistence import Transcoder
from eventsourcing.utils import Environment

from ledger.domain.batch import Batch
from ledger.domain.book import STREAM, LedgerFounded
from ledger.domain.event import Event, Origin, Recorded
from ledger.domain.policy import PolicyFile
from ledger.domain.policy import stream as policy_stream
from ledger.entitlement.rule_book import RuleBook
from ledger.errors import Refused
from ledger.store.database import Database
from ledger.store.log import Log
from ledger.store.mapper import EventMapper, StructTranscoder
from ledger.store.recorder import Append, Appended, CopyRecorder, LedgerEventStore, Unchanged
from ledger.store.sealing import KeyRing
from ledger.values.identifiers import division_chain
from ledger.values.month import CHINA, Month, day_of

NOON = time(12)


class Decision(msgspec.Struct, frozen=True):
    """What one command decided, in one or many streams; saved whole in one transaction."""

    id: str
    events: Sequence[Event]
    following: Callable[[], Iterable[Event]] = tuple
    """Makes what follows the events, none of it a person's, one by one while they are appended."""

    def __iter__(self) -> Iterator[Event]:
        """The events, in the order they are appended."""
        return chain(self.events, self.following())


class Founding(msgspec.Struct, frozen=True):
    """How the ledger began."""

    division: str
    rehearsal: bool


class Ledger(Application[str]):
    """The event-sourced ledger of one database."""

    name = "ledger"

    def __init__(
        self,
        database: Database,
        keys: KeyRing,
        *,
        actor: str,
        machine_clock: Callable[[], datetime],
        on: date | None = None,
        lock_timeout_s: int = 60,
    ) -> None:
        """`machine_clock` tells UTC; `on` sets a rehearsal's clock to noon of a day."""
        self.database = database
        self.keys = keys
        self.actor = actor
        self._machine_clock = machine_clock
        self._on = on
        settings = database.library_env(lock_timeout_s=lock_timeout_s)
        super().__init__({**settings, "PERSISTENCE_MODULE": "ledger.store.recorder:CopyFactory"})
        pool = self._recorder.datastore.pool
        assert isinstance(pool.kwargs, dict)
        pool.kwargs.update(database.other_parameters)
        mapper = self.mapper
        assert isinstance(mapper, EventMapper)
        self.events_log = Log(self._recorder.datastore, mapper)
        self._founding: Founding | None = None

    def construct_env(self, name: str, env: Any = None) -> Environment:
        """The library's settings are ours alone: a stray variable of the shell changes nothing."""
        return Environment(name, dict(env or {}))

    def construct_mapper(self) -> EventMapper:
        """Maps with the key ring of this process."""
        return EventMapper(self.keys)

    def construct_transcoder(self) -> Transcoder:
        """The transcoder of event structs."""
        return StructTranscoder()

    def construct_event_store(self) -> LedgerEventStore:
        """The event store that maps while it copies."""
        return LedgerEventStore(self.mapper, self.recorder)

    @property
    def _recorder(self) -> CopyRecorder:
        recorder = self.recorder
        assert isinstance(recorder, CopyRecorder)
        return recorder

    @property
    def datastore(self) -> Any:
        """The library's connection pool, which views share."""
        return self._recorder.datastore

    @property
    def founding(self) -> Founding:
        """How the ledger began.

        Raises:
            Refused: `ledger.not_founded` where `ledger init` has not been run.
        """
        if self._founding is None:
            first = next(self.events_log.streams([STREAM]), None)
            if first is None:
                raise Refused(
                    "ledger.not_founded",
                    "this installation",
                    found="no ledger",
                    expected="a ledger made by `ledger init --division DIVISION`",
                )
            assert isinstance(first.event, LedgerFounded)
            self._founding = Founding(first.event.division, first.event.rehearsal)
        return self._founding

    def found(self, division: str, *, rehearsal: bool) -> bool:
        """Begins the ledger; False where it has begun in the same way already.

        Raises:
            Refused: `ledger.founded_otherwise`; `clock.real` for a real ledger on a day set.
        """
        if self._on is not None and not rehearsal:
            raise _real_clock("--on")
        if self.events_log.version(STREAM):
            if self.founding != Founding(division, rehearsal):
                kind = "rehearsal" if self.founding.rehearsal else "real"
                raise Refused(
                    "ledger.founded_otherwise",
                    "this installation",
                    found=f"a {kind} ledger of {self.founding.division}",
                    expected="an empty installation",
                    hint="Use another LEDGER_HOME.",
                )
            return False
        event = LedgerFounded(
            originator_id=STREAM, originator_version=1, actor=self.actor, division=division, rehearsal=rehearsal
        )
        moment = self._rehearsal_start() if rehearsal else self._machine_clock()
        self.append(Decision(STREAM, [event]), frozenset({division}), clock=lambda: moment)
        return True

    def _rehearsal_start(self) -> datetime:
        return noon(self._on) if self._on else datetime(2000, 1, 1, tzinfo=UTC)

    def now(self, *, not_before: date | None = None) -> datetime:
        """The ledger's time: the machine's, or in a rehearsal the day set, else where its clock stands.

        A rehearsal's clock stands at the last event; without a day set it moves just as far as a command needs
        (`not_before`). It never goes back.

        Raises:
            Refused: `clock.real` for a day set in a real ledger, `clock.goes_back`.
        """
        self.require_own_clock()
        if not self.founding.rehearsal:
            return self._machine_clock()
        if self._on is not None:
            return self.rehearsal_moment(self._on)
        stands = self.last_recorded_at()
        return max(stands, noon(not_before)) if not_before else stands

    def require_own_clock(self) -> None:
        """Refuses a day set for a real ledger, also where the command would not ask for the time.

        Raises:
            Refused: `clock.real`.
        """
        if self._on is not None and not self.founding.rehearsal:
            raise _real_clock("--on")

    def set_rehearsal_day(self, day: date) -> None:
        """Sets a rehearsal's clock to a day, as `--on` does for a command.

        Raises:
            Refused: `clock.real` in a real ledger, `clock.goes_back`.
        """
        self.rehearsal_moment(day)
        self._on = day

    def clear_rehearsal_day(self) -> None:
        """Lets a rehearsal's clock stand where it is, to be moved by what comes."""
        self._on = None

    def rehearsal_moment(self, day: date) -> datetime:
        """Noon of a day in a rehearsal, or the moment the clock stands at where that is later on the day.

        Raises:
            Refused: `clock.real` in a real ledger, `clock.goes_back` for a day before the last event's.
        """
        if not self.founding.rehearsal:
            raise _real_clock("recorded_on")
        stands = self.last_recorded_at()
        if day < day_of(stands):
            raise Refused(
                "clock.goes_back",
                str(day),
                found=f"something recorded on {day_of(stands)} already",
                expected="a day not before it",
            )
        return max(noon(day), stands)

    def last_recorded_at(self) -> datetime:
        """When the last event became known."""
        with self.datastore.get_connection() as conn:
            row = conn.execute("SELECT recorded_at FROM log_head WHERE division = '*'").fetchone()
        return row["recorded_at"].astimezone(UTC) if row else datetime(2000, 1, 1, tzinfo=UTC)

    def append(
        self,
        decision: Decision,
        divisions: Iterable[str],
        *,
        clock: Callable[[], datetime] | None = None,
        unchanged: Unchanged | None = None,
    ) -> Appended:
        """Saves a decision whole, in one transaction (see `CopyRecorder.append` for what it raises)."""
        persons = [e.originator_id for e in decision.events if e.originator_id.startswith("person/")]
        self.events_log.load_keys(name.removeprefix("person/") for name in persons)
        how = Append(clock or self.now, frozenset(divisions), unchanged)
        # Not the library's save(), which handles each event three times before the first is written.
        store: Any = self.events
        appended = store.put(decision, append=how)
        assert isinstance(appended, Appended)
        return appended

    def origin(self, *, command_id: str | None = None, correlation: str | None = None) -> Origin:
        """The header of events this process makes."""
        return Origin(self.actor, command_id, correlation)

    def batch(self, division: str, month: Month, programme: str) -> Batch:
        """A batch as it stands."""
        batch = Batch(division, month, programme)
        for recorded in self.events_log.streams([batch.id]):
            batch = batch.after(recorded)
        return batch

    def batches(self, division: str, *, before: int | None = None) -> dict[str, dict[Month, Batch]]:
        """All batches of a division, by programme and month."""
        found: dict[str, dict[Month, Batch]] = {}
        for recorded in self.events_log.below(f"batch/{division}/", before=before):
            _, _, month_text, programme = recorded.event.originator_id.split("/")
            months, month = found.setdefault(programme, {}), Month.parse(month_text)
            months[month] = (months.get(month) or Batch(division, month, programme)).after(recorded)
        return found

    def rule_book(self, division: str, *, before: int | None = None, planned: Sequence[Event] = ()) -> RuleBook:
        """The policy of a division as known at a log position (None: now), with the closes known then.

        `planned` events of policy streams count as known after all of them: what recording them would do.
        """
        policies = {name: PolicyFile(name) for name in division_chain(division)}
        for recorded in self.events_log.streams(map(policy_stream, policies), before=before):
            name = recorded.event.originator_id.split("/")[1]
            policies[name] = policies[name].after(recorded)
        after_all = self.events_log.end()
        for number, event in enumerate(planned, 1):
            name = event.originator_id.removeprefix("policy/")
            if event.originator_id.startswith("policy/") and name in policies:
                policies[name] = policies[name].after(Recorded(after_all + number, event))
        closes = {
            programme: {m: b.frozen_at for m, b in months.items() if b.closed and b.frozen_at is not None}
            for programme, months in self.batches(division, before=before).items()
        }
        return RuleBook(policies.values(), closes)

    def history(self, stream: str) -> list[Recorded]:
        """The events of one stream."""
        return list(self.events_log.streams([stream]))


def noon(day: date) -> datetime:
    """Noon of a day in China Standard Time, as UTC."""
    return datetime.combine(day, NOON, CHINA).astimezone(UTC)


def _real_clock(subject: str) -> Refused:
    return Refused(
        "clock.real",
        subject,
        found="a real ledger",
        expected="a rehearsal ledger: the clock of a real one is the machine's, and nobody sets it",
    )
