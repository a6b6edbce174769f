"""A whole prefecture through the real application: recorded, closed, replayed, verified; prints each step's figures.

`scripts/prefecture.py --households 91221 --months 2 --seed 7`: the reference prefecture with its destitute people and
emergency reliefs, on an embedded server in a temporary folder (or `--home`). Exit 1 where anything differs.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

CLONE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CLONE))

from ledger.closing.order import PROGRAMMES  # noqa: E402
from ledger.closing.steps import advance  # noqa: E402  found through the line above
from ledger.domain.batch import Batch  # noqa: E402
from ledger.intake.reading import read_facts  # noqa: E402
from ledger.intake.sampling import CLOSE_DAY, SampleFile, prefecture  # noqa: E402
from ledger.intake.sampling.numbers import COUNTIES  # noqa: E402
from ledger.recording import record  # noqa: E402
from ledger.replaying import replay  # noqa: E402
from ledger.settings import Settings  # noqa: E402
from ledger.values.money import format_yuan  # noqa: E402
from ledger.values.month import Month  # noqa: E402
from projections.installation import Installation, opened  # noqa: E402
from projections.verification import verify  # noqa: E402


def main() -> int:
    """Plays the months; 0 where every batch replays equal and every check is true."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=91_221)
    parser.add_argument("--months", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--start", type=Month.parse, default=Month.parse("2022-04"))
    parser.add_argument("--supervision", action="store_true", help="officials, filings, reviews and more as well")
    parser.add_argument("--home", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="prefecture-") as folder:
        home = (chosen.home or Path(folder)).absolute()
        settings = Settings(home=home, master_key_file=home / "keys" / "master.key")
        with opened(settings, actor="prefecture", create=True) as installation:
            installation.ledger.found(COUNTIES[0], rehearsal=True)
            installation.make_rehearsal_keys()
            return 0 if _play(installation, chosen) else 1


def _play(installation: Installation, chosen: argparse.Namespace) -> bool:
    to_close = [chosen.start + n for n in range(chosen.months)]
    closed: list[Batch] = []
    files = prefecture(
        chosen.households, chosen.seed, chosen.start, chosen.months, all_programmes=True,
        supervision=chosen.supervision,
    )  # fmt: skip
    for sample in files:
        while to_close and sample.recorded_on >= to_close[0].first_day.replace(day=CLOSE_DAY):
            closed += _close(installation, to_close.pop(0))
        _record(installation, sample)
    for month in to_close:
        closed += _close(installation, month)
    return _replay(installation, closed) and _verify(installation)


def _record(installation: Installation, sample: SampleFile) -> None:
    began = time.perf_counter()
    path = installation.settings.home / sample.name
    with path.open("w", encoding="utf-8") as file:
        for fact in sample.facts:
            file.write(json.dumps(fact, ensure_ascii=False) + "\n")
    if path.stat().st_size:
        done = record(installation.ledger, read_facts(path))
        _say(began, f"recorded {sample.name}: {done.facts:,} facts, {done.events:,} events")
    path.unlink()


def _close(installation: Installation, month: Month) -> list[Batch]:
    installation.ledger.set_rehearsal_day(month.first_day.replace(day=CLOSE_DAY))
    desk, signers = installation.closing_desk(), installation.rehearsal_signers()
    closed = []
    for division in COUNTIES:
        began = time.perf_counter()
        batches = [advance(desk, division, month, programme, signers) for programme in PROGRAMMES]
        totals = [batch.closed.totals for batch in batches if batch.closed]
        payouts, fen = sum(t.payouts for t in totals), sum(t.amount_fen for t in totals)
        _say(began, f"closed {division} {month}: {payouts:,} payouts, {format_yuan(fen)} yuan")
        closed += batches
    installation.ledger.clear_rehearsal_day()
    return closed


def _replay(installation: Installation, closed: list[Batch]) -> bool:
    desk = installation.closing_desk()
    began = time.perf_counter()
    found = [replay(installation.ledger, batch, desk.folder(batch)) for batch in closed]
    differences = sum(len(each.differences) for each in found)
    events = sum(each.events for each in found)
    _say(began, f"replayed {len(found)} batches from {events:,} events: {differences} differences")
    return not differences


def _verify(installation: Installation) -> bool:
    began = time.perf_counter()
    verdicts = list(verify(installation))
    wrong = [verdict for verdict in verdicts if not verdict.ok]
    _say(began, f"verified: {len(verdicts)} checks, {len(wrong)} false")
    for verdict in wrong:
        print(f"  FALSE {verdict.check}: {verdict.detail}")
    return not wrong


def _say(began: float, what: str) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{time.perf_counter() - began:7.1f} s  {peak:6,} MB  {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
