"""Planted: months not paid, paid too early, by another standard or after a grace period, incomes changed since."""

from __future__ import annotations

from ledger.intake.sampling.planting.ground import Plot, day, paid, parse_fen, yuan
from ledger.intake.sampling.standards import Fact, standard_in


def ill_since_long(plot: Plot) -> None:
    """19: a category known after the last month; one known earlier was paid as arrears."""
    home, early = plot.home(), plot.home()
    since = plot.last - 1
    person = home.head.person
    plot.tell(paid(plot.last), "category", person=person, category="severe_disability", from_=since)
    plot.named("paid_differs_from_due", home, since, plot.last)
    person = early.head.person
    plot.tell(paid(plot.month(1)), "category", person=person, category="severe_disability", from_=plot.month(0))
    plot.clean("paid_differs_from_due", early)


def held_for_good(plot: Plot) -> None:
    """19, 26, not 24: held before the raise was known: what was paid at the old standard stays so."""
    home = plot.home()
    decided_on = day(plot.month(1), 10)
    plot.of(home, paid(plot.month(1)), "hold", decided_on=decided_on, reason="群众举报待查")
    plot.named("paid_differs_from_due", home, *plot.from_on(2))
    plot.clean("approved_not_paid", home)
    if plot.ground.raised_in(plot.month(1)) is not None:
        for query in ("paid_differs_from_due", "back_pay_wrong"):
            plot.named(query, home, plot.month(0), plot.month(1))
    released = plot.home()
    plot.of(released, paid(plot.month(1)), "hold", decided_on=decided_on, reason="群众举报待查")
    plot.of(released, day(plot.month(2), 25), "release", decided_on=day(plot.month(2), 20), reason="核实无误")
    for query in ("paid_differs_from_due", "back_pay_wrong", "approved_not_paid"):
        plot.clean(query, released)


def released_too_late(plot: Plot) -> None:
    """24, 19, 26: released after the last month: what is owed is not held any more."""
    home = plot.home()
    plot.of(home, paid(plot.month(1)), "hold", decided_on=day(plot.month(1), 10), reason="账户信息待核实")
    plot.of(home, paid(plot.last), "release", decided_on=day(plot.last, 10), reason="核实无误")
    for query in ("approved_not_paid", "paid_differs_from_due"):
        plot.named(query, home, *plot.from_on(2))
    if plot.ground.raised_in(plot.month(1)) is not None:
        for query in ("paid_differs_from_due", "back_pay_wrong"):
            plot.named(query, home, plot.month(0), plot.month(1))


def earned_since(plot: Plot) -> None:
    """19, and 25 of the months that two closes paid: an income raised after the last month."""
    home = plot.home(income=_yearly("1200.00"))
    since = plot.month(1)
    plot.of(home, paid(plot.last), "income", income=_yearly("1800.00"), from_=since)
    plot.named("paid_differs_from_due", home, *plot.from_on(1))
    back_paid = [month for month in plot.ground.back_paid() if month >= since]
    (plot.named if back_paid else plot.clean)("period_paid_twice", home, *back_paid)
    plot.clean("changed_after_confirmation", home)


def taken_back(plot: Plot) -> None:
    """19 alone: what was paid too much takes the later months' money whole; bookings are no payments (11)."""
    home = plot.home()
    line = parse_fen(standard_in(plot.month(0)).rural)
    plot.of(home, paid(plot.month(1)), "income", income=_yearly(yuan(line - 12_000)), from_=plot.month(0))
    plot.named("paid_differs_from_due", home, plot.month(0), plot.month(1))
    month = plot.month(2)
    plot.tell(paid(month), "match", person=home.head.person, dataset="vehicle", month=month, value="轻型货车")
    for query in ("vehicle", "approved_not_paid"):
        plot.clean(query, home)


def first_month_moved(plot: Plot) -> None:
    """23: the day of confirmation is corrected to a later month; to an earlier one names nobody."""
    home = plot.home()
    plot.of(home, paid(plot.month(0)), "correct", confirmed_on=day(plot.month(0), 5))
    plot.named("first_month_wrong", home, plot.month(0))
    plot.clean("paid_differs_from_due", home)
    earlier = plot.home()
    plot.of(earlier, paid(plot.month(0)), "correct", confirmed_on=day(plot.month(-2), 20))
    plot.reviewed(earlier)
    plot.clean("first_month_wrong", earlier)


def enrolled_late(plot: Plot) -> None:
    """24, 19: an enrolment known after the last month; one known a month before was paid as arrears."""
    confirmed_on = day(plot.last - 2, 25)
    home = plot.home(confirmed_on=confirmed_on, known_on=paid(plot.last))
    paid_at_last = plot.home(confirmed_on=confirmed_on, known_on=paid(plot.last - 1))
    for query in ("approved_not_paid", "paid_differs_from_due"):
        plot.named(query, home, plot.last - 1, plot.last)
        plot.clean(query, paid_at_last)


def suspended_by_mistake(plot: Plot) -> None:
    """24, 19: a suspension is voided after the last month."""
    home = plot.home()
    said = plot.of(home, paid(plot.month(1)), "suspend", decided_on=day(plot.month(1), 10), reason="无法核实")
    plot.void(home, paid(plot.last), said)
    for query in ("approved_not_paid", "paid_differs_from_due"):
        plot.named(query, home, *plot.from_on(2))
    without_gap = plot.home(income={"amount": "99000.00", "per": "year"})
    plot.clean("approved_not_paid", without_gap)
    plot.clean("paid_differs_from_due", without_gap)


def grace_known_late(plot: Plot) -> None:
    """35, 19: a grace period was over before it was known; 35 too for an import after one."""
    granted: Fact = {"decided_on": day(plot.month(0), 20), "months": 1, "reason": "就业收入超过标准"}
    late, in_time, imported = plot.home(), plot.home(), plot.home()
    plot.of(late, paid(plot.month(2)), "grace", **granted)
    for home in (in_time, imported):
        plot.of(home, day(plot.month(0), 25), "grace", **granted)
    plot.of(
        imported, paid(plot.month(2)), "payout_imported", month=plot.month(2), amount="50.00",
        on=day(plot.month(2), 9),
    )  # fmt: skip
    for query in ("grace_overrun", "paid_differs_from_due"):
        plot.named(query, late, plot.month(2))
        plot.named(query, imported, plot.month(2))
        plot.clean(query, in_time)


def income_lowered(plot: Plot) -> None:
    """39: an income from a paid month on is lowered; raised, decided for later or voided it names nobody."""
    told_on, query = paid(plot.month(1)), "changed_after_confirmation"
    homes = [plot.home(income=_yearly("1200.00")) for _ in range(5)]
    lowered, raised, decided, later, voided = homes
    plot.of(lowered, told_on, "income", income=_yearly("600.00"), from_=plot.month(0))
    plot.of(raised, told_on, "income", income=_yearly("1800.00"), from_=plot.month(0))
    plot.of(decided, told_on, "income", income=_yearly("600.00"), decided_on=day(plot.month(1), 10))
    plot.of(later, told_on, "income", income=_yearly("600.00"), from_=plot.month(2))
    said = plot.of(voided, told_on, "income", income=_yearly("600.00"), from_=plot.month(0))
    plot.void(voided, day(plot.month(1), 14), said)
    plot.named(query, lowered, plot.month(0), plot.month(1))
    for home in homes[1:]:
        plot.clean(query, home)


def _yearly(amount: str) -> Fact:
    return {"amount": amount, "per": "year"}


RECIPES = (
    ill_since_long,
    held_for_good,
    released_too_late,
    earned_since,
    taken_back,
    first_month_moved,
    enrolled_late,
    suspended_by_mistake,
    grace_known_late,
    income_lowered,
)
