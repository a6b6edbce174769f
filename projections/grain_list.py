"""Relief grain by township and month: allocated by the close, handed out, by whom collected, and what stores moved.

救助粮, Guizhou practice: stock in, monthly hand-out with a signed list, proxy collectors on record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import unquote

import msgspec

from ledger.application import Ledger
from ledger.domain.case import DIBAO_RURAL, DIBAO_URBAN, TEKUN, CaseFactVoided, GrainHandedOut
from ledger.domain.case import stream as case_stream
from ledger.domain.person import ERASED, Note, Noted, open_private
from ledger.domain.supervision import Register, StockMoved, register
from ledger.entitlement.grain import FULL_SEASON
from ledger.entitlement.household import Household
from ledger.values.month import Month
from projections.audit_accounts import without_spaces
from projections.installation import Installation
from projections.rolls import Rolls

_TOWNSHIP_DIGITS = 9
_PROGRAMMES = (DIBAO_RURAL, DIBAO_URBAN, TEKUN)


class HouseholdGrain(msgspec.Struct, frozen=True):
    """A household's grain of a month: what the close allocated and what it was given, in grams."""

    month: Month
    township: str | None
    village: str | None
    case: str
    allocated_g: int
    handed_out_g: int
    over_ration: bool
    proxies: int
    """Hand-outs collected by somebody who was no member of the household then."""
    because: tuple[str, ...]

    @property
    def waiting(self) -> bool:
        """Allocated and nothing of it handed out yet."""
        return bool(self.allocated_g) and not self.handed_out_g


class StoreMonth(msgspec.Struct, frozen=True):
    """What a store took in and gave out in a month, and what it holds at its end by the books, in grams."""

    month: Month
    unit: str
    in_g: int
    out_g: int
    balance_g: int

    @property
    def township(self) -> str | None:
        """The township whose store it is, None where the unit is a name without a code."""
        return _township(self.unit)


class TownshipGrain(msgspec.Struct, frozen=True):
    """The sums of a township's households and stores in a month; masses in grams, the rest in households.

    `township` None: households without a village, and stores whose unit begins with no code.
    """

    month: Month
    township: str | None
    households: int
    allocated_g: int
    handed_out_g: int
    waiting: int
    over_ration: int
    by_proxy: int
    in_g: int
    out_g: int

    @property
    def out_less_handed_out_g(self) -> int:
        """What left the stores and reached no household, below zero where more was handed out than left them."""
        return self.out_g - self.handed_out_g


class GrainList(msgspec.Struct, frozen=True):
    """The grain of some months by all that is known, households and stores in the order of their codes."""

    households: tuple[HouseholdGrain, ...]
    stores: tuple[StoreMonth, ...]
    open_months: tuple[Month, ...]
    """Months asked for that are not closed: nothing is allocated for them yet."""

    def townships(self) -> list[TownshipGrain]:
        """The sums by month and township, those of no township last."""
        keys = {(row.month, row.township) for row in self._rows()}
        ordered = sorted(keys, key=lambda key: (key[0], key[1] is None, key[1] or ""))
        return [self._sum(month, township, one_only=True) for month, township in ordered]

    def months(self) -> list[Month]:
        """The months that have rows."""
        return sorted({row.month for row in self._rows()})

    def total(self, month: Month) -> TownshipGrain:
        """The sums of the whole county in a month."""
        return self._sum(month, None, one_only=False)

    def _rows(self) -> Iterator[HouseholdGrain | StoreMonth]:
        yield from self.households
        yield from self.stores

    def _sum(self, month: Month, township: str | None, *, one_only: bool) -> TownshipGrain:
        def counts(row: HouseholdGrain | StoreMonth) -> bool:
            return row.month == month and (not one_only or row.township == township)

        households = [row for row in self.households if counts(row)]
        stores = [row for row in self.stores if counts(row)]
        return TownshipGrain(
            month,
            township,
            households=sum(1 for row in households if row.allocated_g),
            allocated_g=sum(row.allocated_g for row in households),
            handed_out_g=sum(row.handed_out_g for row in households),
            waiting=sum(row.waiting for row in households),
            over_ration=sum(row.over_ration for row in households),
            by_proxy=sum(1 for row in households if row.proxies),
            in_g=sum(row.in_g for row in stores),
            out_g=sum(row.out_g for row in stores),
        )


def grain_list(installation: Installation, division: str, months: Sequence[Month]) -> GrainList:
    """The grain of a division's households and stores in some months, by all that is known now."""
    ledger, rolls = installation.ledger, installation.rolls
    before = rolls.views.catch_up() + 1
    closed = ledger.rule_book(division, before=before).closed(DIBAO_RURAL)
    handed_out = _hand_outs(ledger, division, months, before)
    allocated = {
        (month, case): mass_g for month in months for case, mass_g in rolls.payments.grain(division, month).items()
    }
    asked = sorted({*handed_out, *allocated})
    households = _households(rolls, division, sorted({case for _, case in asked}), before)
    collectors = _collectors(ledger, (event for events in handed_out.values() for event in events), before)
    rows = []
    for month, case in asked:
        allocated_g = allocated.get((month, case), 0)
        events, household = handed_out.get((month, case), []), households.get(case)
        given_g = sum(event.mass_g for event in events)
        village = household.case.village if household else None
        rows.append(
            HouseholdGrain(
                month,
                _township(village),
                village,
                case,
                allocated_g,
                given_g,
                over_ration=given_g > allocated_g and (month in closed or month.number not in FULL_SEASON),
                proxies=sum(_by_proxy(event, household, collectors) for event in events),
                because=tuple(event.ref for event in events),
            )
        )
    stores = tuple(_stores(ledger, division, months, before))
    return GrainList(tuple(rows), stores, tuple(month for month in months if month not in closed))


def _hand_outs(
    ledger: Ledger, division: str, months: Sequence[Month], before: int
) -> dict[tuple[Month, str], list[GrainHandedOut]]:
    """The hand-outs that stand, by month and case."""
    standing: dict[str, GrainHandedOut] = {}
    for recorded in ledger.events_log.of_topics([GrainHandedOut.TOPIC, CaseFactVoided.TOPIC], before=before):
        event = recorded.event
        if isinstance(event, CaseFactVoided):
            standing.pop(event.of, None)
        elif isinstance(event, GrainHandedOut):
            standing[event.ref] = event
    found: dict[tuple[Month, str], list[GrainHandedOut]] = {}
    own = case_stream(division, "")
    for event in standing.values():
        if event.month in months and event.originator_id.startswith(own):
            found.setdefault((event.month, event.originator_id.removeprefix(own)), []).append(event)
    return found


def _households(rolls: Rolls, division: str, codes: Sequence[str], before: int) -> dict[str, Household]:
    """The cases named, of whatever programme: grain may have been given to one that has no right to it."""
    return {
        household.case.case: household
        for programme in _PROGRAMMES
        for household in rolls.case_files.households(division, programme, before, only=codes)
    }


def _collectors(ledger: Ledger, hand_outs: Iterable[GrainHandedOut], before: int) -> dict[str, str]:
    """Who collected, as the lists say, by the reference of the sealed text; erased ones are missing."""
    asked = {event.collector for event in hand_outs if event.collector is not None}
    streams = {ref.rpartition("@")[0] for ref in asked}
    return {
        event.ref: open_private(event, Note).text
        for recorded in ledger.events_log.streams(sorted(streams), before=before)
        if isinstance(event := recorded.event, Noted) and event.ref in asked and event.private != ERASED
    }


def _by_proxy(event: GrainHandedOut, household: Household | None, collectors: Mapping[str, str]) -> bool:
    """Whether the collector named is none of those in the household that day, by code or by any name told."""
    named = collectors.get(event.collector) if event.collector else None
    if named is None or household is None:
        return False
    there = {
        stay.person
        for stay in household.stays
        if stay.left_on is None or stay.left_on >= event.handed_out_on
    }  # fmt: skip
    told = (known.particulars.name for code in there for known in household.person(code).particulars)
    return without_spaces(named) not in {*there, *(without_spaces(name) for name in told if name)}


def _stores(ledger: Ledger, division: str, months: Sequence[Month], before: int) -> Iterator[StoreMonth]:
    """Each store's month; of several months those in which it moved anything, of one what it holds too."""
    prefix = register("store", division, "")
    found: dict[str, Register] = {}
    for recorded in ledger.events_log.below(prefix, before=before):
        unit = unquote(recorded.event.originator_id.removeprefix(prefix))
        found[unit] = (found.get(unit) or Register(recorded.event.originator_id)).after(recorded)
    for month in months:
        for unit, books in sorted(found.items()):
            moves = [e for e in books.standing if isinstance(e, StockMoved) and Month.of(e.moved_on) <= month]
            now = [e for e in moves if Month.of(e.moved_on) == month]
            in_g, out_g = _moved(now, "in"), _moved(now, "out")
            balance_g = _moved(moves, "in") - _moved(moves, "out")
            if now or (balance_g and len(months) == 1):
                yield StoreMonth(month, unit, in_g, out_g, balance_g)


def _moved(moves: Iterable[StockMoved], direction: str) -> int:
    return sum(event.mass_g for event in moves if event.direction == direction)


def _township(place: str | None) -> str | None:
    """The nine digits a village or a unit begins with, None where it does not."""
    code = (place or "")[:_TOWNSHIP_DIGITS]
    return code if len(code) == _TOWNSHIP_DIGITS and code.isascii() and code.isdigit() else None
