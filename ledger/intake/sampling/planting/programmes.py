"""Planted: reliefs, care, grain, postings, reviews, villages paid alike."""

from __future__ import annotations

from datetime import date, timedelta

from ledger.intake.sampling.planting.ground import Plot, day, paid
from ledger.values.month import Month

_SEASON = (6, 7, 8)


def reliefs_over_limit(plot: Plot) -> None:
    """29: over the township's limit, alone or in parts; equal to it, the county's or of other causes is none."""
    month = plot.month(0)
    over = reliefs(plot, ("1500.01", day(month, 10), {}))
    parts = reliefs(plot, ("800.00", day(month, 10), {}), ("800.00", paid(plot.month(1)), {"reason": "仍需救助"}))
    three = reliefs(plot, *(("600.00", day(plot.month(n), 10), {"reason": "仍需救助"}) for n in range(3)))
    for code in (*over, *parts, *three):
        plot.named("relief_over_limit", code)
        plot.clean("relief_repeated", code)
    within = [
        *reliefs(plot, ("1500.00", day(month, 10), {})),
        *reliefs(plot, ("2000.00", day(month, 10), {"level": "county"})),
        *reliefs(plot, *(("750.00", day(plot.month(n), 10), {"reason": "仍需救助"}) for n in range(2))),
        *reliefs(plot, *(("800.00", day(plot.month(n), 10), {"cause": f"原因{n}"}) for n in range(2))),
        *reliefs(plot, ("800.00", day(plot.month(-11), 10), {}), ("800.00", day(plot.month(1), 10), {})),
    ]
    for code in within:
        plot.clean("relief_over_limit", code)
        plot.clean("relief_repeated", code)


def reliefs_repeated(plot: Plot) -> None:
    """30: again for the same cause without a reason; with one, or twelve months later, is none."""
    planted: tuple[tuple[date, dict[str, str], bool], ...] = (
        (day(plot.month(0), 10), {"kind": "expenditure"}, True),
        (day(plot.month(0), 10), {"reason": "仍需救助"}, False),
        (day(plot.month(-11), 11), {}, True),
        (day(plot.month(-11), 10), {}, False),
    )
    for first_on, fields, named in planted:
        first, second = reliefs(plot, ("700.00", first_on, {}), ("710.00", day(plot.month(1), 10), fields))
        (plot.named if named else plot.clean)("relief_repeated", second)
        plot.clean("relief_repeated", first)
        plot.clean("relief_over_limit", second)


def reliefs(plot: Plot, *reliefs: tuple[str, date, dict[str, str]]) -> list[str]:
    """Township reliefs for one person and cause: amount, day of the decision, what else is said."""
    person, codes = plot.stranger(), []
    for amount, decided_on, fields in reliefs:
        number = plot.ground.number()
        codes.append(f"R{plot.division}9{number:05d}")
        told = {"kind": "urgent", "cause": "突发重大疾病", "level": "township"} | fields
        plot.tell(
            max(decided_on, plot.known_first), "relief", relief=codes[-1], person=person, amount=amount,
            decided_on=decided_on, account=plot.card(number, "受助人"), **told,
        )  # fmt: skip
    return codes


def care_unassessed(plot: Plot) -> None:
    """31: care money more than 12 months after the assessment; an institution paid after the discharge."""
    query, long_ago = "care_not_assessed", day(plot.month(-12), 10)
    carer = {"carer": plot.stranger(), "carer_account": plot.card(plot.ground.number(), "护理员")}
    unassessed = [plot.tekun(tier="full", confirmed_on=long_ago, care=care) for care in ({}, carer)]
    assessed = plot.tekun(tier="partial", confirmed_on=long_ago)
    plot.of(assessed, day(plot.month(0), 25), "care", tier="partial", assessed_on=day(plot.month(0), 20))
    without_care = plot.tekun(tier="self", confirmed_on=long_ago)
    for home in (*unassessed, assessed, without_care):
        plot.reviewed(home)
    gone = plot.tekun(institution="福利院", account=plot.card(plot.ground.number(), "福利院"))
    stopped = plot.tekun(institution="福利院", account=plot.card(plot.ground.number(), "福利院"))
    for home in (gone, stopped):
        plot.of(home, day(plot.month(0), 25), "discharge", on=day(plot.month(0), 20))
    plot.of(stopped, day(plot.month(0), 25), "stop", decided_on=day(plot.month(0), 20), reason="离院")
    for home in (*unassessed, gone):
        plot.named(query, home, *plot.from_on(1))
    for home in (assessed, without_care, stopped):
        plot.clean(query, home)


def grain_too_much(plot: Plot) -> None:
    """32: more handed out than allocated, in one or several times, or outside the season."""
    query = "grain_over_ration"
    months = plot.ground.months
    month = next(m for m in months if m.number in _SEASON)
    outside = next(m for m in months if m.number not in _SEASON)
    open_one = next(m for m in (plot.last + n for n in range(1, 13)) if m.number in _SEASON)
    planted: tuple[tuple[int, Month, tuple[int, ...], bool], ...] = (
        (100, month, (31,), True),
        (100, month, (20, 11), True),
        (300, month, (15,), True),
        (100, outside, (5,), True),
        (100, month, (30,), False),
        (100, month, (15, 15), False),
        (300, open_one, (15,), False),
    )
    for harvest, handed_out_for, amounts, named in planted:
        home = plot.home(2)
        plot.of(home, plot.known_first, "harvest", year=month.year, kg_per_head=harvest)
        for kg in amounts:
            on = min(paid(month), plot.ground.audited_on)
            plot.of(home, on, "grain_hand_out", month=handed_out_for, kg=kg, on=on)
        (plot.named if named else plot.clean)(query, home, handed_out_for)
    full = plot.home(2)
    plot.of(full, plot.known_first, "harvest", year=month.year, kg_per_head=300, full_ration=True)
    plot.of(full, paid(month), "grain_hand_out", month=month, kg=30, on=paid(month))
    plot.clean(query, full)


def posted_briefly(plot: Plot) -> None:
    """33: a first posting of six days; of seven, or after the approval, it is none."""
    begins = day(plot.month(-1), 10)
    for stage, days in (("first", 6), ("first", 7), ("approved", 3)):
        home = plot.home()
        plot.of(
            home, plot.known_first, "posting", stage=stage, from_=begins, to=begins + timedelta(days=days - 1)
        )  # fmt: skip
        (plot.named if (stage, days) == ("first", 6) else plot.clean)("posting_too_short", home)


def unreviewed(plot: Plot) -> None:
    """34: 12 whole months after the confirmation, six after a half-yearly review; a day less is none."""
    query, last = "review_overdue", plot.last
    for number in (20, 21):
        home = plot.home(confirmed_on=day(last - 12, number))
        half_yearly = plot.home(confirmed_on=day(last - 12, 21))
        on = day(last - 6, number)
        plot.of(half_yearly, max(plot.known_first, on), "review", on=on, kind="half_yearly")
        for each in (home, half_yearly):
            (plot.named if number == 20 else plot.clean)(query, each)
    mistaken = plot.home(confirmed_on=day(last - 12, 20))
    said = plot.of(mistaken, paid(plot.month(0)), "review", on=day(plot.month(0), 10), kind="yearly")
    plot.void(mistaken, paid(plot.month(1)), said)
    plot.named(query, mistaken)
    reviewed, earning, ended = (plot.home(confirmed_on=day(last - 14, 10)) for _ in range(3))
    plot.reviewed(reviewed)
    plot.of(
        earning, paid(plot.month(0)), "income", income={"amount": "120.00", "per": "year"},
        decided_on=day(plot.month(0), 10),
    )  # fmt: skip
    plot.of(ended, paid(plot.month(1)), "stop", decided_on=day(plot.month(1), 10), reason="本人申请退出")
    for home in (reviewed, earning, ended):
        plot.clean(query, home)


def paid_alike(plot: Plot) -> None:
    """38: five cases of a village and programme all paid the same; four, or one that differs, is none."""
    query = "identical_amounts"
    first, second, third = plot.village(), plot.village(), plot.village()
    alike = [plot.home(village=first) for _ in range(5)]
    on = day(plot.month(-1), 26)
    plot.of(alike[0], on, "payout_imported", month=plot.month(0), amount="50.00", on=on)
    four = [plot.home(village=second) for _ in range(4)]
    four.append(plot.home(village=second, programme="dibao_urban"))
    differing = [plot.home(village=third) for _ in range(4)]
    differing.append(plot.home(village=third, income={"amount": "0.12", "per": "year"}))
    for home in alike:
        plot.named(query, home, *plot.from_on(0))
    for home in (*four, *differing):
        plot.clean(query, home)


RECIPES = (
    reliefs_over_limit,
    reliefs_repeated,
    care_unassessed,
    grain_too_much,
    posted_briefly,
    unreviewed,
    paid_alike,
)
