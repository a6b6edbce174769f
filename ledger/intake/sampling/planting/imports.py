"""Planted: payments another system made: late, twice, by an old standard, with other lines or persons."""

from __future__ import annotations

from ledger.intake.sampling.planting.ground import Plot, day, paid, parse_fen, rural_fen, yuan
from ledger.intake.sampling.standards import STANDARDS, standard_in


def paid_elsewhere(plot: Plot) -> None:
    """22, 25, 19: imports after the pay-by day, or on top of what was paid; on the day and within it names nobody."""
    late, on_the_day, twice = plot.home(), plot.home(), plot.home()
    for home, number in ((late, 11), (on_the_day, 10)):
        paid_on = day(plot.month(1), number)
        plot.of(home, paid(plot.month(1)), "payout_imported", month=plot.month(1), amount="20.00", on=paid_on)
    plot.named("paid_late", late, plot.month(1))
    plot.clean("paid_late", on_the_day)
    plot.clean("period_paid_twice", late)
    plot.of(
        twice, paid(plot.last), "payout_imported", month=plot.last, amount="30.00", on=day(plot.last, 9)
    )  # fmt: skip
    plot.named("period_paid_twice", twice, plot.last)
    plot.named("paid_differs_from_due", twice, plot.last)


def paid_before_our_books(plot: Plot) -> None:
    """23, 25, 26 of months before the books open, of which 19 knows nothing."""
    month = plot.month(-2)
    due = rural_fen(month)
    now = standard_in(month)
    older = parse_fen(STANDARDS[STANDARDS.index(now) - 1].rural) // 12
    planted: list[tuple[str, tuple[int, ...]]] = [
        ("period_paid_twice", (due * 3 // 5, due * 3 // 5)),
        ("back_pay_wrong", (older,)),
        ("", (due // 2, due - due // 2)),
        ("", (older + 1,)),
    ]
    for query, amounts in planted:
        home = plot.home(confirmed_on=day(plot.month(-6), 25))
        plot.reviewed(home)
        for fen in amounts:
            plot.of(
                home, plot.known_first, "payout_imported", month=month, amount=yuan(fen), on=day(month, 5)
            )  # fmt: skip
        for each in ("period_paid_twice", "back_pay_wrong"):
            (plot.named if each == query else plot.clean)(each, home)
        plot.clean("paid_differs_from_due", home)
    early = plot.home()
    plot.of(
        early, plot.known_first, "payout_imported", month=plot.month(-1), amount="60.00",
        on=day(plot.month(-1), 5),
    )  # fmt: skip
    plot.named("first_month_wrong", early, plot.month(-1))


def paid_ahead(plot: Plot) -> None:
    """19: an import for a month that is not closed yet."""
    home, month = plot.home(), plot.last + 1
    plot.of(
        home, paid(plot.last), "payout_imported", month=month, amount="40.00", on=day(plot.last, 10)
    )  # fmt: skip
    plot.named("paid_differs_from_due", home, month)


def imported_for_the_dead(plot: Plot) -> None:
    """1, 21: an import counts the dead, unless its persons are those without them."""
    died = {"date": day(plot.month(0), 20), "reason": "death"}
    for persons in (1, 2, None):
        home = plot.home(2)
        plot.of(home, day(plot.month(0), 25), "leave", person=home.members[1].person, **died)
        on = day(plot.month(1), 5)
        plot.of(home, on, "payout_imported", month=plot.month(1), amount="30.00", on=on, persons=persons)
        (plot.clean if persons == 1 else plot.named)("paid_after_death", home, plot.month(1))
        (plot.named if persons == 2 else plot.clean)("insured_persons_differ", home, plot.month(1))
    known_late = plot.home(2)
    on = day(plot.month(-1), 26)
    plot.of(known_late, on, "payout_imported", month=plot.month(0), amount="50.00", on=on, persons=2)
    plot.of(
        known_late, paid(plot.month(1)), "leave", person=known_late.members[1].person,
        date=day(plot.month(-1), 28), reason="death",
    )  # fmt: skip
    plot.named("paid_after_death", known_late, plot.month(0), plot.month(1))
    plot.named("insured_persons_differ", known_late, plot.month(0))


def imported_care(plot: Plot) -> None:
    """31: an import's care money in a month no assessment covers."""
    month = plot.month(-1)
    home = plot.tekun(tier="full", confirmed_on=day(plot.month(-14), 10))
    plot.reviewed(home)
    on = day(month, 10)
    plot.of(home, plot.known_first, "care", tier="full", assessed_on=on)
    lines = {"tekun_basic": "1013.00", "tekun_care": "1760.00"}
    plot.of(home, plot.known_first, "payout_imported", month=month, amount="2773.00", on=on, lines=lines)
    plot.named("care_not_assessed", home, month)


def imported_lines(plot: Plot) -> None:
    """20, 21: an import's top-up is not what is due, its persons are not those insured."""
    month, on = plot.month(0), day(plot.month(-1), 26)
    ill = {0: {"categories": ["severe_disability"]}}
    due = (rural_fen(month) * 30 + 50) // 100
    for fen in (due, due - 1, None):
        home = plot.home(told=ill)
        lines = {"dibao": "50.00", "top_up": yuan(fen)} if fen is not None else None
        amount = yuan(5000 + (fen or 0))
        plot.of(home, on, "payout_imported", month=month, amount=amount, on=on, lines=lines)
        (plot.named if fen == due - 1 else plot.clean)("top_up_wrong", home)
    for persons, insured in ((2, 2), (3, 2), (2, 3)):
        away = {2: {"insured": False}}
        home = plot.home(insured, told=away)
        plot.of(home, on, "payout_imported", month=month, amount="50.00", on=on, persons=persons)
        (plot.named if persons == 3 else plot.clean)("insured_persons_differ", home)


RECIPES = (
    paid_elsewhere,
    paid_before_our_books,
    paid_ahead,
    imported_for_the_dead,
    imported_care,
    imported_lines,
)
