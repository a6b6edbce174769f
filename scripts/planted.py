"""Proves the audit queries on made-up months with planted suspicions; prints what each query found, and its time.

`scripts/planted.py --households 1000 --months 12 --seed 7 [--keep DIR] [--json]`: the four counties of Liupanshui
with their destitute, reliefs and supervision, tidy but for what is planted, recorded and closed month by month on a
rehearsal ledger. `--keep` leaves the ledger and the answers in a folder; where it holds them already, they are only
audited again, and what was interrupted goes on there (with the same arguments). Exit 1 unless each query names all
that is planted and nothing else.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import msgspec

CLONE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CLONE))

from commands.main import COLLECT_AFTER  # noqa: E402  found through the line above
from ledger.closing.order import PROGRAMMES  # noqa: E402
from ledger.closing.returning import Named, record_returns, start_reissue  # noqa: E402
from ledger.closing.steps import advance  # noqa: E402  found through the line above
from ledger.intake.reading import read_facts  # noqa: E402
from ledger.intake.sampling import SampleFile  # noqa: E402
from ledger.intake.sampling.planting import (  # noqa: E402
    DIVISIONS,
    Answer,
    Closes,
    PlantedYear,
    SendsAgain,
    SendsBack,
    Step,
    planted_year,
)
from ledger.recording import record  # noqa: E402
from ledger.settings import Settings  # noqa: E402
from ledger.values.month import Month  # noqa: E402
from projections.audit_book import AuditBook  # noqa: E402
from projections.installation import Installation, opened  # noqa: E402
from projections.suspicions import Query, Suspicion, catalogue, run  # noqa: E402

_SHEET, _DONE = "answers.json", "steps.done"
_HOUSEHOLDS_A_PLANTING = 5_000


class Sheet(msgspec.Struct, frozen=True):
    """The answer sheet: whom which query must name, whom it must not, on which day."""

    audited_on: date
    answers: frozenset[Answer]
    decoys: frozenset[Answer]


class Outcome(msgspec.Struct, frozen=True):
    """What one query found, against the sheet. `found` counts what is named, each once."""

    number: int
    query: str
    planted: int
    decoys: int
    found: int
    true: int
    false: int
    missed: int
    precision_percent: float
    recall_percent: float
    seconds: float
    processor_seconds: float
    """Of this process; what the first query waits for that asks for payouts or persons is in `seconds`."""
    wrong: tuple[str, ...]
    """Named and not planted, or planted and missed."""


def main() -> int:
    """Plays the months where they are not kept, audits them; 0 where all is found and nothing else."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--households", type=int, default=1000)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--start", type=Month.parse, default=Month.parse("2022-04"))
    parser.add_argument("--times", type=int, help="how often each suspicion is planted (default: by the size)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the ledger there, or audit the one kept")
    parser.add_argument("--json", action="store_true", help="the outcomes as JSON")
    chosen = parser.parse_args()
    gc.set_threshold(COLLECT_AFTER)
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        home = (chosen.keep or Path(folder)).absolute()
        kept = (home / _SHEET).exists()
        settings = Settings(home=home, master_key_file=home / "keys" / "master.key")
        with opened(settings, actor="planted", create=not kept) as installation:
            if not kept:
                _make(installation, chosen)
            sheet = msgspec.json.decode((home / _SHEET).read_bytes(), type=Sheet)
            outcomes = list(audited(installation, sheet))
    if chosen.json:
        print(json.dumps(msgspec.to_builtins(outcomes), indent=1))
    else:
        _print(outcomes)
    return 1 if any(outcome.wrong or not outcome.planted for outcome in outcomes) else 0


# -- the months


def _make(installation: Installation, chosen: argparse.Namespace) -> None:
    """Plays the year, and writes the answer sheet last: what was cut short is no year to audit."""
    settings = installation.settings
    if not (settings.home / _DONE).exists():
        installation.ledger.found(DIVISIONS[0], rehearsal=True)
        installation.make_rehearsal_keys()
    times = chosen.times or -(-chosen.households // _HOUSEHOLDS_A_PLANTING)
    year = planted_year(chosen.households, chosen.seed, chosen.start, chosen.months, times=times)
    sheet = play(installation, year)
    (settings.home / _SHEET).write_bytes(msgspec.json.encode(sheet))


def play(installation: Installation, year: PlantedYear) -> Sheet:
    """Lets the year happen on a rehearsal ledger, from the step on that an interrupted run came to; its answers."""
    done = installation.settings.home / _DONE
    steps_done = int(done.read_text()) if done.exists() else 0
    for number, step in enumerate(year.steps, 1):
        if number > steps_done:
            _play(installation, step)
            done.write_text(str(number))
    return Sheet(year.audited_on, year.answers, year.decoys)


def _play(installation: Installation, step: Step) -> None:
    began = time.perf_counter()
    match step:
        case SampleFile():
            _say(began, _record(installation, step))
        case Closes():
            for division in step.divisions:
                began = time.perf_counter()
                _say(began, _close(installation, step.on, step.month, division))
        case SendsBack():
            installation.ledger.set_rehearsal_day(step.on)
            record_returns(installation.ledger, step.division, _named(step.payouts))
        case SendsAgain():
            installation.ledger.set_rehearsal_day(step.on)
            desk, signers = installation.closing_desk(), installation.rehearsal_signers()
            batch = start_reissue(desk, step.division, _named(step.payouts))
            advance(desk, step.division, batch.month, batch.programme, signers)
    installation.ledger.clear_rehearsal_day()


def _record(installation: Installation, sample: SampleFile) -> str:
    path = installation.settings.home / sample.name
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(fact, ensure_ascii=False) + "\n" for fact in sample.facts)
    events = record(installation.ledger, read_facts(path)).events if path.stat().st_size else 0
    path.unlink()
    return f"recorded {sample.name}: {events:,} events"


def _close(installation: Installation, on: date, month: Month, division: str) -> str:
    installation.ledger.set_rehearsal_day(on)
    desk, signers = installation.closing_desk(), installation.rehearsal_signers()
    batches = [advance(desk, division, month, programme, signers) for programme in PROGRAMMES]
    assert all(batch.closed for batch in batches), "a rehearsal closes at once"
    payouts = sum(batch.closed.totals.payouts for batch in batches if batch.closed)
    return f"closed {division} {month}: {payouts:,} payouts"


def _named(payouts: Iterable[tuple[str, Month]]) -> list[Named]:
    return [Named(code, month) for code, month in payouts]


# -- the audit


def audited(installation: Installation, sheet: Sheet) -> Iterator[Outcome]:
    """What each query finds; the book is read as queries ask for its parts."""
    began = time.perf_counter()
    ledger = installation.ledger
    book = AuditBook(ledger, ledger.events_log.end() + 1, sheet.audited_on)
    _say(began, f"cases of the audit book: {len(book.cases):,}")
    for query in catalogue().values():
        query_began = time.perf_counter(), time.process_time()
        rows = list(run(query, book))
        took = time.perf_counter() - query_began[0], time.process_time() - query_began[1]
        yield judged(query, rows, sheet, took)
    _say(began, "all queries")


def judged(query: Query, rows: Iterable[Suspicion], sheet: Sheet, took: tuple[float, float]) -> Outcome:
    """The rows of a query against what the sheet says of it: subjects, by month where it asks for months.

    `took`: seconds by the clock, and of the processor.
    """
    answers = {answer for answer in sheet.answers if answer.query == query.slug}
    decoys = sum(decoy.query == query.slug for decoy in sheet.decoys)
    named = {Answer(query.slug, row.division, row.subject, row.month and str(row.month)) for row in rows}
    found = {_as_asked(each, answers) for each in named}
    true, false, missed = found & answers, found - answers, answers - found
    wrong = [f"named and not planted: {_told(each)}" for each in sorted(false, key=_told)]
    wrong += [f"planted and not named: {_told(each)}" for each in sorted(missed, key=_told)]
    seconds, processor_seconds = (round(each, 2) for each in took)
    return Outcome(
        query.number, query.slug, len(answers), decoys, len(found), len(true), len(false), len(missed),
        _percent(len(true), len(found)), _percent(len(true), len(answers)), seconds, processor_seconds,
        tuple(wrong),
    )  # fmt: skip


def _as_asked(named: Answer, answers: set[Answer]) -> Answer:
    """Without its month where the sheet asks for none."""
    whichever = named._replace(month=None)
    return whichever if whichever in answers else named


def _told(answer: Answer) -> str:
    return f"{answer.division} {answer.subject} {answer.month or ''}".rstrip()


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 100.0


def _print(outcomes: list[Outcome]) -> None:
    columns = ("planted", "decoys", "found", "true", "false", "missed")
    print(
        f"\n{'query':<30}"
        + "".join(f"{name:>10}" for name in (*columns, "precision", "recall", "seconds", "processor"))
    )
    for outcome in outcomes:
        counts = "".join(f"{getattr(outcome, name):>10,}" for name in columns)
        print(
            f"{outcome.number:>2} {outcome.query:<27}{counts}{outcome.precision_percent:>9}%"
            f"{outcome.recall_percent:>9}%{outcome.seconds:>10.2f}{outcome.processor_seconds:>10.2f}"
        )
        for wrong in outcome.wrong[:10]:
            print(f"     {wrong}")
    planted, found = (sum(getattr(o, name) for o in outcomes) for name in ("planted", "found"))
    wrong_ones = sum(len(o.wrong) for o in outcomes)
    print(f"{planted:,} planted, {found:,} found, {wrong_ones:,} wrong")


def _say(began: float, what: str) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{time.perf_counter() - began:7.1f} s  {peak:6,} MB  {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
