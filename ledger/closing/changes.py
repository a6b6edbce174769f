"""What changed against the last close, household by household, and why: for those who approve a roll. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from ledger.domain.case_file import CaseFile
from ledger.domain.case_known import (
    GRACE,
    HOLD,
    RELEASE,
    RESUME,
    STOP,
    SUSPEND,
    Assessment,
    Decided,
    Enrolment,
    Import,
    Income,
    Join,
    Known,
    Leave,
)
from ledger.domain.payout import ARREARS, RECOVERY
from ledger.entitlement.household import Household, age_categories
from ledger.entitlement.roll import RollLine
from ledger.entitlement.rule_book import RuleBook
from ledger.payfile.contents import Change
from ledger.values.month import Month

_DECISIONS = {
    SUSPEND: "暂停",
    RESUME: "恢复",
    STOP: "停发决定",
    GRACE: "渐退期",
    HOLD: "暂缓发放",
    RELEASE: "解除暂缓",
}
_LEAVES = {"death": "成员死亡", "moved_out": "成员迁出", "marriage": "成员婚嫁", "custody": "成员羁押"}


class Booked(msgspec.Struct, frozen=True, gc=False):
    """What a close booked for a payee: the sum, the part for the month itself, and the account used."""

    amount_fen: int
    own_fen: int
    account: str | None
    back_paid: bool = False
    recovered: bool = False

    @classmethod
    def of(cls, lines: Sequence[RollLine], account: str | None) -> Booked:
        """The sums of some lines."""
        components = {line.component for line in lines}
        own = sum(line.amount_fen for line in lines if line.component not in (ARREARS, RECOVERY))
        return cls(
            sum(line.amount_fen for line in lines), own, account, ARREARS in components, RECOVERY in components
        )


class Since(msgspec.Struct, frozen=True, gc=False):
    """The close compared with: its month, and the log position of its freeze."""

    month: Month | None
    position: int


NOTHING = Booked(0, 0, None)


def change(
    household: Household, payee_name: str, before: Booked, now: Booked, rules: RuleBook, month: Month, since: Since
) -> Change | None:
    """How a payee's money differs from the last close, None where it does not."""
    kinds = list(_kinds(before, now))
    if not kinds:
        return None
    reason = "、".join(dict.fromkeys(_reasons(household, rules, month, since))) or "结转上月"
    return Change(household.case.case, payee_name, tuple(kinds), before.amount_fen, now.amount_fen, reason)


def _kinds(before: Booked, now: Booked) -> Iterator[str]:
    if now.own_fen and not before.own_fen:
        yield "new"
    elif before.own_fen and not now.own_fen:
        yield "ended"
    elif now.own_fen != before.own_fen:
        yield "raised" if now.own_fen > before.own_fen else "cut"
    if now.back_paid:
        yield "back_paid"
    if now.recovered:
        yield "recovered"
    if before is not NOTHING and now is not NOTHING and now.account != before.account:
        yield "account_changed"


def _reasons(household: Household, rules: RuleBook, month: Month, since: Since) -> Iterator[str]:
    case = household.case
    for known in case.known_facts():
        if known.position >= since.position or _begins(case, known) == month:
            yield from _named(known)
    if any(known.position >= since.position for known in case.voids):
        yield "撤销前录事实"
    if case.accounts and case.accounts[-1].position >= since.position:
        yield "账户变更"
    yield from _person_reasons(household, month, since)
    yield from _policy_reasons(household, rules, month, since)


def _begins(case: CaseFile, known: Known) -> Month | None:
    """The month in which a fact known before takes effect."""
    match known:
        case Join():
            return Month.of(known.confirmed_on or case.confirmed_on) + 1
        case Leave():
            return Month.of(known.left_on) + 1
        case Income():
            return known.counts_from
        case Decided():
            return Month.of(known.decided_on) + known.months + 1
        case Assessment():
            return Month.of(known.assessed_on) + 1
    return None


def _named(known: Known) -> Iterator[str]:
    match known:
        case Enrolment():
            yield "新纳入"
        case Join() if known.confirmed_on is not None:
            yield "成员加入"
        case Leave():
            yield _LEAVES.get(known.reason, "成员减少")
        case Income() if known.counts_from is not None:
            yield "收入变动"
        case Decided():
            yield _DECISIONS[known.kind]
        case Assessment():
            yield "护理等级变动" if known.carer is None else "照料人变更"
        case Import():
            yield "外部发放记录"


def _person_reasons(household: Household, month: Month, since: Since) -> Iterator[str]:
    for stay in household.stays:
        file = household.person(stay.person)
        for known in file.categories:
            ends = known.to_month + 1 if known.to_month else None
            if since.position <= known.position or month in (known.from_month, ends):
                yield "分类施保变动"
        born = file.birth_date
        if born and since.month and age_categories(born, since.month) != age_categories(born, month):
            yield "年龄段变动"


def _policy_reasons(household: Household, rules: RuleBook, month: Month, since: Since) -> Iterator[str]:
    if since.month is None:
        return
    programme = household.case.programme
    now = rules.standard(programme, month)
    before = rules.standard_known_before(programme, since.month, since.position)
    if now and before and now.annual_fen != before.annual_fen:
        yield "提标" if now.annual_fen > before.annual_fen else "标准下调"
    elif rules.touched_since(programme, since.position) is not None:
        yield "政策调整"
