"""Fixtures of the tests of what banks say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from county_at_bank import DIVISION, County, with_june_closed

from ledger.store.embedded import ServerAddress
from projections.throw_away import ThrowAwayLedgers


@pytest.fixture(scope="module")
def ledgers(
    server: ServerAddress, tmp_path_factory: pytest.TempPathFactory, worker_id: str, request: pytest.FixtureRequest
) -> ThrowAwayLedgers:
    label = f"{request.path.stem}_{worker_id}"
    return ThrowAwayLedgers(server.conninfo, tmp_path_factory.mktemp("ledgers"), label=label)


@pytest.fixture
def county(ledgers: ThrowAwayLedgers, tmp_path: Path) -> Iterator[County]:
    with ledgers.fresh(DIVISION) as installation:
        yield with_june_closed(installation, tmp_path)
