"""The funds: what was appropriated, paid, came back and was sent again, by programme and budget year, from the views.

Payments are summed in the payment view, the few steps of returned payouts are followed one by one, appropriations are
read from the log. The journal gets the same figures from the events; `projections/journal.py` holds both together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

import msgspec
from psycopg.rows import tuple_row

from ledger.application import Ledger
from ledger.closing.order import PROGRAMMES
from ledger.closing.overspending import Overspending
from ledger.domain.batch import Batch
from ledger.domain.fund import (
    ALLOTTED,
    BUDGET_LINES,
    CANCELLED,
    PAID,
    REISSUED,
    RETURNED,
    SOURCES,
    Move,
    course,
    paid_on,
    programme_of,
)
from ledger.domain.supervision import Appropriated, RegisterFactVoided
from ledger.values.month import Month
from projections.payments import RESTORED
from projections.views import Views

Batches = Mapping[str, Mapping[Month, Batch]]


class FundYear(msgspec.Struct, frozen=True):
    """A programme's money in a budget year, in fen; payments count in the year they are paid (cash basis).

    `allotted` is by source. `paid_for_other_years` is the part of `paid` that is for months of another year: December
    paid in January. `returned` came back in the year it was sent; `late_returns` in this year, of money sent in
    earlier ones: they add to what was carried over and take nothing from this year's spending. `cancelled` is the part
    of what came back that is not to be sent again, and `owed` what is still to be sent again at the end of the year.
    """

    division: str
    programme: str
    year: int
    carried_in_fen: int
    allotted: Mapping[str, int]
    paid_fen: int
    paid_for_other_years_fen: int
    returned_fen: int
    late_returns_fen: int
    reissued_fen: int
    cancelled_fen: int
    owed_fen: int

    @property
    def budget_line(self) -> str:
        """The code of the classification of budget expenditure."""
        return BUDGET_LINES[self.programme]

    @property
    def allotted_fen(self) -> int:
        """What all sources appropriated in the year."""
        return sum(self.allotted.values())

    @property
    def balance_fen(self) -> int:
        """What is left at the end of the year, below zero where more was spent."""
        came = self.carried_in_fen + self.late_returns_fen + self.allotted_fen + self.returned_fen
        return came - self.paid_fen - self.reissued_fen


class Funds:
    """Reads funds; it implements `ledger.closing.overspending.FundSource`."""

    def __init__(self, ledger: Ledger, views: Views) -> None:
        self._ledger = ledger
        self._views = views

    def overspending(self, batch: Batch, today: date) -> Overspending | None:
        """What closing a frozen batch today overspends; None where it is covered, or nothing was appropriated."""
        assert batch.frozen is not None
        programme = programme_of(batch.programme)
        if batch.reissue or programme not in self._appropriated(batch.division):
            return None
        year = max(batch.frozen.pay_on, today).year
        mine = (m for m in self.moves(batch.division) if m.programme == programme and m.day.year <= year)
        over_fen = batch.frozen.totals.amount_fen - sum(move.cash_fen for move in mine)
        return Overspending(year, over_fen) if over_fen > 0 else None

    def years(self, division: str) -> list[FundYear]:
        """Every programme and year from the first move to the last, in the order of programmes and years."""
        found: list[FundYear] = []
        moves = sorted(self.moves(division), key=lambda move: PROGRAMMES.index(move.programme))
        for programme, group in groupby(moves, key=lambda move: move.programme):
            mine = list(group)
            balance_fen = owed_fen = 0
            for year in range(min(m.day.year for m in mine), max(m.day.year for m in mine) + 1):
                of_year = [move for move in mine if move.day.year == year]
                one = _year(division, programme, year, of_year, balance_fen, owed_fen)
                balance_fen, owed_fen = one.balance_fen, one.owed_fen
                found.append(one)
        return found

    def moves(self, division: str) -> list[Move]:
        """Every move of a division's money by all that is known now."""
        self._views.catch_up()
        batches = self._ledger.batches(division)
        return [*self._allotted(division), *self._paid(division, batches), *self._later(division, batches)]

    def _appropriated(self, division: str) -> set[str]:
        """The programmes with an appropriation that stands."""
        return {event.programme for event, voided_on in self._appropriations(division) if voided_on is None}

    def _allotted(self, division: str) -> Iterator[Move]:
        for event, voided_on in self._appropriations(division):
            yield _allotment(event, event.appropriated_on, event.amount_fen)
            if voided_on is not None:
                yield _allotment(event, voided_on, -event.amount_fen)

    def _appropriations(self, division: str) -> list[tuple[Appropriated, date | None]]:
        """Each appropriation, and the day it was voided if it was."""
        known: dict[str, tuple[Appropriated, date | None]] = {}
        for recorded in self._ledger.events_log.below(f"fund/{division}/"):
            event = recorded.event
            if isinstance(event, Appropriated):
                known[event.ref] = event, None
            elif isinstance(event, RegisterFactVoided) and event.of in known:
                voided = known[event.of][0]
                known[event.of] = voided, event.recorded_on
        return list(known.values())

    def _paid(self, division: str, batches: Batches) -> Iterator[Move]:
        query = (
            "SELECT month, programme, sum(amount_fen)::bigint FROM payment WHERE division = %s "
            "GROUP BY month, programme HAVING sum(amount_fen) > 0 ORDER BY month, programme"
        )
        for month_text, programme, fen in self._rows(query, division):
            month = Month.parse(month_text)
            batch = batches[programme][month]
            assert batch.closed is not None
            yield Move(
                programme_of(programme), PAID, paid_on(batch), fen, month, known_on=batch.closed.recorded_on
            )

    def _later(self, division: str, batches: Batches) -> Iterator[Move]:
        """The moves of payouts that came back, each payout's in the order they were recorded."""
        query = (
            "SELECT month, programme, case_id, payee, kind, batch, stated_on, amount_fen FROM payment_step "
            "WHERE division = %s ORDER BY month, programme, case_id, payee, version"
        )
        for (month_text, programme, _, _), group in groupby(self._rows(query, division), key=lambda row: row[:4]):
            month = Month.parse(month_text)
            rows = list(group)
            steps = [(kind, _stated(kind, batch, stated_on, batches)) for *_, kind, batch, stated_on, _ in rows]
            days = course(paid_on(batches[programme][month]), steps)
            for (day, sent_on), (*_, kind, _, _, fen) in zip(days, rows, strict=True):
                amount_fen = -fen if kind == RESTORED else fen
                shown = CANCELLED if kind == RESTORED else kind
                yield Move(programme_of(programme), shown, day, amount_fen, month, sent_on=sent_on)

    def _rows(self, query: str, division: str) -> list[tuple[Any, ...]]:
        with self._ledger.datastore.get_connection() as conn, conn.cursor(row_factory=tuple_row) as curs:
            found: list[tuple[Any, ...]] = curs.execute(query, (division,)).fetchall()
        return found


def _allotment(event: Appropriated, day: date, amount_fen: int) -> Move:
    return Move(event.programme, ALLOTTED, day, amount_fen, source=event.source)


def _stated(kind: str, batch: str | None, stated_on: date, batches: Batches) -> date:
    if kind != REISSUED or batch is None:
        return stated_on
    _, _, month, programme = batch.split("/")
    return paid_on(batches[programme][Month.parse(month)])


def _year(
    division: str, programme: str, year: int, moves: Sequence[Move], balance_fen: int, owed_fen: int
) -> FundYear:
    paid = [move for move in moves if move.kind == PAID]
    back = [move for move in moves if move.kind == RETURNED]
    reissued, cancelled = (_sum(m for m in moves if m.kind == kind) for kind in (REISSUED, CANCELLED))
    return FundYear(
        division, programme, year, balance_fen,
        {source: _sum(m for m in moves if m.kind == ALLOTTED and m.source == source) for source in SOURCES},
        _sum(paid), _sum(m for m in paid if m.month is not None and m.month.year != year),
        _sum(m for m in back if not m.late), _sum(m for m in back if m.late), reissued, cancelled,
        owed_fen + _sum(back) - reissued - cancelled,
    )  # fmt: skip


def _sum(moves: Iterable[Move]) -> int:
    return sum(move.amount_fen for move in moves)
