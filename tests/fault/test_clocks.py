"""A rehearsal's clock can be set and never goes back; a real ledger's is the machine's, and nobody sets it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from crashes import Ran, Village, state
from village import DIVISION

from ledger.store.embedded import ServerAddress

Make = Callable[..., Village]


@pytest.fixture
def make(server: ServerAddress, new_database: Callable[..., str], tmp_path: Path) -> Make:
    """Makes a ledger with the commands."""

    def made(name: str, *, rehearsal: bool, on: str | None = None) -> Village:
        village = Village(tmp_path / name, [], 0, server.conninfo(new_database()))
        setting = ["--on", on] if on else []
        village.done([*setting, "init", "--division", DIVISION, *(["--rehearsal"] if rehearsal else [])])
        return village

    return made


def rule(folder: Path, name: str, amount: str, recorded_on: str | None = None) -> str:
    fact = {"fact": "standard", "programme": "dibao_urban", "amount": amount, "per": "month", "from": "2022-01"}
    dated = {"recorded_on": recorded_on} if recorded_on else {}
    path = folder / f"{name}.jsonl"
    path.write_text(json.dumps(fact | dated) + "\n")
    return str(path)


def record(village: Village, path: str, *, on: str | None = None) -> Ran:
    return village.run([*(["--on", on] if on else []), "record", path, "--yes"])


def recorded_days(village: Village) -> list[date]:
    with village.opened() as installation:
        rules: list[Any] = installation.ledger.history(f"policy/{DIVISION}")
        return [recorded.event.recorded_on for recorded in rules]


def test_a_rehearsal_s_clock_stands_at_the_last_day_set_and_never_goes_back(make: Make, tmp_path: Path) -> None:
    village = make("rehearsal", rehearsal=True, on="2022-05-01")
    assert record(village, rule(tmp_path, "a", "600.00"), on="2022-05-20").status == 0
    assert record(village, rule(tmp_path, "b", "610.00")).status == 0
    before = state(village)
    back = record(village, rule(tmp_path, "c", "620.00"), on="2022-05-19")
    assert back.status == 3
    assert "clock.goes_back: 2022-05-19" in back.err
    dated = record(village, rule(tmp_path, "d", "630.00", "2022-05-19"))
    assert (dated.status, "clock.goes_back" in dated.err) == (3, True)
    assert state(village) == before
    assert recorded_days(village) == [date(2022, 5, 20), date(2022, 5, 20)]


def test_two_rehearsals_have_clocks_of_their_own(make: Make, tmp_path: Path) -> None:
    early, late = (make(name, rehearsal=True, on="2022-01-01") for name in ("early", "late"))
    assert record(late, rule(tmp_path, "late", "600.00"), on="2023-01-10").status == 0
    assert record(early, rule(tmp_path, "early", "600.00"), on="2022-02-10").status == 0
    assert (recorded_days(early), recorded_days(late)) == ([date(2022, 2, 10)], [date(2023, 1, 10)])


def test_a_file_of_several_days_is_one_transaction_with_growing_stamps(make: Make, tmp_path: Path) -> None:
    village = make("rehearsal", rehearsal=True, on="2022-01-01")
    path = tmp_path / "days.jsonl"
    days = ["2022-05-03", "2022-05-03", "2022-06-01", "2022-07-15"]
    lines = [Path(rule(tmp_path, f"l{n}", f"{600 + n}.00", day)).read_text() for n, day in enumerate(days)]
    path.write_text("".join(lines))
    assert record(village, str(path)).status == 0
    assert [str(day) for day in recorded_days(village)] == days
    with village.opened() as installation:
        ledger = installation.ledger
        (intake,) = ledger.events_log.below("intake/")
        assert str(intake.event.recorded_on) == "2022-07-15"
        for day, known in (("2022-05-02", 0), ("2022-05-03", 2), ("2022-06-30", 3), ("2022-07-15", 4)):
            end = ledger.events_log.end_by(datetime.fromisoformat(f"{day}T16:00:00+00:00"))
            assert len(list(ledger.events_log.streams([f"policy/{DIVISION}"], before=end + 1))) == known
    swapped = tmp_path / "swapped.jsonl"
    swapped.write_text("".join(reversed([line.replace("2022", "2023") for line in lines])))
    refused = record(village, str(swapped))
    assert (refused.status, "clock.goes_back" in refused.err, "line 2" in refused.err) == (3, True, True)


def test_a_real_ledger_refuses_a_day_set_and_a_dated_fact(make: Make, tmp_path: Path) -> None:
    village = make("real", rehearsal=False)
    before = state(village)
    for ran in (
        record(village, rule(tmp_path, "a", "600.00"), on="2022-05-20"),
        record(village, rule(tmp_path, "b", "600.00", "2022-05-20")),
        village.run(["--on", "2022-05-20", "close-month", "2022-05", "--yes"]),
    ):
        assert (ran.status, "clock.real" in ran.err) == (3, True), ran.err
    assert state(village) == before
    assert record(village, rule(tmp_path, "c", "600.00")).status == 0
    with village.opened() as installation:
        (known,) = installation.ledger.history(f"policy/{DIVISION}")
        assert abs((datetime.now(UTC) - known.event.recorded_at).total_seconds()) < 120


def test_a_real_ledger_cannot_be_founded_on_a_day_set(
    server: ServerAddress, new_database: Callable[..., str], tmp_path: Path
) -> None:
    village = Village(tmp_path / "real", [], 0, server.conninfo(new_database()))
    ran = village.run(["--on", "2022-05-20", "init", "--division", DIVISION])
    assert (ran.status, "clock.real" in ran.err) == (3, True), ran.err


def test_a_rehearsal_never_becomes_a_real_ledger(make: Make) -> None:
    village = make("rehearsal", rehearsal=True)
    ran = village.run(["init", "--division", DIVISION])
    assert (ran.status, "ledger.founded_otherwise" in ran.err) == (3, True)
