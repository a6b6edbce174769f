"""Many processes share one embedded server; the last to leave stops it, and kill -9 harms nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from embedded_client import CLIENT, ask, client, leave, output_of, postmaster, runs, within

from ledger.errors import Failed
from ledger.store import embedded_stop as ending
from ledger.store.embedded import embedded_server


class TestSharing:
    def test_one_process_may_enter_twice(self, made: Path) -> None:
        with embedded_server(made, durable=False) as outer:
            with embedded_server(made, durable=False) as inner:
                assert inner == outer
            assert ask(outer, "SELECT 1") == 1
        assert not runs(made)

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
        born = {output_of(process).readline() for process in starts}
        for process in starts:
            leave(process)
        assert len(born) == 1
        assert ":" in born.pop()
        assert not runs(folder)

    def test_the_last_to_leave_stops_it_even_when_another_was_killed(self, made: Path) -> None:
        with client(made) as (first, born), client(made) as (second, same), client(made) as (third, _):
            assert born == same
            first.kill()
            first.wait()
            leave(second)
            assert runs(made)
            leave(third)
            assert not runs(made)
            assert third.returncode == 0

    @pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
    def test_a_signal_to_the_only_client_stops_it_too(self, made: Path, how: signal.Signals) -> None:
        log = made / "data" / "log"
        log.write_text("")
        with client(made) as (process, born):
            assert born
            process.send_signal(how)
            process.wait()
            assert within(5, lambda: not runs(made))
        assert "database system is shut down" in log.read_text()

    def test_the_server_holds_no_pipe_of_its_starter(self, made: Path) -> None:
        if not Path("/proc/self/fd").exists():
            pytest.skip("needs /proc")
        with client(made):
            standard = [Path(f"/proc/{postmaster(made)}/fd/{number}").readlink() for number in (0, 1, 2)]
        assert [str(target) for target in standard] == ["/dev/null", *2 * [str(made / "data" / "log")]]

    def test_a_folder_made_anew_does_not_meet_the_server_of_the_old_one(self, tmp_path: Path) -> None:
        folder = tmp_path / "server"
        with client(folder) as (_, born):
            old = folder.rename(tmp_path / "old")
            with embedded_server(folder, durable=False) as server:
                assert ask(server, "SELECT pg_postmaster_start_time()::text") != born
            with ending.gate(old):
                assert ending.stop(old)


class TestKilled:
    def test_a_killed_server_is_started_again_with_its_data(self, tmp_path: Path) -> None:
        folder = tmp_path / "server"
        with embedded_server(folder) as server:
            with psycopg.connect(server.conninfo()) as connection:
                connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
            os.kill(postmaster(folder), signal.SIGKILL)
            with embedded_server(folder) as again:
                assert ask(again, "SELECT n FROM kept") == 7
        assert not runs(folder)

    def test_a_starter_killed_while_it_makes_the_data_leaves_nothing_half_made(self, tmp_path: Path) -> None:
        folder = tmp_path / "server"
        with subprocess.Popen([sys.executable, "-c", CLIENT, str(folder)], stdin=subprocess.PIPE) as starter:
            assert within(20, lambda: any(folder.glob("making-*/data/base/*")))
            starter.kill()
        assert not (folder / "data").exists()
        with embedded_server(folder, durable=False) as server:
            assert ask(server, "SELECT 1") == 1
            assert list(folder.glob("making-*")) == []

    def test_pid_files_are_not_trusted(self, made: Path) -> None:
        (made / "data" / "postmaster.pid").write_text(f"{os.getppid()}\n{made / 'data'}\n1\n5432\n\n\n 1 1\n")
        with embedded_server(made, durable=False) as server:
            assert ask(server, "SELECT 1") == 1

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
