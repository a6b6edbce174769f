"""`ledger audit`: the audit queries over all that is known; suspicions, never verdicts."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from commands.rendering import counted, output_option, print_json, print_rows, progress, say
from commands.session import DAY, MONTH, Session, pass_session
from ledger.errors import Exit
from ledger.values.money import format_yuan
from ledger.values.month import Month, day_of, end_of_day
from projections.audit_book import AuditBook
from projections.suspicions import Suspicion, catalogue, query_of, run


@click.command("audit")
@click.argument("queries", nargs=-1, metavar="[QUERY]...")
@click.option("--from", "first", type=MONTH, help="Only months from this one on (and rows without a month).")
@click.option("--to", "last", type=MONTH, help="Only months up to this one (and rows without a month).")
@click.option("--division", metavar="CODE", help="Only what concerns this division.")
@click.option("--known-at", type=DAY, help="Judge by what was known at the end of that day.")
@click.option("--as-of", type=DAY, help="The day that counts as today (default: the ledger's today).")
@click.option("--list", "listing", is_flag=True, help="List the queries.")
@output_option
@pass_session
def command(
    session: Session,
    queries: tuple[str, ...],
    first: Month | None,
    last: Month | None,
    division: str | None,
    known_at: date | None,
    as_of: date | None,
    output: str,
    *,
    listing: bool,
) -> int:
    """Run audit queries by their names, all without one; exit code 4 when anything is found.

    A row is a suspicion to be looked into: `ledger history` and `ledger explain` show the events it names.
    """
    chosen = [query_of(slug) for slug in queries] or list(catalogue().values())
    if listing:
        print_rows([_about(query.slug) for query in chosen], output)
        return Exit.DONE
    rows: list[tuple[str, Suspicion]] = []
    with session.installation() as installation, progress("queries run") as step:
        log = installation.ledger.events_log
        before = (log.end_by(end_of_day(known_at)) if known_at else log.end()) + 1
        book = AuditBook(installation.ledger, before, as_of or known_at or day_of(installation.ledger.now()))
        for number, query in enumerate(chosen, 1):
            rows += [(query.slug, row) for row in run(query, book) if _wanted(row, first, last, division)]
            step(number)
    if output == "json":
        print_json([_contract(slug, row) for slug, row in rows])
    else:
        print_rows([{**_contract(slug, row), "because": " ".join(row.because)} for slug, row in rows], output)
    found = {slug for slug, _ in rows}
    say(f"{counted(len(rows), 'suspicion')} from {len(found)} of {counted(len(chosen), 'query', 'queries')}.")
    return Exit.FINDINGS if rows else Exit.DONE


def _about(slug: str) -> dict[str, Any]:
    query = query_of(slug)
    return {
        "number": query.number, "query": query.slug, "names": query.subjects, "when": query.definition,
        "legal": query.legal,
    }  # fmt: skip


def _wanted(row: Suspicion, first: Month | None, last: Month | None, division: str | None) -> bool:
    if division is not None and row.division != division:
        return False
    if row.month is None:
        return True
    return (first is None or first <= row.month) and (last is None or row.month <= last)


def _contract(slug: str, row: Suspicion) -> dict[str, Any]:
    return {
        "query": slug,
        "subject": row.subject,
        "case": row.case,
        "division": row.division,
        "month": row.month.text if row.month else None,
        "amount": format_yuan(row.amount_fen) if row.amount_fen is not None else None,
        "because": list(row.because),
        "detail": row.detail,
    }
