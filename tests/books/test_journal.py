"""The journal: bean-check and hledger accept it, its balances are the ledger's to the fen, and they would notice."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from county_driven import DIVISION, County

from projections.journal import Journal
from projections.journal_formats import FORMATS
from projections.verification import verify

BEAN_CHECK = Path(sys.executable).with_name("bean-check")
needs_hledger = pytest.mark.skipif(shutil.which("hledger") is None, reason="hledger is not installed here")


def text(county: County, syntax: str, *, detail: bool = False) -> str:
    journal = Journal(county.installation.ledger, county.installation.funds, DIVISION, detail=detail)
    return "\n".join(FORMATS[syntax](journal, rehearsal=True)) + "\n"


def bean_check(path: Path) -> tuple[int, str]:
    ran = subprocess.run([BEAN_CHECK, "--no-cache", path], capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout + ran.stderr


def hledger_run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin"}
    return subprocess.run(["hledger", *arguments], capture_output=True, text=True, check=False, env=environment)


@pytest.mark.parametrize("detail", [False, True])
def test_bean_check_accepts_it(over_new_year: County, tmp_path: Path, detail: bool) -> None:
    path = tmp_path / "books.beancount"
    path.write_text(text(over_new_year, "beancount", detail=detail), "utf-8")
    assert bean_check(path) == (0, "")


@needs_hledger
@pytest.mark.parametrize("detail", [False, True])
def test_hledger_accepts_it_strictly(over_new_year: County, tmp_path: Path, detail: bool) -> None:
    path = tmp_path / "books.journal"
    path.write_text(text(over_new_year, "hledger", detail=detail), "utf-8")
    ran = hledger_run("check", "--strict", "ordereddates", "-f", path)
    assert (ran.returncode, ran.stdout + ran.stderr) == (0, "")


@needs_hledger
def test_hledger_reports_the_balances_of_the_funds(over_new_year: County, tmp_path: Path) -> None:
    path = tmp_path / "books.journal"
    path.write_text(text(over_new_year, "hledger"), "utf-8")
    last = {row.programme: row for row in over_new_year.installation.funds.years(DIVISION)}["dibao_rural"]
    ran = hledger_run(
        "balance",
        "-f",
        path,
        f"^Assets:.*{DIVISION}:DibaoRural",
        "--format",
        "%(total)",
        "--depth",
        "1",
        "--no-total",
    )
    assert ran.stdout.split() == [f"{last.balance_fen // 100}.{last.balance_fen % 100:02d}", "CNY"]


def test_a_fen_too_much_is_noticed(over_new_year: County, tmp_path: Path) -> None:
    """Both ways: an entry that does not balance, and a balance that is not the ledger's."""
    good = text(over_new_year, "beancount")
    in_entry = good.replace(
        "Liabilities:Payable:520203:DibaoUrban  -705.00", "Liabilities:Payable:520203:DibaoUrban  -705.01", 1
    )
    in_balance = re.sub(
        r"(2022-12-01 balance Assets:Funds:520203:DibaoRural  )(\S+)", lambda m: f"{m[1]}{m[2][:-1]}9", good
    )
    for number, damaged in enumerate((in_entry, in_balance)):
        assert damaged != good
        path = tmp_path / f"damaged{number}.beancount"
        path.write_text(damaged, "utf-8")
        code, said = bean_check(path)
        assert code == 1, said


def test_what_the_view_holds_and_the_log_does_not_is_noticed(over_new_year: County, tmp_path: Path) -> None:
    """The balances are not told from the entries: a view that differs from the events by a fen fails the check."""
    datastore = over_new_year.installation.ledger.datastore
    change = "UPDATE payment SET amount_fen = amount_fen + %s WHERE case_id = 'C4' AND month = '2022-11'"
    try:
        with datastore.transaction(commit=True) as curs:
            curs.execute(change, (1,))
        path = tmp_path / "damaged.beancount"
        path.write_text(text(over_new_year, "beancount"), "utf-8")
        code, said = bean_check(path)
        assert code == 1
        assert "Balance failed" in said
        [books] = [verdict for verdict in verify(over_new_year.installation) if verdict.check == "books"]
        assert not books.ok
        assert "DibaoUrban" in books.detail
    finally:
        with datastore.transaction(commit=True) as curs:
            curs.execute(change, (-1,))


def test_verify_holds_the_views_to_the_events(over_new_year: County) -> None:
    [books] = [verdict for verdict in verify(over_new_year.installation) if verdict.check == "books"]
    assert books.ok, books.detail


def test_the_same_events_give_the_same_bytes_and_nothing_personal(over_new_year: County) -> None:
    for syntax in FORMATS:
        once = text(over_new_year, syntax, detail=True)
        assert once == text(over_new_year, syntax, detail=True)
        assert "REHEARSAL" in once
        assert "王秀英" not in once
        assert "7777777" not in once


def test_each_payout_is_posted_by_its_event_where_asked(over_new_year: County) -> None:
    detailed = text(over_new_year, "beancount", detail=True)
    assert 'ref: "payout/2022-11/520203/C1/household@1"' in detailed
    assert 'ref: "payout/relief/520203/R1/1@1"' in detailed
