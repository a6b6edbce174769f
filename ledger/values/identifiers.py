"""Identifiers: division codes, case and person codes, ID numbers, accounts; and how they are masked."""

from __future__ import annotations

import re
from datetime import date

from stdnum import luhn
from stdnum.cn import ric

_DIVISION = re.compile(r"[0-9]{6}")
_TOWNSHIP = re.compile(r"([0-9]{9})(?:[0-9]{3})?")
_CODE = re.compile(r"[^\s/@|,;*%\x00-\x1f\x7f]{1,64}")
_LIKE_ID_NUMBER = re.compile(r"[0-9]{15}|[0-9]{17}[0-9X]")
_ACCOUNT = re.compile(r"[0-9]{6,32}")


def is_division(text: str) -> bool:
    """Whether it is a six-digit GB/T 2260 code."""
    return _DIVISION.fullmatch(text) is not None


def division_chain(division: str) -> tuple[str, ...]:
    """The division and those above it, nearest first: county, prefecture, province, the nation (000000)."""
    chain = [division, division[:4] + "00", division[:2] + "0000", "000000"]
    return tuple(dict.fromkeys(chain))


def is_township(text: str) -> bool:
    """Whether it is a township's or subdistrict's code: nine digits."""
    return township_of(text) == text


def township_of(village: str | None) -> str | None:
    """The township of a village: the first nine digits of its code; None for a name, or where none is known."""
    found = _TOWNSHIP.fullmatch(village) if village is not None else None
    return found[1] if found else None


def is_code(text: str) -> bool:
    """Whether it can name a case or person: 1 to 64 characters, none of `/ @ | , ; * %`, no blanks."""
    return _CODE.fullmatch(text) is not None


def normal_id_number(text: str) -> str:
    """An ID number as compared: without blanks, x in upper case."""
    return "".join(text.split()).upper()


def is_id_number(text: str) -> bool:
    """Whether it is a valid GB 11643-1999 number: 18 characters, a real date, the ISO 7064 check digit."""
    number = normal_id_number(text)
    if len(number) != 18 or not (number[:17].isascii() and number[:17].isdigit()):
        return False
    return bool(ric.calc_check_digit(number) == number[-1]) and _date_in(number) is not None


def is_like_id_number(text: str) -> bool:
    """Whether it is written like an ID number, of 18 characters or 15 digits, whatever its check digit."""
    return _LIKE_ID_NUMBER.fullmatch(normal_id_number(text)) is not None


def eighteen_digits(text: str) -> str:
    """An ID number as persons are compared by: a 15-digit one in its 18-digit form (GB 11643), others as given."""
    number = normal_id_number(text)
    if len(number) != 15 or not (number.isascii() and number.isdigit()):
        return number
    century = f"{number[:6]}19{number[6:]}"
    return century + str(ric.calc_check_digit(century + "0"))


def birth_of(id_number: str) -> date | None:
    """The birth date inside a valid ID number, else None."""
    return _date_in(normal_id_number(id_number)) if is_id_number(id_number) else None


def sex_of(id_number: str) -> str | None:
    """`male` or `female` by the 17th digit of a valid ID number, else None."""
    if not is_id_number(id_number):
        return None
    return "male" if int(normal_id_number(id_number)[16]) % 2 else "female"


def _date_in(number: str) -> date | None:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def is_account(text: str) -> bool:
    """Whether it is an account number: 6 to 32 digits."""
    return _ACCOUNT.fullmatch(text) is not None


def looks_mistyped(account: str) -> bool:
    """Whether it looks like a UnionPay card (16 to 19 digits from 62) and fails Luhn."""
    return 16 <= len(account) <= 19 and account.startswith("62") and not luhn.is_valid(account)


def mask(value: str) -> str:
    """A personal value with its middle hidden; at most three characters stay at either end."""
    keep = min(3, len(value) // 4)
    if keep == 0:
        return value[:1] + "*" * max(1, len(value) - 1)
    return value[:keep] + "*" * (len(value) - 2 * keep) + value[-keep:]


def shown_code(code: str) -> str:
    """A person's code as lists show it: masked where it is written like an ID number, as some counties do."""
    return mask(code) if is_like_id_number(code) else code
