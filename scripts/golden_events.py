"""Adds what tests/golden/events.jsonl lacks: a line of each new topic, and of each that gained a field.

Old lines never change. Run it when an event class or a field is new; lines are made of the examples in
`tests/golden/examples.py`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden"
sys.path[:0] = [str(GOLDEN), str(GOLDEN.parent.parent)]

from golden import FILE, line_of, read_golden  # noqa: E402  found by the path set above

from ledger.domain.event import TOPICS  # noqa: E402


def main() -> int:
    """Appends the missing lines; exit 1 names topics without an example."""
    from examples import EXAMPLES

    known: dict[str, set[str]] = {}
    for line in read_golden() if FILE.exists() else ():
        known.setdefault(line.topic, set()).update(line.state)
    without = sorted(TOPICS.keys() - EXAMPLES.keys())
    for topic in without:
        print(f"no example of {topic} in tests/golden/examples.py", file=sys.stderr)
    with FILE.open("a", encoding="utf-8", newline="\n") as file:
        for topic in sorted(TOPICS.keys() & EXAMPLES.keys()):
            line = line_of(EXAMPLES[topic])
            if not json.loads(line)["state"].keys() <= known.get(topic, set()):
                file.write(line)
                print(f"added {topic}")
    return 1 if without else 0


if __name__ == "__main__":
    sys.exit(main())
