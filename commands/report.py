"""`ledger report`: the monthly, yearly and cumulated tables that civil affairs and finance publish."""

from __future__ import annotations

import re
from pathlib import Path

import click

from commands.output_files import write_file
from commands.rendering import output_option, print_json, print_rows, say
from commands.report_words import HEADINGS, read_by_people, row, title
from commands.session import Session, chosen_division, pass_session
from ledger.values.month import Month
from projections.installation import Installation
from projections.report import Report, months_paid, not_closed, report

_FILE = click.Path(path_type=Path, dir_okay=False)
_YEAR = re.compile(r"[0-9]{4}")
_WORDS = 2
"""The first columns are words, the others numbers."""

Period = tuple[Month, Month]


class PeriodType(click.ParamType[Period]):
    """A month, `2022-07`, or a year, `2022`."""

    name = "PERIOD"

    def convert(self, value: str | Period, param: click.Parameter | None, ctx: click.Context | None) -> Period:
        """The first and last month."""
        if not isinstance(value, str):
            return value
        try:
            if _YEAR.fullmatch(value):
                return Month.parse(f"{value}-01"), Month.parse(f"{value}-12")
            return Month.parse(value), Month.parse(value)
        except ValueError:
            self.fail(f"{value!r} is neither a month such as 2022-07 nor a year such as 2022", param, ctx)


@click.command("report")
@click.argument("period", type=PeriodType())
@click.option("--cumulated", is_flag=True, help="A month: from January on. A year: since the books began.")
@click.option("--division", metavar="CODE", help="One county only [default: all, and together].")
@click.option("--xlsx", type=_FILE, metavar="FILE", help="Write the table as a workbook, too.")
@click.option("--svg", type=_FILE, metavar="FILE", help="Draw the money, too: of a month with the eleven before.")
@output_option
@pass_session
def command(
    session: Session,
    period: Period,
    division: str | None,
    xlsx: Path | None,
    svg: Path | None,
    output: str,
    *,
    cumulated: bool,
) -> None:
    """Print what the closes of PERIOD (2022-07 or 2022) paid, by division and programme.

    Households and persons are those paid in the last month; person_months adds up the persons of all months, and the
    mean is a person's of a month. Top-ups, arrears and recoveries are parts of the amount; `returned` came back and was
    not sent again. Months are those of the closes: `ledger funds` has what was paid in a budget year.
    """
    with session.installation() as installation:
        places = [chosen_division(installation, division)] if division else installation.divisions()
        paid = months_paid(installation, places)
        found = report(installation, places, *_months(period, paid, cumulated=cumulated))
        drawn = _drawn(installation, places, found, paid) if svg is not None else found
        waiting = not_closed(installation, places, found.last)
    if waiting:
        say(f"{found.last} is not closed, and this table not final: {', '.join(waiting)}.")
    if output == "json":
        rows = [row(of) for of in found.rows]
        print_json({"first": found.first.text, "last": found.last.text, "rows": rows})
    elif output == "csv":
        print_rows([row(of) for of in found.rows], output, columns=tuple(HEADINGS))
    else:
        click.echo(title(found))
        numbers = tuple(HEADINGS.values())[_WORDS:]
        print_rows([read_by_people(of) for of in found.rows], output, right=numbers)
    if xlsx is not None:
        from commands.report_xlsx import workbook

        write_file(xlsx, workbook(found))
        say(f"{xlsx} written.")
    if svg is not None:
        from commands.report_svg import chart

        write_file(svg, chart(drawn).encode())
        say(f"{svg} written.")


def _months(period: Period, paid: Period | None, *, cumulated: bool) -> Period:
    """The months of the table; a year ends with its last month paid."""
    first, last = period
    if paid is None:
        return first, last
    if first != last:
        last = max(first, min(last, paid[1]))
        return (min(first, paid[0]) if cumulated else first), last
    return (Month.parse(f"{first.year:04d}-01") if cumulated else first), last


def _drawn(installation: Installation, places: list[str], found: Report, paid: Period | None) -> Report:
    """What the chart shows: one month alone says nothing, so the year up to it, as far as there was money."""
    if found.first != found.last or paid is None:
        return found
    first = min(found.last, max(found.last - 11, paid[0]))
    return report(installation, places, first, found.last)
