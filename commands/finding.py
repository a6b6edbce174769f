"""`ledger finding`: a suspicion taken up, ruled on, rectified, paid back, closed; each step put on record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import click

from commands.finding_opening import open_command
from commands.finding_rows import finding_row
from commands.rendering import output_option, print_json, print_rows, print_text, say
from commands.session import DAY, YUAN, Session, chosen_division, confirm, pass_session
from ledger.domain.finding import FindingEvent
from ledger.domain.finding_file import Finding, Step
from ledger.intake.evidence import evidence_of
from ledger.office import read_text
from ledger.supervising.findings import PREFIX, Said, came_back, finding, plan_step, take_step
from ledger.values.money import format_yuan
from ledger.values.month import day_of
from projections.descriptions import moment
from projections.follow_up import FollowUp, StepTaken, came_back_of, steps
from projections.installation import Installation

_Act = Callable[[Installation, Finding, Step], FindingEvent]


@click.group("finding")
def command() -> None:
    """Take up suspicions and follow them until the money is back.

    suspected → confirmed → ordered → reported → closed, or dismissed. A finding is named by its stream, such as
    finding/520203/paid_after_death/C1, or without `finding/` and the only division. None of it changes what is
    paid.
    """


command.add_command(open_command)


def _step_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every step: papers, words, the day, the deadline."""
    for option in (
        pass_session,
        output_option,
        click.option("--yes", is_flag=True, help="Do not ask."),
        click.option("--due", type=DAY, help="The deadline from now on."),
        click.option("--day", type=DAY, help="The day it happened (default: today)."),
        click.option("--text", help="Why, or what was found: sealed with the office."),
        click.option(
            "--evidence", type=click.Path(path_type=Path), multiple=True, metavar="FILE",
            help="A paper that proves it: its SHA-256 goes on record, the file stays with you.",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


@command.command("confirm")
@click.argument("name", metavar="FINDING")
@click.option("--amount", type=YUAN, required=True, help="What must come back in all; 0.00 for nothing.")
@_step_options
def confirm_command(session: Session, name: str, amount: int, **said: Any) -> None:
    """Rule that FINDING is a breach, and how much must come back; again to rule anew."""
    _take(session, name, lambda _, found, step: found.confirm(step, amount), **said)


@command.command("dismiss")
@click.argument("name", metavar="FINDING")
@_step_options
def dismiss_command(session: Session, name: str, **said: Any) -> None:
    """Rule that FINDING is no breach; --text says why."""
    _take(session, name, lambda _, found, step: found.dismiss(step), **said)


@command.command("order")
@click.argument("name", metavar="FINDING")
@_step_options
def order_command(session: Session, name: str, **said: Any) -> None:
    """Order the rectification of FINDING until --due; again to set another day."""
    _take(session, name, lambda _, found, step: found.order(step), **said)


@command.command("report")
@click.argument("name", metavar="FINDING")
@_step_options
def report_command(session: Session, name: str, **said: Any) -> None:
    """Report FINDING as rectified; --evidence proves it."""
    _take(session, name, lambda _, found, step: found.report(step), **said)


@command.command("recover")
@click.argument("name", metavar="FINDING")
@click.argument("refs", nargs=-1, metavar="[REF]...")
@click.option("--amount", type=YUAN, help="Money that came back outside the ledger; wants --evidence.")
@_step_options
def recover_command(session: Session, name: str, refs: tuple[str, ...], amount: int | None, **said: Any) -> None:
    """Record that money of FINDING came back.

    REF names payouts that took some of it back, or cancellations of payouts; without REF and --amount it is all
    that came back for its case and months and is not linked yet.
    """

    def act(installation: Installation, found: Finding, step: Step) -> FindingEvent:
        meant: Sequence[str] = refs
        if not refs and amount is None:
            meant = [back.ref for back in _on_today(installation, found).unlinked]
        return found.recover(step, came_back(installation.ledger, found, meant), amount or 0)

    _take(session, name, act, **said)


@command.command("close")
@click.argument("name", metavar="FINDING")
@click.option("--write-off", is_flag=True, help="What has not come back will not; --text says why.")
@_step_options
def close_command(session: Session, name: str, *, write_off: bool, **said: Any) -> None:
    """Close FINDING: its rectification was reported, or all that had to come back did."""
    _take(session, name, lambda _, found, step: found.close(step, write_off=write_off), **said)


@command.command("reopen")
@click.argument("name", metavar="FINDING")
@_step_options
def reopen_command(session: Session, name: str, **said: Any) -> None:
    """Reopen FINDING with a reason and a deadline. `ledger finding open` does it where the query found more."""
    _take(session, name, lambda _, found, step: found.reopen(step), **said)


@command.command("show")
@click.argument("name", metavar="FINDING")
@output_option
@pass_session
def show_command(session: Session, name: str, output: str) -> None:
    """Show FINDING: every step with who, when, deadline, papers and words; what came back, linked or not."""
    with session.installation() as installation:
        stream = _named(installation, name)
        told = [_told(step) for step in steps(installation.ledger, stream)]
        row = finding_row(_on_today(installation, finding(installation.ledger, stream)))
    if output == "json":
        print_json({**row, "steps": told})
    elif output == "csv":
        print_rows(told, output)
    else:
        print_text([f"{key:12} {_shown(value)}" for key, value in row.items() if value not in (None, [])])
        print_text([""])
        print_rows(told, output)


def _take(
    session: Session,
    name: str,
    act: _Act,
    *,
    evidence: tuple[Path, ...],
    text: str | None,
    day: date | None,
    due: date | None,
    output: str,
    yes: bool,
) -> None:
    """Previews a step, asks, records it, and prints the finding as it stands."""
    said = Said(day, due, evidence_of(evidence), read_text(text) if text is not None else None)
    with session.installation() as installation:
        ledger, stream, decide = installation.ledger, _named(installation, name), partial(act, installation)
        planned = plan_step(ledger, stream, said, decide)
        after = planned.after
        say(
            f"{stream}: {planned.before.status} → {after.status}, {format_yuan(after.recovered_fen)} yuan recovered"
        )
        for digest in said.evidence:
            say(f"  evidence {digest}")
        confirm("Record it?", yes=yes)
        row = finding_row(_on_today(installation, take_step(ledger, stream, said, decide).after))
    if output == "json":
        print_json(row)
    else:
        print_rows([row], output, columns=("finding", "status", "due_on", "to_recover", "recovered", "left"))


def _named(installation: Installation, name: str) -> str:
    return name if name.startswith(PREFIX) else f"{PREFIX}{chosen_division(installation, None)}/{name}"


def _on_today(installation: Installation, found: Finding) -> FollowUp:
    today = day_of(installation.ledger.now())
    found.require_known()
    return FollowUp(found, today, came_back_of(installation, [found])[found.id])


def _told(step: StepTaken) -> dict[str, Any]:
    event = step.event
    fen = getattr(event, "amount_fen", None) or getattr(event, "written_off_fen", None) or None
    fen = getattr(event, "to_recover_fen", fen)
    return {
        "ref": event.ref,
        "step": event.TOPIC.partition(".")[2],
        "recorded_at": moment(event),
        "actor": event.actor,
        "happened_on": event.happened_on.isoformat(),
        "due_on": event.due_on.isoformat() if event.due_on else None,
        "amount": format_yuan(fen) if fen is not None else None,
        "evidence": list(event.evidence),
        "text": step.text,
    }


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(_shown(item) for item in value)
    if isinstance(value, dict):
        return f"{value['ref']} {value['amount']}{'' if value['linked'] else ' (not linked)'}"
    return str(value)
