"""`ledger replay`: a closed month rebuilt from the events and compared with what was paid and signed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from commands.rendering import counted, kilograms, output_option, print_json, print_rows, print_text, progress, say
from commands.session import DAY, MONTH, Session, chosen_division, pass_session, programme_option
from ledger.closing.order import PROGRAMMES
from ledger.errors import Exit, Refused
from ledger.intake.reading import read_facts
from ledger.replaying import Replay, due_by_programme, replay
from ledger.values.money import format_yuan
from ledger.values.month import Month
from projections.installation import Installation
from projections.policy_effect import under_policy


@click.command("replay")
@click.argument("month", type=MONTH)
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@programme_option
@click.option("--known-at", type=DAY, help="What each case was due by what was known at the end of that day.")
@click.option("--policy", type=click.Path(path_type=Path), metavar="FILE", help="What it were under other rules.")
@output_option
@pass_session
def command(
    session: Session,
    month: Month,
    division: str | None,
    programme: str | None,
    known_at: date | None,
    policy: Path | None,
    output: str,
) -> int:
    """Rebuild MONTH from the events as they were known when it was frozen; compare with payouts and files.

    No view is read in between. Exit code 5 where anything differs. With --known-at nothing is compared.

    With --policy nothing is recorded either: FILE holds policy facts (standard, top_up_rule, policy, one_off,
    void), and each case's due of MONTH alone is shown without and with them, of what was known at the freeze of
    MONTH or, where it is open, is known now; cases that get the same are only counted.
    """
    programmes = (programme,) if programme else None
    with session.installation() as installation:
        place = chosen_division(installation, division)
        if policy is not None:
            return _under_policy(installation, place, month, policy, programmes or PROGRAMMES, known_at, output)
        if known_at is not None:
            _print_due(
                _due_rows(installation, place, month, known_at, programmes or PROGRAMMES), month, known_at, output
            )
            return Exit.DONE
        found = _replays(installation, place, month, programmes)
    rows = [_row(each) for each in found]
    if output == "json":
        print_json(rows)
    else:
        print_rows(
            [{**row, "files": len(row["files"]), "differences": len(row["differences"])} for row in rows], output
        )
    for each in found:
        for difference in each.differences:
            say(f"{each.programme}, {difference.where}:")
            say(f"  the events give: {difference.replayed}")
            say(f"  what was done:   {difference.done}")
    differ = any(each.differences for each in found)
    if output == "text":
        word = "differs: `ledger verify` says more" if differ else "agrees with payouts, roll and files"
        print_text([f"{place} {month}, rebuilt from the events: {word}."])
    return Exit.INTEGRITY if differ else Exit.DONE


def _under_policy(
    installation: Installation,
    division: str,
    month: Month,
    file: Path,
    programmes: Sequence[str],
    known_at: date | None,
    output: str,
) -> int:
    with progress("households computed under both rules") as step:
        found = under_policy(
            installation, division, month, read_facts(file), programmes, known_on=known_at, step=step
        )
    rows = [
        {
            "case": case.case, "programme": case.programme, "due": format_yuan(case.now_fen),
            "under_file": format_yuan(case.then_fen), "difference": format_yuan(case.then_fen - case.now_fen),
        }
        for case in found.cases
    ]  # fmt: skip
    now_fen, then_fen = found.now_fen, found.then_fen
    totals = {
        "households": found.households, "affected": len(rows), "due": format_yuan(now_fen),
        "under_file": format_yuan(then_fen), "difference": format_yuan(then_fen - now_fen),
    }  # fmt: skip
    if output == "json":
        print_json({"division": division, "month": month.text, "cases": rows, "totals": totals})
    else:
        print_rows(rows, output, columns=("case", "programme", "due", "under_file", "difference"))
    say(
        f"{month} of {division} under {file.name}: {len(rows)} of {counted(found.households, 'household')} "
        f"differ; due {totals['due']}, under the file {totals['under_file']}, difference "
        f"{totals['difference']} yuan. Nothing was recorded."
    )
    return Exit.DONE


def _replays(
    installation: Installation, division: str, month: Month, programmes: Sequence[str] | None
) -> list[Replay]:
    """The batches asked for; of a month all that are closed, those paid apart last."""
    ledger = installation.ledger
    names = programmes or (*PROGRAMMES, *sorted(p for p in ledger.batches(division) if p not in PROGRAMMES))
    batches = [ledger.batch(division, month, programme) for programme in names]
    closed = [batch for batch in batches if batch.closed]
    if not closed:
        raise Refused(
            "replay.not_closed",
            f"{division} {month}",
            found="a month that is not closed",
            expected="a closed month",
            hint=f"`ledger roll {month}` shows what closing it would pay; --known-at works for any month.",
        )
    desk = installation.closing_desk()
    found = []
    with progress("batches replayed") as step:
        for number, batch in enumerate(closed, 1):
            found.append(replay(ledger, batch, desk.folder(batch)))
            step(number)
    return found


def _row(found: Replay) -> dict[str, Any]:
    return {
        "programme": found.programme,
        "ok": not found.differences,
        "payouts": found.payouts,
        "amount": format_yuan(found.amount_fen),
        "grain_kg": kilograms(found.grain_g),
        "events": found.events,
        "files": list(found.files),
        "differences": [{"where": d.where, "replayed": d.replayed, "done": d.done} for d in found.differences],
    }


def _due_rows(
    installation: Installation, division: str, month: Month, known_at: date, programmes: Sequence[str]
) -> list[dict[str, Any]]:
    due = due_by_programme(installation.ledger, division, month, known_at)
    return [
        {
            "case": code, "programme": programme, "amount": format_yuan(owed.total_fen),
            "lines": {share.component: format_yuan(share.amount_fen) for share in owed.shares()},
            "insured": owed.insured, "nothing": owed.nothing,
        }
        for programme in programmes
        for code, owed in due.get(programme, {}).items()
    ]  # fmt: skip


def _print_due(rows: list[dict[str, Any]], month: Month, known_at: date, output: str) -> None:
    print_rows(rows, output)
    if output == "text":
        say(f"Due for {month} alone, by what was known at the end of {known_at}: {counted(len(rows), 'case')}.")
