"""Every event ever written stays readable: a line of each topic, decoded and encoded again, in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from examples import EXAMPLES
from golden import GoldenLine, mapper, read_golden

from ledger.domain.event import TOPICS
from ledger.domain.person import PRIVATE_PARTS, Sealed
from ledger.errors import IntegrityBroken

GOLDEN = read_golden()


def by_topic(line: GoldenLine) -> str:
    return line.topic


def test_every_topic_has_one_line_and_no_line_has_lost_its_topic() -> None:
    """A new event class: run scripts/golden_events.py. A topic is never renamed, and its class never removed."""
    assert Counter(line.topic for line in GOLDEN) == dict.fromkeys(TOPICS, 1)


@pytest.mark.parametrize("line", GOLDEN, ids=by_topic)
def test_a_golden_event_reads_and_is_written_the_same_way_again(line: GoldenLine) -> None:
    maps = mapper()
    kind = TOPICS[line.topic]
    event = maps._decoder(line.topic).decode(line.state_bytes)  # as written, before any upgrade
    assert type(event) is kind
    assert event.ref == f"{line.stream}@{line.version}"
    row = maps.to_stored_event(event)
    again = json.loads(row.state)
    if isinstance(event, Sealed):
        assert line.clear is not None
        assert json.loads(maps.read(line.stream, line.version, line.topic, line.state_bytes).private) == line.clear
        assert again.pop("private") != line.state["private"]
        assert again == {name: value for name, value in line.state.items() if name != "private"}
    else:
        assert row.state == line.state_bytes
    assert (row.topic, row.originator_id, row.originator_version) == (line.topic, line.stream, line.version)


@pytest.mark.parametrize("line", GOLDEN, ids=by_topic)
def test_a_field_nobody_knows_is_refused_not_dropped(line: GoldenLine) -> None:
    state = json.dumps(line.state | {"added_later": 1}).encode()
    with pytest.raises(IntegrityBroken, match=r"event\.unreadable"):
        mapper().read(line.stream, line.version, line.topic, state)


def test_examples_leave_no_field_of_any_event_out() -> None:
    for topic, event in EXAMPLES.items():
        written = json.loads(mapper().to_stored_event(event).state)
        assert set(written) == {field.name for field in msgspec.structs.fields(type(event))}, topic


def test_the_private_part_of_every_sealed_event_is_known() -> None:
    assert {kind for kind in TOPICS.values() if issubclass(kind, Sealed)} == PRIVATE_PARTS.keys()


def test_a_fresh_process_reads_all_of_them() -> None:
    """Only the store's mapper is imported: topics must not depend on what else a command happens to load."""
    program = (
        "import json, sys\n"
        "from ledger.store.mapper import EventMapper\n"
        "from ledger.store.sealing import KeyRing\n"
        "lines = [json.loads(line) for line in open(sys.argv[1], encoding='utf-8')]\n"
        "maps = EventMapper(KeyRing(bytes(32)))\n"
        "for n in lines:\n"
        "    maps.read(n['stream'], n['version'], n['topic'], json.dumps(n['state']).encode())\n"
        "print(len(lines))\n"
    )
    path = Path(__file__).with_name("events.jsonl")
    ran = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr) == (f"{len(GOLDEN)}\n", "")
