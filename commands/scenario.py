"""`ledger scenario`: policy cases in YAML, run on ledgers that are thrown away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from commands.rendering import counted, output_option, print_json, print_rows, print_text, progress, say
from ledger.errors import Exit, LedgerError, Misused
from ledger.intake.scenario_file import read_scenario
from ledger.values.money import format_yuan
from projections.scenario_files import run_files
from projections.scenario_run import Result

_ENDINGS = (".yaml", ".yml")


@click.command("scenario")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option(
    "--explain", is_flag=True, help="Show the arithmetic: of cases that differ, or of all where none does."
)
@output_option
def command(files: tuple[Path, ...], output: str, *, explain: bool) -> int:
    """Run scenario FILEs (or folders of them), each on a fresh ledger of its own, and say where they differ.

    Touches no ledger of yours. Exit code 0: the ledger does what they say; 4: some differ; 3: some are no
    scenarios.
    """
    paths = _paths(files)
    broken: dict[Path, LedgerError] = {}
    for path in paths:
        try:
            read_scenario(path)
        except LedgerError as error:
            broken[path] = error
    whole = [path for path in paths if path not in broken]
    with progress(f"scenarios run, of {len(whole)}") as step:
        results = iter(run_files(whole, step, explain=explain) if whole else [])
    rows = [_broken(path, broken[path]) if path in broken else _row(path, next(results)) for path in paths]
    _print(rows, output)
    for why in broken.values():
        say(why.message())
    failed = sum(not row["ok"] for row in rows)
    if output == "text":
        say(f"{counted(len(rows), 'scenario')}, {f'{failed} failed' if failed else 'all ok'}")
    if broken:
        return Exit.REFUSED
    return Exit.FINDINGS if failed else Exit.DONE


def _paths(named: Sequence[Path]) -> list[Path]:
    """The files named, and those below the folders named in the order of their names; each once."""
    found: dict[Path, None] = {}
    for path in named:
        if not path.is_dir():
            found[path] = None
            continue
        inside = sorted(file for file in path.rglob("*") if file.suffix in _ENDINGS and file.is_file())
        if not inside:
            raise Misused(
                "scenario.none", str(path), found="no scenario file", expected=f"files ending in {_ENDINGS[0]}"
            )
        found |= dict.fromkeys(inside)
    return list(found)


def _row(path: Path, result: Result) -> dict[str, Any]:
    differences = [
        {"line": d.line, "where": d.where, "expected": d.expected, "got": d.got} for d in result.differences
    ]
    row: dict[str, Any] = {
        "file": str(path), "title": result.title, "ok": not differences, "differences": differences, "error": None,
    }  # fmt: skip
    if result.reckoned:
        row["arithmetic"] = [
            {"line": r.line, "where": r.where, "amount": format_yuan(r.amount_fen), "lines": list(r.lines)}
            for r in result.reckoned
        ]
    return row


def _broken(path: Path, error: LedgerError) -> dict[str, Any]:
    return {"file": str(path), "title": None, "ok": False, "differences": [], "error": error.code}


def _print(rows: Sequence[dict[str, Any]], output: str) -> None:
    if output == "json":
        print_json(rows)
    elif output == "csv":
        flat = [
            {"file": row["file"], "ok": row["ok"], "error": row["error"], **difference}
            for row in rows
            for difference in row["differences"] or [{}]
        ]
        print_rows(flat, output, columns=("file", "ok", "error", "line", "where", "expected", "got"))
    else:
        for row in rows:
            print_text(_lines(row))


def _lines(row: dict[str, Any]) -> list[str]:
    name = Path(row["file"]).name
    if row["ok"]:
        return [f"ok      {name}  {row['title']}", *_arithmetic(row)]
    if row["error"]:
        return [f"FAILED  {name}  {row['error']}"]
    lines = [f"FAILED  {name}  {row['title']}"]
    for difference in row["differences"]:
        lines.append(f"          {row['file']}:{difference['line']}: {difference['where']}")
        lines.append(f"            expected  {difference['expected']}")
        lines.append(f"            got       {difference['got']}")
    return lines + list(_arithmetic(row))


def _arithmetic(row: dict[str, Any]) -> Iterator[str]:
    for reckoned in row.get("arithmetic", ()):
        yield f"          {row['file']}:{reckoned['line']}: {reckoned['where']}: {reckoned['amount']}"
        yield from (f"            {line}" for line in reckoned["lines"])
