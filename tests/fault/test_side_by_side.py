"""Two processes at once: one close, one recording, one case a person; never a deadlock, never a stack trace."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from crashes import Ran, Village, close_command, require_whole, state, villages_files
from village import DIVISION, FIRST, record_files, replays

from ledger.closing.order import PROGRAMMES
from ledger.closing.steps import advance, approve, bundle, freeze
from ledger.domain.case import DIBAO_RURAL, DIBAO_URBAN
from ledger.errors import Refused
from ledger.intake.reading import read_facts
from ledger.recording import execute, plan, record
from ledger.store.database import Database
from ledger.store.embedded import ServerAddress
from ledger.store.recorder import Conflict
from projections.installation import Installation
from projections.throw_away import ThrowAwayLedgers


@pytest.fixture(scope="module")
def recorded(
    server: ServerAddress, new_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Village:
    """A village on the run's server, opening files recorded."""
    folder = tmp_path_factory.mktemp("recorded")
    files = villages_files(folder / "facts", households=40)
    village = Village(folder / "home", files, 1, server.conninfo(new_database()))
    for command in village.commands[:-2]:
        village.done(command)
    return village


@pytest.fixture
def founded(recorded: Village, clone: Callable[[Village], Village]) -> Village:
    """That village, for one test."""
    return clone(recorded)


def at_once(village: Village, *commands: list[str]) -> list[Ran]:
    """Commands run at the same time, each in a process of its own."""
    processes = [village.start(command) for command in commands]
    ended = [process.communicate(timeout=120) for process in processes]
    deadlocks = Database(village.database or "").connect()
    with deadlocks as conn:
        found = conn.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    assert found == (0,)
    return [Ran(p.returncode, *said) for p, said in zip(processes, ended, strict=True)]


def test_two_close_the_same_month_at_once(founded: Village) -> None:
    both = at_once(founded, close_command(FIRST), close_command(FIRST))
    assert [ran.status for ran in both] == [0, 0], [ran.err for ran in both]
    assert json.loads(both[0].out) == json.loads(both[1].out)
    closed = state(founded)["events"]
    assert closed["batch.closed"] == closed["batch.frozen"] == len(PROGRAMMES)
    require_whole(founded, 1)
    assert "closed already" in founded.done(close_command(FIRST)).err


def test_two_record_the_same_file_at_once(founded: Village) -> None:
    founded.done(close_command(FIRST))
    changes = founded.files[-1]
    both = at_once(founded, *[["record", str(changes), "--yes", "--output", "json"]] * 2)
    assert [ran.status for ran in both] == [0, 0], [ran.err for ran in both]
    told = [json.loads(ran.out) for ran in both]
    assert sorted(one["already"] for one in told) == [False, True]
    recorded = state(founded)["events"]
    assert recorded["intake.recorded"] == len(founded.files)


def test_a_file_recorded_while_its_month_is_closed_belongs_to_this_close_or_the_next(founded: Village) -> None:
    changes = founded.files[-1]
    closing, recording = at_once(founded, close_command(FIRST), ["record", str(changes), "--yes"])
    assert (closing.status, recording.status) == (0, 0), closing.err + recording.err
    founded.done(close_command(FIRST + 1))
    require_whole(founded, 2)


def write(path: Path, *facts: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(fact, ensure_ascii=False) + "\n" for fact in facts), "utf-8")
    return path


def enrolment(case: str, person: str, programme: str = DIBAO_URBAN) -> dict[str, Any]:
    return {"fact": "enrol", "case": case, "programme": programme, "confirmed_on": "2022-05-10", "head": person,
            "members": [{"person": person, "name": "王五", "relation": "01"}],
            "income": {"amount": "0.00", "per": "month"}, "recorded_on": "2022-05-28"}  # fmt: skip


def test_two_insure_one_person_in_two_cases_at_once(founded: Village, tmp_path: Path) -> None:
    files = [write(tmp_path / f"{case}.jsonl", enrolment(case, "P1")) for case in ("C1", "C2")]
    both = at_once(founded, *(["record", str(file), "--yes"] for file in files))
    assert sorted(ran.status for ran in both) == [0, 3], [ran.err for ran in both]
    (refused,) = [ran for ran in both if ran.status]
    assert "person.insured_twice" in refused.err
    assert state(founded)["events"]["person.insured"] == len(
        {m["person"] for f in _enrolled(founded) for m in f["members"] if m.get("insured", True)}
    ) + 1  # fmt: skip


def _enrolled(village: Village) -> Iterator[dict[str, Any]]:
    for line in village.files[1].read_text("utf-8").splitlines():
        yield json.loads(line)


@pytest.fixture(scope="module")
def ledgers(server: ServerAddress, tmp_path_factory: pytest.TempPathFactory) -> ThrowAwayLedgers:
    """Fresh ledgers in this process, for interleavings step by step."""
    folder = tmp_path_factory.mktemp("ledgers")
    return ThrowAwayLedgers(server.conninfo, folder, label=f"side_{folder.parent.name.replace('-', '_')}")


STANDARD = {"fact": "standard", "programme": DIBAO_URBAN, "amount": "600.00", "per": "month", "from": "2022-01",
            "recorded_on": "2022-05-20"}  # fmt: skip


@pytest.fixture
def two(ledgers: ThrowAwayLedgers, tmp_path: Path) -> Iterator[tuple[Installation, Installation]]:
    """One ledger, opened twice, with a standard and one case."""
    from projections.installation import open_ledger

    with ledgers.fresh(DIVISION) as one:
        record_files(one, [write(tmp_path / "begin.jsonl", STANDARD, enrolment("C1", "P1"))])
        with open_ledger(one.ledger.database, ledgers._ring(), one.settings, actor="another") as other:
            yield one, Installation(one.settings, other)


def test_two_months_of_a_programme_are_never_open_at_once(two: tuple[Installation, Installation]) -> None:
    """On a new ledger either may be first; both at once would pay the earlier month twice."""
    start = Barrier(2)

    def run(installation: Installation, number: int) -> str:
        start.wait()
        try:
            advance(
                installation.closing_desk(),
                DIVISION,
                FIRST + number,
                DIBAO_URBAN,
                installation.rehearsal_signers(),
            )
        except Refused as refused:
            return refused.code
        return "closed"

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(run, two, (0, 1)))
    assert "closed" in ends
    assert set(ends) <= {"closed", "close.out_of_order"}
    paid = [r.event for r in two[0].ledger.events_log.below("payout/")]
    owed = [line.for_month for p in paid for line in p.lines]
    assert len(owed) == len(set(owed))


def test_a_freeze_planned_before_another_month_s_is_a_conflict(
    two: tuple[Installation, Installation], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    roll = one.rolls.roll

    def overtaken(*args: Any) -> Any:
        monkeypatch.setattr(one.rolls, "roll", roll)
        freeze(other.closing_desk(), DIVISION, FIRST + 1, DIBAO_URBAN)
        return roll(*args)

    monkeypatch.setattr(one.rolls, "roll", overtaken)
    with pytest.raises(Refused, match=r"close\.out_of_order"):
        freeze(one.closing_desk(), DIVISION, FIRST, DIBAO_URBAN)


def test_a_bundle_overtaken_by_a_new_freeze_does_not_overwrite_the_recorded_one(
    two: tuple[Installation, Installation], tmp_path: Path
) -> None:
    one, other = two
    desk, theirs = one.closing_desk(), other.closing_desk()
    stale = freeze(desk, DIVISION, FIRST, DIBAO_URBAN)
    record_files(other, [write(tmp_path / "more.jsonl", enrolment("C2", "P2"))])
    bundle(theirs, freeze(theirs, DIVISION, FIRST, DIBAO_URBAN))
    recorded = bundle(desk, stale)
    assert recorded.sums == (desk.folder(stale) / "SHA256SUMS").read_text()
    closed = advance(desk, DIVISION, FIRST, DIBAO_URBAN, one.rehearsal_signers())
    assert closed.closed is not None
    assert closed.closed.totals.payouts == 2
    assert [r.differences for r in replays(one, FIRST, (DIBAO_URBAN,))] == [()]


def test_an_approval_overtaken_by_a_new_freeze_is_not_put_beside_the_new_bundle(
    two: tuple[Installation, Installation], tmp_path: Path
) -> None:
    one, other = two
    desk = one.closing_desk()
    batch = bundle(desk, freeze(desk, DIVISION, FIRST, DIBAO_URBAN))
    signer = one.rehearsal_signers()["maker"]
    record_files(other, [write(tmp_path / "more.jsonl", enrolment("C2", "P2"))])
    again = bundle(other.closing_desk(), freeze(other.closing_desk(), DIVISION, FIRST, DIBAO_URBAN))
    with pytest.raises(Conflict):
        approve(desk, batch, "maker", signer.sign((batch.sums or "").encode()), signer.certificate)
    assert not (desk.folder(again) / "SHA256SUMS.maker.p7s").exists()


@pytest.mark.parametrize("fact", [
    {"fact": "void", "of": "c1", "reason": "录入错误"},
    {"fact": "opening", "month": "2022-06", "programme": DIBAO_URBAN},
])  # fmt: skip
def test_what_a_close_forbids_is_refused_also_when_planned_before_it(
    two: tuple[Installation, Installation], tmp_path: Path, fact: dict[str, Any]
) -> None:
    one, other = two
    record_files(one, [write(tmp_path / "c1.jsonl", enrolment("C3", "P3") | {"id": "c1"})])
    file = read_facts(write(tmp_path / "late.jsonl", fact | {"division": DIVISION}))
    planned = plan(one.ledger, file)
    advance(other.closing_desk(), DIVISION, FIRST, DIBAO_URBAN, other.rehearsal_signers())
    with pytest.raises(Conflict):
        execute(one.ledger, planned)
    with pytest.raises(Refused):
        record(one.ledger, file)


def test_a_roll_frozen_again_unchanged_leaves_open_what_became_known_between(
    two: tuple[Installation, Installation], tmp_path: Path
) -> None:
    """A held case is in no roll: owing it more freezes to the same digest, and is owed all the same."""
    one, _ = two
    desk, signers = one.closing_desk(), one.rehearsal_signers()
    advance(desk, DIVISION, FIRST, DIBAO_URBAN, signers)
    day = {"division": DIVISION, "case": "C2", "recorded_on": "2022-06-20"}
    enrolled = enrolment("C2", "P2") | {"recorded_on": "2022-06-20", "confirmed_on": "2022-06-20"}
    record_files(one, [
        write(tmp_path / "1.jsonl", enrolled,
              day | {"fact": "hold", "decided_on": "2022-06-20", "reason": "核查"}),
    ])  # fmt: skip
    first = freeze(desk, DIVISION, FIRST + 1, DIBAO_URBAN)
    record_files(one, [
        write(tmp_path / "2.jsonl", day | {"fact": "correct", "confirmed_on": "2022-05-10"}),
    ])  # fmt: skip
    second = freeze(desk, DIVISION, FIRST + 1, DIBAO_URBAN)
    assert first.frozen is not None
    assert second.frozen is not None
    assert first.frozen.roll_digest == second.frozen.roll_digest
    advance(desk, DIVISION, FIRST + 1, DIBAO_URBAN, signers)
    record_files(one, [
        write(tmp_path / "3.jsonl", day | {"fact": "release", "decided_on": "2022-07-20", "reason": "无误",
                                           "recorded_on": "2022-07-20"}),
    ])  # fmt: skip
    advance(desk, DIVISION, FIRST + 2, DIBAO_URBAN, signers)
    (paid,) = [r.event for r in one.ledger.events_log.below(f"payout/{FIRST + 2}/{DIVISION}/C2/")]
    assert sorted(line.for_month.text for line in paid.lines) == ["2022-06", "2022-07", "2022-08"]
    assert [r.differences for r in replays(one, FIRST + 2, (DIBAO_URBAN,))] == [()]


def test_other_programmes_close_at_the_same_time(founded: Village) -> None:
    both = at_once(
        founded,
        *([*close_command(FIRST), "--programme", programme] for programme in (DIBAO_URBAN, DIBAO_RURAL)),
    )
    assert [ran.status for ran in both] == [0, 0], [ran.err for ran in both]
    founded.done(close_command(FIRST))  # the programmes that are left
    require_whole(founded, 1)
