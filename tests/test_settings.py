"""Settings: environment over file over defaults; what is not understood is refused by name and line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ledger.errors import Failed, Misused
from ledger.settings import Settings, load_settings, parse_settings

HERE = Path("/here")
HOME = Path("/home-of-ledger")


def _parse(text: str, env: Mapping[str, str] | None = None) -> Settings:
    return parse_settings(env or {}, text, place=HOME / "ledger.toml", here=HERE, home=HOME)


class TestParse:
    def test_nothing_set_is_a_working_installation(self) -> None:
        settings = _parse("")
        assert settings == Settings(home=HOME, master_key_file=HOME / "keys" / "master.key")
        assert settings.database_url is None
        assert settings.embedded_folder == HOME / "database"

    def test_the_file_sets(self) -> None:
        settings = _parse(
            'database_url = "postgresql://u:p@h/d"\nunit_number = "0042"\nmaster_key_file = "k/m"\n'
            'lock_timeout_s = 60\nlog_level = "info"\nfunds_block = true\n'
        )
        expected = Settings(HOME, HOME / "k" / "m", "postgresql://u:p@h/d", "0042", 60, "info", funds_block=True)
        assert settings == expected

    def test_the_environment_beats_the_file(self) -> None:
        settings = _parse(
            'lock_timeout_s = 60\nlog_level = "info"',
            {"LEDGER_LOCK_TIMEOUT_S": "5", "LEDGER_MASTER_KEY_FILE": "m", "LEDGER_LOG_LEVEL": ""},
        )
        assert settings.lock_timeout_s == 5
        assert settings.log_level == "info"
        assert settings.master_key_file == HERE / "m"

    @pytest.mark.parametrize(
        ("text", "line", "key"),
        [
            ('log_level = "info"\n\nlog_levle = "info"', 3, "log_levle"),
            ("# home\n[database]\nurl = 1", 2, "database"),
            ('home = "/x"', 1, "home"),
        ],
    )
    def test_an_unknown_key_is_named_with_its_line(self, text: str, line: int, key: str) -> None:
        with pytest.raises(Misused) as refused:
            _parse(text)
        assert refused.value.code == "settings.unknown"
        assert refused.value.found == key
        assert refused.value.subject.endswith(f"ledger.toml, line {line}")

    @pytest.mark.parametrize(
        "text",
        [
            "lock_timeout_s = 0",
            "lock_timeout_s = 2.5",
            "lock_timeout_s = true",
            "lock_timeout_s = 100000",
            "unit_number = 42",
            'unit_number = "a|b"',
            'log_level = "loud"',
            "master_key_file = 1",
            'master_key_file = ""',
        ],
    )
    def test_a_value_that_does_not_fit_is_named_with_its_line(self, text: str) -> None:
        with pytest.raises(Misused) as refused:
            _parse(f"# first\n{text}")
        assert refused.value.code == "settings.value"
        assert f"line 2: {text.partition(' ')[0]}" in refused.value.subject

    def test_a_database_url_is_never_shown(self) -> None:
        assert "secret" not in repr(_parse('database_url = "postgresql://u:secret@h/d"'))
        with pytest.raises(Misused) as refused:
            _parse("", {"LEDGER_DATABASE_URL": "mysql://u:secret@h/d"})
        assert refused.value.subject == "LEDGER_DATABASE_URL"
        assert "secret" not in str(refused.value)

    def test_no_toml(self) -> None:
        with pytest.raises(Misused, match=r"settings\.toml") as refused:
            _parse("log_level = info")
        assert "line 1" in refused.value.found


class TestLoad:
    def test_home_is_the_local_one_where_there_is_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("HOME", str(tmp_path / "user"))
        assert load_settings({}).home == tmp_path / "user/.local/share/ledger"
        (tmp_path / "ledger-home").mkdir()
        assert load_settings({}).home == tmp_path / "ledger-home"
        assert load_settings({"LEDGER_HOME": "other"}).home == tmp_path / "other"

    def test_the_file_in_the_home_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "ledger.toml").write_text('\ufeffunit_number = "7"', encoding="utf-8")
        assert load_settings({"LEDGER_HOME": str(tmp_path)}).unit_number == "7"

    def test_a_named_file_may_name_the_home(self, tmp_path: Path) -> None:
        (tmp_path / "site.toml").write_text('home = "州 ledger"')
        env = {"LEDGER_CONFIG": str(tmp_path / "site.toml")}
        assert load_settings(env).home == tmp_path / "州 ledger"
        assert load_settings(env).master_key_file == tmp_path / "州 ledger/keys/master.key"
        assert load_settings(env | {"LEDGER_HOME": "/h"}).home == Path("/h")

    def test_a_named_file_must_be_there(self, tmp_path: Path) -> None:
        with pytest.raises(Failed, match=r"settings\.file"):
            load_settings({"LEDGER_CONFIG": str(tmp_path / "none.toml")})

    def test_a_file_that_is_not_utf8(self, tmp_path: Path) -> None:
        (tmp_path / "ledger.toml").write_bytes('unit_number = "民"'.encode("gb18030"))
        with pytest.raises(Failed, match=r"settings\.file"):
            load_settings({"LEDGER_HOME": str(tmp_path)})
