"""Money as integer fen, read from and written as decimal yuan; the one rounding."""

from __future__ import annotations

import re

_YUAN = re.compile(r"(0|[1-9][0-9]{0,12})(?:\.([0-9]{1,2}))?")


def parse_yuan(text: str) -> int:
    """Decimal yuan as fen: `"443.00"` is 44300.

    Raises:
        ValueError: for anything but digits with at most two decimals (no sign, no exponent, no separators).
    """
    match = _YUAN.fullmatch(text)
    if match is None:
        raise ValueError("a decimal amount in yuan with at most two decimals, such as 443.00")
    yuan, decimals = match.groups()
    return int(yuan) * 100 + int((decimals or "").ljust(2, "0"))


def format_yuan(fen: int) -> str:
    """Fen as decimal yuan with two decimals: 44300 is `"443.00"`, -5 is `"-0.05"`."""
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    return f"{sign}{yuan}.{rest:02d}"


def half_up(numerator: int, denominator: int) -> int:
    """The whole number nearest to a non-negative exact quotient, halves upward."""
    return (2 * numerator + denominator) // (2 * denominator)
