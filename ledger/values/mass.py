"""Mass as integer grams, read from and written as decimal kilograms."""

from __future__ import annotations

import re

_KG = re.compile(r"(0|[1-9][0-9]{0,8})(?:\.([0-9]{1,3}))?")


def parse_kg(text: str) -> int:
    """Decimal kilograms as grams: `"15"` is 15000, `"0.5"` is 500.

    Raises:
        ValueError: for anything but digits with at most three decimals.
    """
    match = _KG.fullmatch(text)
    if match is None:
        raise ValueError("kilograms with at most three decimals, such as 15 or 104.5")
    whole, decimals = match.groups()
    return int(whole) * 1000 + int((decimals or "").ljust(3, "0"))


def format_kg(grams: int) -> str:
    """Grams as kilograms without trailing zeros: 15000 is `"15"`, 500 is `"0.5"`, -500 is `"-0.5"`."""
    whole, rest = divmod(abs(grams), 1000)
    sign = "-" if grams < 0 else ""
    return f"{sign}{whole}.{rest:03d}".rstrip("0").rstrip(".")
