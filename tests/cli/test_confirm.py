"""Townships confirm their parts of a frozen roll: by digest, for one freeze only, and nobody signs before them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import CommandLine, enrol, standard

EAST, WEST = "520203101", "520203102"


@pytest.fixture(scope="module")
def county(make_installation: Callable[..., CommandLine]) -> CommandLine:
    """Two townships and a case without a village; the county has its townships confirm."""
    ledger = make_installation("--rehearsal")
    (ledger.home / "ledger.toml").write_text('townships_must_confirm = ["520203"]\n')
    facts = ledger.facts(
        "a.jsonl", {"fact": "opening", "month": "2022-06"}, standard(),
        enrol("C1", "P1", "2022-05-10", village=f"{EAST}201"),
        enrol("C2", "P2", "2022-05-10", village=f"{EAST}202", income={"amount": "1200.00", "per": "year"}),
        enrol("C3", "P3", "2022-05-10", village=f"{WEST}201"),
        enrol("C4", "P4", "2022-05-10", village="大山村"),
    )  # fmt: skip
    ran = ledger("record", facts, "--yes")
    assert ran.code == 0, ran.err
    return ledger


def parts(ledger: CommandLine) -> dict[str | None, dict[str, Any]]:
    ran = ledger("confirm", "2022-06", "--list", "--output", "json")
    assert ran.code == 0, ran.err
    return {row["township"]: row for row in ran.json}


def state(ledger: CommandLine, *options: str) -> str:
    ran = ledger("close-month", "2022-06", *options, "--yes", "--output", "json")
    assert ran.code == 0, ran.err
    return next(batch["state"] for batch in ran.json["batches"] if batch["programme"] == "dibao_rural")


def before_the_freeze_there_is_nothing_to_confirm(county: CommandLine) -> None:
    ran = county("confirm", "2022-06", "--township", EAST, "--yes")
    assert (ran.code, "batch.not_frozen: " in ran.err) == (3, True)
    listed = county("confirm", "2022-06", "--list", "--output", "json")
    assert (listed.json, "dibao_rural 2022-06: not frozen yet." in listed.err) == ([], True)


def the_frozen_roll_waits_for_its_townships(county: CommandLine) -> None:
    assert state(county) == "townships"
    ran = county("approve", "2022-06", "--role", "maker", "--yes")
    assert (ran.code, "batch.townships_missing" in ran.err, f"{EAST}, {WEST}" in ran.err) == (3, True, True)


def each_part_has_its_households_sum_and_digest(county: CommandLine) -> None:
    found = parts(county)
    assert {code: (row["households"], row["persons"], row["amount"]) for code, row in found.items()} == {
        EAST: (2, 2, "786.00"), WEST: (1, 1, "443.00"), None: (1, 1, "443.00"),
    }  # fmt: skip
    assert len({row["digest"] for row in found.values()}) == 3
    assert {code: row["required"] for code, row in found.items()} == {EAST: True, WEST: True, None: False}


def a_household_that_moves_after_the_freeze_stays_in_its_part(county: CommandLine) -> None:
    before = parts(county)
    moved = county.facts("m.jsonl", {"fact": "correct", "case": "C2", "village": f"{WEST}201"})
    assert county("record", moved, "--yes").code == 0
    assert parts(county) == before


def what_is_confirmed_is_a_part_of_the_roll_as_seen(county: CommandLine) -> None:
    wrong = ("--digest", "ab" * 32)
    for options, code in (
        (("--township", "520203199"), "township.no_rows"),
        (("--township", "5202031"), "township.malformed"),
        (("--township", EAST, *wrong), "confirm.digest_of"),
        (("--township", EAST, *wrong, "--programme", "dibao_rural"), "township.digest"),
        (("--township", EAST, "--list"), "confirm.one_of"),
    ):
        ran = county("confirm", "2022-06", *options, "--yes")
        assert (ran.code in (2, 3), f"{code}: " in ran.err) == (True, True), ran.err
    assert all(row["confirmed_by"] is None for row in parts(county).values())


def a_confirmation_needs_a_yes(county: CommandLine) -> None:
    ran = county("confirm", "2022-06", "--township", WEST)
    assert (ran.code, "confirm.needed" in ran.err) == (2, True)
    assert (
        f"dibao_rural of {WEST}, 2022-06: 1 household, 443.00 yuan, digest {parts(county)[WEST]['digest']}"
        in ran.err
    )


def freezing_again_voids_confirmations(county: CommandLine) -> None:
    ran = county("--actor", "east", "confirm", "2022-06", "--township", EAST, "--yes")
    assert ran.code == 0, ran.err
    assert parts(county)[EAST]["confirmed_by"] == "east"
    assert state(county, "--freeze-again") == "townships"
    found = parts(county)
    assert found[EAST]["confirmed_by"] is None
    assert (found[EAST]["amount"], found[WEST]["amount"]) == ("443.00", "786.00"), "C2 lies in the west now"


def with_all_confirmed_it_closes(county: CommandLine) -> None:
    for code in (EAST, WEST):
        seen = parts(county)[code]["digest"]
        ran = county(
            "--actor", code, "confirm", "2022-06", "--township", code, "--programme", "dibao_rural", "--digest",
            seen, "--yes",
        )  # fmt: skip
        assert ran.code == 0, ran.err
        again = county("confirm", "2022-06", "--township", code, "--yes")
        assert (again.code, "has confirmed already; nothing was changed" in again.err) == (0, True)
    assert "dibao_rural 2022-06: all 2 have confirmed." in county("confirm", "2022-06", "--list").err
    assert state(county) == "closed"
    assert [row["confirmed_by"] for row in parts(county).values()] == [EAST, WEST, None]
    assert county("verify").code == 0
    assert county("replay", "2022-06").code == 0


STORY = (
    before_the_freeze_there_is_nothing_to_confirm,
    the_frozen_roll_waits_for_its_townships,
    each_part_has_its_households_sum_and_digest,
    a_household_that_moves_after_the_freeze_stays_in_its_part,
    what_is_confirmed_is_a_part_of_the_roll_as_seen,
    a_confirmation_needs_a_yes,
    freezing_again_voids_confirmations,
    with_all_confirmed_it_closes,
)


def test_a_month_with_its_townships(county: CommandLine) -> None:
    """The steps are rules, and come in this order: each finds what those before it left."""
    for step in STORY:
        step(county)


def test_after_the_close_it_is_too_late(
    make_installation: Callable[..., CommandLine], county: CommandLine
) -> None:
    """Where nothing waits for townships, a month closes without them."""
    ledger = make_installation("--rehearsal")
    facts = Path(county.home.parent / "a.jsonl")
    assert ledger("record", facts, "--yes").code == 0
    assert state(ledger) == "closed"
    ran = ledger("confirm", "2022-06", "--township", EAST, "--yes")
    assert (ran.code, "batch.closed" in ran.err) == (3, True)
