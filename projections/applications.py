"""Applications: what came of each, and whether it is decided within the legal time.

最低生活保障审核确认办法 (民发〔2021〕57号): the procedure is completed within 30 working days of acceptance, in special
circumstances within 45. Here days from Monday to Friday count from the day of application on; public holidays are
moved every year and are not known here, so that an application is shown a few days early rather than late. The
same time is the default for tekun and relief.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import msgspec

from ledger.application import Ledger
from ledger.domain.batch import RELIEF
from ledger.domain.case import key
from ledger.domain.case_file import CaseFile
from ledger.domain.relief import Relief, ReliefGranted
from ledger.domain.supervision import Applied, Register
from projections.memberships import cases_by_person

WORKING_DAYS, EXTENDED_WORKING_DAYS = 30, 45
OPEN, GRANTED, REFUSED, WITHDRAWN = "open", "granted", "refused", "withdrawn"


class Application(msgspec.Struct, frozen=True):
    """An application and what came of it; `case` (division/case) where it led to one."""

    code: str
    applied: Applied
    outcome: str
    decided_on: date | None = None
    case: str | None = None

    def working_days(self, today: date) -> int:
        """Working days from the day after it was made to its decision, or today."""
        return working_days(self.applied.applied_on, self.decided_on or today)

    def over(self, today: date) -> bool:
        """Whether it took, or is taking, more than the legal time."""
        return self.working_days(today) > WORKING_DAYS

    def over_extended(self, today: date) -> bool:
        """Whether it took more than the longest time there is."""
        return self.working_days(today) > EXTENDED_WORKING_DAYS


def applications(ledger: Ledger, division: str) -> list[Application]:
    """The applications of a division, the oldest first; the views must have caught up.

    One without a recorded outcome is granted where its person became a member of a case of the programme, or got a
    relief, confirmed on its day or later; else it is open.
    """
    made = _made(ledger, division)
    waiting = {applied.person for applied in made.values() if applied.outcome is None}
    files = cases_by_person(ledger.datastore, waiting)
    reliefs = _reliefs(ledger, division, made.values())
    rows = [
        _judged(code, applied, files.get(applied.person, ()), reliefs.get(applied.person, ()))
        for code, applied in made.items()
    ]
    return sorted(rows, key=lambda row: (row.applied.applied_on, row.code))


def working_days(since: date, until: date) -> int:
    """Days from Monday to Friday after one day, up to another; 0 where it is not later."""
    days = max(0, (until - since).days)
    weeks, rest = divmod(days, 7)
    return weeks * 5 + sum((until - timedelta(days=back)).weekday() < 5 for back in range(rest))


def _made(ledger: Ledger, division: str) -> dict[str, Applied]:
    found: dict[str, Register] = {}
    for recorded in ledger.events_log.below(f"application/{division}/"):
        stream = recorded.event.originator_id
        found[stream] = (found.get(stream) or Register(stream)).after(recorded)
    return {
        stream.rpartition("/")[2]: event
        for stream, register in found.items()
        for event in register.standing[-1:]
        if isinstance(event, Applied)
    }


def _reliefs(ledger: Ledger, division: str, made: Iterable[Applied]) -> Mapping[str, list[ReliefGranted]]:
    waiting = {applied.person for applied in made if applied.programme == RELIEF and applied.outcome is None}
    if not waiting:
        return {}
    states: dict[str, Relief] = {}
    for recorded in ledger.events_log.below(f"relief/{division}/"):
        stream = recorded.event.originator_id
        states[stream] = (states.get(stream) or Relief(stream.rpartition("/")[2])).after(recorded)
    found: dict[str, list[ReliefGranted]] = {}
    for relief in states.values():
        if relief.granted is not None and relief.granted.person in waiting:
            found.setdefault(relief.granted.person, []).append(relief.granted)
    return found


def _judged(
    code: str, applied: Applied, files: Sequence[CaseFile], reliefs: Sequence[ReliefGranted]
) -> Application:
    if applied.outcome is not None:
        return Application(code, applied, applied.outcome, applied.decided_on, applied.case)
    granted: list[tuple[date, str | None]] = []
    if applied.programme == RELIEF:
        granted += [(relief.decided_on, None) for relief in reliefs]
    for file in files:
        if file.programme == applied.programme:
            granted += [(day, key(file.division, file.case)) for day in _joined_on(file, applied.person)]
    later = [grant for grant in granted if grant[0] >= applied.applied_on]
    if later:
        decided_on, case = min(later, key=lambda grant: grant[0])
        return Application(code, applied, GRANTED, decided_on, case)
    return Application(code, applied, OPEN, None, applied.case)


def _joined_on(file: CaseFile, person: str) -> list[date]:
    return [join.confirmed_on or file.confirmed_on for join in file.joins if join.person == person]
