"""`ledger funds`: what was appropriated, paid and came back, by programme and budget year."""

from __future__ import annotations

from typing import Any

import click

from commands.rendering import counted, output_option, print_rows, say
from commands.session import Session, chosen_division, pass_session
from ledger.domain.fund import SOURCES
from ledger.values.money import format_yuan
from projections.funds import FundYear

_WORDS = ("division", "programme", "budget_line")
_LEFT_OUT_OF_TEXT = ("division", "paid_for_other_years", "late_returns")


@click.command("funds")
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@click.option("--year", type=click.IntRange(1900, 2199), help="One budget year only.")
@output_option
@pass_session
def command(session: Session, division: str | None, year: int | None, output: str) -> None:
    """Show the money of each programme (budget line) and budget year: appropriated by source, paid, returned, left.

    A payment counts in the year it is paid on, whatever month it is for: December's money paid in January is
    January's year's (`paid_for_other_years`). Money that comes back after the end of the year it was sent in
    (`late_returns`) adds to what was carried over. carried_in + allotted - paid + returned + late_returns - reissued
    = balance; `cancelled` is the part of what came back that is not sent again, `owed` waits to be.
    """
    with session.installation() as installation:
        place = chosen_division(installation, division)
        found = [row for row in installation.funds.years(place) if year in (None, row.year)]
    rows = [_row(row) for row in found]
    if output == "text":
        short = {name for name in _LEFT_OUT_OF_TEXT if all(row[name] in ("0.00", place) for row in rows)}
        rows = [{name: value for name, value in row.items() if name not in short} for row in rows]
    print_rows(rows, output, right=[name for name in (rows[0] if rows else ()) if name not in _WORDS])
    over = [row for row in found if row.balance_fen < 0 and _given(found, row)]
    for row in over:
        say(f"{row.programme} {row.year}: {format_yuan(-row.balance_fen)} yuan more spent than appropriated.")
    say(f"{place}: {counted(len(found), 'programme and year', 'programmes and years')}, by all that is known now.")


def _given(found: list[FundYear], row: FundYear) -> bool:
    """Whether anything was ever appropriated for the programme: else its books are kept elsewhere."""
    return any(one.programme == row.programme and any(one.allotted.values()) for one in found)


def _row(row: FundYear) -> dict[str, Any]:
    amounts = {
        "carried_in": row.carried_in_fen,
        **{source: row.allotted[source] for source in SOURCES},
        "allotted": row.allotted_fen,
        "paid": row.paid_fen,
        "paid_for_other_years": row.paid_for_other_years_fen,
        "returned": row.returned_fen,
        "late_returns": row.late_returns_fen,
        "reissued": row.reissued_fen,
        "cancelled": row.cancelled_fen,
        "owed": row.owed_fen,
        "balance": row.balance_fen,
    }
    return {
        "division": row.division,
        "programme": row.programme,
        "budget_line": row.budget_line,
        "year": row.year,
        **{name: format_yuan(fen) for name, fen in amounts.items()},
    }
