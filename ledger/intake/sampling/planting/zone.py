"""Planted: a zone whose whole batch is paid late, whose funds are spent to the fen or over, with limits of its own."""

from __future__ import annotations

from datetime import timedelta

from ledger.intake.sampling.payments import one_off_facts
from ledger.intake.sampling.planting.ground import (
    PREFECTURE,
    ZONE,
    Ground,
    Home,
    Plot,
    day,
    paid,
    parse_fen,
    rural_fen,
    yuan,
)
from ledger.intake.sampling.planting.programmes import reliefs
from ledger.intake.sampling.standards import standard_in
from ledger.intake.sampling.supervision import FUNDS
from ledger.values.month import Month

CLOSED_LATE = (1, 2)
"""The months, by their place in the year, that the zone closes on `LATE_DAY`; in the second one that is in time."""
LATE_DAY = 15
_TEKUN_BASIC_FEN = 101_300
_LIMITS = {
    "pay_by_day": LATE_DAY,
    "property_limit": 2,
    "housing_fund_limit": "100.00",
    "relief_township_limit": "2000.00",
    "posting_days": 10,
}


def zone(ground: Ground) -> None:
    """22, 36, and 12, 14, 29, 33 under other limits."""
    plot = Plot(ground, ZONE)
    founded = day(plot.month(-1), 20)
    plot.tell(founded, "opening", month=plot.month(0))
    for key, value in _LIMITS.items():
        since = plot.month(CLOSED_LATE[1] if key == "pay_by_day" else -1)
        plot.tell(founded, "policy", key=key, value=value, from_=since)
    _said_twice(ground)
    rural = [plot.home() for _ in range(3)] + _limited(plot)
    urban = [plot.home(programme="dibao_urban") for _ in range(2)]
    tekun = plot.tekun()
    for home in (*rural, *urban, tekun):
        plot.named("paid_late", home, plot.month(1))
        plot.clean("identical_amounts", home)  # each has a village of its own
    amounts = {"2000.00": False, "2000.01": True}
    for amount, named in amounts.items():
        (relief,) = reliefs(plot, (amount, day(plot.month(0), 10), {}))
        (plot.named if named else plot.clean)("relief_over_limit", relief)
        plot.clean("paid_late", relief)
    plot.send_back(tekun.case, plot.last - 1, day(plot.last - 1, 16))
    plot.named("return_unresolved", tekun, plot.last - 1)
    back_fen = _TEKUN_BASIC_FEN + _one_off_fen(ground, "tekun", plot.last - 1)
    months = ground.months
    _appropriate(plot, "dibao_rural", len(rural) * sum(_due(ground, "dibao_rural", month) for month in months))
    _appropriate(plot, "dibao_urban", len(urban) * sum(_due(ground, "dibao_urban", month) for month in months), 1)
    _appropriate(plot, "tekun", sum(_due(ground, "tekun", month) for month in months) - back_fen)
    _appropriate(plot, "relief", sum(map(parse_fen, amounts)), 1)


def _said_twice(ground: Ground) -> None:
    """None of 26: the prefecture's standard is recorded again with its own amount, which pays everybody the same."""
    standard, plot = standard_in(ground.first - 1), Plot(ground, PREFECTURE)
    plot.tell(
        day(plot.month(-1), 20), "standard", programme="dibao_rural", amount=standard.rural, per="year",
        from_=standard.effective_from,
    )  # fmt: skip


def _limited(plot: Plot) -> list[Home]:
    """Households at the zone's own limits, and just above."""
    month = plot.month(0)
    matches = (("property", "2", "3"), ("housing_fund", "100.00", "100.01"))
    homes = []
    for dataset, *values in matches:
        query = f"{dataset}_over_limit"
        for place, value in enumerate(values):
            homes.append(plot.home())
            person = homes[-1].head.person
            plot.tell(paid(month), "match", person=person, dataset=dataset, month=month, value=value)
            (plot.named if place else plot.clean)(query, homes[-1])
    begins = day(plot.month(-1), 10)
    for days in (9, 10):
        homes.append(plot.home())
        to = begins + timedelta(days=days - 1)
        plot.of(homes[-1], plot.known_first, "posting", stage="first", from_=begins, to=to)
        (plot.named if days == 9 else plot.clean)("posting_too_short", homes[-1])
    return homes


def _appropriate(plot: Plot, programme: str, spent_fen: int, short_fen: int = 0) -> None:
    """Two funds of a programme that together have what is spent, or less: then both are named."""
    first_fen = 10_000
    for number, fen in enumerate((first_fen, spent_fen - first_fen - short_fen), 1):
        fund = f"Z{programme}-{number}"
        plot.tell(
            plot.known_first, "appropriation", fund=fund, programme=programme, source="county",
            amount=yuan(fen), on=plot.known_first,
        )  # fmt: skip
        (plot.named if short_fen else plot.clean)("fund_imbalance", fund)


def _due(ground: Ground, programme: str, month: Month) -> int:
    """What one person without income, or destitute and without care, is due for a month."""
    one_off_fen = _one_off_fen(ground, programme, month)
    if programme == "tekun":
        return _TEKUN_BASIC_FEN + one_off_fen
    return one_off_fen + (rural_fen(month) if programme == "dibao_rural" else parse_fen(standard_in(month).urban))


def _one_off_fen(ground: Ground, programme: str, month: Month) -> int:
    """What the prefecture's one-off subsidies of a month are for a person of a programme."""
    facts = one_off_facts(PREFECTURE, month - 1, ground.first) if month > ground.first else ()
    return sum(parse_fen(fact["amount"]) for fact in facts if fact["programme"] == programme)


def appropriate(plot: Plot) -> None:
    """Money for what is planted in a county, on top of what its own households need."""
    for fund, programme in FUNDS.items():
        plot.tell(
            plot.known_first, "appropriation", fund=fund, programme=programme, source="county",
            amount="9000000.00", on=plot.known_first,
        )  # fmt: skip
        plot.clean("fund_imbalance", fund)
