"""Whether what is said of a case can stand: no contradiction in its decisions, members and heads."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ledger.admission.desk import Desk
from ledger.domain.case import key
from ledger.domain.case_file import CaseFile
from ledger.domain.case_known import GRACE, HOLD, RELEASE, RESUME, STOP, SUSPEND, Join, Leave
from ledger.domain.person import PersonFile
from ledger.errors import Refused
from ledger.values.month import Month


def require_standing(file: CaseFile) -> None:
    """Refuses a case file whose facts contradict each other; decisions are judged in the order of `decided_on`.

    Raises:
        Refused: `case.contradiction` (void the earlier fact first).
    """
    found = _decisions(file) or _members(file) or _heads(file)
    if found:
        raise Refused(
            "case.contradiction",
            f"case {file.case} of division {file.division}",
            found=found,
            expected="facts that can all be true",
            hint="Void the earlier fact first, if that one is wrong.",
        )


def _decisions(file: CaseFile) -> str | None:
    suspended = stopped = held = False
    grace: Month | None = None
    for decision in file.in_order(SUSPEND, RESUME, STOP, GRACE):
        kind = decision.kind
        if stopped and kind in (STOP, SUSPEND, GRACE):
            return f"a {kind} of a case that is stopped, on {decision.decided_on}"
        if kind == SUSPEND and grace is not None and grace < Month.of(decision.decided_on):
            return f"a {kind} of a case whose grace period is over, on {decision.decided_on}"
        if kind == GRACE and grace is not None:
            return f"a second grace period, on {decision.decided_on}"
        if (kind == SUSPEND and suspended) or (kind == RESUME and not suspended):
            return f"a {kind} of a case that is {'' if suspended else 'not '}suspended, on {decision.decided_on}"
        suspended = {SUSPEND: True, RESUME: False}.get(kind, suspended)
        stopped = stopped or kind == STOP
        if kind == GRACE:
            grace = Month.of(decision.decided_on) + decision.months
    for decision in file.in_order(HOLD, RELEASE):
        if held == (decision.kind == HOLD):
            return f"a {decision.kind} of a case that is {'' if held else 'not '}held, on {decision.decided_on}"
        held = decision.kind == HOLD
    return None


def _members(file: CaseFile) -> str | None:
    there: set[str] = set()
    changes: list[Join | Leave] = [*file.joins, *file.leaves]
    for change in sorted(changes, key=lambda k: k.position):
        leaves = isinstance(change, Leave)
        if leaves != (change.person in there):
            return (
                f"person {change.person} {'leaves' if leaves else 'joins'}, who is {'not ' if leaves else ''}there"
            )
        there ^= {change.person}
    return None


def _heads(file: CaseFile) -> str | None:
    members = {join.person for join in file.joins}
    strangers = [head.person for head in file.heads if head.person not in members]
    return f"a head, person {strangers[0]}, who is no member" if strangers else None


def require_not_ended(file: CaseFile, today: date) -> None:
    """Refuses to add a member to a case that has ended: stopped, its grace over, or its last member gone.

    Raises:
        Refused: `case.ended`.
    """
    if file.ended(today):
        raise Refused(
            "case.ended",
            f"case {file.case} of division {file.division}",
            found=f"a case that ended with {file.last_month()}",
            expected="a case that goes on",
            hint="Enrol the household anew.",
        )


def require_member(file: CaseFile, person: str) -> None:
    """Refuses a person who is not in the household now.

    Raises:
        Refused: `case.not_a_member`.
    """
    if person not in members_now(file):
        raise Refused(
            "case.not_a_member",
            f"case {file.case} of division {file.division}",
            found=f"person {person}, who is not in the household",
            expected="one of its members",
        )


def members_now(file: CaseFile) -> list[str]:
    """The persons in the household who have not left."""
    return [stay.person for stay in file.stays() if stay.left_on is None]


def require_insured_once(desk: Desk, file: CaseFile, persons: Iterable[PersonFile]) -> None:
    """Refuses what would make a person insured in two cases in one month; a suspended case stands.

    Across programmes and divisions (docs/rules.md R9).

    Raises:
        Refused: `person.insured_twice`.
    """
    here = key(file.division, file.case)
    for person in persons:
        for known in person.insured_in:
            if known.case == here:
                continue
            other = desk.cases.get(f"case/{known.case}")
            if other is None or not other.known:
                continue
            month = _common_month(_insured_months(file, person.person), _insured_months(other, person.person))
            if month is not None:
                raise Refused(
                    "person.insured_twice",
                    f"person {person.person} in case {here}",
                    found=f"insured in case {known.case} in {month} already",
                    expected="one case a person and month",
                    hint="Stop that case or let the person leave it first.",
                )


_Months = list[tuple[Month, Month | None]]


def _insured_months(file: CaseFile, person: str) -> _Months:
    end = file.last_month()
    found: _Months = []
    for stay in file.stays():
        if stay.person == person and stay.insured:
            ends = [m for m in (stay.last, end) if m is not None]
            found.append((max(stay.first, file.first_month), min(ends) if ends else None))
    return [(first, last) for first, last in found if last is None or first <= last]


def _common_month(some: _Months, others: _Months) -> Month | None:
    for first, last in some:
        for other_first, other_last in others:
            begin = max(first, other_first)
            if all(end is None or begin <= end for end in (last, other_last)):
                return begin
    return None
