"""The embedded server: private, shared, stopped by the last to leave, unharmed by kill -9 at any moment."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import psycopg
import pytest

from ledger.errors import Failed
from ledger.store import embedded_stop as ending
from ledger.store.embedded import ServerAddress, embedded_server

CLIENT = """
import sys
from pathlib import Path
from ledger.errors import Failed
from ledger.store.embedded import embedded_server
import psycopg
try:
    with embedded_server(Path(sys.argv[1]), durable=False) as server:
        with psycopg.connect(server.conninfo()) as connection:
            born = connection.execute("SELECT pg_postmaster_start_time()::text").fetchone()[0]
        print(born, flush=True)
        sys.stdin.readline()
except Failed as error:
    print(error.code, flush=True)
"""


@contextmanager
def client(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process inside, and when it says the server was born. A line on its stdin ends it."""
    with subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process, _out(process).readline().strip()
        finally:
            process.kill()


def _out(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout


def _leave(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=20)


def _postmaster(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


def _runs(folder: Path) -> bool:
    with ending.gate(folder):
        return not ending.is_free(folder, ending.RUNNING)


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _ask(server: ServerAddress, query: str) -> object:
    with psycopg.connect(server.conninfo()) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A throw-away server's folder in an awkward path, made once, stopped."""
    folder = tmp_path_factory.mktemp("made") / "county's 数据 folder"
    with embedded_server(folder, durable=False):
        pass
    return folder


class TestPrivate:
    def test_nothing_is_open_to_others(self, made: Path) -> None:
        with embedded_server(made, durable=False) as server:
            assert _ask(server, "SHOW listen_addresses") == ""
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
            assert _ask(server, "SHOW server_encoding") == "UTF8"
            assert _ask(server, "SELECT 'Z' < 'a' AND 'é' > 'z'") is True
            assert _ask(server, "SELECT upper('é')") == "É"
            assert _ask(server, "SHOW data_checksums") == "on"
            assert _ask(server, "SHOW timezone") == "UTC"

    def test_a_real_server_syncs_and_a_throw_away_one_does_not(self, made: Path, tmp_path: Path) -> None:
        with embedded_server(tmp_path / "real") as real, embedded_server(made, durable=False) as thrown:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                assert _ask(real, f"SHOW {setting}") == "on"
                assert _ask(thrown, f"SHOW {setting}") == "off"

    def test_a_folder_stays_what_it_was_made_as(self, made: Path) -> None:
        with pytest.raises(Failed, match=r"embedded\.durability"), embedded_server(made):
            pass
        with (
            embedded_server(made, durable=False),
            pytest.raises(Failed, match=r"embedded\.durability"),
            embedded_server(made),
        ):
            pass


class TestSharing:
    def test_one_process_may_enter_twice(self, made: Path) -> None:
        with embedded_server(made, durable=False) as outer:
            with embedded_server(made, durable=False) as inner:
                assert inner == outer
            assert _ask(outer, "SELECT 1") == 1
        assert not _runs(made)

    def test_six_first_starters_get_one_server(self, tmp_path: Path) -> None:
        folder = tmp_path / "new"
        starts = [
            subprocess.Popen(
                [sys.executable, "-c", CLIENT, str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(6)
        ]
        born = {_out(process).readline() for process in starts}
        for process in starts:
            _leave(process)
        assert len(born) == 1
        assert ":" in born.pop()
        assert not _runs(folder)

    def test_the_last_to_leave_stops_it_even_when_another_was_killed(self, made: Path) -> None:
        with client(made) as (first, born), client(made) as (second, same), client(made) as (third, _):
            assert born == same
            first.kill()
            first.wait()
            _leave(second)
            assert _runs(made)
            _leave(third)
            assert not _runs(made)
            assert third.returncode == 0

    @pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
    def test_a_signal_to_the_only_client_stops_it_too(self, made: Path, how: signal.Signals) -> None:
        log = made / "data" / "log"
        log.write_text("")
        with client(made) as (process, born):
            assert born
            process.send_signal(how)
            process.wait()
            assert _within(5, lambda: not _runs(made))
        assert "database system is shut down" in log.read_text()

    def test_the_server_holds_no_pipe_of_its_starter(self, made: Path) -> None:
        if not Path("/proc/self/fd").exists():
            pytest.skip("needs /proc")
        with client(made):
            standard = [Path(f"/proc/{_postmaster(made)}/fd/{number}").readlink() for number in (0, 1, 2)]
        assert [str(target) for target in standard] == ["/dev/null", *2 * [str(made / "data" / "log")]]

    def test_a_folder_made_anew_does_not_meet_the_server_of_the_old_one(self, tmp_path: Path) -> None:
        folder = tmp_path / "server"
        with client(folder) as (_, born):
            old = folder.rename(tmp_path / "old")
            with embedded_server(folder, durable=False) as server:
                assert _ask(server, "SELECT pg_postmaster_start_time()::text") != born
            os.kill(_postmaster(old), signal.SIGINT)
            assert _within(10, lambda: not _runs(old))


class TestKilled:
    def test_a_killed_server_is_started_again_with_its_data(self, tmp_path: Path) -> None:
        folder = tmp_path / "server"
        with embedded_server(folder) as server:
            with psycopg.connect(server.conninfo()) as connection:
                connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
            os.kill(_postmaster(folder), signal.SIGKILL)
            with embedded_server(folder) as again:
                assert _ask(again, "SELECT n FROM kept") == 7
        assert not _runs(folder)

    def test_a_starter_killed_while_it_makes_the_data_leaves_nothing_half_made(self, tmp_path: Path) -> None:
        folder = tmp_path / "server"
        with subprocess.Popen([sys.executable, "-c", CLIENT, str(folder)], stdin=subprocess.PIPE) as starter:
            assert _within(20, lambda: any(folder.glob("making-*/data/base/*")))
            starter.kill()
        assert not (folder / "data").exists()
        with embedded_server(folder, durable=False) as server:
            assert _ask(server, "SELECT 1") == 1
            assert list(folder.glob("making-*")) == []

    def test_pid_files_are_not_trusted(self, made: Path) -> None:
        (made / "data" / "postmaster.pid").write_text(f"{os.getppid()}\n{made / 'data'}\n1\n5432\n\n\n 1 1\n")
        with embedded_server(made, durable=False) as server:
            assert _ask(server, "SELECT 1") == 1

    def test_a_server_started_by_hand_is_left_alone(self, made: Path) -> None:
        if not Path("/proc/self/cwd").exists():
            pytest.skip("needs /proc")
        with subprocess.Popen(["sleep", "60"], cwd=made / "data") as by_hand:
            (made / "data" / "postmaster.pid").write_text(f"{by_hand.pid}\n")
            with (
                pytest.raises(Failed, match=r"embedded\.started_elsewhere"),
                embedded_server(made, durable=False),
            ):
                pass
            assert by_hand.poll() is None
            by_hand.kill()


class TestRefusals:
    def test_no_package(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
        with pytest.raises(Failed, match=r"embedded\.missing") as refused, embedded_server(tmp_path / "s"):
            pass
        assert "LEDGER_DATABASE_URL" in refused.value.hint

    def test_programs_of_another_machine(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        foreign = tmp_path / "postgres"
        foreign.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(57))
        foreign.chmod(0o755)
        monkeypatch.setattr("ledger.store.embedded.binaries", lambda: tmp_path)
        with pytest.raises(Failed, match=r"embedded\.not_runnable"), embedded_server(tmp_path / "s"):
            pass

    def test_a_path_the_shell_would_read(self, tmp_path: Path) -> None:
        with pytest.raises(Failed, match=r"embedded\.path"), embedded_server(tmp_path / "a$(b)"):
            pass

    def test_a_file_in_the_place_of_the_folder(self, tmp_path: Path) -> None:
        (tmp_path / "s").touch()
        with pytest.raises(Failed, match=r"embedded\.folder"), embedded_server(tmp_path / "s"):
            pass

    def test_data_of_another_version(self, made: Path) -> None:
        mark = made / "data" / "PG_VERSION"
        made_by = mark.read_text()
        mark.write_text("14\n")
        try:
            with pytest.raises(Failed, match=r"embedded\.version"), embedded_server(made, durable=False):
                pass
        finally:
            mark.write_text(made_by)

    def test_a_lost_password(self, made: Path, tmp_path: Path) -> None:
        moved = (made / "password").rename(tmp_path / "password")
        try:
            with pytest.raises(Failed, match=r"embedded\.password"), embedded_server(made, durable=False):
                pass
            assert _within(5, lambda: not _runs(made))
        finally:
            moved.rename(made / "password")

    def test_a_server_that_does_not_start_says_what_its_log_says(self, made: Path) -> None:
        wrong = made / "data" / "postgresql.auto.conf"
        wrong.write_text("shared_buffers = plenty\n")
        try:
            with (
                pytest.raises(Failed, match=r"embedded\.start") as refused,
                embedded_server(made, durable=False),
            ):
                pass
            assert "auto.conf" in refused.value.found
        finally:
            wrong.write_text("")

    @pytest.mark.parametrize(("mounted", "code"), [("size=16m", "embedded.disk_full"), ("ro", "embedded.folder")])
    def test_a_full_or_read_only_disk(self, tmp_path: Path, mounted: str, code: str) -> None:
        """In a mount namespace of its own: nothing to take down afterwards, and no need to be root."""
        script = 'mount -t tmpfs -o "$1" disk "$2" || exit 77; at=$2; shift 2; exec "$@" "$at/server" </dev/null'
        ran = subprocess.run(
            [
                *("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"),
                *(mounted, str(tmp_path), sys.executable, "-c", CLIENT),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode == 77 or "unshare" in ran.stderr:
            pytest.skip("no mount namespaces here")
        assert ran.stdout.strip() == code


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
                assert _ask(server, "SELECT 1") == 1
                uid = (folder / "data").stat().st_uid
                assert uid != 0
                assert Path(server.host).stat().st_uid == uid
        except Failed as error:
            _skip_where_only_root_can_go(error)
        monkeypatch.undo()
        with embedded_server(folder, durable=False) as server:
            assert _ask(server, "SELECT 1") == 1
        assert not _runs(folder)

    def test_data_made_in_a_namespace_are_handed_over_where_there_is_none(
        self, open_place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = open_place / "server"
        with embedded_server(folder, durable=False) as server:
            assert (folder / "data").stat().st_uid == 0
        monkeypatch.setattr("ledger.store.embedded_user._NAMESPACE", ("false",))
        try:
            with embedded_server(folder, durable=False) as server:
                assert _ask(server, "SELECT 1") == 1
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
