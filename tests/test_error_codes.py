"""The catalogue of error codes is what the sources raise, and every `fact.` code has a fact that raises it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.error_codes import CATALOGUE
from scripts.make_docs import error_of, reproducer
from scripts.raised_codes import raised_codes

FACT_CODES = [code for code in CATALOGUE if code.startswith("fact.")]


def test_every_code_raised_is_explained_and_no_other(clone_root: Path) -> None:
    places = {raised.code: raised.where for raised in raised_codes(clone_root)}
    missing = {code: where for code, where in places.items() if code not in CATALOGUE}
    assert not missing, "add these codes to ledger/error_codes.py"
    assert not CATALOGUE.keys() - places.keys(), "nothing raises these codes any more"


def test_the_scanner_sees_each_way_of_raising(clone_root: Path) -> None:
    """Directly; through a function with a slug; by a default; by a keyword; printed by a program."""
    codes = {raised.code for raised in raised_codes(clone_root)}
    ways = {"case.unknown", "bank_text.line", "scenario.malformed", "fact.unknown_policy", "setup.python"}
    assert ways <= codes


def test_a_code_stands_where_it_is_looked_for() -> None:
    assert list(CATALOGUE) == sorted(CATALOGUE)


@pytest.mark.parametrize("code", CATALOGUE)
def test_meaning_and_remedy_are_said(code: str) -> None:
    explained = CATALOGUE[code]
    assert len(explained.meaning) > 10
    assert explained.remedy
    assert "|" not in explained.meaning + explained.remedy, "it would end a cell of docs/errors.md"


@pytest.mark.parametrize("code", FACT_CODES)
def test_its_fact_raises_exactly_this_code(code: str) -> None:
    error = error_of(code)
    assert error is not None, f"{reproducer(code).name} is taken without an error"
    assert error.code == code
    assert "line 1" in error.subject


def test_no_reproducer_is_left_over(clone_root: Path) -> None:
    names = {path.name for path in (clone_root / "tests" / "errors").iterdir()}
    assert names == {f"{code}.jsonl" for code in FACT_CODES}
