"""`ledger alerts`: the alerts of a county with their age, and each township's count to zero."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from commands.rendering import counted, output_option, print_json, print_rows, say
from commands.session import DAY, Session, chosen_division, pass_session
from ledger.errors import Exit
from ledger.values.identifiers import shown_code
from ledger.values.month import day_of
from projections.alerts import ListedAlert, TownshipCount, by_township, listed_alerts

_ALERT = (
    "alert",
    "township",
    "dataset",
    "side",
    "person",
    "case",
    "state",
    "raised_on",
    "age_days",
    "since",
    "by",
)
_TOWNSHIP = ("township", "raised", "cleared", "open", "oldest_days")


@click.command("alerts")
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@click.option("--as-of", type=DAY, help="As it stood at the end of that day (default: the ledger's today).")
@click.option("--open/--all", "only_open", default=True, help="Only the open ones, or the cleared ones too.")
@click.option("--by-township", is_flag=True, help="Only the count per township.")
@output_option
@pass_session
def command(
    session: Session, division: str | None, as_of: date | None, output: str, *, only_open: bool, by_township: bool
) -> int:
    """List alerts and who has them, then per township how many are open: the count to zero (动态清零).

    The age is in days since it was raised, of a cleared one the days it took. Exit code 4 while any is open.
    """
    with session.installation() as installation:
        place = chosen_division(installation, division)
        today = as_of or day_of(installation.ledger.now())
        found = listed_alerts(installation, place, today)
    rows = [_row(row, today) for row in found if row.alert.open or not only_open]
    townships = _townships(found, today)
    if output == "json":
        print_json({"division": place, "as_of": str(today), "alerts": rows, "townships": townships})
    elif output == "csv":
        print_rows(townships if by_township else rows, output, columns=_TOWNSHIP if by_township else _ALERT)
    else:
        if not by_township:
            print_rows(rows, output, columns=_ALERT)
            click.echo()
        print_rows(townships, output, columns=_TOWNSHIP)
    still_open = sum(row.alert.open for row in found)
    say(f"{place} on {today}: {counted(len(found), 'alert')}, {still_open} open.")
    return Exit.FINDINGS if still_open else Exit.DONE


def _row(row: ListedAlert, today: date) -> dict[str, Any]:
    alert = row.alert
    return {
        "alert": row.code, "township": row.township, "dataset": row.dataset or "erased", "side": alert.raised.side,
        "person": shown_code(alert.raised.person), "case": row.case, "state": alert.state,
        "raised_on": str(alert.raised.raised_on), "age_days": alert.age_days(today), "since": str(alert.since),
        "by": alert.holder, "evidence": list(row.evidence),
    }  # fmt: skip


def _townships(found: list[ListedAlert], today: date) -> list[dict[str, Any]]:
    return [_count(count) for count in by_township(found, today)]


def _count(count: TownshipCount) -> dict[str, Any]:
    return {
        "township": count.township, "raised": count.raised, "cleared": count.cleared, "open": count.open,
        "oldest_days": count.oldest_days,
    }  # fmt: skip
