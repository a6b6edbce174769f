"""Amounts in Chinese capitals (大写金额), as finance writes them where a digit could be altered."""

from __future__ import annotations

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = (("亿", 10**8), ("万", 10**4), ("仟", 1000), ("佰", 100), ("拾", 10))


def capitals(fen: int) -> str:
    """Fen in capitals: 100500 is `壹仟零伍元整`, 1 is `壹分`.

    支付结算办法, annex 1: zeros between two figures are one 零, also across 万 and 元; 整 closes what ends in
    yuan or jiao. Where the annex lets 零 or 整 be left out, they are written: less room for a pen.

    Raises:
        ValueError: for less than nothing.
    """
    if fen < 0:
        raise ValueError("an amount of nothing or more")
    yuan, rest = divmod(fen, 100)
    jiao, last = divmod(rest, 10)
    if not rest:
        return f"{_whole(yuan)}元整"
    text = f"{_whole(yuan)}元" if yuan else ""
    if yuan and (not jiao or yuan % 10 == 0):
        text += "零"
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    return text + (f"{_DIGITS[last]}分" if last else "整")


def _whole(number: int) -> str:
    for unit, size in _UNITS:
        if number >= size:
            high, low = divmod(number, size)
            text = f"{_whole(high)}{unit}"
            if not low:
                return text
            between = "零" if low * 10 < size or high % 10 == 0 else ""
            return f"{text}{between}{_whole(low)}"
    return _DIGITS[number]
