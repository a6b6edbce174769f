"""`ledger inspection`: inspections with their scope, samples, findings and conclusion."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from commands.finding_rows import COLUMNS, finding_row
from commands.rendering import output_option, print_json, print_rows, print_text
from commands.session import DAY, Session, chosen_division, confirm, pass_session
from ledger.application import Ledger
from ledger.domain.supervision import Sampled
from ledger.intake.evidence import evidence_of
from ledger.office import read_text, texts
from ledger.supervising.inspecting import Inspection, conclude, inspection, inspections, require_going_on
from projections.descriptions import moment
from projections.follow_up import follow_up


@click.group("inspection")
def command() -> None:
    """Show inspections by civil affairs and finance, and conclude them. A fact `inspection` begins one."""


@command.command("list")
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@output_option
@pass_session
def list_command(session: Session, division: str | None, output: str) -> None:
    """List the inspections of a county."""
    with session.installation() as installation:
        place = chosen_division(installation, division)
        found = list(inspections(installation.ledger, place))
        findings = follow_up(installation, division=place, ended=True)
    rows = [
        {
            "inspection": one.code, "kind": one.begun.kind, "on": one.begun.inspected_on.isoformat(),
            "samples": len(one.samples), "findings": sum(one.code in row.finding.inspections for row in findings),
            "concluded_on": _concluded_on(one),
        }
        for one in found
    ]  # fmt: skip
    print_rows(rows, output)


@command.command("show")
@click.argument("code", metavar="CODE")
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@output_option
@pass_session
def show_command(session: Session, code: str, division: str | None, output: str) -> None:
    """Show the inspection CODE: scope and team, the samples drawn for it, its findings, its conclusion."""
    with session.installation() as installation:
        place = chosen_division(installation, division)
        one = inspection(installation.ledger, place, code)
        head = _head(installation.ledger, one)
        found = follow_up(installation, division=place, inspection=code, ended=True)
    samples = [_sample(event) for event in one.samples]
    findings = [finding_row(row) for row in found]
    if output == "json":
        print_json({**head, "samples": samples, "findings": findings})
    elif output == "csv":
        print_rows(findings, output, columns=COLUMNS)
    else:
        print_text([f"{key:12} {value}" for key, value in head.items() if value is not None])
        for rows, columns in ((samples, ()), (findings, COLUMNS)):
            if rows:
                print_text([""])
                print_rows(rows, output, columns=columns)


@command.command("conclude")
@click.argument("code", metavar="CODE")
@click.option("--text", required=True, help="The conclusion: sealed with the office.")
@click.option(
    "--evidence", type=click.Path(path_type=Path), multiple=True, metavar="FILE",
    help="The report: its SHA-256 goes on record, the file stays with you.",
)  # fmt: skip
@click.option("--day", type=DAY, help="The day of the conclusion (default: today).")
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_session
def conclude_command(
    session: Session,
    code: str,
    text: str,
    evidence: tuple[Path, ...],
    day: date | None,
    division: str | None,
    output: str,
    *,
    yes: bool,
) -> None:
    """Put the conclusion of the inspection CODE on record, once."""
    words, papers = read_text(text), evidence_of(evidence)
    with session.installation() as installation:
        ledger, place = installation.ledger, chosen_division(installation, division)
        require_going_on(inspection(ledger, place, code))
        confirm(f"Conclude inspection {code} of {place}?", yes=yes)
        head = _head(ledger, conclude(ledger, place, code, words, evidence=papers, on=day))
    if output == "json":
        print_json(head)
    else:
        print_rows([head], output)


def _head(ledger: Ledger, one: Inspection) -> dict[str, Any]:
    said = texts(ledger, (one.begun.scope, one.begun.team, one.conclusion))
    return {
        "inspection": one.code,
        "division": one.division,
        "kind": one.begun.kind,
        "on": one.begun.inspected_on.isoformat(),
        "scope": said.get(one.begun.scope or ""),
        "team": said.get(one.begun.team or ""),
        "conclusion": said.get(one.conclusion or ""),
        "concluded_on": _concluded_on(one),
        "evidence": list(one.concluded.evidence) if one.concluded else [],
    }


def _concluded_on(one: Inspection) -> str | None:
    """The day of the conclusion; one given with the inspection is of that day."""
    if one.concluded is not None:
        return one.concluded.concluded_on.isoformat()
    return one.begun.inspected_on.isoformat() if one.begun.conclusion else None


def _sample(event: Sampled) -> dict[str, Any]:
    return {
        "ref": event.ref,
        "recorded_at": moment(event),
        "actor": event.actor,
        "month": event.month.text,
        "programme": event.programme,
        "seed": event.seed,
        "size": event.size,
        "population": event.population,
        "population_digest": event.population_digest,
        "drawn": [f"{unit.programme}/{unit.case}" for unit in event.drawn],
    }
