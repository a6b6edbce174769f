"""Planted: ID numbers and births that cannot be, and what other departments know of those paid for."""

from __future__ import annotations

from datetime import timedelta

from ledger.intake.sampling.planting.ground import Home, Plot, day, paid, rural_fen, yuan

_MATCHED = (
    ("on_fiscal_payroll", "fiscal_payroll", "事业单位"),
    ("vehicle", "vehicle", "小型普通客车"),
    ("property_over_limit", "property", "2"),
    ("company_or_trader", "company", "个体工商户"),
    ("housing_fund_over_limit", "housing_fund", "0.01"),
    ("in_custody", "prison", "在押"),
    ("in_custody", "detox", "强制隔离戒毒"),
)
"""Query, dataset and a value that is enough."""
_WITHIN_LIMITS = (
    ("property_over_limit", "property", "1"),
    ("property_over_limit", "property", None),
    ("housing_fund_over_limit", "housing_fund", "0.00"),
    ("housing_fund_over_limit", "housing_fund", None),
)


def impossible_numbers(plot: Plot) -> None:
    """7: a wrong check digit, or 15 digits; a lower-case x is right, and so is a number corrected since."""
    query = "id_number_invalid"
    for shape in ("check digit", "15 digits", "corrected"):
        person = plot.member(number=plot.ground.planted + 1, place=0)
        number = person.id_number
        wrong = number[:6] + number[8:17] if shape == "15 digits" else _wrong_check_digit(number)
        home = plot.home(told={0: {"id_number": wrong}}, imported=True)
        if shape == "corrected":
            plot.tell(paid(plot.month(0)), "correct", person=home.head.person, id_number=number)
        (plot.clean if shape == "corrected" else plot.named)(query, home.head.person)
    while not (person := plot.member(number=plot.ground.planted + 1, place=0)).id_number.endswith("X"):
        plot.ground.number()
    home = plot.home(told={0: {"id_number": person.id_number.lower()}})
    plot.clean(query, home.head.person)
    plot.clean("birth_or_sex_differs", home.head.person)


def _wrong_check_digit(number: str) -> str:
    return number[:17] + ("0" if number[17] != "0" else "1")


def other_births(plot: Plot) -> None:
    """8: another birth date or sex than the number's; corrected, or beside an invalid number, names nobody."""
    query = "birth_or_sex_differs"
    person = plot.member(number=plot.ground.planted + 1, place=0)
    other = (person.birth_date + timedelta(days=1)).isoformat()
    for told in ({"birth_date": other}, {"sex": "female"}):
        plot.named(query, plot.home(told={0: told}).head.person)
    slip = (plot.member(number=plot.ground.planted + 1, place=0).birth_date + timedelta(days=1)).isoformat()
    home = plot.home(told={0: {"birth_date": slip}})
    plot.tell(paid(plot.month(0)), "correct", person=home.head.person, birth_date=home.head.birth_date)
    plot.clean(query, home.head.person)
    person = plot.member(number=plot.ground.planted + 1, place=0)
    wrong, other = _wrong_check_digit(person.id_number), (person.birth_date + timedelta(days=1)).isoformat()
    home = plot.home(told={0: {"id_number": wrong, "birth_date": other}}, imported=True)
    plot.clean(query, home.head.person)
    plot.named("id_number_invalid", home.head.person)


def matched(plot: Plot) -> None:
    """9, 11–15: matches of a month paid for; before it, of who is not insured, voided or within limits: nobody."""
    month, told_on = plot.month(1), paid(plot.month(1))
    for query, dataset, value in _MATCHED:
        home, clean = plot.home(2), plot.home(3, told={1: {"insured": False}})
        _match(plot, home, 1, dataset, value)
        plot.named(query, home, month)
        others = clean.members
        plot.tell(told_on, "match", person=others[0].person, dataset=dataset, month=plot.month(-1), value=value)
        _match(plot, clean, 1, dataset, value)
        said = _match(plot, clean, 2, dataset, value)
        plot.void(clean, told_on, said)
        plot.clean(query, clean)
    for query, dataset, enough in _WITHIN_LIMITS:
        home = plot.home()
        _match(plot, home, 0, dataset, enough)
        plot.clean(query, home)


def gap_closed(plot: Plot) -> None:
    """10: pensions and wages that reach the standard together with the income; one fen less does not."""
    month, query = plot.month(1), "pension_or_wages"
    for short in (0, 1):
        alone = plot.home()
        _match(plot, alone, 0, "pension", yuan(rural_fen(month) - short))
        two = plot.home(2, income={"amount": "1200.00", "per": "year"})
        _match(plot, two, 0, "wages", "400.00")
        _match(plot, two, 1, "pension", yuan(rural_fen(month, 2) - 10_000 - 40_000 - short))
        for home in (alone, two):
            (plot.clean if short else plot.named)(query, home, month)
    topped_up = [
        plot.home(told={0: {"categories": ["severe_disability"]}}, income={"amount": "99000.00", "per": "year"})
        for _ in range(2)
    ]
    _match(plot, topped_up[0], 0, "pension", None)
    plot.named(query, topped_up[0], month)
    plot.clean(query, topped_up[1])
    tekun = plot.tekun()
    _match(plot, tekun, 0, "pension", "9000.00")
    plot.clean(query, tekun)


def _match(plot: Plot, home: Home, place: int, dataset: str, value: str | None) -> dict[str, object]:
    month = plot.month(1)
    person = home.members[place].person
    return plot.tell(
        day(month, 12), "match", person=person, dataset=dataset, month=month, value=value
    )  # fmt: skip


RECIPES = (impossible_numbers, other_births, matched, gap_closed)
