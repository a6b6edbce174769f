"""`ledger record`: facts files, each whole or not at all."""

from __future__ import annotations

from pathlib import Path

import click

from commands.rendering import output_option, print_json, print_text, progress, say
from commands.session import Session, confirm, pass_session
from ledger.intake.raw import FactsFile
from ledger.intake.reading import read_facts
from ledger.recording import Plan, Recorded, execute, plan
from ledger.recording import record as record_file
from ledger.store.recorder import Conflict
from ledger.values.money import format_yuan
from projections.installation import Installation
from projections.policy_effect import ProgrammeEffect, policy_effect

_SHOWN = 10


@click.command("record")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--division", metavar="CODE", help="For facts that name no division.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Check the files and show what they hold; record nothing.")
@output_option
@pass_session
def command(
    session: Session, files: tuple[Path, ...], division: str | None, output: str, *, yes: bool, dry_run: bool
) -> None:
    """Record facts files (.jsonl, .yaml, .csv, .xlsx), one after the other.

    A file is recorded whole or not at all; the same file again changes nothing. Of a file with policy in it the
    effect is shown before: households affected, the cost of a month now and then, arrears (not with --yes).
    """
    results = []
    with session.installation() as installation:
        for path in files:
            result, effect = _one(installation, read_facts(path), division, yes=yes, dry_run=dry_run)
            results.append(_row(result) | ({"effect": effect} if dry_run else {}))
            if output == "text":
                print_text([_sentence(result, dry_run=dry_run)])
    if output != "text":
        print_json(results[0] if len(results) == 1 else results)


def _one(
    installation: Installation, file: FactsFile, division: str | None, *, yes: bool, dry_run: bool
) -> tuple[Recorded, list[dict[str, object]]]:
    with progress(f"{file.name}: facts checked") as step:
        planned = plan(installation.ledger, file, division=division, step=step)
    result = planned.result
    if result.already:
        return result, []
    effect = [] if yes and not dry_run else _effect(installation, planned)
    if dry_run:
        return result, effect
    for line in _preview(result):
        say(line)
    confirm(f"Record {file.name}?", yes=yes)
    try:
        return execute(installation.ledger, planned), effect
    except Conflict:
        return record_file(installation.ledger, file, division=division), effect


def _effect(installation: Installation, planned: Plan) -> list[dict[str, object]]:
    with progress("households computed under both rules") as step:
        rows = [_effect_row(effect) for effect in policy_effect(installation, planned.events, step)]
    for row in rows:
        say(
            f"  effect on {row['programme']} of {row['division']}: {row['affected']} of {row['households']} "
            f"households; {row['month']} costs {row['cost_now']} now, {row['cost_then']} then; "
            f"arrears {row['arrears']}, to be taken back {row['recoveries']} yuan for earlier months"
        )
    return rows


def _effect_row(effect: ProgrammeEffect) -> dict[str, object]:
    return {
        "division": effect.division, "programme": effect.programme, "month": effect.month.text,
        "households": effect.households, "affected": effect.affected,
        "cost_now": format_yuan(effect.now_fen), "cost_then": format_yuan(effect.then_fen),
        "arrears": format_yuan(effect.arrears_fen), "recoveries": format_yuan(effect.recoveries_fen),
    }  # fmt: skip


def _preview(result: Recorded) -> list[str]:
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(result.kinds.items())) or "nothing new"
    lines = [f"{result.file}: {kinds}"]
    if result.repeated:
        lines.append(f"  {result.repeated} facts were recorded before under the same id and are passed over")
    lines += [f"  warning: {warning}" for warning in result.warnings[:_SHOWN]]
    if len(result.warnings) > _SHOWN:
        lines.append(f"  … and {len(result.warnings) - _SHOWN} warnings more")
    return lines


def _sentence(result: Recorded, *, dry_run: bool) -> str:
    if result.already:
        return f"{result.file} was recorded before, byte for byte: nothing changed."
    verb = "can be recorded" if dry_run else "recorded"
    return f"{result.file}: {result.facts} facts {verb}, {result.events} events."


def _row(result: Recorded) -> dict[str, object]:
    return {
        "file": result.file, "facts": result.facts, "kinds": result.kinds, "events": result.events,
        "repeated": result.repeated, "warnings": list(result.warnings), "already": result.already,
    }  # fmt: skip
