"""Rolls: computed from the case-file view, kept by digest, turned into the contents of a bundle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from psycopg.rows import tuple_row

from ledger.application import Ledger
from ledger.closing.apart import Apart, apart
from ledger.closing.bundling import Before, Issuer, contents
from ledger.closing.changes import Booked as Booking
from ledger.closing.changes import Since
from ledger.closing.desk import Roll
from ledger.closing.parties import Party
from ledger.domain.batch import Batch
from ledger.entitlement.balances import Booked
from ledger.entitlement.household import Household
from ledger.entitlement.roll import (
    CaseRoll,
    GrainRow,
    Notice,
    RollRow,
    earliest_month,
    roll_case,
)
from ledger.entitlement.roll_lines import RollLines
from ledger.entitlement.rule_book import RuleBook
from ledger.errors import IntegrityBroken, Refused
from ledger.payfile.contents import BundleContents
from ledger.values.month import Month
from projections.case_files import CaseFiles
from projections.copying import copy_rows
from projections.payments import Payments
from projections.views import Views

_STEP = 500
_NOTHING: Booked = {}

Progress = Callable[[int], None]


class Rolls:
    """The read side's part in closing: it implements `ledger.closing.desk.RollSource`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.views = Views(ledger)
        self.case_files = CaseFiles(ledger.datastore)
        self.payments = Payments(ledger.datastore)

    def roll(self, division: str, programme: str, month: Month, step: Progress | None = None) -> Roll:
        """The roll by all that is known now; only months that facts can have touched are settled anew."""
        read_at = self.views.catch_up()
        batch = self._ledger.batch(division, month, programme)
        if batch.relief:
            return _roll_apart(batch, apart(self._ledger, batch, read_at + 1), read_at)
        return self._compute(division, programme, month, read_at + 1, read_at, step)

    def shown(self, division: str, programme: str, month: Month, step: Progress | None = None) -> Roll:
        """A month's roll with its reasons: as known at its freeze where it was frozen, else as of now.

        Raises:
            Refused: `roll.never_closed` for a month before the last closed one that was not closed itself.
            IntegrityBroken: `roll.digest` where the events no longer give the roll that was frozen.
        """
        batch = self._ledger.batch(division, month, programme)
        if batch.frozen is not None:
            return self.as_frozen(batch, step)
        closes = self._ledger.rule_book(division).closed(programme)
        if closes and month < max(closes):
            raise Refused(
                "roll.never_closed",
                batch.id,
                found=f"{max(closes)} is the last closed month, and {month} was not closed",
                expected="a closed month, or one after the last closed",
            )
        return self.roll(division, programme, month, step)

    def as_frozen(self, batch: Batch, step: Progress | None = None) -> Roll:
        """The roll of a frozen batch computed anew, with the reasons that kept rows leave out.

        Raises:
            IntegrityBroken: `roll.digest` where it is not the roll that was frozen.
        """
        frozen, frozen_at = batch.frozen, batch.frozen_at
        assert frozen is not None
        assert frozen_at is not None
        self.views.catch_up()
        if batch.relief or batch.reissue:
            roll = _roll_apart(batch, apart(self._ledger, batch, frozen_at), frozen_at)
        else:
            roll = self._compute(batch.division, batch.programme, batch.month, frozen_at, frozen_at, step)
        if roll.digest != frozen.roll_digest:
            raise _other_roll(batch, roll.digest, frozen.roll_digest)
        return roll

    def _compute(
        self, division: str, programme: str, month: Month, before: int, read_at: int, step: Progress | None = None
    ) -> Roll:
        rules = self._ledger.rule_book(division, before=before)
        touched, everything_from = self.to_settle(division, programme, rules, before)
        # What a rule of an earlier month can have changed, it can have changed for cases that ended since.
        still_there = month if everything_from is None else min(month, everything_from)
        every = self.case_files.households(division, programme, before, month=still_there, besides=list(touched))
        parts = self._settle(division, every, rules, month, before, touched, everything_from, step)
        rows: list[RollRow] = []
        grain: list[GrainRow] = []
        notices: list[Notice] = []
        open_cases: dict[str, Month] = {}
        for code, part in parts:
            rows += part.rows
            notices += part.notices
            if part.grain is not None:
                grain.append(part.grain)
            if part.open_from is not None:
                open_cases[code] = part.open_from
        return Roll(division, programme, month, rows, grain, notices, open_cases, read_at)

    def _settle(
        self,
        division: str,
        households: Iterable[Household],
        rules: RuleBook,
        month: Month,
        before: int,
        touched: Mapping[str, Month],
        everything_from: Month | None,
        step: Progress | None,
    ) -> Iterator[tuple[str, CaseRoll]]:
        done = 0
        for part in _parts(households, _STEP):
            asked = [h.case.case for h in part if everything_from is not None or h.case.case in touched]
            booked = self.payments.booked(division, asked, before) if asked else {}
            for household in part:
                code = household.case.case
                own = booked.get(code, _NOTHING)
                starts = [m for m in (touched.get(code), everything_from) if m is not None]
                if starts:
                    even_before = min(month, max(earliest_month(household, rules, own), min(starts)))
                else:
                    even_before = month
                yield code, roll_case(household, rules, month, own, even_before)
            done += len(part)
            if step is not None:
                step(done)

    def to_settle(
        self, division: str, programme: str, rules: RuleBook, before: int
    ) -> tuple[dict[str, Month], Month | None]:
        """The cases to settle from which month on, and the month from which all are to be settled, if any.

        Nothing is assumed settled before the first close, nor where the last roll's open cases are not at hand.
        """
        closes = rules.closed(programme)
        if not closes:
            return {}, Month.parse("0001-01")
        last = max(closes)
        batch = self._ledger.batch(division, last, programme)
        assert batch.frozen is not None
        since = closes[last]
        open_cases = self._open_cases(batch.id, batch.frozen.roll_digest, since)
        if open_cases is None:
            return {}, Month.parse("0001-01")
        touched = self.case_files.touched_since(division, programme, since, before)
        for code, from_month in self.payments.cancelled_since(division, programme, since, before).items():
            touched[code] = min(from_month, touched.get(code, from_month))
        for code, from_month in open_cases.items():
            touched[code] = min(from_month, touched.get(code, from_month))
        return touched, rules.touched_since(programme, since)

    def _open_cases(self, batch: str, roll_digest: str, frozen_at: int) -> dict[str, Month] | None:
        """What the roll left open by the last reading before its freeze: that knew all the freeze knew."""
        with self._ledger.datastore.get_connection() as conn, conn.cursor(row_factory=tuple_row) as curs:
            last = curs.execute(
                "SELECT max(read_at) FROM roll_reading WHERE batch = %s AND digest = %s AND read_at < %s",
                (batch, roll_digest, frozen_at),
            ).fetchone()
            if last is None or last[0] is None:
                return None
            found = curs.execute(
                "SELECT case_id, from_month FROM open_case WHERE batch = %s AND digest = %s AND read_at = %s",
                (batch, roll_digest, last[0]),
            ).fetchall()
        return {code: Month.parse(from_month) for code, from_month in found}

    def keep(self, batch: Batch, roll: Roll) -> None:
        """Keeps a roll's rows under its digest, with the cases that stay open after it."""
        key = (batch.id, roll.digest)
        with self._ledger.datastore.transaction(commit=True) as curs:
            # Two processes that computed the same roll: the second finds it kept.
            curs.execute(
                "INSERT INTO kept_roll (batch, digest, payouts, grain) VALUES (%s, %s, %b, %b) ON CONFLICT DO NOTHING",
                (*key, roll.lines.payouts, roll.lines.grain),
            )
            reading = (*key, roll.read_at)
            curs.execute("INSERT INTO roll_reading VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", reading)
            if curs.rowcount:
                opened = ((*reading, code, since.text) for code, since in roll.open_cases.items())
                copy_rows(curs, "open_case", ("text", "text", "int8", "text", "text"), opened)

    def frozen(self, batch: Batch) -> RollLines:
        """The roll of the freeze that stands; computed again from the events where the kept one is gone.

        Raises:
            IntegrityBroken: `roll.digest` where it is not the one that was frozen.
        """
        frozen = batch.frozen
        assert frozen is not None
        kept = self._kept(batch.id, frozen.roll_digest) or self.as_frozen(batch).lines
        if kept.digest != frozen.roll_digest:
            raise _other_roll(batch, kept.digest, frozen.roll_digest)
        return kept

    def _kept(self, batch: str, roll_digest: str) -> RollLines | None:
        with (
            self._ledger.datastore.get_connection() as conn,
            conn.cursor(binary=True, row_factory=tuple_row) as curs,
        ):
            found = curs.execute(
                "SELECT payouts, grain FROM kept_roll WHERE batch = %s AND digest = %s", (batch, roll_digest)
            ).fetchone()
        return RollLines(*found) if found is not None else None

    def villages(self, batch: Batch, before: int) -> Mapping[str, str | None]:
        """The village of each case of the batch's programme as known before a log position; none of reliefs."""
        self.views.catch_up()
        return self.case_files.villages(batch.division, batch.programme, before)

    def contents(self, batch: Batch, issuer: Issuer) -> BundleContents:
        """What the bundle of a frozen batch holds, by what was known at the freeze."""
        assert batch.frozen_at is not None
        self.views.catch_up()
        frozen = self.frozen(batch)
        rows, grain = list(frozen.rows()), frozen.grain_rows()
        if batch.relief or batch.reissue:
            parties = apart(self._ledger, batch, batch.frozen_at).parties
            return contents(batch, rows, grain, parties, None, issuer)
        before = self._before(batch)
        cases = {row.case for row in rows} | {row.case for row in grain} | {case for case, _ in before.booked}
        households = self.case_files.households(
            batch.division, batch.programme, batch.frozen_at, only=sorted(cases)
        )
        return contents(batch, rows, grain, map(Party.of, households), before, issuer)

    def _before(self, batch: Batch) -> Before:
        rules = self._ledger.rule_book(batch.division, before=batch.frozen_at)
        closes = rules.closed(batch.programme)
        if not closes:
            return Before({}, Since(None, 0), rules)
        last = max(closes)
        issued = self.payments.issued(batch.division, last, batch.programme)
        booked = {key: Booking.of(lines, account) for key, (account, lines) in issued.items()}
        return Before(booked, Since(last, closes[last]), rules)


def _roll_apart(batch: Batch, found: Apart, read_at: int) -> Roll:
    return Roll(batch.division, batch.programme, batch.month, found.rows, (), (), {}, read_at)


def _other_roll(batch: Batch, found: str, frozen: str) -> IntegrityBroken:
    return IntegrityBroken(
        "roll.digest",
        batch.id,
        found=f"rows with the digest {found}",
        expected=f"the rows frozen, {frozen}",
        hint="`ledger verify` says which view differs from the events.",
    )


def _parts(households: Iterable[Household], size: int) -> Iterator[list[Household]]:
    part: list[Household] = []
    for household in households:
        part.append(household)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part
