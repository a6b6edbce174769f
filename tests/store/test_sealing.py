"""Sealed fields: nothing personal lies in clear in the log, each field belongs to its event, erasing is final."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from village import FIRST, close, opening_files, record_files, replays, write_village

from ledger.application import Decision, Ledger
from ledger.domain.person import (
    ERASED,
    AccountRecorded,
    Described,
    Particulars,
    PersonFile,
    open_private,
    private,
)
from ledger.errors import Failed, IntegrityBroken, LedgerError
from ledger.intake.reading import read_facts
from ledger.recording import record
from ledger.store.database import Database
from ledger.store.embedded import embedded_server
from ledger.store.sealing import KeyRing
from projections.installation import Installation, open_ledger
from projections.throw_away import ThrowAwayLedgers
from projections.views import Views


@pytest.fixture(scope="module")
def village(ledgers: ThrowAwayLedgers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A village with two closed months; tests read it only."""
    paths = write_village(tmp_path_factory.mktemp("village"))
    with ledgers.fresh("520203") as installation:
        record_files(installation, opening_files(paths))
        close(installation, FIRST)
        record_files(installation, [path for path in paths if path.name.startswith("020")])
        close(installation, FIRST + 1)
        installation.facts = [json.loads(n) for p in paths[:4] for n in p.read_text().splitlines()]  # type: ignore[attr-defined]
        yield installation


PERSONAL = ("name", "id_number", "number", "holder", "birth_date", "reason", "category", "categories")


def personal(facts: list[dict[str, Any]]) -> set[str]:
    """Every personal value of some facts: names, numbers, accounts, categories of people, free-text reasons."""
    found: set[str] = set()

    def look(value: Any, key: str = "") -> None:
        if isinstance(value, dict):
            for name, part in value.items():
                look(part, name)
        elif isinstance(value, list):
            for part in value:
                look(part, key)
        elif key in PERSONAL:
            found.add(str(value))

    for fact in facts:
        public = {"top_up_rule": ("category",), "leave": ("reason",)}.get(fact["fact"], ())  # a rule; a fixed list
        look({key: value for key, value in fact.items() if key not in public})
    return found


def rows_of(ledger: Ledger, table: str) -> bytes:
    with ledger.database.connect() as conn, conn.cursor().copy(f"COPY {table} TO STDOUT") as copy:
        return b"".join(copy)


def in_clear(text: bytes, values: set[str]) -> set[str]:
    """The values that stand in a text: as UTF-8, as JSON escapes, as hex of a bytea column, or in base64."""
    runs = (match[: len(match) // 4 * 4] for match in re.findall(rb"[A-Za-z0-9+/]{16,}", text))
    opened = b"\n".join(map(base64.b64decode, runs))
    states = b"\n".join(bytes.fromhex(m.decode()) for m in re.findall(rb"\\\\x((?:[0-9a-f]{2})+)", text))
    everything = text + opened + states
    return {
        value for value in values if value.encode() in everything or json.dumps(value)[1:-1].encode() in everything
    }


def test_the_search_would_find_what_lies_in_clear() -> None:
    hidden = {"张三", "520203199001011234"}
    assert in_clear(b"\\\\x" + "张三".encode().hex().encode(), hidden) == {"张三"}
    assert in_clear(base64.b64encode(b'{"id_number":"520203199001011234"}'), hidden) == {"520203199001011234"}
    assert in_clear(json.dumps("张三").encode(), hidden) == {"张三"}


def test_no_table_but_the_person_view_holds_anything_personal_in_clear(village: Installation) -> None:
    ledger = village.ledger
    values = personal(village.facts)  # type: ignore[attr-defined]
    assert len(values) > 200
    assert {"serious_illness", "录入错误"} & values
    with ledger.database.connect() as conn:
        tables = [
            row[0] for row in conn.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = "
                                           "'public'::regnamespace ORDER BY 1")
        ]  # fmt: skip
    assert {"ledger_events", "person_key", "case_file", "payment"} < set(tables)
    # Rules are public, and name categories of people in clear.
    besides_rules = {"ledger_events": "(SELECT * FROM ledger_events WHERE originator_id NOT LIKE 'policy/%')"}
    found = {table: in_clear(rows_of(ledger, besides_rules.get(table, table)), values) for table in tables}
    assert found.pop("person_file")
    assert not any(found.values()), found
    with ledger.database.connect() as conn:
        states = conn.execute("SELECT state FROM ledger_events WHERE topic NOT LIKE 'policy.%'").fetchall()
    opened = b"\n".join(base64.b64decode(json.loads(row[0]).get("private", "")) for row in states)
    assert in_clear(b"\n".join(row[0] for row in states) + opened, values) == set()


def test_neither_the_server_s_log_nor_the_terminal_nor_an_error_shows_anything_personal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    paths = opening_files(write_village(tmp_path / "facts", households=12, months=1))
    facts = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
    said: list[str] = []
    with embedded_server(tmp_path / "server", durable=False) as address:
        ledgers = ThrowAwayLedgers(address.conninfo, tmp_path / "ledgers")
        with ledgers.fresh("520203") as installation:
            record_files(installation, paths)
            close(installation, FIRST)
            said += _errors(installation, facts, tmp_path)
        # The server has an error of ours in its log, whose DETAIL names the key of the row only.
        log = (tmp_path / "server" / "data" / "log").read_bytes()
    assert b"duplicate key" in log
    out, err = capfd.readouterr()
    values = personal(facts)
    assert len(said) == 4
    assert in_clear(log + "\n".join([*said, out, err]).encode(), values) == set()


def _errors(installation: Installation, facts: list[dict[str, Any]], folder: Path) -> Iterator[str]:
    """Refused facts that carry personal values, and a duplicate key in the server's log."""
    ledger = installation.ledger
    enrolled = next(fact for fact in facts if fact["fact"] == "enrol")
    member = enrolled["members"][0]
    taken = enrolled | {"case": "X1", "id": "x1"}
    wrong = {**taken, "members": [{**member, "person": "N1", "id_number": member["id_number"][:-1] + "?"}]}
    bad_account = {"fact": "account", "division": "520203", "person": member["person"],
                   "account": {"number": "6217-" + enrolled["account"]["number"], "holder": "王五"}}  # fmt: skip
    for number, fact in enumerate([taken, wrong, bad_account]):
        path = folder / f"bad{number}.jsonl"
        path.write_text(json.dumps(fact, ensure_ascii=False) + "\n")
        with pytest.raises(LedgerError) as caught:
            record(ledger, read_facts(path))
        yield str(caught.value)
    event = next(r.event for r in ledger.events_log.streams([f"person/{member['person']}"]))
    with pytest.raises(Exception, match="duplicate key") as conflict:
        ledger.append(Decision("x", [event]), ())
    yield str(conflict.value)


def test_the_wrong_master_key_is_refused_by_name(village: Installation) -> None:
    settings = village.settings
    with open_ledger(village.ledger.database, KeyRing(b"x" * 32), settings, actor="x") as other:
        assert other.founding.division == "520203"
        with pytest.raises(IntegrityBroken, match=r"keys\.master_wrong") as caught:
            list(other.events_log.below("person/"))
    assert "master.key" in caught.value.hint


def test_a_short_master_key_is_refused() -> None:
    with pytest.raises(Failed, match=r"keys\.master_malformed"):
        KeyRing(b"short")


def described(code: str, version: int, name: str) -> Described:
    return Described(
        originator_id=f"person/{code}", originator_version=version, actor="test", cause="test@1",
        private=private(Particulars(name=name)),
    )  # fmt: skip


def record_people(ledger: Ledger, *events: Any) -> None:
    ledger.append(Decision("test", list(events)), ())


def again(installation: Installation) -> Any:
    """The ledger as another process would open it, with the same master key."""
    ring = KeyRing(bytes(32))
    ring._master, ring._content_key = installation.ledger.keys._master, installation.ledger.keys._content_key
    return open_ledger(installation.ledger.database, ring, installation.settings, actor="other")


def change(database: Database, statement: str, *values: Any) -> None:
    with database.connect() as conn:
        conn.execute(statement, values)


@pytest.mark.parametrize("taken_from", ["person/P1@2", "person/P2@1"])
def test_a_field_moved_to_another_event_is_refused(installation: Installation, taken_from: str) -> None:
    ledger = installation.ledger
    record_people(ledger, described("P1", 1, "张三"), described("P1", 2, "李四"), described("P2", 1, "王五"))
    stream, version = taken_from.split("@")
    where = "originator_id = %s AND originator_version = %s"
    with ledger.database.connect() as conn:
        source = conn.execute(f"SELECT state FROM ledger_events WHERE {where}", (stream, version)).fetchone()
        target = conn.execute(f"SELECT state FROM ledger_events WHERE {where}", ("person/P1", 1)).fetchone()
    assert source is not None
    assert target is not None
    moved = json.loads(target[0]) | {"private": json.loads(source[0])["private"]}
    if stream == "person/P2":  # another's field, under this person's key id: nothing says it was erased
        box = bytearray(base64.b64decode(moved["private"]))
        box[:4] = base64.b64decode(json.loads(target[0])["private"])[:4]
        moved["private"] = base64.b64encode(bytes(box)).decode()
    change(ledger.database, f"UPDATE ledger_events SET state = %s WHERE {where}",
           json.dumps(moved).encode(), "person/P1", 1)  # fmt: skip
    with again(installation) as other, pytest.raises(IntegrityBroken, match=r"sealed\.broken: person/P1@1"):
        list(other.events_log.streams(["person/P1"]))


@pytest.mark.parametrize("changed", [b"{}", b"not json", b'{"unknown":1}'])
def test_a_row_that_is_no_event_is_refused_and_named(installation: Installation, changed: bytes) -> None:
    record_people(installation.ledger, described("P1", 1, "张三"))
    change(installation.ledger.database, "UPDATE ledger_events SET state = %s WHERE originator_id = 'person/P1'",
           changed)  # fmt: skip
    with pytest.raises(IntegrityBroken, match=r"event\.unreadable: person/P1@1"):
        list(installation.ledger.events_log.streams(["person/P1"]))


def test_a_row_under_another_stream_is_refused(installation: Installation) -> None:
    record_people(installation.ledger, described("P1", 1, "张三"))
    change(installation.ledger.database, "UPDATE ledger_events SET originator_id = 'person/P9' "
           "WHERE originator_id = 'person/P1'")  # fmt: skip
    with pytest.raises(IntegrityBroken, match=r"event\.unreadable: person/P9@1"):
        list(installation.ledger.events_log.streams(["person/P9"]))


def fold(ledger: Ledger, code: str) -> PersonFile:
    file = PersonFile(code)
    for recorded in ledger.events_log.streams([f"person/{code}"]):
        file = file.after(recorded)
    return file


def erase(ledger: Ledger, *codes: str) -> None:
    change(ledger.database, "DELETE FROM person_key WHERE person = ANY(%s)", list(codes))


def test_an_erased_person_reads_as_erased_and_what_comes_later_reads_as_it_is(installation: Installation) -> None:
    record_people(installation.ledger, described("P1", 1, "张三"), described("P2", 1, "王五"))
    erase(installation.ledger, "P1")
    with again(installation) as other:
        assert [r.event.private for r in other.events_log.streams(["person/P1"])] == [ERASED]
        assert fold(other, "P1") == PersonFile("P1", version=1, erased=True)
        assert fold(other, "P2").current.name == "王五"
        record_people(other, described("P1", 2, "李四"))
    with again(installation) as third:
        assert fold(third, "P1").current == Particulars(name="李四")
        assert fold(third, "P1").erased


def test_keys_another_process_made_are_found_by_one_that_looked_too_early(installation: Installation) -> None:
    ledger = installation.ledger
    assert list(ledger.events_log.streams(["person/P1"])) == []
    ledger.events_log.load_keys(["P1"])
    with again(installation) as other:
        record_people(other, described("P1", 1, "张三"))
    assert [open_private(r.event, Particulars).name for r in ledger.events_log.streams(["person/P1"])] == ["张三"]


def test_a_month_with_erased_people_still_replays_but_for_its_files(
    ledgers: ThrowAwayLedgers, tmp_path: Path
) -> None:
    """Their payouts are taken as issued, the digest proves the roll, files are held against signatures."""
    paths = opening_files(write_village(tmp_path, households=20, months=1))
    with ledgers.fresh("520203") as installation:
        record_files(installation, paths)
        close(installation, FIRST)
        before = list(replays(installation, FIRST))
        assert {(r.differences, r.erased) for r in before} == {((), ())}
        head, case = _somebody_paid(installation.ledger)
        erase(installation.ledger, head)
        with again(installation) as other:
            reader = Installation(installation.settings, other)
            after = list(replays(reader, FIRST))
            assert {r.differences for r in after} == {()}
            assert [(r.payouts, r.amount_fen, r.grain_g) for r in after] == [
                (r.payouts, r.amount_fen, r.grain_g) for r in before
            ]
            assert [code for r in after for code in r.erased] == [case]
            assert [r.files for r in after] == [
                () if now.erased else then.files for then, now in zip(before, after, strict=True)
            ]
            _a_changed_file_shows(reader, next(r.programme for r in after if r.erased))


def _somebody_paid(ledger: Ledger) -> tuple[str, str]:
    for recorded in ledger.events_log.below(f"payout/{FIRST}/520203/"):
        event: Any = recorded.event
        if event.account and fold(ledger, event.person).accounts:
            return event.person, event.case
    raise AssertionError("nobody is paid")


def _a_changed_file_shows(installation: Installation, programme: str) -> None:
    folder = installation.bundles / "520203" / str(FIRST) / programme
    with (folder / "payouts.txt").open("ab") as file:
        file.write(b"\n")
    (found,) = [r.differences for r in replays(installation, FIRST) if r.programme == programme]
    assert [difference.where.rpartition("/")[2] for difference in found] == ["payouts.txt"]


def test_views_fold_erased_people(ledgers: ThrowAwayLedgers, tmp_path: Path) -> None:
    paths = opening_files(write_village(tmp_path, households=10, months=1))
    with ledgers.fresh("520203") as installation:
        record_files(installation, paths)
        erase(installation.ledger, *_everybody(installation.ledger))
        with again(installation) as other:
            Views(other).catch_up()
            assert in_clear(rows_of(other, "person_file"), personal(
                [json.loads(line) for path in paths for line in path.read_text().splitlines()]
            )) == set()  # fmt: skip


def _everybody(ledger: Ledger) -> set[str]:
    return {
        r.event.originator_id.removeprefix("person/")
        for r in ledger.events_log.below("person/")
        if isinstance(r.event, Described | AccountRecorded)
    }
