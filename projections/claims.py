"""The claims of a division: what payees owe it and nothing is offset against, with their age; and held money."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

import msgspec

from ledger.closing.desk import Progress
from ledger.closing.order import PROGRAMMES
from ledger.domain.batch import RELIEF
from ledger.entitlement.balances import Booked
from ledger.entitlement.claims import Left, held_back, left_over
from ledger.entitlement.household import Household
from ledger.entitlement.roll import earliest_month
from ledger.entitlement.rule_book import RuleBook
from ledger.values.month import Month, day_of
from projections.installation import Installation
from projections.rolls import Rolls

_PART = 500
_FROM_THE_FIRST = Month.parse("0001-01")

Weighing = Callable[[Household, RuleBook, Month, Booked, Month], list[Left]]
Asked = Mapping[str, Month] | None
"""The cases to weigh, each with the month to begin with; None for all of them."""


class Claim(msgspec.Struct, frozen=True):
    """What one payee has too much of, or is owed while held.

    `open_since` is the day of the freeze of the first close that left it open, unbroken until now; None where it
    became known since the last freeze. `age_days` counts from that day.
    """

    programme: str
    case: str
    person: str
    left: Left
    open_since: date | None
    age_days: int


class _Found(msgspec.Struct, frozen=True):
    """What is left of a payee, and whose case it is."""

    household: Household
    left: Left

    @property
    def key(self) -> tuple[str, str]:
        return self.household.case.case, self.left.payee


def claims(installation: Installation, division: str, step: Progress | None = None) -> list[Claim]:
    """What payees have too much of by all that is known now, and no later payout can be offset against."""
    return _all(installation, division, left_over, step)


def held(installation: Installation, division: str, step: Progress | None = None) -> list[Claim]:
    """What held cases are owed of the months closed."""
    return _all(installation, division, held_back, step)


def _all(installation: Installation, division: str, weighing: Weighing, step: Progress | None) -> list[Claim]:
    before = installation.rolls.views.catch_up() + 1
    found: list[Claim] = []
    for programme in PROGRAMMES:
        if programme == RELIEF:
            continue
        rules = installation.ledger.rule_book(division, before=before)
        closes = rules.closed(programme)
        if closes:
            scales = _Scales(installation.rolls, division, programme, weighing)
            touched, everything_from = installation.rolls.to_settle(division, programme, rules, before)
            asked = touched if everything_from is None else None
            now = list(scales.weigh(rules, max(closes) + 1, before, asked, step))
            found += _with_age(installation, scales, now, closes)
    return found


def _with_age(
    installation: Installation, scales: _Scales, now: Sequence[_Found], closes: Mapping[Month, int]
) -> Iterator[Claim]:
    today, month = day_of(installation.ledger.now()), max(closes) + 1
    kept = [one for one in now if one.left.reason is not None]
    since = _open_since(installation, scales, {one.key for one in kept}, closes)
    for one in kept:
        code, payee = one.key
        day = since.get(one.key)
        age = (today - day).days if day is not None else 0
        yield Claim(scales.programme, code, one.household.recipient(payee, month), one.left, day, age)


def _open_since(
    installation: Installation, scales: _Scales, wanted: set[tuple[str, str]], closes: Mapping[Month, int]
) -> dict[tuple[str, str], date]:
    """From which freeze on each was left open: the closes are gone back through until none is left to ask for."""
    ledger = installation.ledger
    since: dict[tuple[str, str], date] = {}
    for month, frozen_at in sorted(closes.items(), reverse=True):
        if not wanted:
            break
        rules = ledger.rule_book(scales.division, before=frozen_at)
        asked = dict.fromkeys((code for code, _ in wanted), _FROM_THE_FIRST)
        wanted &= {one.key for one in scales.weigh(rules, month, frozen_at, asked)}
        frozen = ledger.batch(scales.division, month, scales.programme).frozen
        assert frozen is not None
        since |= dict.fromkeys(wanted, frozen.recorded_on)
    return since


class _Scales:
    """Weighs the households of a programme, part by part, as known before a log position."""

    def __init__(self, rolls: Rolls, division: str, programme: str, weighing: Weighing) -> None:
        self._rolls = rolls
        self.division = division
        self.programme = programme
        self._weighing = weighing

    def weigh(
        self, rules: RuleBook, month: Month, before: int, asked: Asked, step: Progress | None = None
    ) -> Iterator[_Found]:
        only = None if asked is None else list(asked)
        households = self._rolls.case_files.households(self.division, self.programme, before, only=only)
        part: list[Household] = []
        done = 0
        for household in households:
            part.append(household)
            if len(part) == _PART:
                yield from self._part(part, rules, month, before, asked)
                done += len(part)
                part = []
                if step is not None:
                    step(done)
        yield from self._part(part, rules, month, before, asked)

    def _part(
        self, part: Sequence[Household], rules: RuleBook, month: Month, before: int, asked: Asked
    ) -> Iterator[_Found]:
        codes = [household.case.case for household in part]
        booked = self._rolls.payments.booked(self.division, codes, before) if codes else {}
        for household in part:
            code = household.case.case
            own = booked.get(code, {})
            begins = asked[code] if asked is not None else _FROM_THE_FIRST
            even_before = min(month, max(earliest_month(household, rules, own), begins))
            for left in self._weighing(household, rules, month, own, even_before):
                yield _Found(household, left)
