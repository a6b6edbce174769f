"""A case's part of a roll: what closing a month pays it, and the grain it is allocated; with reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from ledger.domain.batch_events import Totals
from ledger.domain.payout import CARER
from ledger.domain.payout import stream as payout_stream
from ledger.entitlement.balances import Balances, Booked, Roles, balances
from ledger.entitlement.due import NO_STANDARD, SUBSIDY, TEKUN_CARE, TOP_UP, Due
from ledger.entitlement.entitled import due
from ledger.entitlement.grain import grain_g
from ledger.entitlement.household import Household
from ledger.entitlement.rule_book import RuleBook
from ledger.entitlement.settlement import RecoveryTerms, Settlement, settle
from ledger.values.month import Month


class RollLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A component for a month in fen, and the references of the events it rests on."""

    component: str
    for_month: Month
    amount_fen: int
    because: tuple[str, ...] = ()


class RollRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a close books for one payee of a case; zero in sum is a booking without a payout."""

    case: str
    payee: str
    person: str
    account: str | None
    insured: int
    lines: tuple[RollLine, ...]
    payout: str
    """The stream of the payout it becomes."""

    @property
    def amount_fen(self) -> int:
        """The sum of the lines."""
        return sum([line.amount_fen for line in self.lines])


class GrainRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The grain a case is allocated."""

    case: str
    insured: int
    mass_g: int


class Notice(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Something about a case that whoever approves the roll should see; it blocks nothing."""

    case: str
    kind: str


class CaseRoll(msgspec.Struct, frozen=True, gc=False):
    """A case's part of the roll. `open_from`: the earliest month that stays owed or to be recovered after it."""

    rows: tuple[RollRow, ...] = ()
    grain: GrainRow | None = None
    notices: tuple[Notice, ...] = ()
    open_from: Month | None = None


def earliest_month(household: Household, rules: RuleBook, booked: Booked) -> Month:
    """The first month a full settlement looks at: the case's first or the first paid for, not before our books."""
    case = household.case
    paid = (m for months in booked.values() for m in months)
    first = min((case.first_month, *paid, *(made.month for made in case.imports)))
    opening = rules.opening(case.programme)
    return max(first, opening) if opening is not None else first


def roll_case(household: Household, rules: RuleBook, month: Month, booked: Booked, even_before: Month) -> CaseRoll:
    """What closing `month` does for a case. Months before `even_before` are known to be settled.

    Give `earliest_month(...)` for a settlement of the whole history; anything later is the caller's knowledge that
    nothing known since can have touched the months before it.
    """
    case = household.case
    due_of = due_by_month(household, rules)
    current = due_of(month)
    mass_g = grain_g(household, rules, month, current)
    grain = GrainRow(case.case, current.insured, mass_g) if mass_g else None
    if case.hold() is not None:
        return CaseRoll((), grain, (Notice(case.case, "held"),), min(even_before, month))
    weighed = weigh(household, month, due_of, booked, even_before)
    settled = settle(month, weighed, recovery_terms(rules, month))
    rows = tuple(
        _row(household, month, payee, settlement, due_of)
        for payee, settlement in settled.items()
        if settlement.lines
    )
    open_months = [s.open_from for s in settled.values() if s.open_from is not None]
    if weighed.overpaid_now:
        open_months.append(month)
    notices = _notices(household, month, current, rows)
    return CaseRoll(rows, grain, notices, min(open_months, default=None))


def due_by_month(household: Household, rules: RuleBook) -> Callable[[Month], Due]:
    """What a case is due for a month, each month computed once."""
    found: dict[Month, Due] = {}

    def due_of(month: Month) -> Due:
        if month not in found:
            found[month] = due(household, rules, month)
        return found[month]

    return due_of


def weigh(
    household: Household, month: Month, due_of: Callable[[Month], Due], booked: Booked, even_before: Month
) -> Balances:
    """The balances of a case's payees as a close of `month` finds them (see `roll_case` for `even_before`)."""
    earlier = [Month.at(m) for m in range(even_before.ordinal, month.ordinal)]
    roles = Roles(
        household.living, household.caring, {CARER: household.carer} if household.caring == CARER else {}
    )
    return balances(month, earlier, due_of, booked, household.case.imports, roles)


def _row(
    household: Household, month: Month, payee: str, settlement: Settlement, due_of: Callable[[Month], Due]
) -> RollRow:
    case = household.case
    return RollRow(
        case.case,
        payee,
        household.recipient(payee, month),
        household.account(payee, month),
        due_of(month).insured,
        tuple(
            RollLine(
                line.component,
                line.for_month,
                line.amount_fen,
                reasons(household, due_of(line.for_month), line.component),
            )
            for line in settlement.lines
        ),
        payout_stream(month, case.division, case.case, payee),
    )


def recovery_terms(rules: RuleBook, month: Month) -> RecoveryTerms:
    """How a close takes money back, by the policy of the month closed."""
    share_ppm = rules.rate_ppm("recovery_cap_percent", month)
    return RecoveryTerms(
        rules.parameter("recovery", month) == "offset", 1_000_000 if share_ppm is None else share_ppm
    )


def reasons(household: Household, due: Due, component: str) -> tuple[str, ...]:
    """The references of the events a line rests on; of a month without money, those that ended or stopped it."""
    by_component = {
        due.base_component: due.base.because if due.base else (),
        TOP_UP: tuple(ref for top_up in due.top_ups for ref in top_up.because),
        SUBSIDY: tuple(one_off.ref for one_off in due.one_offs),
        TEKUN_CARE: due.care.because if due.care else (),
    }
    if component in by_component:
        return tuple(dict.fromkeys(by_component[component]))
    if due.base is not None:
        return tuple(dict.fromkeys(ref for refs in by_component.values() for ref in refs))
    case = household.case
    ended = (*(d.ref for d in case.decisions), *(leave.ref for leave in case.leaves))
    return tuple(dict.fromkeys(ended)) or (case.granted.ref,)


def totals(rows: Iterable[RollRow], grain: Iterable[GrainRow]) -> Totals:
    """The control totals of a roll."""
    amounts = [row.amount_fen for row in rows]
    masses = [row.mass_g for row in grain]
    payouts = sum(1 for fen in amounts if fen)
    return Totals(
        payouts=payouts,
        amount_fen=sum(amounts),
        bookings=len(amounts) - payouts,
        grain_g=sum(masses),
        grain_cases=len(masses),
    )


def _notices(household: Household, month: Month, due: Due, rows: tuple[RollRow, ...]) -> tuple[Notice, ...]:
    case = household.case.case
    kinds = []
    if due.nothing == NO_STANDARD:
        kinds.append("no_standard")
    if any(row.amount_fen and row.account is None for row in rows):
        kinds.append("no_account")
    if rows and household.headless(month):
        kinds.append("no_head")
    return tuple(Notice(case, kind) for kind in kinds)
