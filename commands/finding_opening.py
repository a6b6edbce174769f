"""`ledger finding open`: what an audit query names, taken up; the same suspicion found again opens no second one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from commands.rendering import counted, first_few, output_option, print_rows, say
from commands.session import DAY, Session, chosen_division, confirm, pass_session
from ledger.errors import Misused, Refused
from ledger.intake.evidence import evidence_of
from ledger.supervising.findings import Planned, Said, Suspected, open_findings, plan_opening
from ledger.values.money import format_yuan
from ledger.values.month import day_of
from projections.audit_book import AuditBook
from projections.follow_up import suspected
from projections.suspicions import Query, query_of

KNOWN = "known"
"""What is said of a suspicion by which nothing changes."""

_COLUMNS = ("finding", "outcome", "status", "months", "suspected", "due_on")


@click.command("open")
@click.argument("query", metavar="QUERY")
@click.argument("subjects", nargs=-1, metavar="[SUBJECT]...")
@click.option("--all", "everybody", is_flag=True, help="All whom the query names.")
@click.option(
    "--due", type=DAY, help="Until when it is to be looked into; wanted where one is opened or reopened."
)
@click.option("--inspection", metavar="CODE", help="The inspection that came upon it.")
@click.option(
    "--evidence", type=click.Path(path_type=Path), multiple=True, metavar="FILE",
    help="A paper that belongs to it: its SHA-256 goes on record.",
)  # fmt: skip
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_session
def open_command(
    session: Session,
    query: str,
    subjects: tuple[str, ...],
    due: date | None,
    inspection: str | None,
    evidence: tuple[Path, ...],
    division: str | None,
    output: str,
    *,
    everybody: bool,
    yes: bool,
) -> None:
    """Take up what the audit query QUERY names now: each SUBJECT, or --all.

    One query and subject is one finding for ever: found again with more months or other proof it is added to the
    one that is open; one that was closed or dismissed is reopened, and only by what was not known then.
    """
    if everybody == bool(subjects):
        raise Misused(
            "finding.nothing_named", "finding open", found="subjects and --all" if everybody else "no subject",
            expected="the subjects, or --all",
        )  # fmt: skip
    asked = query_of(query)
    said = Said(due_on=due, evidence=evidence_of(evidence))
    with session.installation() as installation:
        ledger = installation.ledger
        place = chosen_division(installation, division)
        book = AuditBook(ledger, ledger.events_log.end() + 1, day_of(ledger.now()))
        named = [one for one in suspected(asked, book) if one.division == place]
        wanted = named if everybody else _wanted(asked, named, subjects)
        planned = plan_opening(ledger, wanted, said, inspection)
        _preview(planned)
        if any(one.event is not None for one in planned):
            confirm("Record it?", yes=yes)
            planned = open_findings(ledger, wanted, said, inspection)
    print_rows([_row(one) for one in planned], output, columns=_COLUMNS)


def _wanted(query: Query, named: Sequence[Suspected], subjects: Sequence[str]) -> list[Suspected]:
    missing = [subject for subject in subjects if subject not in {one.subject for one in named}]
    if missing:
        raise Refused(
            "finding.not_suspected",
            f"{query.slug} {first_few(missing)}",
            found="not named by the query now",
            expected=f"whom `ledger audit {query.slug}` names: {first_few([one.subject for one in named]) or 'nobody'}",
        )
    return [one for one in named if one.subject in subjects]


def _preview(planned: Sequence[Planned]) -> None:
    outcomes = Counter(_outcome(one) for one in planned)
    told = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in sorted(outcomes.items()))
    say(f"{counted(len(planned), 'suspicion')}: {told or 'none'}")


def _outcome(one: Planned) -> str:
    return one.event.TOPIC.partition(".")[2] if one.event is not None else KNOWN


def _row(one: Planned) -> dict[str, Any]:
    after = one.after
    return {
        "finding": after.id,
        "outcome": _outcome(one),
        "status": after.status,
        "months": [month.text for month in sorted(after.months)],
        "suspected": format_yuan(after.suspected_fen),
        "due_on": after.due_on.isoformat() if after.due_on else None,
    }
