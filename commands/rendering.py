"""One shape for output: every command builds plain rows, one renderer writes them as text, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from ledger.values.mass import format_kg

FORMATS = ("text", "json", "csv")

output_option = click.option(
    "--output", type=click.Choice(FORMATS), default="text", show_default=True, help="How to print the result."
)

Row = Mapping[str, Any]

_NUMBERS = ("amount", "payouts", "previous", "grain_kg")


def say(message: str) -> None:
    """A message for people, on stderr."""
    click.echo(message, err=True)


def print_rows(
    rows: Sequence[Row], output: str, *, columns: Sequence[str] = (), right: Sequence[str] = _NUMBERS
) -> None:
    """Rows as a table (its columns `right` aligned so), a JSON array (`[]` when empty) or CSV; to stdout."""
    if output == "json":
        print_json(rows)
        return
    names = list(columns) or list(dict.fromkeys(name for row in rows for name in row))
    yes, no = ("true", "false") if output == "csv" else ("yes", "NO")
    flat = [[_cell(row.get(name), yes, no) for name in names] for row in rows]
    if output == "csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(flat)
        click.echo(text.getvalue(), nl=False)
        return
    if not rows:
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    for cells in flat:
        table.add_row(*cells)
    _console().print(table)


def print_json(value: Any) -> None:
    """A value as JSON; to stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))


def print_text(lines: Sequence[str]) -> None:
    """Lines of text; to stdout."""
    for line in lines:
        click.echo(line)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int], None]]:
    """A progress line on stderr that counts; nothing where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}"),
               TimeElapsedColumn())  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done: bar.update(task, completed=done)


def kilograms(grams: int) -> int | str:
    """Whole kilograms as a number, others as decimal text: never a float."""
    return grams // 1000 if grams % 1000 == 0 else format_kg(grams)


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 payout`, `2 payouts`, `2 queries`."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural or f'{noun}s'}"


def first_few(names: Sequence[str], shown: int = 10) -> str:
    """The names, after some of them only how many more there are."""
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more


def _cell(value: Any, yes: str, no: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return yes if value else no
    if isinstance(value, list | tuple):
        return " ".join(_cell(item, yes, no) for item in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _console() -> Console:
    """Wide enough off a terminal that nothing is folded."""
    return Console() if sys.stdout.isatty() else Console(width=240)
