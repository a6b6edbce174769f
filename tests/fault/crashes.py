"""A village whose ledger commands are killed and run again, and the proof that nothing shows of it afterwards."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import preloaded
from village import DIVISION, FIRST, opening_files, replays, write_village

from ledger.closing.order import PROGRAMMES
from ledger.payfile.bundle_check import check_bundle
from ledger.payfile.names import CA
from ledger.settings import load_settings
from ledger.values.month import Month
from projections.installation import Installation, opened
from projections.verification import verify

DYING = Path(__file__).with_name("dying.py")
ROOT = DYING.parent.parent.parent

APPENDS = {
    "record": ("intake.recorded",),
    "close-month": ("batch.frozen", "batch.bundled.2", "batch.approved", "batch.closed"),
}
MOMENTS = ("before", "mid_copy", "before_commit", "after")


@dataclass(frozen=True)
class Village:
    """Where a village's ledger lives, and the commands that bring it to the end of its months."""

    home: Path
    files: Sequence[Path]
    months: int = 1
    database: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        """The environment its commands run in."""
        own = {"LEDGER_HOME": str(self.home), "PYTHONPATH": str(ROOT), **self.environment}
        if self.database is not None:
            own["LEDGER_DATABASE_URL"] = self.database
        kept = {key: value for key, value in os.environ.items() if not key.startswith("LEDGER_")}
        return kept | own

    @property
    def commands(self) -> list[list[str]]:
        """Init, then each month closed between the files known before and after it."""
        made: list[list[str]] = [["init", "--rehearsal", "--division", DIVISION]]
        made += [["record", str(path), "--yes"] for path in opening_files(list(self.files))]
        for number in range(self.months):
            made.append(close_command(FIRST + number))
            made += [["record", str(p), "--yes"] for p in self.files if p.name.startswith(f"{20 + number:03d}")]
        return made

    def start(self, command: Sequence[str], point: str = "none", victim: str = "self") -> subprocess.Popen[str]:
        """A command begun in a process of its own."""
        return subprocess.Popen(
            [sys.executable, str(DYING), point, victim, *command],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.env,
        )  # fmt: skip

    def run(self, command: Sequence[str], point: str = "none", victim: str = "self") -> Ran:
        """A command run to its end, or to its death."""
        out, err, status = preloaded.run([point, victim, *command], self.env, timeout=120, module=DYING.stem)
        return Ran(status, out, err)

    def done(self, command: Sequence[str]) -> Ran:
        """A command that must succeed."""
        ran = self.run(command)
        assert ran.status == 0, f"{command}: {ran.err}"
        return ran

    def copied(self, home: Path, database: str | None) -> Village:
        """The same ledger's home elsewhere, on a copy of its database."""
        shutil.copytree(self.home, home, symlinks=True)
        return Village(home, self.files, self.months, database)

    def opened(self) -> Any:
        """The installation, in this process."""
        return opened(load_settings(self.env), actor="test")


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def killed(self) -> bool:
        """Whether it was killed, not ended by itself."""
        return self.status == -signal.SIGKILL


def close_command(month: Month) -> list[str]:
    """The command that closes a month."""
    return ["close-month", str(month), "--division", DIVISION, "--yes", "--output", "json"]


def villages_files(folder: Path, *, households: int = 14, months: int = 1, seed: int = 5) -> list[Path]:
    """Facts files of a small village."""
    return write_village(folder, households=households, months=months, seed=seed)


def state(village: Village) -> dict[str, Any]:
    """All that matters of a ledger, alike for two that were told the same, however often they were killed."""
    with village.opened() as installation:
        ledger = installation.ledger
        with ledger.database.connect() as conn:
            rows = conn.execute(
                "SELECT originator_id, originator_version, topic, state FROM ledger_events"
            ).fetchall()
        events = Counter(row[2] for row in rows)
        decided = {}
        for stream, version, topic, text in rows:
            told = json.loads(text)
            name = stream
            if stream.startswith("key/"):  # named by the key, and no two ledgers have the same
                name = told["originator_id"] = f"key/{told['operator']}"
            for changing in ("recorded_at", "valid_from", "valid_to", "private", "content", "signature",
                             "certificate", "sums", "ca_fingerprint", "key_fingerprint"):  # fmt: skip
                told.pop(changing, None)
            decided[f"{name}@{version}"] = (topic, told)
        return {"events": events, "decided": decided}


def require_whole(village: Village, months: int) -> None:
    """One roll, one set of payouts, one bundle a batch; books, files, views and signatures agree."""
    with village.opened() as installation:
        installation.rolls.views.catch_up()
        for number in range(months):
            _require_month(installation, FIRST + number)
        wrong = [verdict for verdict in verify(installation) if not verdict.ok]
        assert wrong == []
        stamps = [r.event.recorded_at for r in installation.ledger.events_log.after(0, TOPICS_ALL, limit=10**6)]
        assert stamps == sorted(stamps)


def _require_month(installation: Installation, month: Month) -> None:
    ca = (installation.keys_folder / CA).read_bytes()
    for found in replays(installation, month):
        assert found.differences == (), found.programme
    for programme in PROGRAMMES:
        batch = installation.ledger.batch(DIVISION, month, programme)
        assert batch.closed is not None
        folder = installation.bundles / DIVISION / str(month) / programme
        if batch.sums is None:
            assert not folder.exists()
            continue
        assert (folder / "SHA256SUMS").read_text() == batch.sums
        assert [v for v in check_bundle(folder, trust_ca_pem=ca) if not v.ok] == []
        kinds = [recorded.event.TOPIC for recorded in installation.ledger.history(batch.id)]
        assert kinds == ["batch.frozen", "batch.bundled.2", "batch.approved", "batch.approved", "batch.closed"]
    month_folder = installation.bundles / DIVISION / str(month)
    assert {path.name for path in month_folder.iterdir()} <= set(PROGRAMMES)


def _topics() -> tuple[str, ...]:
    from ledger.domain.event import TOPICS

    return tuple(TOPICS)


TOPICS_ALL = _topics()
