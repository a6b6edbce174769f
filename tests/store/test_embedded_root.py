"""Whoever runs it: root in a namespace, root without one, an ordinary user."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from embedded_client import CLIENT, ask, runs

from ledger.errors import Failed
from ledger.store.embedded import embedded_server


def _skip_where_only_root_can_go(error: Failed) -> None:
    if error.code != "embedded.root":
        raise error
    pytest.skip(error.found)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down")
class TestRoot:
    @pytest.fixture
    def open_place(self) -> Iterator[Path]:
        """A folder every user can reach, unlike pytest's own."""
        place = Path(tempfile.mkdtemp(prefix="ledger-test-"))
        place.chmod(0o711)
        yield place
        for _ in range(50):
            with suppress(OSError):
                shutil.rmtree(place)
                break

    def test_without_namespaces_it_runs_as_an_unprivileged_user(
        self, open_place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ledger.store.embedded_user._NAMESPACE", ("false",))
        folder = open_place / "server"
        try:
            with embedded_server(folder, durable=False) as server:
                assert ask(server, "SELECT 1") == 1
                uid = (folder / "data").stat().st_uid
                assert uid != 0
                assert Path(server.host).stat().st_uid == uid
        except Failed as error:
            _skip_where_only_root_can_go(error)
        monkeypatch.undo()
        with embedded_server(folder, durable=False) as server:
            assert ask(server, "SELECT 1") == 1
        assert not runs(folder)

    def test_data_made_in_a_namespace_are_handed_over_where_there_is_none(
        self, open_place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = open_place / "server"
        with embedded_server(folder, durable=False) as server:
            assert (folder / "data").stat().st_uid == 0
        monkeypatch.setattr("ledger.store.embedded_user._NAMESPACE", ("false",))
        try:
            with embedded_server(folder, durable=False) as server:
                assert ask(server, "SELECT 1") == 1
        except Failed as error:
            _skip_where_only_root_can_go(error)


def test_an_ordinary_user_needs_no_detour(tmp_path: Path) -> None:
    ordinary = ("unshare", "--user", "--map-user=1000", "--map-group=1000") if os.geteuid() == 0 else ()
    ran = subprocess.run(
        [*ordinary, sys.executable, "-c", CLIENT, str(tmp_path / "server")],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in ran.stderr:
        pytest.skip("no namespaces here")
    assert ":" in ran.stdout, ran.stderr
