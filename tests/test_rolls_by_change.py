"""Rolls after the first close settle what was touched only, and come out as if everything had been settled."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from ledger.closing.order import PROGRAMMES
from ledger.closing.steps import advance
from ledger.domain.batch import Batch
from ledger.domain.case import DIBAO_RURAL, DIBAO_URBAN
from ledger.intake.reading import read_facts
from ledger.intake.sampling import CLOSE_DAY, county
from ledger.recording import record
from ledger.replaying import replay
from ledger.store.embedded import ServerAddress
from ledger.values.month import Month
from projections.installation import Installation
from projections.throw_away import ThrowAwayLedgers

DIVISION = "520203"
FIRST_MONTH = Month.parse("2022-10")
MONTHS = 5
HOUSEHOLDS = 80


@pytest.fixture(scope="module")
def installation(
    server: ServerAddress, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("by_change")
    with ThrowAwayLedgers(server.conninfo, folder, label=f"by_change_{worker_id}").fresh(DIVISION) as made:
        yield made


@pytest.fixture(scope="module")
def batches(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> list[Batch]:
    """Every batch of the months, closed in turn with the county's changes between the closes."""
    folder = tmp_path_factory.mktemp("facts")
    waiting = [FIRST_MONTH + n for n in range(MONTHS)]
    closed: list[Batch] = []
    for sample in county(HOUSEHOLDS, DIVISION, 11, FIRST_MONTH, MONTHS):
        while waiting and sample.recorded_on >= waiting[0].first_day.replace(day=CLOSE_DAY):
            closed += _close(installation, waiting.pop(0))
        path = folder / sample.name
        path.write_text("".join(json.dumps(fact) + "\n" for fact in sample.facts), encoding="utf-8")
        if path.stat().st_size:
            record(installation.ledger, read_facts(path))
    return closed


def _close(installation: Installation, month: Month) -> list[Batch]:
    installation.ledger.set_rehearsal_day(month.first_day.replace(day=CLOSE_DAY))
    desk, signers = installation.closing_desk(), installation.rehearsal_signers()
    closed = [advance(desk, DIVISION, month, programme, signers) for programme in PROGRAMMES]
    installation.ledger.clear_rehearsal_day()
    return closed


def test_each_roll_is_what_settling_everything_gives(installation: Installation, batches: list[Batch]) -> None:
    desk = installation.closing_desk()
    assert len(batches) == MONTHS * len(PROGRAMMES)
    for batch in batches:
        # A replay settles every month of every case.
        assert replay(installation.ledger, batch, desk.folder(batch)).differences == ()


def test_only_touched_cases_are_settled_anew(installation: Installation, batches: list[Batch]) -> None:
    rolls, ledger = installation.rolls, installation.ledger
    before = rolls.views.catch_up() + 1
    rules = ledger.rule_book(DIVISION, before=before)
    for programme in (DIBAO_URBAN, DIBAO_RURAL):
        touched, everything_from = rolls.to_settle(DIVISION, programme, rules, before)
        everyone = sum(1 for _ in rolls.case_files.households(DIVISION, programme, before))
        assert everything_from is None
        assert 0 < len(touched) < everyone


def test_a_kept_roll_is_found_again_by_its_batch_and_digest(
    installation: Installation, batches: list[Batch]
) -> None:
    for batch in batches:
        assert batch.frozen is not None
        assert batch.frozen_at is not None
        kept = installation.rolls._kept(batch.id, batch.frozen.roll_digest)
        assert bool(kept.payouts or kept.grain) != batch.frozen.totals.empty
        assert installation.rolls._open_cases(batch.id, batch.frozen.roll_digest, batch.frozen_at) is not None
