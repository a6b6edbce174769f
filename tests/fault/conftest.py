"""Fixtures for tests with processes that die or run side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from crashes import Village

from ledger.store.embedded import ServerAddress


@pytest.fixture(scope="module")
def clone(
    server: ServerAddress, new_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Any:
    """Copies a village, database and home."""

    def copied(village: Village) -> Village:
        name = new_database(psycopg.conninfo.conninfo_to_dict(village.database or "")["dbname"])
        return village.copied(tmp_path_factory.mktemp("copy") / "home", server.conninfo(name))

    return copied
