"""Amounts in capitals: the published examples, and every amount read back as it was written."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.values.capitals import capitals
from ledger.values.money import parse_yuan

DIGITS = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
SMALL = {"拾": 10, "佰": 100, "仟": 1000}


def below_ten_thousand(text: str) -> int:
    """The number a group of thousands, hundreds, tens and ones says."""
    total, digit = 0, 0
    for char in text.replace("零", ""):
        if char in SMALL:
            assert digit, text
            total, digit = total + digit * SMALL[char], 0
        else:
            digit = DIGITS[char]
    return total + digit


def whole(text: str) -> int:
    """The number a text in capitals says."""
    for unit, size in (("亿", 10**8), ("万", 10**4)):
        if unit in text:
            high, _, low = text.rpartition(unit)
            return whole(high) * size + whole(low)
    return below_ten_thousand(text)


def read(text: str) -> int:
    """The fen a text in capitals says."""
    match = re.fullmatch(r"(?:(.+)元)?零?(?:(.)角)?(?:(.)分)?整?", text)
    assert match is not None, text
    yuan, jiao, fen = match.groups()
    return whole(yuan or "") * 100 + DIGITS[jiao or "零"] * 10 + DIGITS[fen or "零"]


@pytest.mark.parametrize(
    ("yuan", "expected"),
    [
        ("0", "零元整"),
        ("1", "壹元整"),
        ("10", "壹拾元整"),
        ("15", "壹拾伍元整"),
        ("100", "壹佰元整"),
        ("1005", "壹仟零伍元整"),
        ("1050", "壹仟零伍拾元整"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元零叁角贰分"),
        ("107000.53", "壹拾万零柒仟元零伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("0.50", "伍角整"),
        ("0.07", "柒分"),
        ("10000", "壹万元整"),
        ("100000000", "壹亿元整"),
        ("100000001", "壹亿零壹元整"),
        ("1000000000000", "壹万亿元整"),
        ("100010000.01", "壹亿零壹万元零壹分"),
        ("58000000", "伍仟捌佰万元整"),
    ],
)
def test_amounts_are_written_as_the_regulation_shows(yuan: str, expected: str) -> None:
    assert capitals(parse_yuan(yuan)) == expected


@given(st.one_of(st.integers(0, 10**15 - 1), st.integers(0, 10**6)))
@example(10**14)
def test_an_amount_in_capitals_is_read_back(fen: int) -> None:
    text = capitals(fen)
    assert read(text) == fen
    assert "零零" not in text
    assert text.endswith("分") == bool(fen % 10)
    assert text.endswith("整") != bool(fen % 10)


def test_two_amounts_are_never_written_alike() -> None:
    assert len({capitals(fen) for fen in range(120_000)}) == 120_000


def test_less_than_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing or more"):
        capitals(-1)
