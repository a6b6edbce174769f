"""Planted: deaths, second cases, first and last months, what was not paid, what was paid twice, changed incomes."""

from __future__ import annotations

from ledger.intake.sampling.planting.ground import Home, Plot, day, paid, parse_fen, rural_fen, yuan
from ledger.intake.sampling.standards import STANDARDS, Fact, standard_in


def died_unnoticed(plot: Plot) -> None:
    """1: a death is known after the next month was paid; one told in time or voided names nobody."""
    home = plot.home(2)
    plot.of(home, paid(plot.month(1)), "leave", **_death(home, 1, plot))
    plot.named("paid_after_death", home, plot.month(1))
    plot.clean("paid_differs_from_due", home)
    told_in_time = plot.home(2)
    plot.of(told_in_time, day(plot.month(0), 25), "leave", **_death(told_in_time, 1, plot))
    plot.clean("paid_after_death", told_in_time)
    alive = plot.home(2)
    death = plot.of(alive, paid(plot.month(1)), "leave", **_death(alive, 1, plot))
    plot.void(alive, day(plot.month(1), 14), death)
    plot.clean("paid_after_death", alive)


def died_alone(plot: Plot) -> None:
    """1, 19: the only member died before the last month, known after it was paid: nothing takes it back."""
    home = plot.home()
    died_on = day(plot.last - 1, 20)
    plot.of(home, paid(plot.last), "leave", person=home.head.person, date=died_on, reason="death")
    plot.named("paid_after_death", home, plot.last)
    plot.named("paid_differs_from_due", home, plot.last)


def died_elsewhere(plot: Plot) -> None:
    """1, 4: who died in one county is paid for in the next under another code."""
    here, there = plot.home(2), plot.neighbour
    other = there.home(like=here.members[0])
    plot.of(here, day(plot.month(0), 25), "leave", **_death(here, 0, plot))
    plot.named("paid_after_death", other, *plot.from_on(1))
    plot.clean("paid_after_death", here)
    plot.named("person_in_two_cases", here.head.person, plot.month(0))
    there.named("person_in_two_cases", other.head.person, plot.month(0))


def _death(home: Home, place: int, plot: Plot) -> Fact:
    return {"person": home.members[place].person, "date": day(plot.month(0), 20), "reason": "death"}


def urban_and_rural(plot: Plot) -> None:
    """2, 4: one person urban here and rural in the next county; his 15-digit number equals the other (7)."""
    for short in (False, True):
        urban, there = plot.home(programme="dibao_urban"), plot.neighbour
        number = urban.head.id_number
        told = {0: {"id_number": number[:6] + number[8:17]}} if short else None
        rural = there.home(like=urban.head, told=told, imported=short or None)
        for query in ("urban_and_rural", "person_in_two_cases"):
            plot.named(query, urban.head.person)
            there.named(query, rural.head.person)
        if short:
            there.named("id_number_invalid", rural.head.person)


def dibao_and_tekun(plot: Plot) -> None:
    """3, 4: one person in dibao here and destitute in the next county."""
    dibao, there = plot.home(), plot.neighbour
    tekun = there.tekun(like=dibao.head)
    for query in ("dibao_and_tekun", "person_in_two_cases"):
        plot.named(query, dibao.head.person)
        there.named(query, tekun.head.person)


def in_three_cases(plot: Plot) -> None:
    """4: one person in three rural cases; in a fourth he is no insured member."""
    homes = [plot.home()]
    homes += [plot.home(like=homes[0].head), plot.neighbour.home(like=homes[0].head)]
    for home in homes:
        Plot(plot.ground, home.division).named("person_in_two_cases", home.head.person)
    elsewhere = plot.home()
    uninsured = plot.home(2, told={1: elsewhere.head.fact(insured=False, person=f"{elsewhere.head.person}U")})
    plot.clean("person_in_two_cases", elsewhere.head.person)
    plot.clean("person_in_two_cases", f"{uninsured.members[1].person}U")


def moved(plot: Plot) -> None:
    """None of 2, 3, 4: who was stopped is enrolled anew from the next month on."""
    stopped_on, there = day(plot.month(1), 10), plot.neighbour
    confirmed: Fact = {"confirmed_on": day(plot.month(1), 20), "known_on": day(plot.month(1), 25)}
    homes = [plot.home(), plot.home()]
    for home in homes:
        plot.of(home, paid(plot.month(1)), "stop", decided_on=stopped_on, reason="户籍迁出")
    urban = there.home(programme="dibao_urban", like=homes[0].head, **confirmed)
    tekun = there.tekun(like=homes[1].head, **confirmed)
    for before, after, query in ((homes[0], urban, "urban_and_rural"), (homes[1], tekun, "dibao_and_tekun")):
        for each in (query, "person_in_two_cases"):
            plot.clean(each, before.head.person)
            there.clean(each, after.head.person)


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


def _yearly(amount: str) -> Fact:
    return {"amount": amount, "per": "year"}


RECIPES = (
    died_unnoticed,
    died_alone,
    died_elsewhere,
    urban_and_rural,
    dibao_and_tekun,
    in_three_cases,
    moved,
    ill_since_long,
    held_for_good,
    first_month_moved,
    enrolled_late,
    suspended_by_mistake,
    grace_known_late,
    income_lowered,
    paid_elsewhere,
    paid_before_our_books,
    imported_lines,
)
