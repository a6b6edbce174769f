"""The kinds of fields that facts are made of: each type names its reader and what it expects, in words."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Annotated, Literal, TypeAlias

from ledger.intake.raw import Cell, Number
from ledger.intake.shape import Reads, Unreadable, described, read_list, read_value
from ledger.values.identifiers import is_account, is_code, is_division, is_id_number, normal_id_number
from ledger.values.mass import parse_kg
from ledger.values.money import parse_yuan
from ledger.values.month import Month
from ledger.values.percent import parse_percent

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Days outside are slips of the pen: settling the arrears of a year 0202 would pay eighteen centuries."""

RELATION_CODES = frozenset(f"{code:02d}" for code in (1, 2, 3, 10, 11, 12, *range(20, 100)))
"""Known codes of GB/T 4761-2008; 01-03, 80 and 97-99 among them name no class of relative."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INTEGER = re.compile(r"[0-9]+")
_COUNT = re.compile(r"0|[1-9][0-9]{0,8}")
_EVENT = re.compile(r"[^\s@]{1,200}@[1-9][0-9]{0,8}")
# Control and format characters (a bank file, XML and a terminal obey them), surrogates, the replacement
# character that a wrong decoding leaves, and the bank file's separator.
_UNSAFE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    r"\ufff9-\uffff\U000e0000-\U000e007f|]"
)
# What a spreadsheet takes for a formula, full width too. A quote in front would change the payee's name.
_FORMULA = tuple("=+-@＝＋－＠")


def quoted(value: object) -> str:
    """The text of a quoted value or a table's cell; an unquoted number is none."""
    if isinstance(value, str) and not isinstance(value, Number):
        return str(value)
    raise ValueError


def digits_or_quoted(value: object) -> str:
    """Text, or an unquoted integer, whose digits are kept as written."""
    if isinstance(value, Number) and _INTEGER.fullmatch(value):
        return str(value)
    return quoted(value)


def number(value: object) -> str:
    """The digits of a number, quoted or not."""
    if isinstance(value, str):
        return str(value)
    raise ValueError


def _safe(text: str, longest: int) -> str:
    if _UNSAFE.search(text):
        raise ValueError
    text = text.strip()
    if not text or len(text) > longest or text.startswith(_FORMULA):
        raise ValueError
    return text


def _read_name(value: object) -> str:
    return _safe(quoted(value), 100)


def _read_place(value: object) -> str:
    return _safe(digits_or_quoted(value), 100)


def _read_text(value: object) -> str:
    return _safe(quoted(value), 500)


def _read_texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return (_safe(digits_or_quoted(value), 500),)
    return read_list(TEXT, value)


def _read_code(value: object) -> str:
    text = digits_or_quoted(value)
    if is_code(text) and not text.startswith(_FORMULA) and not _UNSAFE.search(text):
        return text
    raise ValueError


def _read_fact_reference(value: object) -> str:
    text = digits_or_quoted(value)
    if _EVENT.fullmatch(text) and not _UNSAFE.search(text):
        return text
    return _read_code(value)


def _read_codes(value: object) -> tuple[str, ...]:
    codes = read_list(CODE, value)
    if len(set(codes)) != len(codes):
        raise ValueError
    return codes


def _read_division(value: object) -> str:
    text = digits_or_quoted(value)
    if is_division(text):
        return text
    raise ValueError


def _read_account(value: object) -> str:
    text = digits_or_quoted(value)
    if is_account(text):
        return text
    raise ValueError


def _read_id_number_as_given(value: object) -> str:
    return normal_id_number(_safe(digits_or_quoted(value), 40))


def _read_id_number(value: object) -> str:
    text = _read_id_number_as_given(value)
    if is_id_number(text):
        return text
    raise ValueError


def _read_relation_code(value: object) -> str:
    text = digits_or_quoted(value)
    if text in RELATION_CODES:
        return text
    raise ValueError


def _read_day(value: object) -> date:
    text = quoted(value)
    if _DAY.fullmatch(text):
        day = date.fromisoformat(text)
        if FIRST_YEAR <= day.year <= LAST_YEAR:
            return day
    raise ValueError


def _read_month(value: object) -> Month:
    # A spreadsheet turns 2022-04 into its first day.
    if isinstance(value, Cell) and len(value) == 10:
        return _read_month_or_first_day(value)
    month = Month.parse(quoted(value))
    if FIRST_YEAR <= month.year <= LAST_YEAR:
        return month
    raise ValueError


def _read_month_or_first_day(value: object) -> Month:
    text = quoted(value)
    if len(text) != 10:
        return _read_month(text)
    day = _read_day(text)
    if day.day == 1:
        return Month.of(day)
    raise ValueError


def _read_yuan(value: object) -> int:
    return parse_yuan(quoted(value))


def _read_percent(value: object) -> int:
    return parse_percent(number(value))


def _read_kg(value: object) -> int:
    return parse_kg(number(value))


def whole(lowest: int, highest: int) -> Reads[int]:
    """A whole number between two bounds, both included."""

    def read(value: object) -> int:
        text = number(value)
        if _COUNT.fullmatch(text) and lowest <= int(text) <= highest:
            return int(text)
        raise ValueError

    return Reads(read, f"a whole number from {lowest} to {highest}")


CODE = Reads(_read_code, "a code of 1 to 64 characters without blanks and / @ | , ; * %, not led by = + -")
_PERSON = Reads(_read_code, CODE.expected, personal=True)
_RULE = "without control characters and |, not led by = + - @"
TEXT = Reads(_read_text, f"a text of 1 to 500 characters {_RULE}", personal=True)
_A_DAY = "a day such as 2022-05-17"
_ID_NUMBER = "an ID number by GB 11643-1999: 18 characters, a real date, the right check digit"

YUAN = Reads(_read_yuan, 'a decimal amount in yuan with at most two decimals, in quotes, such as "443.00"')
PERCENT = Reads(_read_percent, "a percent above 0 and at most 100, at most four decimals, such as 30 or 12.5")
KG = Reads(_read_kg, "kilograms with at most three decimals, such as 15 or 104.5")
DIVISION = Reads(_read_division, "a division code of six digits, such as 520203")
MONTH = Reads(_read_month, "a month such as 2022-07")
DAY = Reads(_read_day, _A_DAY)
NAME = Reads(_read_name, f"a text of 1 to 100 characters, in quotes if of digits, {_RULE}", personal=True)
RELATION = Reads(_read_relation_code, "a relation code of GB/T 4761-2008 in two digits, such as 10, 20 or 52")

Code: TypeAlias = Annotated[str, CODE]
Person: TypeAlias = Annotated[str, _PERSON]  # some counties use ID numbers as person codes: shown masked
Codes: TypeAlias = Annotated[tuple[str, ...], Reads(_read_codes, "a list of codes, none of them twice")]
FactReference: TypeAlias = Annotated[
    str, Reads(_read_fact_reference, "the id of a recorded fact, or an event such as case/520203/C1@3")
]
Division: TypeAlias = Annotated[str, DIVISION]
Name: TypeAlias = Annotated[str, NAME]
Place: TypeAlias = Annotated[
    str, Reads(_read_place, f"a name or whole number of 1 to 100 characters {_RULE}", personal=True)
]
Text: TypeAlias = Annotated[str, TEXT]
Texts: TypeAlias = Annotated[tuple[str, ...], Reads(_read_texts, "a text, or a list of texts", personal=True)]
IdNumber: TypeAlias = Annotated[str, Reads(_read_id_number, _ID_NUMBER, code="fact.id_number", personal=True)]
IdNumberAsGiven: TypeAlias = Annotated[str, Reads(_read_id_number_as_given, _ID_NUMBER, personal=True)]
AccountNumber: TypeAlias = Annotated[str, Reads(_read_account, "an account of 6 to 32 digits", personal=True)]
RelationCode: TypeAlias = Annotated[str, RELATION]
Day: TypeAlias = Annotated[date, DAY]
PastDay: TypeAlias = Annotated[date, Reads(_read_day, _A_DAY, past=True)]
BirthDay: TypeAlias = Annotated[date, Reads(_read_day, _A_DAY, personal=True)]
CalendarMonth: TypeAlias = Annotated[Month, MONTH]
RuleMonth: TypeAlias = Annotated[
    Month, Reads(_read_month_or_first_day, "a month or its first day, such as 2022-04 or 2022-04-01")
]
Yuan: TypeAlias = Annotated[int, YUAN]
Rate: TypeAlias = Annotated[int, PERCENT]
Kilograms: TypeAlias = Annotated[int, KG]
Year: TypeAlias = Annotated[int, whole(1990, 2100)]
Count: TypeAlias = Annotated[int, whole(0, 999)]
MonthsCount: TypeAlias = Annotated[int, whole(1, 120)]

Sex: TypeAlias = Literal["male", "female"]
Dibao: TypeAlias = Literal["dibao_urban", "dibao_rural"]
Programme: TypeAlias = Literal["dibao_urban", "dibao_rural", "tekun"]
Batch: TypeAlias = Literal["dibao_urban", "dibao_rural", "tekun", "relief"]
Tier: TypeAlias = Literal["self", "partial", "full"]
Dataset: TypeAlias = Literal[
    "death", "prison", "detox", "fiscal_payroll", "pension", "wages", "vehicle", "property", "company",
    "housing_fund", "deposits", "student", "disability", "medical",
]  # fmt: skip

MONEY_DATASETS = frozenset({"pension", "wages", "housing_fund", "deposits"})
"""The datasets whose matches count yuan."""


def require_id_number(given: str | None, field: str) -> None:
    """Refuse an ID number that fails GB 11643 where it may not be imported.

    Raises:
        Unreadable: `fact.id_number`.
    """
    if given is not None and not is_id_number(given):
        raise Unreadable(_ID_NUMBER, found=described(given, personal=True), field=field, code="fact.id_number")


def read_match_value(value: object, dataset: str) -> str:
    """The value of a match as text: yuan for datasets of money, a whole number for properties, else any.

    Raises:
        Unreadable: for a value that the dataset cannot have.
    """
    if dataset in MONEY_DATASETS:
        read_value(_MATCHED_YUAN, value)
        return quoted(value)
    if dataset == "property":
        return str(read_value(_MATCHED_COUNT, value))
    return read_value(_MATCHED_TEXT, value)


_MATCHED_YUAN = replace(YUAN, personal=True)
_MATCHED_COUNT = replace(whole(0, 999), personal=True)
_MATCHED_TEXT = Reads(_read_place, f"a text or whole number {_RULE}", personal=True)
