"""The tables civil affairs and finance publish: what the closes of some months paid, by division and programme.

Months are those that were closed, whenever they were paid on: `projections/funds.py` has the budget years.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from psycopg.rows import tuple_row

from ledger.closing.order import PROGRAMMES, begun
from ledger.domain.payout import ARREARS, RECOVERY
from ledger.entitlement.due import TOP_UP
from ledger.values.money import half_up
from ledger.values.month import Month
from projections.installation import Installation


class Figures(msgspec.Struct, frozen=True, gc=False):
    """What was issued for a division and programme in some months, in fen and grams.

    `households` and `persons` got money in the last of the months; `person_months` are the persons of all months, so
    that the mean is that of a person and month. `top_up_fen`, `arrears_fen` and `recovery_fen` (below zero) are parts
    of `issued_fen`; `returned_fen` came back and was not sent again. Relief counts person-times (人次): one a relief.
    """

    households: int = 0
    persons: int = 0
    person_months: int = 0
    issued_fen: int = 0
    top_up_fen: int = 0
    arrears_fen: int = 0
    recovery_fen: int = 0
    returned_fen: int = 0
    grain_g: int = 0
    relief_times: int = 0

    def after(self, later: Figures) -> Figures:
        """These figures with those of a later month."""
        sums = {name: getattr(self, name) + getattr(later, name) for name in _SUMMED}
        return Figures(households=later.households, persons=later.persons, **sums)

    def beside(self, other: Figures) -> Figures:
        """The figures of two divisions or programmes together."""
        return Figures(*(getattr(self, name) + getattr(other, name) for name in self.__struct_fields__))

    @property
    def mean_fen(self) -> int | None:
        """The mean of a person and month, rounded half up; None where nobody got anything."""
        return half_up(self.issued_fen, self.person_months) if self.person_months else None


_SUMMED = (
    "person_months", "issued_fen", "top_up_fen", "arrears_fen", "recovery_fen", "returned_fen", "grain_g",
    "relief_times",
)  # fmt: skip


class ReportRow(msgspec.Struct, frozen=True):
    """The figures of a division (None: all of them) and programme (None: all of them)."""

    division: str | None
    programme: str | None
    figures: Figures


class Report(msgspec.Struct, frozen=True):
    """A table of the months from `first` to `last`, and each month's money by programme for the chart."""

    first: Month
    last: Month
    rows: tuple[ReportRow, ...]
    by_month: Mapping[Month, Mapping[str, int]]
    rehearsal: bool


def report(installation: Installation, divisions: Iterable[str], first: Month, last: Month) -> Report:
    """What the closes of the months from `first` to `last` issued in some divisions; programmes with nothing too."""
    installation.rolls.views.catch_up()
    asked = list(divisions)
    monthly = _monthly(installation, asked, first, last)
    rows = []
    for division in asked:
        for programme in PROGRAMMES:
            figures = Figures()
            month = first
            while month <= last:
                figures = figures.after(monthly.get((division, month, programme), _NONE))
                month += 1
            rows.append(ReportRow(division, programme, figures))
        rows.append(ReportRow(division, None, _together(r for r in rows if r.division == division)))
    if len(asked) > 1:
        of_all = [row for row in rows if row.programme is not None]
        rows += [
            ReportRow(None, programme, _together(row for row in of_all if row.programme == programme))
            for programme in PROGRAMMES
        ]
        rows.append(ReportRow(None, None, _together(of_all)))
    by_month: dict[Month, dict[str, int]] = {}
    for (_, month, programme), figures in sorted(monthly.items(), key=lambda item: item[0][1]):
        sums = by_month.setdefault(month, {})
        sums[programme] = sums.get(programme, 0) + figures.issued_fen
    return Report(first, last, tuple(rows), by_month, installation.ledger.founding.rehearsal)


def not_closed(installation: Installation, divisions: Iterable[str], month: Month) -> list[str]:
    """The monthly batches that are still to be closed, by division and programme: a table of the month is not final."""
    waiting = []
    for division in divisions:
        batches, rules = installation.ledger.batches(division), installation.ledger.rule_book(division)
        for programme in begun(rules, month):
            batch = batches.get(programme, {}).get(month)
            if batch is None or batch.closed is None:
                waiting.append(f"{division} {programme}")
    return waiting


def months_paid(installation: Installation, divisions: Iterable[str]) -> tuple[Month, Month] | None:
    """The first and the last month with a payout, None where there is none."""
    installation.rolls.views.catch_up()
    with (
        installation.ledger.datastore.get_connection() as conn,
        conn.cursor(row_factory=tuple_row) as curs,
    ):
        row = curs.execute(
            "SELECT min(month), max(month) FROM payment WHERE division = ANY(%s)", (list(divisions),)
        ).fetchone()
    return None if row is None or row[0] is None else (Month.parse(row[0]), Month.parse(row[1]))


_NONE = Figures()


def _together(rows: Iterable[ReportRow]) -> Figures:
    found = Figures()
    for row in rows:
        found = found.beside(row.figures)
    return found


def _monthly(
    installation: Installation, divisions: list[str], first: Month, last: Month
) -> dict[tuple[str, Month, str], Figures]:
    asked = {
        "divisions": divisions, "first": first.text, "last": last.text, "top_up": TOP_UP, "arrears": ARREARS,
        "recovery": RECOVERY,
    }  # fmt: skip
    with (
        installation.ledger.datastore.get_connection() as conn,
        conn.cursor(row_factory=tuple_row) as curs,
    ):
        found = curs.execute(_MONTHLY, asked).fetchall()
    return {
        (division, Month.parse(month), programme): Figures(*figures)
        for division, month, programme, *figures in found
    }


# A case may have several payees (a destitute person and his carer): its persons count once.
_MONTHLY = """
WITH issued AS (
    SELECT division, month, split_part(programme, '-', 1) AS programme, case_id,
           max(insured) AS insured, sum(amount_fen)::bigint AS amount_fen
    FROM payment WHERE division = ANY(%(divisions)s) AND month BETWEEN %(first)s AND %(last)s GROUP BY 1, 2, 3, 4
), cases AS (
    SELECT division, month, programme, count(*) FILTER (WHERE amount_fen > 0) AS households,
           coalesce(sum(insured) FILTER (WHERE amount_fen > 0), 0)::bigint AS persons,
           sum(amount_fen)::bigint AS issued
    FROM issued GROUP BY 1, 2, 3
), parts AS (
    SELECT division, month, split_part(programme, '-', 1) AS programme,
           coalesce(sum(amount_fen) FILTER (WHERE component = %(top_up)s), 0)::bigint AS top_up,
           coalesce(sum(amount_fen) FILTER (WHERE component = %(arrears)s), 0)::bigint AS arrears,
           coalesce(sum(amount_fen) FILTER (WHERE component = %(recovery)s), 0)::bigint AS recovery
    FROM payment_line WHERE division = ANY(%(divisions)s) AND month BETWEEN %(first)s AND %(last)s GROUP BY 1, 2, 3
), back AS (
    SELECT division, month, split_part(programme, '-', 1) AS programme,
           sum(CASE kind WHEN 'returned' THEN amount_fen WHEN 'reissued' THEN -amount_fen ELSE 0 END)::bigint AS back
    FROM payment_step WHERE division = ANY(%(divisions)s) AND month BETWEEN %(first)s AND %(last)s GROUP BY 1, 2, 3
), grain AS (
    SELECT division, month, 'dibao_rural' AS programme, sum(mass_g)::bigint AS grain
    FROM grain_allocation WHERE division = ANY(%(divisions)s) AND month BETWEEN %(first)s AND %(last)s
    GROUP BY 1, 2
)
SELECT division, month, programme,
       CASE programme WHEN 'relief' THEN 0 ELSE coalesce(households, 0) END, coalesce(persons, 0), coalesce(persons, 0),
       coalesce(issued, 0), coalesce(top_up, 0), coalesce(arrears, 0), coalesce(recovery, 0), coalesce(back, 0),
       coalesce(grain, 0), CASE programme WHEN 'relief' THEN coalesce(households, 0) ELSE 0 END
FROM cases FULL JOIN parts USING (division, month, programme)
           FULL JOIN back USING (division, month, programme)
           FULL JOIN grain USING (division, month, programme)
"""
