"""Planted: persons paid for after their death, and persons paid for in two cases."""

from __future__ import annotations

from ledger.intake.sampling.planting.ground import Home, Plot, day, paid
from ledger.intake.sampling.standards import Fact


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
    back, gone = plot.home(2), plot.home(2)
    for each in (back, gone):
        plot.of(each, paid(plot.month(1)), "leave", **_death(each, 1, plot))
        plot.send_back(each.case, plot.month(1), paid(plot.month(1)))
    plot.of(
        gone, day(plot.month(1), 14), "payout_cancelled", month=plot.month(1), on=day(plot.month(1), 13),
        reason="人员去世",
    )  # fmt: skip
    plot.named("paid_after_death", back, plot.month(1))
    plot.named("return_unresolved", back, plot.month(1))
    plot.clean("paid_after_death", gone)


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
    _still_he(plot, homes[0], urban)


def _still_he(plot: Plot, before: Home, after: Home) -> None:
    """11, 30: what is known of him under the code he left with counts where he is paid for now."""
    told_on = paid(plot.month(2))
    plot.tell(
        told_on, "match", person=before.head.person, dataset="vehicle", month=plot.month(2), value="轻型货车"
    )  # fmt: skip
    plot.named("vehicle", after, plot.month(2))
    plot.clean("vehicle", before)
    first, second = (f"R{plot.division}9{plot.ground.number():05d}" for _ in range(2))
    for relief, person, number in ((first, before.head.person, 1), (second, after.head.person, 2)):
        plot.tell(
            paid(plot.month(number)), "relief", relief=relief, person=person, kind="urgent", cause="车祸",
            amount="700.00", level="township", decided_on=day(plot.month(number), 10),
        )  # fmt: skip
    plot.named("relief_repeated", second)
    plot.clean("relief_repeated", first)


RECIPES = (
    died_unnoticed,
    died_alone,
    died_elsewhere,
    urban_and_rural,
    dibao_and_tekun,
    in_three_cases,
    moved,
)
