"""Adds an example of every event topic that has none yet to tests/golden/events.jsonl; old lines never change.

Run it when an event class is new. The line is made of the example given in `tests/golden/examples.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden"
sys.path[:0] = [str(GOLDEN), str(GOLDEN.parent.parent)]

from golden import FILE, line_of, read_golden  # noqa: E402  found by the path set above

from ledger.domain.event import TOPICS  # noqa: E402


def main() -> int:
    """Appends the missing lines; exit 1 names topics without an example."""
    from examples import EXAMPLES

    known = {line.topic for line in read_golden()} if FILE.exists() else set()
    missing = sorted(TOPICS.keys() - known)
    without = [topic for topic in missing if topic not in EXAMPLES]
    for topic in without:
        print(f"no example of {topic} in tests/golden/examples.py", file=sys.stderr)
    with FILE.open("a", encoding="utf-8", newline="\n") as file:
        for topic in missing:
            if topic not in without:
                file.write(line_of(EXAMPLES[topic]))
                print(f"added {topic}")
    return 1 if without else 0


if __name__ == "__main__":
    sys.exit(main())
