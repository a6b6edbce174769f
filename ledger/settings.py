"""The settings of one installation: `LEDGER_*` in the environment, then `ledger.toml`, then defaults.

| key in ledger.toml | variable | default |
|---|---|---|
| `home` (see below) | LEDGER_HOME | `./ledger-home` if there is one, else `~/.local/share/ledger` |
| `database_url` | LEDGER_DATABASE_URL | none: the embedded server in `<home>/database` |
| `unit_number` | LEDGER_UNIT_NUMBER | `000000` |
| `payer_name` | LEDGER_PAYER_NAME | `民政局` |
| `payer_account` | LEDGER_PAYER_ACCOUNT | none |
| `master_key_file` | LEDGER_MASTER_KEY_FILE | `<home>/keys/master.key` |
| `signer_maker` | LEDGER_SIGNER_MAKER | the maker's key file in `<home>/keys/signing` |
| `signer_checker` | LEDGER_SIGNER_CHECKER | the checker's key file there |
| `townships_must_confirm` | LEDGER_TOWNSHIPS_MUST_CONFIRM | false; or true, or a list of divisions |
| `lock_timeout_s` | LEDGER_LOCK_TIMEOUT_S | 10 |
| `funds_block` | LEDGER_FUNDS_BLOCK | `false`: overspending is for the audit to find, and blocks no close |
| `log_level` | LEDGER_LOG_LEVEL | `warning` |

The file is `<home>/ledger.toml`, or what LEDGER_CONFIG names; only in the latter may `home` stand. A
relative path counts from the current folder in a variable, from the file's own folder in the file. An empty
variable is none. Other LEDGER_ variables are left alone: programs that are not ours have some too.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ledger.errors import Failed, Misused
from ledger.values.identifiers import is_account, is_division

ROLES = ("maker", "checker")
LOG_LEVELS = ("debug", "info", "warning", "error")
LONGEST_LOCK_TIMEOUT_S = 3600
LONGEST_PAYER_NAME = 100
_KEYS = (
    "database_url", "unit_number", "payer_name", "payer_account", "master_key_file", "signer_maker",
    "signer_checker", "townships_must_confirm", "lock_timeout_s", "funds_block", "log_level",
)  # fmt: skip
VARIABLES = frozenset({"LEDGER_CONFIG", "LEDGER_HOME", *(f"LEDGER_{key.upper()}" for key in _KEYS)})
PASSPHRASE = "LEDGER_PASSPHRASE"  # noqa: S105  a variable's name
"""The variable that opens the key a command signs with, where nobody is there to type it."""
PASSPHRASE_OF = {role: f"LEDGER_PASSPHRASE_{role.upper()}" for role in ("ca", *ROLES)}
"""The variables with the passphrases of new keys."""
SECRETS = frozenset({PASSPHRASE, *PASSPHRASE_OF.values()})
_DATABASE_URL = re.compile(r"postgres(ql)?://.+|(\w+ *= *.+)", re.DOTALL)
_T = TypeVar("_T")
_UNIT_NUMBER = re.compile(r"[0-9A-Za-z]{1,20}")


@dataclass(frozen=True)
class Settings:
    """What an installation is set to.

    `unit_number` is the payer's number at its agent bank, for the header of bank files; `payer_name` and
    `payer_account` (6 to 32 digits) are the office's, for pain.001 and the payment application. `lock_timeout_s` is
    how long, in seconds, a command waits for another one that is appending. With `funds_block` a close that pays
    more than was appropriated waits for an override by both people. `signers` are addresses of keys by role, where
    they are no files of the home (docs/keys.md). `townships_must_confirm`: whether a month's roll is signed only
    once each of its townships has confirmed its part, everywhere or in some counties.
    """

    home: Path
    master_key_file: Path
    database_url: str | None = field(default=None, repr=False)
    unit_number: str = "000000"
    lock_timeout_s: int = 10
    log_level: str = "warning"
    funds_block: bool = False
    payer_name: str = "民政局"
    payer_account: str | None = None
    signers: Mapping[str, str] = field(default_factory=dict)
    townships_must_confirm: bool | frozenset[str] = False

    @property
    def embedded_folder(self) -> Path:
        """Where the embedded server lives when there is no `database_url`."""
        return self.home / "database"

    @property
    def banks_folder(self) -> Path:
        """Where an installation's own bank profiles lie, if it has any."""
        return self.home / "banks"


def load_settings(env: Mapping[str, str]) -> Settings:
    """The settings for this environment and the current folder, with the settings file where there is one.

    Raises Misused as `parse_settings` does, and Failed `settings.file` when the file cannot be read.
    """
    here = Path.cwd()
    home = _path(env["LEDGER_HOME"], here) if env.get("LEDGER_HOME") else _default_home(here)
    named = env.get("LEDGER_CONFIG")
    place = _path(named, here) if named else home / "ledger.toml"
    return parse_settings(env, _read(place, must_exist=bool(named)), place=place, here=here, home=home)


def parse_settings(env: Mapping[str, str], text: str, *, place: Path, here: Path, home: Path) -> Settings:
    """The settings of the environment `env` and the settings file at `place`, which says `text`.

    `here` is the current folder, `home` the one to use unless the file may and does name another. Raises
    Misused: `settings.toml` (no TOML), `settings.unknown` (a key we do not have), `settings.value` (a value
    that does not fit).
    """
    table = _table(text, place)
    for key in table:
        if key not in _KEYS and not (key == "home" and env.get("LEDGER_CONFIG")):
            raise _unknown(key, text, place)

    def value(key: str) -> _Value | None:
        variable = f"LEDGER_{key.upper()}"
        if env.get(variable):
            return _Value(env[variable], variable, here)
        if key in table:
            return _Value(table[key], f"{place}, line {_line_of(key, text)}: {key}", place.parent)
        return None

    def setting(key: str, read: Callable[[_Value], _T], default: _T) -> _T:
        found = value(key)
        return default if found is None else read(found)

    home = setting("home", _read_path, home)
    return Settings(
        home=home,
        master_key_file=setting("master_key_file", _read_path, home / "keys" / "master.key"),
        database_url=setting("database_url", _read_database_url, None),
        unit_number=setting("unit_number", _read_unit_number, Settings.unit_number),
        payer_name=setting("payer_name", _read_payer_name, Settings.payer_name),
        payer_account=setting("payer_account", _read_payer_account, None),
        lock_timeout_s=setting("lock_timeout_s", _read_lock_timeout, Settings.lock_timeout_s),
        log_level=setting("log_level", _read_log_level, Settings.log_level),
        funds_block=setting("funds_block", _read_yes_or_no, Settings.funds_block),
        signers={role: at for role in ROLES if (at := setting(f"signer_{role}", _read_address, ""))},
        townships_must_confirm=setting("townships_must_confirm", _read_where, Settings.townships_must_confirm),
    )


@dataclass(frozen=True)
class _Value:
    """A value as found, where, and the folder its relative paths count from."""

    raw: object
    where: str
    folder: Path

    def refused(self, expected: str, *, shown: str | None = None) -> Misused:
        found = shown if shown is not None else repr(self.raw)
        return Misused("settings.value", self.where, found=found, expected=expected)


def _read_path(value: _Value) -> Path:
    if not isinstance(value.raw, str) or not value.raw:
        raise value.refused("a path, as text")
    return _path(value.raw, value.folder)


def _read_database_url(value: _Value) -> str:
    if not isinstance(value.raw, str) or not _DATABASE_URL.fullmatch(value.raw.strip()):
        # It may hold a password, whatever else is wrong with it.
        raise value.refused("postgresql://user:password@host:5432/database", shown="something else")
    return value.raw.strip()


def _read_unit_number(value: _Value) -> str:
    if not isinstance(value.raw, str) or not _UNIT_NUMBER.fullmatch(value.raw):
        raise value.refused("1 to 20 digits or letters, as text (in quotes)")
    return value.raw


def _read_payer_name(value: _Value) -> str:
    name = value.raw
    if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_PAYER_NAME or not name.isprintable():
        raise value.refused(f"the office's name, 1 to {LONGEST_PAYER_NAME} characters that show")
    return name.strip()


def _read_payer_account(value: _Value) -> str:
    if not isinstance(value.raw, str) or not is_account(value.raw):
        raise value.refused("6 to 32 digits, as text (in quotes)", shown="something else")
    return value.raw


def _read_address(value: _Value) -> str:
    if not isinstance(value.raw, str) or ":" not in value.raw:
        raise value.refused("the address of a key, such as pkcs11:token=NAME;object=KEY?module-path=FILE")
    return value.raw


def _read_where(value: _Value) -> bool | frozenset[str]:
    if isinstance(value.raw, bool) or value.raw in ("true", "false"):
        return value.raw in (True, "true")
    named = value.raw.split(",") if isinstance(value.raw, str) else value.raw
    if not isinstance(named, list) or not all(isinstance(one, str) and is_division(one) for one in named):
        raise value.refused("true, false, or a list of divisions of six digits")
    return frozenset(named)


def _read_lock_timeout(value: _Value) -> int:
    text = str(value.raw)
    if isinstance(value.raw, bool) or not (text.isascii() and text.isdigit()):
        raise value.refused("whole seconds")
    if not 1 <= int(text) <= LONGEST_LOCK_TIMEOUT_S:
        raise value.refused(f"1 to {LONGEST_LOCK_TIMEOUT_S} seconds")
    return int(text)


def _read_yes_or_no(value: _Value) -> bool:
    text = str(value.raw).lower()
    if text not in ("true", "false"):
        raise value.refused("true or false")
    return text == "true"


def _read_log_level(value: _Value) -> str:
    if not isinstance(value.raw, str) or value.raw.lower() not in LOG_LEVELS:
        raise value.refused(f"one of {', '.join(LOG_LEVELS)}")
    return value.raw.lower()


def _table(text: str, place: Path) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Misused(
            "settings.toml", str(place), found=str(error), expected='lines such as log_level = "info"'
        ) from error


def _unknown(key: str, text: str, place: Path) -> Misused:
    hint = "The home of a ledger is set by LEDGER_HOME, outside of it." if key == "home" else ""
    return Misused(
        "settings.unknown",
        f"{place}, line {_line_of(key, text)}",
        found=key,
        expected=f"one of {', '.join(_KEYS)}",
        hint=hint,
    )


def _line_of(key: str, text: str) -> int:
    """The line where a key of the top level, or a table of that name, begins; 1 if it is written oddly."""
    begins = re.compile(rf"""\s*\[*\s*["']?{re.escape(key)}["']?\s*[\]=.]""")
    return next((n for n, line in enumerate(text.splitlines(), 1) if begins.match(line)), 1)


def _path(text: str, folder: Path) -> Path:
    return folder / Path(text).expanduser()


def _default_home(here: Path) -> Path:
    local = here / "ledger-home"
    return local if local.is_dir() else Path("~/.local/share/ledger").expanduser()


def _read(place: Path, *, must_exist: bool) -> str:
    try:
        return place.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError) as error:
        if not must_exist:
            return ""
        found = error.strerror
    except UnicodeDecodeError:
        found = "bytes that are not UTF-8"
    except OSError as error:
        found = error.strerror
    raise Failed(
        "settings.file",
        str(place),
        found=found or "",
        expected="a settings file this user may read, UTF-8",
        hint="Put it right, or unset LEDGER_CONFIG." if must_exist else "Put it right, or remove it.",
    )
