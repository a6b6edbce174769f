"""The doctor: all well on a machine that works, and for each thing that is wrong its name and a remedy."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.settings import Settings
from ledger.store import doctor
from ledger.store.doctor import Finding, diagnose
from ledger.store.embedded import ServerAddress, embedded_server


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("LEDGER_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = tmp_path / "ledger home"
    return Settings(home=home, master_key_file=home / "keys" / "master.key")


@pytest.fixture
def installed(settings: Settings) -> Settings:
    """A home with its folders and key, on no server in particular."""
    settings.home.mkdir(mode=0o700)
    settings.master_key_file.parent.mkdir(mode=0o700)
    settings.master_key_file.touch(mode=0o600)
    return settings


def _of(settings: Settings, check: str) -> Finding:
    (finding,) = [finding for finding in diagnose(settings) if finding.check == check]
    return finding


def _wrong(settings: Settings) -> set[str]:
    findings = diagnose(settings)
    assert all(bool(finding.remedy) != finding.ok for finding in findings)
    assert all(finding.found for finding in findings)
    return {finding.check for finding in findings if not finding.ok}


class TestAllWell:
    def test_before_the_ledger_is_made(self, settings: Settings) -> None:
        assert _wrong(settings) == set()
        assert not settings.home.exists()

    def test_with_an_embedded_server(self, installed: Settings) -> None:
        with embedded_server(installed.embedded_folder, durable=False):
            assert _wrong(installed) == set()
        assert _of(installed, "database").found.startswith("PostgreSQL 18.")

    def test_with_a_server_elsewhere(self, installed: Settings, server: ServerAddress) -> None:
        elsewhere = replace(installed, database_url=server.conninfo())
        assert _wrong(elsewhere) == set()
        assert "embedded_programs" not in {finding.check for finding in diagnose(elsewhere)}


class TestWrong:
    def test_folders_and_key_open_to_others(self, installed: Settings) -> None:
        for path in (installed.home, installed.master_key_file.parent, installed.master_key_file):
            path.chmod(0o755)
        assert _wrong(installed) == {"home", "keys_folder", "master_key"}
        remedy = _of(installed, "master_key").remedy
        subprocess.run(["sh", "-c", remedy], check=True)
        assert _of(installed, "master_key").ok

    def test_a_home_that_is_a_file(self, settings: Settings) -> None:
        settings.home.touch()
        assert "home" in _wrong(settings)

    def test_data_without_their_master_key(self, installed: Settings) -> None:
        installed.master_key_file.unlink()
        assert _wrong(installed) == set()
        (installed.embedded_folder / "data").mkdir(parents=True)
        finding = _of(installed, "master_key")
        assert not finding.ok
        assert "backup" in finding.remedy

    def test_data_that_do_not_open(self, installed: Settings) -> None:
        (installed.embedded_folder / "data").mkdir(parents=True)
        assert not _of(installed, "database").ok

    def test_no_openssl(self, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        assert not _of(settings, "openssl").ok

    def test_an_old_openssl(self, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        old = tmp_path / "openssl"
        old.write_text("#!/bin/sh\necho 'OpenSSL 1.0.2k-fips  26 Jan 2017'\n")
        old.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        assert _of(settings, "openssl") == Finding(
            "openssl", False, "OpenSSL 1.0.2k-fips  26 Jan 2017", _of(settings, "openssl").remedy
        )

    def test_a_clock_before_the_program(self) -> None:
        assert not doctor._clock(datetime(1970, 1, 1, tzinfo=UTC)).ok
        assert doctor._clock(datetime(2026, 1, 1, tzinfo=UTC)).ok

    def test_a_misspelt_variable(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LEDGER_DATABSE_URL", "postgresql://u:secret@h/d")
        finding = _of(settings, "variables")
        assert finding.found == "LEDGER_DATABSE_URL"
        assert "LEDGER_DATABASE_URL" in finding.remedy

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down")
    def test_root_without_a_way_down(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        assert "a user namespace" in _of(settings, "step_down").found
        monkeypatch.setattr("ledger.store.embedded_user._NAMESPACE", ("false",))
        monkeypatch.setattr("ledger.store.embedded_user._unprivileged_users", lambda: iter(()))
        assert "step_down" in _wrong(settings)

    def test_no_place_for_the_socket(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ledger.store.embedded_socket.LONGEST_PATH", 20)
        assert "socket_path" in _wrong(settings)

    @pytest.mark.parametrize(
        "url", ["postgresql://u:s3cret@127.0.0.1:9/d", "postgresql://u:s3cret@h:port/d", "host=h s3cret"]
    )
    def test_a_server_that_cannot_be_reached(self, installed: Settings, url: str) -> None:
        finding = _of(replace(installed, database_url=url), "database")
        assert not finding.ok
        assert "s3cret" not in str(finding)

    def test_a_database_in_another_encoding(self, installed: Settings, server: ServerAddress) -> None:
        import psycopg

        with psycopg.connect(server.conninfo(), autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS latin")
            connection.execute(
                "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'"
            )
        finding = _of(replace(installed, database_url=server.conninfo("latin")), "database")
        assert not finding.ok
        assert "LATIN1" in finding.found
