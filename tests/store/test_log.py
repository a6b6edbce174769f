"""Reading the log page by page: all of it once, in order, whatever a page cuts in two."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ledger.application import Decision
from ledger.domain.book import CommandDone
from ledger.domain.event import UNSTAMPED
from ledger.store import log
from projections.installation import Installation

NOON = datetime(2022, 6, 1, 4, tzinfo=UTC)
STREAMS = {"command/a": 5, "command/b": 1, "command/c": 7}


def done(stream: str, version: int) -> CommandDone:
    return CommandDone(
        originator_id=stream, originator_version=version, recorded_at=UNSTAMPED, actor="test", content="", fact="",
    )  # fmt: skip


@pytest.fixture
def written(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """Three streams, their events interleaved, beside streams whose names come just before and after."""
    monkeypatch.setattr(log, "_CHUNK", 3)
    append(installation, done("comma/z", 1), done("command0", 1))
    for version in range(1, 8):
        append(installation, *(done(name, version) for name, count in STREAMS.items() if version <= count))
    return installation


def append(installation: Installation, *events: CommandDone) -> None:
    installation.ledger.append(Decision("test", list(events)), (), clock=lambda: NOON)


def refs(found: object) -> list[str]:
    return [recorded.event.ref for recorded in found]  # type: ignore[attr-defined]


ALL = [f"{name}@{version}" for name, count in STREAMS.items() for version in range(1, count + 1)]


def test_streams_below_a_prefix_come_whole_and_once_though_pages_cut_them(written: Installation) -> None:
    assert refs(written.ledger.events_log.below("command/")) == ALL
    assert refs(written.ledger.events_log.below("command/c/")) == []


def test_what_comes_before_a_position_is_all_that_is_read(written: Installation) -> None:
    events_log = written.ledger.events_log
    first = list(events_log.below("command/"))[6].position
    before = list(events_log.below("command/", before=first))
    assert before
    assert refs(before) == [r.event.ref for r in events_log.below("command/") if r.position < first]


def test_what_is_appended_while_it_is_read_is_left_out(written: Installation) -> None:
    reading = written.ledger.events_log.below("command/")
    first = next(reading).event.ref
    append(written, done("command/c", 8), done("command/d", 1))
    assert [first, *refs(reading)] == ALL
    assert refs(written.ledger.events_log.below("command/")) == [*ALL, "command/c@8", "command/d@1"]


def test_topics_come_in_the_order_of_the_log_up_to_a_position(written: Installation) -> None:
    events_log = written.ledger.events_log
    found = list(events_log.of_topics([CommandDone.TOPIC], before=events_log.end()))
    assert len(found) == len(ALL) + 2 - 1
    assert [r.position for r in found] == sorted(r.position for r in found)
    assert found[-1].position < events_log.end()


def test_no_connection_is_kept_by_a_reading_that_pauses(written: Installation) -> None:
    readings = [written.ledger.events_log.below("command/") for _ in range(30)]
    assert {next(reading).event.ref for reading in readings} == {ALL[0]}
