"""`ledger demo`: a rehearsal county from facts to verified payout files, each step with its figures."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TypeVar

import click

from commands.rendering import print_text, progress
from commands.session import system_user
from ledger.closing.order import PROGRAMMES
from ledger.closing.steps import advance
from ledger.domain.batch import Batch
from ledger.errors import Exit, IntegrityBroken, Misused
from ledger.explaining import explain
from ledger.intake.reading import read_facts
from ledger.intake.sampling import CLOSE_DAY, SampleFile, county
from ledger.recording import Recorded, record
from ledger.replaying import replay
from ledger.settings import Settings
from ledger.values.mass import format_kg
from ledger.values.money import format_yuan
from ledger.values.month import Month
from projections.descriptions import sentence
from projections.installation import Installation, opened
from projections.verification import verify

DIVISION = "520203"
FIRST_MONTH = Month.parse("2022-04")
MONTHS = 3

T = TypeVar("T")


@click.command("demo")
@click.option("--households", type=click.IntRange(10, 100_000), default=3000, show_default=True)
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed makes the same county.")
@click.option(
    "--home", type=click.Path(path_type=Path), help="An empty folder for it (default: a new temporary one)."
)
def command(households: int, seed: int, home: Path | None) -> int:
    """Close three months of a made-up county: record, freeze, sign, close, verify, replay, explain.

    The people are generated. The ledger stays where the last lines say, to look around in.
    """
    folder = home or Path(tempfile.mkdtemp(prefix="ledger-demo-"))
    if folder.exists() and any(folder.iterdir()):
        raise Misused("demo.folder", str(folder), found="files in it", expected="an empty or a new folder")
    settings = Settings(home=folder.absolute(), master_key_file=folder.absolute() / "keys" / "master.key")
    started = time.monotonic()
    click.echo(
        f"A rehearsal ledger of {households:,} households in division {DIVISION}, seed {seed}. No real people."
    )
    with ExitStack() as stack:
        installation = _step(
            "database started, tables and throw-away keys made",
            lambda: _found(stack.enter_context(opened(settings, actor=system_user(), create=True))),
        )
        clean = _play(installation, households, seed)
    where = f"LEDGER_HOME={shlex.quote(str(settings.home))}"
    print_text(
        [
            f"All of it in {time.monotonic() - started:.0f} s. To look around:",
            f"  {where} ledger history C{DIVISION}000001",
            f"The folder is yours to delete: {settings.home}",
        ]
    )
    return Exit.DONE if clean else Exit.INTEGRITY


def _found(installation: Installation) -> Installation:
    installation.ledger.found(DIVISION, rehearsal=True)
    installation.make_rehearsal_keys()
    return installation


def _play(installation: Installation, households: int, seed: int) -> bool:
    batches: list[Batch] = []
    to_close = [FIRST_MONTH + n for n in range(MONTHS)]
    for sample in county(households, DIVISION, seed, FIRST_MONTH, MONTHS, all_programmes=True):
        while to_close and sample.recorded_on >= _close_day(to_close[0]):
            batches = _close(installation, to_close.pop(0))
        _record(installation, sample)
    for month in to_close:
        batches = _close(installation, month)
    _openssl(installation, max(batches, key=lambda batch: batch.closed.totals.payouts if batch.closed else 0))
    clean = _replay(installation, batches)
    _explain(installation, batches)
    return _verify(installation) and clean


def _close_day(month: Month) -> date:
    return month.first_day.replace(day=CLOSE_DAY)


def _record(installation: Installation, sample: SampleFile) -> None:
    path = installation.settings.home / "facts" / sample.name

    def run() -> Recorded:
        path.parent.mkdir(exist_ok=True)
        with path.open("w", encoding="utf-8") as file:
            for fact in sample.facts:
                file.write(json.dumps(fact, ensure_ascii=False) + "\n")
        with progress(f"{sample.name}: facts checked") as step:
            return record(installation.ledger, read_facts(path), step=step)

    _step(
        f"recorded {sample.name}",
        run,
        lambda done: f"{_kinds(done.kinds)} → {done.events:,} events",
    )


def _kinds(kinds: dict[str, int]) -> str:
    """The commonest kinds first, the rest as a count."""
    ordered = sorted(kinds.items(), key=lambda item: -item[1])
    shown = ", ".join(f"{count:,} {kind}" for kind, count in ordered[:6])
    rest = sum(count for _, count in ordered[6:])
    return f"{shown}, {rest} others" if rest else shown


def _close(installation: Installation, month: Month) -> list[Batch]:
    installation.ledger.set_rehearsal_day(_close_day(month))
    desk, signers = installation.closing_desk(), installation.rehearsal_signers()
    batches = []
    for programme in PROGRAMMES:

        def run(programme: str = programme) -> Batch:
            with progress(f"{programme} {month}: households settled") as step:
                return advance(desk, DIVISION, month, programme, signers, step)

        batches.append(_step(f"closed {month} {programme}", run, _totals))
    installation.ledger.clear_rehearsal_day()
    return batches


def _totals(batch: Batch) -> str:
    assert batch.closed is not None
    totals = batch.closed.totals
    grain = f", {format_kg(totals.grain_g)} kg of grain" if totals.grain_g else ""
    zero = f", {totals.bookings} bookings that come to nothing" if totals.bookings else ""
    return f"{totals.payouts:,} payouts, {format_yuan(totals.amount_fen)} yuan{zero}{grain}"


def _openssl(installation: Installation, batch: Batch) -> None:
    """Runs the commands of VERIFY.txt as an inspector would type them."""
    folder = installation.closing_desk().folder(batch)
    if shutil.which("openssl") is None or shutil.which("sha256sum") is None:
        click.echo("  openssl or sha256sum is not on this machine: `ledger payfile verify` does the same checks")
        return

    def run() -> int:
        text = (folder / "VERIFY.txt").read_text(encoding="utf-8")
        commands = "\n".join(line.strip() for line in text.splitlines() if line.startswith("    "))
        found = subprocess.run(  # noqa: S603  our own file, our own commands
            ["/bin/sh", "-c", commands], cwd=folder, capture_output=True, text=True, check=False
        )
        oks = set(re.findall(r"^[0-9]+ OK$", found.stdout, re.MULTILINE))
        if not oks or oks != set(re.findall(r"[0-9]+ OK(?=\")", text)):
            raise IntegrityBroken(
                "demo.verify",
                str(folder),
                found=found.stderr.strip() or found.stdout,
                expected="every OK of VERIFY.txt",
            )
        return len(oks)

    _step(
        f"verified the bundle of {batch.programme} with openssl and sha256sum, as its VERIFY.txt says",
        run,
        lambda oks: f"{oks} of {oks} OK",
    )


def _replay(installation: Installation, batches: list[Batch]) -> bool:
    desk = installation.closing_desk()
    clean = True
    for batch in batches:
        found = _step(
            f"replayed {batch.month} {batch.programme} from the events alone",
            lambda batch=batch: replay(installation.ledger, batch, desk.folder(batch)),  # type: ignore[misc]
            lambda done: (
                f"{done.events:,} events → {done.payouts:,} payouts, {format_yuan(done.amount_fen)} yuan, "
                f"{len(done.files)} files: {len(done.differences) or 'no'} differences"
            ),
        )
        clean = clean and not found.differences
    return clean


def _explain(installation: Installation, batches: list[Batch]) -> None:
    month = batches[-1].month
    components = installation.rolls.payments.components(DIVISION, month)
    case = max(sorted(components), key=lambda code: len(components[code]), default=None)
    if case is None:
        return
    found = _step(f"explained {case}, {month}", lambda: explain(installation.ledger, DIVISION, month, case))
    for line in found.lines:
        for_month = "" if line.for_month == month else f" for {line.for_month}"
        click.echo(
            f"    {format_yuan(line.amount_fen):>10}  {line.component}{for_month}: {'; '.join(line.arithmetic)}"
        )
    click.echo(f"    {format_yuan(found.amount_fen):>10}  together, from {len(found.facts)} facts, such as")
    for recorded in found.facts[:2]:
        click.echo(f"                {recorded.event.ref}: {sentence(recorded.event)[:100]}")


def _verify(installation: Installation) -> bool:
    verdicts = _step(
        "verified log, views, payouts, approvals and files against each other",
        lambda: list(verify(installation)),
        lambda done: f"{sum(v.ok for v in done)} of {len(done)} checks true",
    )
    for verdict in verdicts:
        if not verdict.ok:
            click.echo(f"    FALSE {verdict.check}: {verdict.detail}")
    return all(verdict.ok for verdict in verdicts)


def _step(what: str, run: Callable[[], T], figures: Callable[[T], str] | None = None) -> T:
    began = time.monotonic()
    done = run()
    said = f": {figures(done)}" if figures else ""
    click.echo(f"  {time.monotonic() - began:5.1f} s  {what}{said}")
    return done
