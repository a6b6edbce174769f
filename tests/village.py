"""A made-up village on a rehearsal ledger: facts files written, recorded and closed as a county would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from ledger.closing.order import PROGRAMMES
from ledger.closing.steps import advance
from ledger.domain.batch import Batch
from ledger.intake.reading import read_facts
from ledger.intake.sampling import county
from ledger.recording import record
from ledger.replaying import Replay, replay
from ledger.values.month import Month
from projections.installation import Installation

DIVISION = "520203"
FIRST = Month.parse("2022-06")  # a month with grain


def write_village(folder: Path, *, households: int = 40, months: int = 2, seed: int = 7) -> list[Path]:
    """Its facts files in the order they are recorded, each fact dated."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for file in county(households, DIVISION, seed, FIRST, months):
        path = folder / file.name
        path.write_text("".join(json.dumps(fact, ensure_ascii=False) + "\n" for fact in file.facts), "utf-8")
        paths.append(path)
    return paths


def opening_files(paths: list[Path]) -> list[Path]:
    """The files known before the first close: rules, enrolments, harvests."""
    return [path for path in paths if path.name < "020"]


def record_files(installation: Installation, paths: list[Path]) -> None:
    """Records files one after the other."""
    for path in paths:
        record(installation.ledger, read_facts(path))


def close(installation: Installation, month: Month) -> list[Batch]:
    """Closes a month of the village, with both signatures given."""
    desk, signers = installation.closing_desk(), installation.rehearsal_signers()
    return [advance(desk, DIVISION, month, programme, signers) for programme in PROGRAMMES]


def replays(
    installation: Installation, month: Month, programmes: tuple[str, ...] = PROGRAMMES
) -> Iterator[Replay]:
    """Replays a closed month."""
    desk = installation.closing_desk()
    for programme in programmes:
        batch = installation.ledger.batch(DIVISION, month, programme)
        yield replay(installation.ledger, batch, desk.folder(batch))
