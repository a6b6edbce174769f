"""`ledger register`: the filing register of a county, and the officials who have not declared this year."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from commands.rendering import counted, output_option, print_rows, say
from commands.session import DAY, Session, chosen_division, pass_session
from ledger.values.month import day_of
from projections.audit_facts import Term
from projections.filing_register import FiledCase, filing_register


@click.command("register")
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@click.option("--as-of", type=DAY, help="The day that counts as today (default: the ledger's today).")
@output_option
@pass_session
def command(session: Session, division: str | None, as_of: date | None, output: str) -> None:
    """Show the filing register: who filed which case when, and whether the county has visited it since.

    Then the officials in office today without a declaration this year; a nil return is one.
    """
    with session.installation() as installation:
        place = chosen_division(installation, division)
        ledger = installation.ledger
        today = as_of or day_of(ledger.now())
        found = filing_register(ledger, place, ledger.events_log.end() + 1, today)
    filed = [_filing(row) for row in found.filed]
    undeclared = [_undeclared(term, today) for term in found.undeclared]
    if output == "text":
        print_rows(filed, output)
        if filed and undeclared:
            click.echo()
        print_rows(undeclared, output)
    else:
        print_rows(filed + undeclared, output)
    unvisited = sum(not row["visited"] for row in filed)
    say(
        f"{counted(len(filed), 'filing')} of {place}, {unvisited} not visited;"
        f" {counted(len(undeclared), 'official')} without a declaration in {today.year}."
    )


def _filing(row: FiledCase) -> dict[str, Any]:
    filing = row.filing
    return {
        "kind": "filing",
        "official": filing.official,
        "case": row.case,
        "filed_on": str(filing.filed_on),
        "recorded_on": str(filing.recorded_on),
        "visited": row.visited_on is not None,
        "visited_on": str(row.visited_on) if row.visited_on else None,
        "because": [filing.ref],
    }


def _undeclared(term: Term, today: date) -> dict[str, Any]:
    return {
        "kind": "no_declaration",
        "official": term.official,
        "person": term.person,
        "role": term.role,
        "unit": term.unit,
        "year": today.year,
        "because": [term.ref],
    }
