"""Funds: cash counts in the year it is paid, what comes back after its year says so, a void moves money back."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from county_driven import DIVISION, County, appropriation, enrol, standard

from ledger.domain.fund import course
from ledger.values.money import format_yuan
from projections.funds import FundYear
from projections.throw_away import ThrowAwayLedgers


def year_of(county: County, programme: str, year: int) -> FundYear:
    [found] = [
        row for row in county.installation.funds.years(DIVISION) if (row.programme, row.year) == (programme, year)
    ]
    return found


def test_december_paid_in_january_is_the_new_years_spending(over_new_year: County) -> None:
    old, new = (year_of(over_new_year, "dibao_rural", year) for year in (2022, 2023))
    assert (old.paid_fen, old.paid_for_other_years_fen) == (3 * 44300, 0)
    # C1 to C3 for December; what C2 was never paid for November is due again with the next close.
    assert (new.paid_fen, new.paid_for_other_years_fen) == (3 * 44300, 3 * 44300)


def test_money_back_after_its_year_adds_to_what_was_carried_over(over_new_year: County) -> None:
    old, new = (year_of(over_new_year, "dibao_rural", year) for year in (2022, 2023))
    assert (old.returned_fen, old.late_returns_fen) == (44300, 0)
    assert (new.returned_fen, new.late_returns_fen) == (44300, 44300)
    assert (new.reissued_fen, new.cancelled_fen, new.owed_fen) == (44300, 44300, 44300)


def test_a_voided_appropriation_stands_in_the_old_year_and_goes_out_of_the_new(over_new_year: County) -> None:
    old, new = (year_of(over_new_year, "dibao_rural", year) for year in (2022, 2023))
    assert {source: format_yuan(fen) for source, fen in old.allotted.items()} == {
        "central": "2000.00", "province": "999.00", "prefecture": "0.00", "county": "1000.50",
    }  # fmt: skip
    assert (new.allotted["central"], new.allotted["province"]) == (300000, -99900)


def test_the_balance_is_carried_from_year_to_year(over_new_year: County) -> None:
    old, new = (year_of(over_new_year, "dibao_rural", year) for year in (2022, 2023))
    assert old.balance_fen == 399950 - 3 * 44300 + 44300
    assert new.carried_in_fen == old.balance_fen
    # Of six payouts one is sent again, one cancelled, one still with the bank.
    assert new.balance_fen == 200000 + 100050 + 300000 - 6 * 44300 + 3 * 44300 - 44300


def test_reliefs_of_a_month_and_paid_at_once_are_of_one_programme(over_new_year: County) -> None:
    relief = year_of(over_new_year, "relief", 2022)
    assert (relief.paid_fen, relief.returned_fen, relief.budget_line) == (80000, 80000, "2082001")
    assert year_of(over_new_year, "relief", 2023).paid_fen == 70001


def test_no_step_of_a_payout_counts_before_the_one_in_front_of_it() -> None:
    steps = [("returned", date(2022, 12, 30)), ("reissued", date(2023, 1, 12)), ("returned", date(2023, 1, 11))]
    assert list(course(date(2022, 12, 31), steps)) == [
        (date(2022, 12, 31), date(2022, 12, 31)),
        (date(2023, 1, 12), date(2023, 1, 12)),
        (date(2023, 1, 12), date(2023, 1, 12)),
    ]


def test_without_an_appropriation_there_is_a_row_and_no_overspending(
    ledgers: ThrowAwayLedgers, tmp_path: Path
) -> None:
    with ledgers.fresh(DIVISION) as installation:
        county = County(installation, tmp_path, blocking=True)
        county.on("2022-05-20", standard(), {"fact": "opening", "month": "2022-06"}, enrol("C1", "2022-05-18"))
        county.close("2022-06-08", "2022-06")
        assert year_of(county, "dibao_rural", 2022).balance_fen == -44300
        county.on("2022-06-09", appropriation("F1", "county", "1.00", "2022-06-09", id="f1"))
        county.on("2022-06-09", {"fact": "void", "of": "f1", "reason": "误录"})
        county.close("2022-07-08", "2022-07")
        assert year_of(county, "dibao_rural", 2022).balance_fen == -88600
