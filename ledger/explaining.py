"""Explaining a payout: every line with the standard, income, members and rules behind it, summing to the fen."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.application import Ledger
from ledger.closing.issuing import folded, row_of
from ledger.domain.case import stream as case_stream
from ledger.domain.event import Recorded
from ledger.domain.payout import ARREARS, RECOVERY, payee_role
from ledger.entitlement.due import DIBAO, EXACT, SUBSIDY, TEKUN_BASIC, TEKUN_CARE, TOP_UP, Due, TopUp
from ledger.entitlement.entitled import due
from ledger.entitlement.household import Household
from ledger.entitlement.roll import RollLine, RollRow, earliest_month, roll_case
from ledger.entitlement.rule_book import RuleBook
from ledger.errors import IntegrityBroken
from ledger.explaining_apart import ExplainedLine, Explanation, explain_relief, journeys, sent_again
from ledger.replaying import Known, known_case
from ledger.values.money import format_yuan
from ledger.values.month import Month

_PERCENT_PPM = 10_000


def explain(ledger: Ledger, division: str, month: Month, code: str) -> Explanation:
    """Explains a case's part of a month: as known at the freeze of a closed one, else by all that is known now.

    A code that is no case's may be a relief's; its month is that of the close that paid it, or of its decision.

    Raises:
        Refused: `case.unknown`; `relief.other_month`.
        IntegrityBroken: `explain.differs` where a closed month's payout is not what the rules say it was.
    """
    end = ledger.events_log.end() + 1
    if not ledger.events_log.version(case_stream(division, code)):
        relief = explain_relief(ledger, division, month, code)
        if relief is not None:
            return relief
    programme = known_case(ledger, division, code, end).households[code].case.programme
    batch = ledger.batch(division, month, programme)
    closed = batch.closed is not None
    before = batch.frozen_at if closed and batch.frozen_at is not None else end
    then = known_case(ledger, division, code, before)
    household, booked = then.households[code], then.booked[code]
    part = roll_case(
        household, then.rules, month, booked, min(month, earliest_month(household, then.rules, booked))
    )
    lines = tuple(_explained(then, household, row.payee, line) for row in part.rows for line in row.lines)
    if closed:
        _require_as_paid(ledger, division, month, code, part.rows)
    refs = dict.fromkeys(ref for line in lines for ref in line.because)
    return Explanation(
        case=code,
        programme=programme,
        month=month,
        closed=closed,
        payees=tuple(row.payee for row in part.rows) or (household.living,),
        amount_fen=sum(line.amount_fen for line in lines),
        lines=lines,
        notes=(
            *_notes(household, then.rules, month, part.rows),
            *journeys(ledger.events_log.below(f"payout/{month}/{division}/{code}/")),
            *sent_again(ledger, division, month, code),
        ),
        facts=tuple(_events(ledger, refs)),
    )


def _explained(then: Known, household: Household, payee: str, line: RollLine) -> ExplainedLine:
    owed = due(household, then.rules, line.for_month)
    paid = then.booked[household.case.case].get(payee, {}).get(line.for_month, 0)
    arithmetic = list(_arithmetic(owed, line.component))
    if line.component in (ARREARS, RECOVERY):
        of_payee = sum(share.amount_fen for share in owed.shares() if share.payee == payee_role(payee))
        arithmetic = [*whole(owed), _difference(of_payee, paid, line.amount_fen)]
    return ExplainedLine(payee, line.component, line.for_month, line.amount_fen, tuple(arithmetic), line.because)


def _arithmetic(owed: Due, component: str) -> Iterator[str]:
    if component in (DIBAO, TEKUN_BASIC):
        yield from _base(owed)
    elif component == TOP_UP:
        yield from (_top_up(top_up, owed) for top_up in owed.top_ups)
    elif component == SUBSIDY:
        for one_off in owed.one_offs:
            each = format_yuan(one_off.amount_fen)
            yield f"one-off {one_off.code}: {each} a person × {owed.insured} insured"
    elif component == TEKUN_CARE and owed.care is not None:
        standard = owed.care.standard
        yield f"care tier {owed.care.tier}: {format_yuan(standard.amount_fen)} a {standard.per}"


def whole(owed: Due) -> Iterator[str]:
    """The arithmetic of all that is due for a month."""
    if owed.nothing is not None and owed.base is None:
        yield f"nothing is due: {owed.nothing}"
    for component in (owed.base_component, TOP_UP, SUBSIDY, TEKUN_CARE):
        yield from _arithmetic(owed, component)


def _base(owed: Due) -> Iterator[str]:
    base = owed.base
    if base is None:
        return
    standard = base.standard
    if base.income is None:
        yield f"standard {format_yuan(standard.amount_fen)} a {standard.per} × {len(base.insured)} insured"
        return
    annual_income = base.income.annual_fen
    gap = standard.annual_fen * len(base.insured) - annual_income
    published = f"{format_yuan(standard.amount_fen)} a {standard.per}"
    yield f"standard {published} = {format_yuan(standard.annual_fen)} a year"
    yield f"× {len(base.insured)} insured − income {format_yuan(annual_income)} a year = {format_yuan(gap)}"
    if gap <= 0:
        yield "no gap: base 0.00"
    elif base.lifted_to_fen is not None:
        yield f"÷ 12 is below the minimum gap: base {format_yuan(base.amount_fen)}"
    else:
        yield f"÷ 12, rounded half up to the fen: base {format_yuan(base.amount_fen)}"


def _top_up(top_up: TopUp, owed: Due) -> str:
    assert owed.base is not None
    monthly = format_yuan(owed.base.standard.annual_fen // 12)
    shares = []
    for part in top_up.parts:
        ppm, rest = divmod(part.exact, owed.base.standard.annual_fen)
        percent = f"{ppm // _PERCENT_PPM} %" if not rest and ppm % _PERCENT_PPM == 0 else None
        what = (
            f"{percent} of the full standard of {monthly} a month" if percent else f"{_exact(part.exact)} a month"
        )
        shares.append(f"{part.category} {what}")
    capped = ", limited by the cap" if top_up.capped else ""
    return f"person {top_up.person}: {' + '.join(shares)}{capped} = {format_yuan(top_up.amount_fen)}"


def _exact(exact: int) -> str:
    return format_yuan(exact // EXACT)


def _difference(due_fen: int, paid: int, booked: int) -> str:
    known = f"due as known {format_yuan(due_fen)}, counted as paid {format_yuan(paid)}"
    if booked > 0:
        return f"{known}: {format_yuan(booked)} still owed"
    return f"{known}: {format_yuan(paid - due_fen)} too much, {format_yuan(-booked)} of it taken back now"


def _notes(household: Household, rules: RuleBook, month: Month, rows: tuple[RollRow, ...]) -> Iterator[str]:
    owed = due(household, rules, month)
    if owed.nothing is not None:
        yield f"nothing is due for {month}: {owed.nothing}"
    hold = household.case.hold()
    if hold is not None:
        yield f"the case is held since {hold.decided_on} ({hold.ref}): what is due stays owed"
    if rows and household.headless(month):
        yield "the head is gone: a new one must be named"
    for row in rows:
        if row.account is None:
            yield f"no account of the {row.payee} is known: the payout is listed apart as unpayable"


def _require_as_paid(ledger: Ledger, division: str, month: Month, code: str, rows: tuple[RollRow, ...]) -> None:
    issued = folded(ledger.events_log.below(f"payout/{month}/{division}/{code}/"))
    paid = {p.issued.payee: row_of(p.issued) for p in issued}
    mine = {row.payee: _plain(row) for row in rows}
    if mine != {payee: _plain(row) for payee, row in paid.items()}:
        raise IntegrityBroken(
            "explain.differs",
            f"case {code}, {month}",
            found=f"{format_yuan(sum(row.amount_fen for row in paid.values()))} paid",
            expected=f"{format_yuan(sum(row.amount_fen for row in rows))} by the facts known at the freeze",
            hint=f"`ledger replay {month}` lists every difference.",
        )


def _plain(row: RollRow) -> list[tuple[str, str, int]]:
    return [(line.component, line.for_month.text, line.amount_fen) for line in row.lines]


def _events(ledger: Ledger, refs: dict[str, None]) -> Iterator[Recorded]:
    streams = {ref.rpartition("@")[0] for ref in refs}
    by_ref = {recorded.event.ref: recorded for recorded in ledger.events_log.streams(streams)}
    yield from (by_ref[ref] for ref in refs if ref in by_ref)
