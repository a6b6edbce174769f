"""The embedded server is private to its user and set up as the ledger wants it."""

from __future__ import annotations

import shutil
import stat
import tempfile
from pathlib import Path

import psycopg
import pytest
from embedded_client import ask

from ledger.errors import Failed
from ledger.store.embedded import embedded_server


class TestPrivate:
    def test_nothing_is_open_to_others(self, made: Path) -> None:
        with embedded_server(made, durable=False) as server:
            assert ask(server, "SHOW listen_addresses") == ""
            sockets = Path(server.host).lstat()
            assert stat.S_ISDIR(sockets.st_mode)
            assert sockets.st_mode & 0o077 == 0
            assert (made / "password").stat().st_mode & 0o777 == 0o600
            assert (made / "data").stat().st_mode & 0o777 == 0o700
            assert (made / "data" / "log").stat().st_mode & 0o077 == 0

    def test_the_socket_wants_the_password(self, made: Path) -> None:
        with (
            embedded_server(made, durable=False) as server,
            pytest.raises(psycopg.OperationalError, match="password authentication failed"),
        ):
            psycopg.connect(host=server.host, user=server.user, password="guess", dbname="postgres")

    def test_the_password_is_not_shown(self, made: Path) -> None:
        with embedded_server(made, durable=False) as server:
            assert server.password not in repr(server)
            assert len(server.password) >= 32

    def test_the_log_repeats_no_value_of_a_failed_statement(self, made: Path) -> None:
        with embedded_server(made, durable=False) as server, psycopg.connect(server.conninfo()) as connection:
            connection.execute("CREATE TEMP TABLE t (a text PRIMARY KEY)")
            connection.execute("INSERT INTO t VALUES ('private-value')")
            with pytest.raises(psycopg.errors.UniqueViolation):
                connection.execute("INSERT INTO t VALUES ('private-value')")
        log = (made / "data" / "log").read_text()
        assert "duplicate key" in log
        assert "private-value" not in log

    def test_folders_above_keep_their_modes(self, tmp_path: Path) -> None:
        above = tmp_path / "above"
        above.mkdir(mode=0o700)
        modes = [path.stat().st_mode for path in above.parents]
        with embedded_server(above / "server", durable=False):
            pass
        assert above.stat().st_mode & 0o777 == 0o700
        assert [path.stat().st_mode for path in above.parents] == modes


class TestSocketFolder:
    @pytest.mark.parametrize("trick", ["link", "open", "file"])
    def test_a_name_that_somebody_took_is_refused(self, made: Path, tmp_path: Path, trick: str) -> None:
        with embedded_server(made, durable=False) as server:
            place = Path(server.host)
        assert not place.exists()
        if trick == "link":
            place.symlink_to(tmp_path)
        elif trick == "open":
            place.mkdir()
            place.chmod(0o755)
            (place / "theirs").touch()
        else:
            place.touch()
        try:
            with pytest.raises(Failed) as refused, embedded_server(made, durable=False):
                pass
            assert refused.value.code == "embedded.socket_folder"
        finally:
            shutil.rmtree(place) if trick == "open" else place.unlink()

    def test_a_long_or_unsafe_temporary_folder_is_passed_over(
        self, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        long = tmp_path / ("long" * 20)
        unsafe = tmp_path / "unsafe"
        for folder in (long, unsafe):
            folder.mkdir()
        unsafe.chmod(0o777)
        monkeypatch.setattr(tempfile, "tempdir", str(long))
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(unsafe))
        with embedded_server(made, durable=False) as server:
            assert Path(server.host).parent == Path("/tmp").resolve()

    def test_who_joins_finds_the_socket_whatever_its_own_environment(
        self, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with embedded_server(made, durable=False) as first:
            monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
            with embedded_server(made, durable=False) as second:
                assert first == second


class TestSettings:
    def test_text_is_utf8_by_code_point_and_pages_have_checksums(self, made: Path) -> None:
        with embedded_server(made, durable=False) as server:
            assert ask(server, "SHOW server_encoding") == "UTF8"
            assert ask(server, "SELECT 'Z' < 'a' AND 'é' > 'z'") is True
            assert ask(server, "SELECT upper('é')") == "É"
            assert ask(server, "SHOW data_checksums") == "on"
            assert ask(server, "SHOW timezone") == "UTC"

    def test_a_real_server_syncs_and_a_throw_away_one_does_not(self, made: Path, tmp_path: Path) -> None:
        with embedded_server(tmp_path / "real") as real, embedded_server(made, durable=False) as thrown:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                assert ask(real, f"SHOW {setting}") == "on"
                assert ask(thrown, f"SHOW {setting}") == "off"

    def test_a_folder_stays_what_it_was_made_as(self, made: Path) -> None:
        with pytest.raises(Failed, match=r"embedded\.durability"), embedded_server(made):
            pass
        with (
            embedded_server(made, durable=False),
            pytest.raises(Failed, match=r"embedded\.durability"),
            embedded_server(made),
        ):
            pass
