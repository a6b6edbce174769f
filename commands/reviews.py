"""`ledger reviews`: the reviews and means checks of households, and who has had none for a year."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from commands.rendering import counted, output_option, print_rows, say
from commands.session import DAY, Session, chosen_division, pass_session
from ledger.values.month import day_of
from projections.reviews import HouseholdReview, Unreviewed, household_reviews, unreviewed

_KINDS = ("means_check", "yearly", "half_yearly")
_REVIEW = ("case", "programme", "kind", "reviewed_on", "household", "by", "ref")
_MISSING = ("case", "programme", "confirmed_on", "last_on")


@click.command("reviews")
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@click.option("--kind", type=click.Choice(_KINDS), help="Only this kind.")
@click.option("--missing", is_flag=True, help="The households without one (a means check, or --kind) for a year.")
@click.option("--as-of", type=DAY, help="The day that counts as today (default: the ledger's today).")
@output_option
@pass_session
def command(
    session: Session, division: str | None, kind: str | None, as_of: date | None, output: str, *, missing: bool
) -> None:
    """List the reviews of households: periodic ones, and means checks (核对) of new and of drawing households.

    A household is new while it has not drawn anything: up to the month of its confirmation.
    """
    with session.installation() as installation:
        place = chosen_division(installation, division)
        today = as_of or day_of(installation.ledger.now())
        if missing:
            without = unreviewed(installation, place, kind or _KINDS[0], today)
        else:
            found = [row for row in household_reviews(installation, place) if kind in (None, row.review.kind)]
    if missing:
        print_rows([_without(row) for row in without], output, columns=_MISSING)
        say(f"{place} on {today}: {counted(len(without), 'household')} without a {kind or _KINDS[0]} for a year.")
    else:
        print_rows([_row(row) for row in found], output, columns=_REVIEW)
        say(f"{place}: {counted(len(found), 'review')}, {sum(row.new for row in found)} of new households.")


def _row(row: HouseholdReview) -> dict[str, Any]:
    review = row.review
    return {
        "case": row.case, "programme": row.programme, "kind": review.kind, "reviewed_on": str(review.reviewed_on),
        "household": "new" if row.new else "drawing", "by": review.by, "ref": review.ref,
    }  # fmt: skip


def _without(row: Unreviewed) -> dict[str, Any]:
    return {
        "case": row.case, "programme": row.programme, "confirmed_on": str(row.confirmed_on),
        "last_on": str(row.last_on) if row.last_on else None,
    }  # fmt: skip
