"""Fixtures for the tests of the store: a server's folder made once, fresh ledgers on the run's server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.store.embedded import ServerAddress, embedded_server
from projections.installation import Installation
from projections.throw_away import ThrowAwayLedgers


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A throw-away server's folder in an awkward path, made once, stopped."""
    folder = tmp_path_factory.mktemp("made") / "county's 数据 folder"
    with embedded_server(folder, durable=False):
        pass
    return folder


@pytest.fixture(scope="module")
def ledgers(server: ServerAddress, tmp_path_factory: pytest.TempPathFactory) -> ThrowAwayLedgers:
    """Makes fresh rehearsal ledgers."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    folder: Path = tmp_path_factory.mktemp("ledgers")
    return ThrowAwayLedgers(server.conninfo, folder, label=f"{worker}_{folder.name}")


@pytest.fixture
def installation(ledgers: ThrowAwayLedgers) -> Iterator[Installation]:
    """An empty rehearsal ledger of 520203."""
    with ledgers.fresh("520203") as fresh:
        yield fresh
