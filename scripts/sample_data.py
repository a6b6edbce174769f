"""Writes a county's or prefecture's made-up facts files: `python scripts/sample_data.py --out DIR`."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from ledger.intake.match_columns import usual_columns
from ledger.intake.sampling import SIZES, SampleFile, county, department_lines, prefecture
from ledger.values.month import Month


def write(files: Iterable[SampleFile], out: Path) -> list[tuple[Path, int]]:
    """Writes each file as JSON Lines (UTF-8) into a folder, made where missing; the paths and fact counts."""
    out.mkdir(parents=True, exist_ok=True)
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    written = []
    for file in files:
        path, count = out / file.name, 0
        with path.open("w", encoding="utf-8", newline="\n") as stream:
            for fact in file.facts:
                stream.write(encode(fact) + "\n")
                count += 1
        written.append((path, count))
    return written


def write_departments(args: argparse.Namespace, households: int) -> list[tuple[Path, int]]:
    """Writes the county's department files of each month as `ledger match` takes them, CSV in GB18030."""
    written = []
    for month in (args.start + number for number in range(args.months)):
        for dataset, lines in department_lines(args.division, households, args.seed, args.start, month):
            headings = usual_columns(dataset).headings
            path = args.out / f"match_{dataset}_{month}.csv"
            with path.open("w", encoding="gb18030", newline="") as stream:
                writer = csv.writer(stream)
                writer.writerow(("姓名", headings["id_number"][0], headings["value"][0]))
                writer.writerows(lines)
            written.append((path, len(lines)))
    return written


def main(arguments: list[str] | None = None) -> int:
    """The command; answers its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="county", help="prefecture: all four counties")
    parser.add_argument("--households", type=int, help="on the books at the start (default: the size's)")
    parser.add_argument("--division", default="520203", help="the county (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--start", type=Month.parse, default="2022-04", help="first month (default: %(default)s)")
    parser.add_argument("--months", type=int, default=3, help="months that happen (default: %(default)s)")
    parser.add_argument("--all-programmes", action="store_true", help="tekun, reliefs and more beside dibao")
    parser.add_argument("--supervision", action="store_true", help="officials, filings, reviews, matches and more")
    parser.add_argument("--departments", action="store_true", help="a county's files for `ledger match`, too")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write into")
    args = parser.parse_args(arguments)
    households = SIZES[args.size] if args.households is None else args.households
    kinds = {"all_programmes": args.all_programmes, "supervision": args.supervision}
    try:
        if args.size == "prefecture":
            files = prefecture(households, args.seed, args.start, args.months, **kinds)
        else:
            files = county(households, args.division, args.seed, args.start, args.months, **kinds)
        written = write(files, args.out)
        if args.departments and args.size != "prefecture":
            written += write_departments(args, households)
    except ValueError as error:
        parser.error(str(error))
    for path, count in written:
        print(f"{count:>8} {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
