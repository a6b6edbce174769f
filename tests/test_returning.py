"""Money that came back is sent again once, whatever is started twice, cancelled or voided in between."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ledger.closing.issuing import folded
from ledger.closing.returning import (
    Named,
    freeze_apart_again,
    named_in,
    open_apart,
    record_returns,
    start_reissue,
    start_relief,
)
from ledger.closing.steps import advance, approve, bundle, close
from ledger.domain.batch import Batch
from ledger.domain.payout import Payout
from ledger.errors import Refused
from ledger.intake.payout_list import read_payout_list
from ledger.intake.reading import read_facts
from ledger.recording import record
from ledger.store.embedded import ServerAddress
from ledger.values.month import Month
from projections.installation import Installation
from projections.since_freeze import since_freeze
from projections.throw_away import ThrowAwayLedgers
from projections.verification import verify

DIVISION, JUNE = "520203", Month.parse("2022-06")
C1, C2 = Named("C1", JUNE), Named("C2", JUNE)


@pytest.fixture(scope="module")
def ledgers(server: ServerAddress, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> ThrowAwayLedgers:
    return ThrowAwayLedgers(server.conninfo, tmp_path_factory.mktemp("ledgers"), label=f"returning_{worker_id}")


@pytest.fixture
def county(ledgers: ThrowAwayLedgers, tmp_path: Path) -> Iterator[Installation]:
    """June is closed for C1 and C2, and both payouts came back; the relief R1 is not paid."""
    with ledgers.fresh(DIVISION) as installation:
        ledger = installation.ledger
        ledger.set_rehearsal_day(date(2022, 6, 8))
        standard = {"fact": "standard", "programme": "dibao_rural", "amount": "5316.00", "per": "year",
                    "from": "2022-04"}  # fmt: skip
        relief = {"fact": "relief", "relief": "R1", "person": "P9", "kind": "urgent", "cause": "火灾",
                  "amount": "700.00", "level": "township", "decided_on": "2022-06-08", "id": "r1"}  # fmt: skip
        take(installation, tmp_path, standard, *map(household, "12"))
        desk, signers = installation.closing_desk(), installation.rehearsal_signers()
        advance(desk, DIVISION, JUNE, "dibao_rural", signers)
        take(installation, tmp_path, relief)
        ledger.set_rehearsal_day(date(2022, 6, 20))
        record_returns(ledger, DIVISION, [C1, C2])
        yield installation


def household(number: str) -> dict[str, Any]:
    return {
        "fact": "enrol", "case": f"C{number}", "programme": "dibao_rural", "confirmed_on": "2022-05-18",
        "head": f"P{number}", "members": [{"person": f"P{number}", "name": "王秀英"}],
        "account": {"number": f"7777777{number}"},
    }  # fmt: skip


def take(installation: Installation, folder: Path, *facts: dict[str, Any]) -> None:
    path = folder / "facts.jsonl"
    path.write_text("".join(json.dumps(fact, ensure_ascii=False) + "\n" for fact in facts), encoding="utf-8")
    record(installation.ledger, read_facts(path))


def signed(installation: Installation, batch: Batch) -> Batch:
    """The batch with both signatures, not closed."""
    desk = installation.closing_desk()
    batch = bundle(desk, batch)
    for role, signer in installation.rehearsal_signers().items():
        batch = approve(desk, batch, role, signer.sign((batch.sums or "").encode()), signer.certificate)
    return batch


def payout(installation: Installation, code: str) -> Payout:
    return next(folded(installation.ledger.events_log.streams([f"payout/{JUNE}/{DIVISION}/{code}/household"])))


def cancel(code: str) -> dict[str, Any]:
    return {"fact": "payout_cancelled", "case": code, "month": JUNE.text, "on": "2022-06-20", "reason": "已注销"}


def test_the_same_started_twice_is_one_batch(county: Installation) -> None:
    desk = county.closing_desk()
    first = start_reissue(desk, DIVISION, [C1])
    assert start_reissue(desk, DIVISION, [C1]) == first
    assert [batch.programme for batch in open_apart(county.ledger, DIVISION)] == ["reissue-1"]
    relief = start_relief(desk, DIVISION, "R1")
    county.ledger.set_rehearsal_day(date(2022, 7, 1))
    assert start_relief(desk, DIVISION, "R1") == relief


def test_what_stands_in_an_open_batch_is_not_started_in_another(county: Installation) -> None:
    desk = county.closing_desk()
    start_reissue(desk, DIVISION, [C1])
    with pytest.raises(Refused, match=r"payout\.in_batch"):
        start_reissue(desk, DIVISION, [C1, C2])
    other = start_reissue(desk, DIVISION, [C2])
    assert other.programme == "reissue-2"


def test_what_was_cancelled_since_the_freeze_is_not_sent_again(county: Installation, tmp_path: Path) -> None:
    desk = county.closing_desk()
    batch = signed(county, start_reissue(desk, DIVISION, [C1, C2]))
    take(county, tmp_path, cancel("C1"))
    with pytest.raises(Refused, match=r"payout\.not_returned"):
        close(desk, batch)
    known = since_freeze(county.ledger, county.rolls.case_files, DIVISION, batch.frozen_at or 0)
    assert [(fact.kind, fact.case) for fact in known] == [("cancelled", "C1")]
    batch = freeze_apart_again(desk, batch)
    assert (batch.approvals, batch.frozen and batch.frozen.totals.payouts) == ((), 1)
    close(desk, signed(county, batch))
    assert (payout(county, "C1").reissues, payout(county, "C2").reissues) == (0, 1)
    assert all(verdict.ok for verdict in verify(county))


def test_a_batch_with_nothing_left_is_closed_and_pays_nothing(county: Installation, tmp_path: Path) -> None:
    desk, signers = county.closing_desk(), county.rehearsal_signers()
    reissue, relief = start_reissue(desk, DIVISION, [C1]), start_relief(desk, DIVISION, "R1")
    take(county, tmp_path, cancel("C1"), {"fact": "void", "of": "r1", "reason": "误录"})
    for batch in (reissue, relief):
        freeze_apart_again(desk, batch)
        done = advance(desk, DIVISION, batch.month, batch.programme, {})
        assert done.closed is not None
        assert done.closed.totals.empty
    assert payout(county, "C1").reissues == 0
    assert not county.ledger.events_log.version(f"payout/relief/{DIVISION}/R1/1")
    assert all(verdict.ok for verdict in verify(county))
    advance(desk, DIVISION, JUNE, "relief", signers)


def test_a_relief_recorded_anew_after_its_batch_came_to_nothing_is_paid_by_the_month(
    county: Installation, tmp_path: Path
) -> None:
    desk, signers = county.closing_desk(), county.rehearsal_signers()
    batch = start_relief(desk, DIVISION, "R1")
    take(county, tmp_path, {"fact": "void", "of": "r1", "reason": "误录"})
    freeze_apart_again(desk, batch)
    advance(desk, DIVISION, batch.month, batch.programme, signers)
    take(
        county, tmp_path,
        {"fact": "relief", "relief": "R1", "person": "P9", "kind": "urgent", "cause": "火灾", "amount": "500.00",
         "level": "township", "decided_on": "2022-06-08"},
    )  # fmt: skip
    month = advance(desk, DIVISION, JUNE, "relief", signers)
    assert month.closed is not None
    assert month.closed.totals.amount_fen == 50000


def test_a_held_case_waits(county: Installation, tmp_path: Path) -> None:
    take(county, tmp_path, {"fact": "hold", "case": "C1", "decided_on": "2022-06-20", "reason": "核查"})
    with pytest.raises(Refused, match=r"payout\.held"):
        start_reissue(county.closing_desk(), DIVISION, [C1])


def test_a_list_is_recorded_once_whoever_records_it(county: Installation, tmp_path: Path) -> None:
    desk, signers = county.closing_desk(), county.rehearsal_signers()
    batch = start_reissue(desk, DIVISION, [C1, C2])
    advance(desk, DIVISION, batch.month, batch.programme, signers)
    path = tmp_path / "back.csv"
    path.write_text("case,month,reason\nC1,2022-06,AC04\nC2,2022-06,AC04\n", "utf-8-sig")
    listed = read_payout_list(path, reasons=True)
    first = record_returns(county.ledger, DIVISION, named_in(listed), listed.digest)
    assert (len(first.payouts), first.amount_fen, first.already) == (2, 88600, False)
    end = county.ledger.events_log.end()
    assert record_returns(county.ledger, DIVISION, named_in(listed), listed.digest).already
    assert county.ledger.events_log.end() == end
