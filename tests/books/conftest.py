"""Fixtures of the books' tests: a county whose money goes every way there is, over the end of a year."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from county_driven import DIVISION, County, appropriation, enrol, standard

from ledger.store.embedded import ServerAddress
from projections.throw_away import ThrowAwayLedgers


@pytest.fixture(scope="module")
def ledgers(server: ServerAddress, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> ThrowAwayLedgers:
    folder = tmp_path_factory.mktemp("books")
    return ThrowAwayLedgers(server.conninfo, folder, label=f"{folder.name}_{worker_id}")


@pytest.fixture(scope="module")
def over_new_year(ledgers: ThrowAwayLedgers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """November and December 2022 of three rural households (443.00 each), an urban and a destitute one, reliefs.

    December is paid in January 2023. November's money of C1 comes back in December and is sent again in January;
    that of C2 comes back in January and is cancelled; December's of C3 comes back and stays so.
    """
    with ledgers.fresh(DIVISION) as installation:
        county = County(installation, tmp_path_factory.mktemp("facts"))
        county.on(
            "2022-10-20",
            standard(),
            standard(programme="dibao_urban", amount="705.00", per="month"),
            standard(programme="tekun_basic", amount="1013.00", per="month"),
            {"fact": "opening", "month": "2022-11"},
            enrol("C1", "2022-10-18"), enrol("C2", "2022-10-18"), enrol("C3", "2022-10-18"),
            enrol("C4", "2022-10-18", programme="dibao_urban"), enrol("C5", "2022-10-18", programme="tekun"),
            appropriation("F1", "central", "2000.00", "2022-10-01", id="f1"),
            appropriation("F2", "county", "1000.50", "2022-10-01"),
            appropriation("F3", "province", "999.00", "2022-10-02", id="f3"),
            appropriation("F4", "central", "5000.00", "2022-10-01", programme="relief"),
        )  # fmt: skip
        county.close("2022-11-08", "2022-11")
        county.on(
            "2022-11-15",
            {"fact": "relief", "relief": "R1", "person": "P1", "kind": "urgent", "cause": "火灾", "amount": "800.00",
             "level": "township", "decided_on": "2022-11-15"},
            {"fact": "relief", "relief": "R2", "person": "P2", "kind": "urgent", "cause": "火灾", "amount": "700.01",
             "level": "township", "decided_on": "2022-11-15"},
        )  # fmt: skip
        county.relief_at_once("2022-11-15", "R1")
        county.returned("2022-11-18", "R1", "2022-11")
        county.returned("2022-12-01", "C1", "2022-11")
        county.close("2023-01-04", "2022-12")
        county.sent_again("2023-01-05", "C1", "2022-11")
        county.returned("2023-01-06", "C2", "2022-11")
        county.on(
            "2023-01-07",
            {"fact": "payout_cancelled", "case": "C2", "month": "2022-11", "on": "2023-01-07", "reason": "已注销"},
            {"fact": "void", "of": "f3", "reason": "误录"},
            appropriation("F5", "central", "3000.00", "2023-01-06"),
        )
        county.returned("2023-01-09", "C3", "2022-12")
        yield county


@pytest.fixture
def short(ledgers: ThrowAwayLedgers, tmp_path: Path) -> Iterator[County]:
    """Two households of 443.00 in June 2022, of which 500.00 were appropriated; overspending blocks."""
    with ledgers.fresh(DIVISION) as installation:
        county = County(installation, tmp_path, blocking=True)
        county.on(
            "2022-05-20",
            standard(), {"fact": "opening", "month": "2022-06"}, enrol("C1", "2022-05-18"), enrol("C2", "2022-05-18"),
            appropriation("F1", "county", "500.00", "2022-05-20"),
        )  # fmt: skip
        county.on("2022-06-08")
        yield county
