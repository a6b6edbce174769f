"""Planted: relatives filed late, for another official or unvisited, and cases that relatives handled."""

from __future__ import annotations

from datetime import date, timedelta

from ledger.intake.sampling.planting.ground import (
    AFTER_CLOSE,
    BEFORE_CLOSE,
    Home,
    Plot,
    When,
    day,
    paid,
)
from ledger.intake.sampling.planting.kinship import NATIONAL, PARENT, QUERY, WIDENED, chain, relate
from ledger.values.month import Month


def filed(plot: Plot) -> None:
    """16: a filing counts from the day it was recorded, the day of the close included; written back it is late."""
    first, second = plot.month(0), plot.month(1)
    close_day = first.first_day.replace(day=8)
    when: tuple[tuple[date, When, list[Month]], ...] = (
        (day(plot.month(-1), 25), When(day(plot.month(-1), 27)), []),
        (day(plot.month(-1), 25), When(close_day, BEFORE_CLOSE), []),
        (day(plot.month(-1), 25), When(close_day, AFTER_CLOSE), []),
        (day(plot.month(-1), 25), When(day(first, 9)), [first]),
        (day(plot.month(-1), 25), When(paid(second)), [first, second]),
        (day(second, 10), When(paid(second)), [first, second]),
    )
    for on, recorded, months in when:
        home, official = plot.neighbour.home(), plot.official()
        chain(plot, official[1], home, NATIONAL["grandparent"])
        _file(plot, official[0], home, on, recorded)
        (plot.named if months else plot.clean)(QUERY, home, *months)


def filed_by_mistake(plot: Plot) -> None:
    """16: a filing voided since never was; 17 asks for a visit on or after each filing's day."""
    home, (official, person) = plot.home(), plot.official()
    relate(plot, person, home.head.person, PARENT)
    said = plot.of(home, plot.known_first, "filing", official=official, on=plot.known_first)
    plot.void(home, paid(plot.last), said)
    plot.named(QUERY, home, *plot.from_on(0))
    plot.clean("filed_not_visited", home)
    twice, on = plot.home(), day(plot.month(0), 5)
    for number in (0, 4):
        plot.of(
            twice, paid(plot.month(0)), "filing", official=plot.official()[0], on=on + timedelta(days=number)
        )  # fmt: skip
    plot.of(twice, paid(plot.month(0)), "home_visit", on=on + timedelta(days=2), visitors=["县民政局"])
    plot.named("filed_not_visited", twice)


def filed_for_another(plot: Plot) -> None:
    """16: a filing covers the official in every office, and no other official."""
    home, mistaken = plot.home(), plot.home()
    former, person = plot.official(to=date(2020, 12, 31))
    plot.official(person=person, since=date(2021, 1, 1))
    relate(plot, person, home.head.person, PARENT)
    _file(plot, former, home, plot.known_first, When(plot.known_first))
    plot.clean(QUERY, home)
    relate(plot, plot.official()[1], mistaken.head.person, PARENT)
    _file(plot, plot.official()[0], mistaken, plot.known_first, When(plot.known_first))
    plot.named(QUERY, mistaken, *plot.from_on(0))


def paid_before_filing(plot: Plot) -> None:
    """16: for imports a filing counts from its own day; arrears count as their month."""
    month = plot.month(-2)
    for number in (9, 10):
        home, official = plot.home(confirmed_on=day(plot.month(-6), 25)), plot.official()
        plot.reviewed(home)
        relate(plot, official[1], home.head.person, PARENT)
        plot.of(home, plot.known_first, "payout_imported", month=month, amount="50.00", on=day(month, 9))
        _file(plot, official[0], home, day(month, number), When(plot.known_first))
        (plot.clean if number == 9 else plot.named)(QUERY, home, month)
    late = plot.home(confirmed_on=day(plot.month(0), 20), known_on=paid(plot.month(1)))
    relate(plot, plot.official()[1], late.head.person, PARENT, to=day(plot.month(1), 15))
    plot.named(QUERY, late, plot.month(1))


def unvisited(plot: Plot) -> None:
    """17: filed and never visited, or before, or the visit voided; on the day itself is in time."""
    on = day(plot.month(0), 5)
    for visited_on, void in ((None, False), (on - timedelta(days=1), False), (on, True), (on, False)):
        home = plot.home()
        told_on = paid(plot.month(0))
        plot.of(home, told_on, "filing", official=plot.official()[0], on=on)
        if visited_on is not None:
            visit = plot.of(home, told_on, "home_visit", on=visited_on, visitors=["县民政局"])
            if void:
                plot.void(home, paid(plot.last), visit)
        visited = visited_on == on and not void
        (plot.clean if visited else plot.named)("filed_not_visited", home)


def own_relatives(plot: Plot) -> None:
    """18: a handler of the family, in office or not; related since, out of scope or no handler he is none."""
    query = "decided_own_relative"
    ended = date(2020, 12, 31)
    confirmed_on = day(plot.month(-1), 25)
    planted: tuple[tuple[tuple[str, ...], date | None, bool], ...] = (
        ((PARENT,), None, True),
        (NATIONAL["sibling"], None, True),
        (NATIONAL["grandparent"], confirmed_on, True),
        ((PARENT,), confirmed_on + timedelta(days=1), False),
        (WIDENED["uncle"], None, False),
    )
    for links, since, named in planted:
        official, person = plot.official(to=ended)
        home = plot.neighbour.home(handlers={"audited_by": official})
        chain(plot, person, home, links, from_=since)
        (plot.named if named else plot.clean)(query, home)
        plot.clean(QUERY, home)
    member = plot.member(number=plot.ground.planted + 2, place=0)
    official, _ = plot.official(person=member.person, to=ended)
    home = plot.home(handlers={"accepted_by": official, "approved_by": official})
    plot.named(query, home)
    away = plot.home(2, told={1: {"insured": False}}, handlers={"approved_by": plot.official(to=ended)[0]})
    plot.clean(query, away)
    official, person = plot.official(to=ended)
    of_the_uninsured = plot.home(2, told={1: {"insured": False}}, handlers={"approved_by": official})
    relate(plot, person, of_the_uninsured.members[1].person, PARENT)
    plot.named(query, of_the_uninsured)
    other = plot.official(to=ended)
    unhandled = plot.home(handlers={"accepted_by": plot.official(to=ended)[0]})
    relate(plot, other[1], unhandled.head.person, PARENT)
    plot.clean(query, unhandled)


def _file(plot: Plot, official: str, home: Home, on: date, recorded: When) -> None:
    """A filing, visited the day it is recorded."""
    plot.of(home, recorded, "filing", official=official, on=on)
    plot.of(home, recorded, "home_visit", on=recorded.day, visitors=["县民政局"])
    plot.clean("filed_not_visited", home)


RECIPES = (
    filed,
    filed_by_mistake,
    filed_for_another,
    paid_before_filing,
    unvisited,
    own_relatives,
)
