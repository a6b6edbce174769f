"""Damages return files of banks and records them, as many as wanted; a seed brings back any.

    python scripts/returns_campaign.py --files 10000 --seed 1

pain.002, tables (CSV in UTF-8 and GB18030, XLSX) and the bank's own text, with up to four damages each. Every file must
end in verdicts or in a refusal that records nothing; what is recorded must be what a second, naive reading of the
file says. Prints the count of verdicts; exits 1 and names each file that went wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "bank")]

from county_at_bank import DIVISION, with_june_closed  # noqa: E402  the tests' own modules, by the path above
from fuzzing import Tally, run  # noqa: E402

from projections.throw_away import throw_away_ledgers  # noqa: E402

_A_COUNTY = 100
"""Files before a fresh county: by then most payouts have their answer."""

_CASES = 40


def main() -> int:
    """Runs the campaign; the exit code says whether every file ended as it must."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000, help="how many files")
    parser.add_argument("--seed", type=int, default=1, help="the seed of all of them")
    asked = parser.parse_args()
    tally, began, number = Tally(), time.monotonic(), 0
    with throw_away_ledgers() as ledgers, tempfile.TemporaryDirectory(prefix="ledger-") as folder:
        while tally.files < asked.files:
            number += 1
            chance = random.Random(f"{asked.seed}:{number}")
            with ledgers.emptied(DIVISION) as installation:
                county = with_june_closed(installation, Path(folder), _CASES)
                run(county, chance, min(_A_COUNTY, asked.files - tally.files), tally, f"{asked.seed}:{number}")
            if sys.stderr.isatty():
                print(f"\r{tally.files} files", end="", file=sys.stderr)
    verdicts = ", ".join(f"{count:,} {verdict}" for verdict, count in tally.verdicts.most_common())
    print(
        f"seed {asked.seed}: {tally.files:,} files, {tally.refused:,} refused whole, {tally.posted:,} postings; lines: "
        f"{verdicts}; {len(tally.wrong)} wrong, {time.monotonic() - began:.0f} s"
    )
    for wrong in tally.wrong[:20]:
        print(wrong)
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
