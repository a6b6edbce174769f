"""Measures the ledger against a raw COPY of the same rows: `python scripts/bench.py [--json] [--audit]`.

Each size runs in a process of its own, on an embedded server that flushes to disk, in a temporary folder. Where
a phase was measured several times (`--repeat`), the median counts. Ratios hold on other machines, seconds do not.
`--audit` times each audit query as well; over a year and a prefecture `scripts/planted.py` does.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
from bench_phases import CLOSE_PHASES, Measured, Phase, measure

_SIZES = (2300, 23_000)
_HEADINGS = ("phase", "rows", "seconds", "rows/s", "of limit")


def report(runs: list[list[Measured]], seed: int) -> dict[str, Any]:
    """The figures as plain values, from the runs of each size.

    `of_limit` is the time of the raw COPY divided by the phase's: of the phase's own rows where it appends some,
    else of the rows that the same month's close appends. `growth` divides the largest size's seconds by the
    smallest's; `households` there is what it would be if cost grew with size alone.
    """
    sizes = [_size(of_size) for of_size in runs]
    small, large = sizes[0], sizes[-1]
    growth: dict[str, float] = {"households": round(large["households"] / small["households"], 2)}
    for name in small["phases"]:
        growth[name] = round(large["phases"][name]["seconds"] / small["phases"][name]["seconds"], 2)
    return {"seed": seed, "repeat": len(runs[0]), "sizes": sizes, "growth": growth}


def _size(runs: list[Measured]) -> dict[str, Any]:
    limits = _medians([run.limits for run in runs])
    measured = _medians([run.phases for run in runs])
    for suffix in ("", "_next"):
        steps = [measured[name + suffix] for name in CLOSE_PHASES]
        measured["whole_close" + suffix] = Phase(
            measured["close" + suffix].rows, sum(step.seconds for step in steps)
        )
    audits = _medians([run.audits for run in runs])
    return {
        "households": runs[0].households,
        "peak_memory_mb": round(median(run.peak_memory_mb for run in runs), 1),
        "limits": {name: _figures(phase, None) for name, phase in limits.items()},
        "phases": {name: _figures(phase, _limit_of(name, limits)) for name, phase in measured.items()},
        "audits": {name: _figures(phase, None) for name, phase in audits.items()},
    }


def _medians(runs: list[dict[str, Phase]]) -> dict[str, Phase]:
    return {name: Phase(phase.rows, median(run[name].seconds for run in runs)) for name, phase in runs[0].items()}


def _limit_of(name: str, limits: dict[str, Phase]) -> Phase:
    if name.startswith(("read", "plan")):
        return limits["execute" + ("_month" if name.endswith("_month") else "")]
    return limits.get(name) or limits["close_next" if name.endswith("_next") else "close"]


def _figures(phase: Phase, limit: Phase | None) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "rows": phase.rows,
        "seconds": round(phase.seconds, 4),
        "rows_per_s": round(phase.rows / phase.seconds),
    }
    if limit is not None:
        figures["of_limit"] = round(limit.seconds / phase.seconds, 3)
    return figures


def _in_own_process(households: int, seed: int, *, audit: bool) -> Measured:
    """Measures in a child, so that its peak memory is this size's alone."""
    with tempfile.TemporaryDirectory(prefix="ledger-bench-") as home:
        command = [
            sys.executable,
            __file__,
            "--measure",
            home,
            "--households",
            str(households),
            "--seed",
            str(seed),
        ]
        if audit:
            command.append("--audit")
        child = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if child.returncode:
        sys.exit(child.returncode)  # the child has said why
    return msgspec.json.decode(child.stdout, type=Measured)


def _print_text(figures: dict[str, Any]) -> None:
    for size in figures["sizes"]:
        print(f"\n{size['households']:,} households, peak memory {size['peak_memory_mb']:,.0f} MB")
        print("{:<28}{:>9}{:>10}{:>10}{:>10}".format(*_HEADINGS))
        for kind, prefix in (("limits", "COPY for "), ("phases", ""), ("audits", "")):
            for name, phase in size[kind].items():
                share = f"{phase['of_limit']:.3f}" if "of_limit" in phase else ""
                print(
                    f"{prefix + name:<28}{phase['rows']:>9,}{phase['seconds']:>10.3f}"
                    f"{phase['rows_per_s']:>10,}{share:>10}"
                )
    growth = dict(figures["growth"])
    print(f"\nGrowth of seconds where households grow {growth.pop('households')} times:")
    print(", ".join(f"{name} {times}" for name, times in growth.items()))


def main(arguments: list[str] | None = None) -> int:
    """The command; answers its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--households", type=int, nargs="+", default=_SIZES, help="sizes (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--repeat", type=int, default=1, help="runs of each size (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="figures as JSON with stable keys")
    parser.add_argument("--audit", action="store_true", help="time each audit query as well")
    parser.add_argument("--measure", type=Path, metavar="FOLDER", help="one run in this folder, as plain JSON")
    args = parser.parse_args(arguments)
    if min(args.households) < 1 or args.repeat < 1:
        parser.error("at least one household and one run")
    if args.measure is not None:
        measured = measure(args.households[0], args.seed, args.measure, audit=args.audit)
        print(msgspec.json.encode(measured).decode())
        return 0
    sizes = sorted(args.households)
    runs = [[_in_own_process(n, args.seed, audit=args.audit) for _ in range(args.repeat)] for n in sizes]
    figures = report(runs, args.seed)
    if args.json:
        print(json.dumps(figures, indent=2))
    else:
        _print_text(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
