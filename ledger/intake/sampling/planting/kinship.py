"""Planted: relatives of officials whom nobody filed, stated and derived, across counties."""

from __future__ import annotations

from datetime import date

from ledger.intake.sampling.planting.ground import (
    WIDE,
    Ground,
    Home,
    Plot,
    day,
    last_day_before,
    paid,
)
from ledger.values.month import Month

QUERY = "relative_not_filed"
PARENT, SON, DAUGHTER, SPOUSE = "51", "20", "30", "12"
NATIONAL: dict[str, tuple[str, ...]] = {
    "grandparent": (PARENT, PARENT),
    "grandchild": (SON, DAUGHTER),
    "sibling": (PARENT, SON),
}
"""Derived by two links, in the national scope: from the official to the household, what each is to the one before."""
WIDENED: dict[str, tuple[str, ...]] = {
    "parent-in-law": (SPOUSE, PARENT),
    "child-in-law": (SON, SPOUSE),
    "great-grandparent": (PARENT, PARENT, PARENT),
    "great-grandchild": (SON, DAUGHTER, SON),
    "uncle": (PARENT, PARENT, SON),
    "nephew": (PARENT, DAUGHTER, SON),
    "sibling's spouse": (PARENT, SON, SPOUSE),
    "spouse's sibling": (SPOUSE, PARENT, DAUGHTER),
    "cousin": (PARENT, PARENT, SON, DAUGHTER),
}
"""Derived by two to four links, in the widened scope alone."""
NOT_DERIVED: dict[str, tuple[str, ...]] = {
    "spouse's child": (SPOUSE, SON),
    "parent's spouse": (PARENT, SPOUSE),
    "sibling's sibling": ("71", "71"),
    "sibling's parent": ("71", PARENT),
    "cousin's child": (PARENT, PARENT, SON, DAUGHTER, SON),
}
"""Step relations and others that nothing is derived from, whatever the scope."""
_NATIONAL_CODES = (
    "10 11 12 20 21 22 23 24 25 26 27 29 30 31 32 33 34 35 36 37 39 41 42 43 44 51 52 57 58 61 62 63 64"
)
_SIBLINGS = "71 73 75 77"
_MORE = "28 38 47 48 53 54 55 56 66 67 72 74 76 78 81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96"
"""In-laws, great-grandparents, uncles, cousins, nephews."""


def widen(ground: Ground) -> None:
    """The second month's widened `kin_scope` of one county."""
    codes = f"{_NATIONAL_CODES} {_SIBLINGS} {_MORE}".split()
    plot = Plot(ground, WIDE)
    plot.tell(day(plot.month(-1), 20), "policy", key="kin_scope", value=codes, from_=plot.month(1))


def derived(plot: Plot) -> None:
    """16: relatives in the next county by chains of two to four links; out of scope or not derived: nobody."""
    for links in NATIONAL.values():
        home = plot.neighbour.home()
        chain(plot, plot.official()[1], home, links)
        plot.named(QUERY, home, *plot.from_on(0))
    wide = Plot(plot.ground, WIDE)
    narrow = plot.neighbour if plot.neighbour.division != WIDE else plot
    for links in WIDENED.values():
        inside, outside = wide.home(), narrow.home()
        for home in (inside, outside):
            chain(plot, plot.official()[1], home, links)
        plot.named(QUERY, inside, *plot.from_on(1))
        plot.clean(QUERY, outside)
    for links in NOT_DERIVED.values():
        home = wide.home()
        chain(plot, plot.official()[1], home, links)
        plot.clean(QUERY, home)


def within_household(plot: Plot) -> None:
    """16: a link of the chain is what the enrolment says of a member; the relative must be insured then."""
    home = plot.home(2, told={1: {"relation": PARENT}})
    relate(plot, plot.official()[1], home.members[1].person, PARENT)
    plot.named(QUERY, home, *plot.from_on(0))
    uninsured, left = plot.home(2, told={1: {"insured": False}}), plot.home(2)
    for each in (uninsured, left):
        relate(plot, plot.official()[1], each.members[1].person, SON)
    plot.of(
        left, day(plot.month(0), 25), "leave", person=left.members[1].person, date=day(plot.month(0), 10),
        reason="moved_out",
    )  # fmt: skip
    plot.clean(QUERY, uninsured)
    plot.named(QUERY, left, plot.month(0))


def by_code(plot: Plot) -> None:
    """16: a stated code counts by its own place in the scope or its inverse class's; an in-law's does not."""
    for code, from_household, named in (
        ("51", False, True), ("59", False, True), ("40", True, True), ("71", False, True),
        ("72", False, False), ("81", False, False), ("99", False, False), ("28", False, False),
    ):  # fmt: skip
        home, official = _narrow(plot).home(), plot.official()[1]
        person = home.head.person
        relate(plot, *((person, official) if from_household else (official, person)), code)
        (plot.named if named else plot.clean)(QUERY, home, *plot.from_on(0))


def _narrow(plot: Plot) -> Plot:
    """The county, or the next one where its scope is the widened one."""
    return plot.neighbour if plot.division == WIDE else plot


def at_times(plot: Plot) -> None:
    """16: a relation or an office must hold on the first day of the month paid for."""
    first, second = plot.month(0), plot.month(1)
    ends: tuple[tuple[date | None, date | None, list[Month]], ...] = (
        (None, last_day_before(first), []),
        (None, first.first_day, [first]),
        (None, day(second, 15), [first, second]),
        (second.first_day, None, plot.from_on(1)),
        (day(second, 2), None, plot.from_on(2)),
        (day(plot.last, 2), None, []),
    )
    for since, to, months in ends:
        related, chained, officers = plot.home(), plot.neighbour.home(), plot.home()
        relate(plot, plot.official()[1], related.head.person, PARENT, from_=since, to=to)
        chain(plot, plot.official()[1], chained, NATIONAL["sibling"], from_=since, to=to)
        person = plot.official(since=since or date(2019, 3, 1), to=to)[1]
        relate(plot, person, officers.head.person, PARENT)
        for home in (related, chained, officers):
            (plot.named if months else plot.clean)(QUERY, home, *months)


def told_again(plot: Plot) -> None:
    """16: a term or relation recorded again gets its end that way; voided it never was."""
    ended, parted, voided = plot.home(), plot.home(), plot.home()
    code, person = plot.official()
    relate(plot, person, ended.head.person, PARENT)
    plot.tell(
        paid(plot.month(1)), "official", official=code, person=person, role="village_committee",
        unit=f"{plot.division}201201", from_=date(2019, 3, 1), to=plot.month(0).last_day,
    )  # fmt: skip
    spouse = plot.official()[1]
    married = date(2015, 5, 1)
    relate(plot, spouse, parted.head.person, SPOUSE, from_=married)
    to = day(plot.month(1), 10)
    relate(plot, spouse, parted.head.person, SPOUSE, from_=married, to=to, told_on=paid(plot.month(1)))
    said = relate(plot, plot.official()[1], voided.head.person, PARENT)
    plot.void(voided, paid(plot.last), said)
    plot.named(QUERY, ended, plot.month(0))
    plot.named(QUERY, parted, plot.month(0), plot.month(1))
    plot.clean(QUERY, voided)


def himself(plot: Plot) -> None:
    """16, 4: an official who draws himself, also in the next county under another code."""
    home = plot.home()
    other = plot.neighbour.home(like=home.head)
    plot.official(person=home.head.person)
    for each in (home, other):
        plot.named(QUERY, each, *plot.from_on(0))
        Plot(plot.ground, each.division).named("person_in_two_cases", each.head.person)


def of_any_programme(plot: Plot) -> None:
    """16: destitute relatives count; who links them may have died meanwhile."""
    tekun = plot.tekun()
    relate(plot, plot.official()[1], tekun.head.person, "71")
    plot.named(QUERY, tekun, *plot.from_on(0))
    fathers, sons, official = plot.home(2), plot.neighbour.home(), plot.official()[1]
    father = fathers.members[1].person
    relate(plot, official, father, PARENT)
    relate(plot, father, sons.head.person, SON)
    plot.of(fathers, day(plot.month(0), 25), "leave", person=father, date=day(plot.month(0), 10), reason="death")
    plot.named(QUERY, fathers, plot.month(0))
    plot.named(QUERY, sons, *plot.from_on(0))


def chain(plot: Plot, official: str, home: Home, links: tuple[str, ...], **when: date | None) -> None:
    """Relations from the official to the household's head by way of strangers; the last link holds when told."""
    person = official
    for number, code in enumerate(links, 1):
        is_last = number == len(links)
        to_person = home.head.person if is_last else plot.stranger()
        relate(plot, person, to_person, code, **(when if is_last else {}))
        person = to_person


def relate(
    plot: Plot,
    person: str,
    to_person: str,
    what: str,
    *,
    from_: date | None = None,
    to: date | None = None,
    told_on: date | None = None,
) -> dict[str, object]:
    """A declared relation: `to_person` is `what` (GB/T 4761) to the person."""
    when = told_on or plot.known_first
    return plot.tell(
        when, "relation", person=person, to_person=to_person, code=what, from_=from_, to=to, declared_by="本人申报"
    )


RECIPES = (
    derived,
    within_household,
    by_code,
    at_times,
    told_again,
    himself,
    of_any_programme,
)
