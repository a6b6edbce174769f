"""What was voided between a freeze and the close is not paid: the close is refused until the roll is frozen again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ledger.closing.steps import advance, approve, bundle, close, freeze, turn
from ledger.domain.batch import Batch
from ledger.errors import Refused
from ledger.intake.reading import read_facts
from ledger.recording import record
from ledger.store.embedded import ServerAddress
from ledger.store.recorder import Conflict
from ledger.values.month import Month
from projections.installation import Installation
from projections.throw_away import ThrowAwayLedgers

DIVISION, JUNE = "520203", Month.parse("2022-06")


@pytest.fixture(scope="module")
def ledgers(server: ServerAddress, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> ThrowAwayLedgers:
    return ThrowAwayLedgers(server.conninfo, tmp_path_factory.mktemp("ledgers"), label=f"voided_{worker_id}")


@pytest.fixture
def county(ledgers: ThrowAwayLedgers, tmp_path: Path) -> Iterator[Installation]:
    """C1 and C2 are due for June, as is the relief R1; nothing is closed."""
    with ledgers.emptied(DIVISION) as installation:
        installation.ledger.set_rehearsal_day(date(2022, 6, 8))
        take(
            installation, tmp_path,
            {"fact": "standard", "programme": "dibao_rural", "amount": "5316.00", "per": "year", "from": "2022-04"},
            household("1"), household("2"),
            {"fact": "relief", "relief": "R1", "person": "P9", "kind": "urgent", "cause": "火灾", "amount": "700.00",
             "level": "township", "decided_on": "2022-06-08", "id": "r1"},
        )  # fmt: skip
        yield installation


def household(number: str) -> dict[str, Any]:
    return {
        "fact": "enrol", "id": f"c{number}", "case": f"C{number}", "programme": "dibao_rural",
        "confirmed_on": "2022-05-18", "head": f"P{number}", "members": [{"person": f"P{number}"}],
    }  # fmt: skip


def take(installation: Installation, folder: Path, *facts: dict[str, Any]) -> None:
    path = folder / "facts.jsonl"
    path.write_text("".join(json.dumps(fact, ensure_ascii=False) + "\n" for fact in facts), encoding="utf-8")
    record(installation.ledger, read_facts(path))


def void(of: str) -> dict[str, str]:
    return {"fact": "void", "of": of, "reason": "误录"}


def signed(installation: Installation, programme: str) -> Batch:
    """June's batch with both signatures, one step before its close."""
    desk = installation.closing_desk()
    batch = bundle(desk, freeze(desk, DIVISION, JUNE, programme))
    for role, signer in installation.rehearsal_signers().items():
        batch = approve(desk, batch, role, signer.sign((batch.sums or "").encode()), signer.certificate)
    assert turn(batch) == "close"
    return batch


@pytest.mark.parametrize(("programme", "of", "left"), [("dibao_rural", "c1", 44300), ("relief", "r1", 0)])
def test_a_roll_that_pays_what_was_voided_is_frozen_again(
    county: Installation, tmp_path: Path, programme: str, of: str, left: int
) -> None:
    desk, signers = county.closing_desk(), county.rehearsal_signers()
    signed(county, programme)
    take(county, tmp_path, void(of))
    with pytest.raises(Refused, match=r"close\.voided"):
        advance(desk, DIVISION, JUNE, programme, signers)
    freeze(desk, DIVISION, JUNE, programme)
    done = advance(desk, DIVISION, JUNE, programme, signers)
    assert done.closed is not None
    assert done.closed.totals.amount_fen == left


def test_recorded_anew_it_is_frozen_again_too(county: Installation, tmp_path: Path) -> None:
    desk, signers = county.closing_desk(), county.rehearsal_signers()
    signed(county, "dibao_rural")
    again = {**household("1"), "id": "again", "confirmed_on": "2022-06-02"}
    take(county, tmp_path, void("c1"), again)
    with pytest.raises(Refused, match=r"close\.voided"):
        advance(desk, DIVISION, JUNE, "dibao_rural", signers)


def test_any_other_void_waits_for_the_next_month(county: Installation, tmp_path: Path) -> None:
    desk, signers = county.closing_desk(), county.rehearsal_signers()
    income = {
        "fact": "income",
        "id": "i",
        "case": "C2",
        "income": {"amount": "1.00", "per": "month"},
        "from": "2022-06",
    }
    take(county, tmp_path, income)
    signed(county, "dibao_rural")
    late = {**household("3"), "confirmed_on": "2022-05-30"}
    take(county, tmp_path, void("i"), late, void("c3"))
    done = advance(desk, DIVISION, JUNE, "dibao_rural", signers)
    assert done.closed is not None


def test_a_void_that_comes_while_the_close_looks_is_not_overlooked(
    county: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = signed(county, "dibao_rural")
    monkeypatch.setattr("ledger.closing.steps.require_unvoided", lambda *_: take(county, tmp_path, void("c1")))
    with pytest.raises(Conflict):
        close(county.closing_desk(), batch)
    monkeypatch.undo()
    with pytest.raises(Refused, match=r"close\.voided"):
        close(county.closing_desk(), batch)
