"""Fixtures for the tests of the store."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.store.embedded import embedded_server


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A throw-away server's folder in an awkward path, made once, stopped."""
    folder = tmp_path_factory.mktemp("made") / "county's 数据 folder"
    with embedded_server(folder, durable=False):
        pass
    return folder
