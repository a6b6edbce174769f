"""What settling one case promises for any amounts whatever: nothing lost, nothing below zero, payees apart."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import naive_facts as naive
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.payout import RECOVERY
from ledger.entitlement.balances import Balances
from ledger.entitlement.settlement import RecoveryTerms, Settlement, settle
from ledger.values.money import half_up
from ledger.values.month import Month, age_on

CLOSING = Month.parse("2022-07")
EARLIER = [CLOSING - n for n in range(6, 0, -1)]
PAYEES = ("household", "carer")

amounts = st.integers(0, 300)
components = st.lists(st.tuples(st.sampled_from(["dibao", "top_up"]), st.integers(1, 300)), max_size=2)
due_by_payee = st.dictionaries(st.sampled_from(PAYEES), components)
due_by_month = st.fixed_dictionaries(dict.fromkeys([*EARLIER, CLOSING], due_by_payee))
booked_by_payee = st.dictionaries(st.sampled_from(PAYEES), st.dictionaries(st.sampled_from(EARLIER), amounts))
terms = st.builds(
    RecoveryTerms, offset=st.booleans(), share_ppm=st.sampled_from([1_000_000, 500_000, 333_000, 10_000])
)
Due = Mapping[Month, Mapping[str, list[tuple[str, int]]]]
Booked = Mapping[str, Mapping[Month, int]]


def settled(due: Due, booked: Booked, how: RecoveryTerms) -> dict[str, Settlement]:
    return settle(CLOSING, weighed(due, booked, EARLIER, due[CLOSING]), how)


def weighed(due: Due, booked: Booked, earlier: list[Month], own: Mapping[str, list[tuple[str, int]]]) -> Balances:
    found = {payee: {m: n for m in earlier if (n := owed(due, booked, payee, m))} for payee in PAYEES}
    return Balances(own, {payee: months for payee, months in found.items() if months}, overpaid_now=False)


def booked_for(settlement: Settlement | None, month: Month) -> int:
    return sum(n.amount_fen for n in settlement.lines if n.for_month == month) if settlement else 0


def owed(due: Due, booked: Booked, payee: str, month: Month) -> int:
    return sum(fen for _, fen in due[month].get(payee, ())) - booked.get(payee, {}).get(month, 0)


@given(due=due_by_month, booked=booked_by_payee, how=terms)
def test_every_month_owed_is_paid_in_full(due: Due, booked: Booked, how: RecoveryTerms) -> None:
    found = settled(due, booked, how)
    for payee in PAYEES:
        for month in [*EARLIER, CLOSING]:
            if owed(due, booked, payee, month) >= 0:
                assert booked_for(found.get(payee), month) == owed(due, booked, payee, month)


@given(due=due_by_month, booked=booked_by_payee, how=terms)
def test_recoveries_stay_within_the_payees_money_and_its_cap(due: Due, booked: Booked, how: RecoveryTerms) -> None:
    for payee, settlement in settled(due, booked, how).items():
        money = sum(n.amount_fen for n in settlement.lines if n.amount_fen > 0)
        taken = -sum(n.amount_fen for n in settlement.lines if n.component == RECOVERY)
        debts = sum(max(0, -owed(due, booked, payee, m)) for m in EARLIER)
        limit = int(Fraction(money * how.share_ppm, 1_000_000)) if how.offset else 0
        assert taken == min(debts, limit) <= money


@given(due=due_by_month, booked=booked_by_payee, how=terms)
def test_the_oldest_wrongly_paid_month_is_evened_out_first(due: Due, booked: Booked, how: RecoveryTerms) -> None:
    for payee, settlement in settled(due, booked, how).items():
        left = [m for m in EARLIER if owed(due, booked, payee, m) < booked_for(settlement, m)]
        assert settlement.open_from == (left[0] if left else None)
        taken = [n.for_month for n in settlement.lines if n.component == RECOVERY]
        assert taken == sorted(taken)
        assert all(month <= left[0] for month in taken if left)


@given(due=due_by_month, booked=booked_by_payee, how=terms)
def test_payees_are_settled_as_if_each_were_alone(due: Due, booked: Booked, how: RecoveryTerms) -> None:
    together = settled(due, booked, how)
    for payee in PAYEES:
        own_due = {m: {p: c for p, c in d.items() if p == payee} for m, d in due.items()}
        own_booked = {p: b for p, b in booked.items() if p == payee}
        assert settled(own_due, own_booked, how).get(payee) == together.get(payee)


@given(due=due_by_month, booked=booked_by_payee, how=terms)
def test_settling_again_pays_nothing_twice(due: Due, booked: Booked, how: RecoveryTerms) -> None:
    once = settled(due, booked, how)
    after = {
        payee: {m: booked.get(payee, {}).get(m, 0) + booked_for(once.get(payee), m) for m in [*EARLIER, CLOSING]}
        for payee in PAYEES
    }
    again = settle(CLOSING + 1, weighed(due, after, [*EARLIER, CLOSING], {}), how)
    assert [line for settlement in again.values() for line in settlement.lines] == []
    assert {p: s.open_from for p, s in again.items()} == {p: s.open_from for p, s in once.items() if s.open_from}


@given(data=st.data(), due=due_by_month, booked=booked_by_payee, how=terms)
def test_the_order_in_which_things_are_listed_counts_for_nothing(
    data: st.DataObject, due: Due, booked: Booked, how: RecoveryTerms
) -> None:
    shuffled: dict[str, Any] = {
        payee: dict(data.draw(st.permutations(list(booked[payee].items()))))
        for payee in data.draw(st.permutations(list(booked)))
    }
    turned = {m: dict(data.draw(st.permutations(list(d.items())))) for m, d in due.items()}
    assert settled(turned, shuffled, how) == settled(due, booked, how)


@given(numerator=st.integers(0, 10**15), denominator=st.sampled_from([1, 2, 12, 100, 12_000_000]))
def test_rounding_is_to_the_nearest_fen_and_halves_go_up(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    rounded = half_up(numerator, denominator)
    assert exact - Fraction(1, 2) < rounded <= exact + Fraction(1, 2)
    assert rounded == naive.half_up(exact)


@settings(max_examples=300)
@given(born=st.dates(naive.date(1930, 1, 1), naive.date(2010, 12, 31)), days=st.integers(0, 30_000))
def test_an_age_is_the_number_of_birthdays_seen(born: naive.date, days: int) -> None:
    day = born + naive.timedelta(days=days)
    assert age_on(born, day) == naive.age_on(born, day)


@given(year=st.integers(1930, 2010).filter(lambda y: y % 4 == 0), age=st.integers(1, 90))
def test_a_birthday_of_29_february_falls_on_the_28th_in_a_common_year(year: int, age: int) -> None:
    born, then = naive.date(year, 2, 29), year + age
    leap = then % 4 == 0 and (then % 100 != 0 or then % 400 == 0)
    birthday = naive.date(then, 2, 29 if leap else 28)
    assert age_on(born, birthday) == age
    assert age_on(born, birthday - naive.timedelta(days=1)) == age - 1
