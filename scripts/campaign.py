"""Runs random histories against the naive model for as many steps or minutes as wanted; a seed brings back any.

    python scripts/campaign.py --steps 5000 --seed 1
    python scripts/campaign.py --seed 1 --only 37      # history 37 of that seed again

Prints histories, steps, closes and the time. At the first history that differs it prints the difference and the
shortest history found, as a scenario file, and exits 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "property")]

from as_scenario import as_scenario  # noqa: E402  the tests' own modules, by the path above
from held_against import Tally, difference, shortest  # noqa: E402
from histories import Step, history  # noqa: E402

from projections.throw_away import ThrowAwayLedgers, throw_away_ledgers  # noqa: E402


def main() -> int:
    """Runs the campaign; the exit code says whether every history agreed."""
    asked = _arguments()
    total, began = Tally(), time.monotonic()
    ends = began + asked.minutes * 60 if asked.minutes else None
    numbers = iter([asked.only]) if asked.only is not None else count()
    done = 0
    with throw_away_ledgers() as ledgers:
        for number in numbers:
            if total.steps >= asked.steps or (ends is not None and time.monotonic() >= ends):
                break
            steps = _history(asked.seed, number)
            found = difference(steps, ledgers, total)
            done += 1
            if sys.stderr.isatty():
                print(f"\r{done} histories, {total.steps} steps", end="", file=sys.stderr)
            if found is not None:
                _report(asked.seed, number, steps, found, ledgers)
                return 1
    print(
        f"seed {asked.seed}: {done} histories, {total.steps} steps, {total.facts} facts taken, "
        f"{total.refused} steps refused, {total.closes} closes, no difference, {time.monotonic() - began:.0f} s"
    )
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--steps", type=int, default=2_000, help="stop after so many steps")
    parser.add_argument("--seed", type=int, default=0, help="the seed of all histories")
    parser.add_argument("--minutes", type=float, help="stop after so many minutes")
    parser.add_argument("--only", type=int, help="run this one history of the seed")
    return parser.parse_args()


def _history(seed: int, number: int) -> list[Step]:
    return history(random.Random(f"{seed}:{number}").randrange)


def _report(seed: int, number: int, steps: Sequence[Step], found: str, ledgers: ThrowAwayLedgers) -> None:
    print(f"seed {seed}, history {number} differs:\n{found}\n")
    part = shortest(steps, found, ledgers)
    print(f"# the shortest history found; it differs in: {' '.join((difference(part, ledgers) or '').split())}")
    print(as_scenario(part, f"history {number} of seed {seed}"))


if __name__ == "__main__":
    sys.exit(main())
