"""What an embedded server cannot live with is said with what was found and what to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from embedded_client import CLIENT, runs, within

from ledger.errors import Failed
from ledger.store.embedded import embedded_server


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
            assert within(5, lambda: not runs(made))
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
