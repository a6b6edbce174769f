"""`ledger grain`: relief grain by township and month: allocated, handed out, collected by whom; the stores."""

from __future__ import annotations

from typing import Any

import click

from commands.rendering import counted, kilograms, output_option, print_json, print_rows, say
from commands.session import MONTH, Session, chosen_division, pass_session
from ledger.values.month import Month
from projections.grain_list import GrainList, HouseholdGrain, StoreMonth, TownshipGrain, grain_list


@click.command("grain")
@click.argument("month", type=MONTH)
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@click.option("--year", "whole_year", is_flag=True, help="All months of that year in which there was any grain.")
@click.option("--cases", "by_case", is_flag=True, help="The households instead of the townships.")
@output_option
@pass_session
def command(
    session: Session, month: Month, division: str | None, output: str, *, whole_year: bool, by_case: bool
) -> None:
    """Show relief grain of a month by township: what the close allocated, and what became of it.

    Households that have not got theirs, that got more than their ration, whose grain somebody collected who is
    no member; what stores took in and gave out, and what left them beside what was handed out. Masses in kg. A
    household without a village and a store whose unit begins with no township code stand in a line of their own.
    """
    months = [Month.parse(f"{month.year:04d}-{n:02d}") for n in range(1, 13)] if whole_year else [month]
    with session.installation() as installation:
        place = chosen_division(installation, division)
        found = grain_list(installation, place, months)
    if by_case:
        _print(output, [_household(row) for row in found.households])
    else:
        sums = [_township(row, "township") for row in found.townships()]
        sums += [_township(found.total(m), "total") for m in found.months()]
        _print(output, sums, [_store(row) for row in found.stores])
    _summary(place, found, months)


def _print(output: str, *tables: list[dict[str, Any]]) -> None:
    if output == "json":
        print_json([row for table in tables for row in table])
    elif output == "csv":
        print_rows([row for table in tables for row in table], output)
    else:
        for number, table in enumerate(table for table in tables if table):
            if number:
                click.echo()
            print_rows(table, output)


def _township(row: TownshipGrain, kind: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "month": row.month.text,
        "township": row.township,
        "households": row.households,
        "allocated_kg": kilograms(row.allocated_g),
        "handed_out_kg": kilograms(row.handed_out_g),
        "not_handed_out": row.waiting,
        "over_ration": row.over_ration,
        "by_proxy": row.by_proxy,
        "store_in_kg": kilograms(row.in_g),
        "store_out_kg": kilograms(row.out_g),
        "out_less_handed_out_kg": kilograms(row.out_less_handed_out_g),
    }


def _store(row: StoreMonth) -> dict[str, Any]:
    return {
        "kind": "store",
        "month": row.month.text,
        "township": row.township,
        "unit": row.unit,
        "store_in_kg": kilograms(row.in_g),
        "store_out_kg": kilograms(row.out_g),
        "balance_kg": kilograms(row.balance_g),
    }


def _household(row: HouseholdGrain) -> dict[str, Any]:
    return {
        "month": row.month.text,
        "township": row.township,
        "village": row.village,
        "case": row.case,
        "allocated_kg": kilograms(row.allocated_g),
        "handed_out_kg": kilograms(row.handed_out_g),
        "not_handed_out": row.waiting,
        "over_ration": row.over_ration,
        "by_proxy": bool(row.proxies),
        "because": list(row.because),
    }


def _summary(place: str, found: GrainList, months: list[Month]) -> None:
    sums = [found.total(month) for month in months]
    allocated, handed_out = sum(s.allocated_g for s in sums), sum(s.handed_out_g for s in sums)
    waiting, over = sum(s.waiting for s in sums), sum(s.over_ration for s in sums)
    say(
        f"{place}: {kilograms(allocated)} kg allocated, {kilograms(handed_out)} kg handed out;"
        f" {counted(waiting, 'household')} not handed out yet, {counted(over, 'household')} over the ration,"
        f" {counted(sum(s.by_proxy for s in sums), 'household')} by proxy."
    )
    if len(months) == 1 and found.open_months:
        say(f"{months[0]} is not closed: nothing is allocated for it yet.")
