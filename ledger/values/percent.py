"""Percent as integer parts per million, read from decimal text."""

from __future__ import annotations

import re

_PERCENT = re.compile(r"(0|[1-9][0-9]{0,2})(?:\.([0-9]{1,4}))?")


def parse_percent(text: str) -> int:
    """A percent as parts per million: `"30"` is 300000, `"12.5"` is 125000.

    Raises:
        ValueError: for anything but a decimal above 0 and at most 100 with at most four decimals.
    """
    match = _PERCENT.fullmatch(text)
    if match is not None:
        whole, decimals = match.groups()
        rate_ppm = int(whole) * 10_000 + int((decimals or "").ljust(4, "0"))
        if 0 < rate_ppm <= 1_000_000:
            return rate_ppm
    raise ValueError("a percent above 0 and at most 100 with at most four decimals, such as 30 or 12.5")
