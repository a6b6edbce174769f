"""A finding as folded from its stream, and what may happen to it next.

suspected → confirmed → ordered → reported → closed, or dismissed; what is found anew afterwards reopens it. A
suspicion is never a verdict: that a query names somebody opens a finding, and people say what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Self, TypeVar

import msgspec

from ledger.domain import case as cases
from ledger.domain.event import Origin, Recorded
from ledger.domain.finding import (
    CameBack,
    FindingClosed,
    FindingConfirmed,
    FindingDismissed,
    FindingEvent,
    FindingOpened,
    FindingReopened,
    Found,
    FoundAgain,
    Recovered,
    RectificationOrdered,
    RectificationReported,
)
from ledger.domain.payout import RECOVERY, Payout
from ledger.errors import Refused
from ledger.values.money import format_yuan
from ledger.values.month import Month

SUSPECTED, CONFIRMED, ORDERED, REPORTED = "suspected", "confirmed", "ordered", "reported"
CLOSED, DISMISSED = "closed", "dismissed"
OPEN = (SUSPECTED, CONFIRMED, ORDERED, REPORTED)
"""The states in which somebody still has to do something."""

_RULED = (CONFIRMED, ORDERED, REPORTED)
_ENDED = (CLOSED, DISMISSED)

Happened = TypeVar("Happened", bound=FindingEvent)


class Step(msgspec.Struct, frozen=True):
    """What goes with any step: who, today and the day it happened, deadline, papers, and the note's reference."""

    origin: Origin
    today: date
    happened_on: date
    due_on: date | None = None
    evidence: tuple[str, ...] = ()
    note: str | None = None


class Finding(msgspec.Struct, frozen=True, gc=False):
    """A fold of a finding's stream, and what may happen to it next."""

    id: str
    version: int = 0
    opened: FindingOpened | None = None
    status: str = ""
    open_since: date = date.min
    """The day it was opened, or reopened last."""
    due_on: date | None = None
    ended_on: date | None = None
    reopened: int = 0
    found: tuple[Found, ...] = ()
    suspected: tuple[tuple[Month | None, int], ...] = ()
    """Per month what the query named at the most, in fen."""
    inspections: tuple[str, ...] = ()
    to_recover_fen: int | None = None
    recovered_fen: int = 0
    came_back: tuple[CameBack, ...] = ()
    written_off_fen: int = 0

    def after(self, recorded: Recorded) -> Self:
        """The finding with one more event of its stream."""
        event = recorded.event
        assert isinstance(event, FindingEvent)
        replace = msgspec.structs.replace
        finding = replace(self, version=event.originator_version, due_on=event.due_on or self.due_on)
        match event:
            case FindingOpened():
                return replace(
                    finding.with_found(event), opened=event, status=SUSPECTED, open_since=event.happened_on
                )
            case FoundAgain():
                return finding.with_found(event)
            case FindingReopened():
                return replace(
                    finding.with_found(event), status=SUSPECTED, open_since=event.happened_on, ended_on=None,
                    reopened=self.reopened + 1,
                )  # fmt: skip
            case FindingConfirmed():
                status = CONFIRMED if self.status == SUSPECTED else self.status
                return replace(finding, status=status, to_recover_fen=event.to_recover_fen)
            case FindingDismissed():
                return replace(finding, status=DISMISSED, ended_on=event.happened_on)
            case RectificationOrdered():
                return replace(finding, status=ORDERED)
            case RectificationReported():
                return replace(finding, status=REPORTED)
            case Recovered():
                return replace(
                    finding,
                    recovered_fen=self.recovered_fen + event.amount_fen,
                    came_back=(*self.came_back, *event.came_back),
                )
            case FindingClosed():
                return replace(
                    finding, status=CLOSED, ended_on=event.happened_on, written_off_fen=event.written_off_fen
                )
        return finding

    def with_found(self, event: FindingOpened | FoundAgain | FindingReopened) -> Self:
        """The finding with what an event says was found, and for which inspection."""
        suspected = dict(self.suspected)
        for month, fen in _by_month(event.found).items():
            suspected[month] = max(fen, suspected.get(month, 0))
        inspections = self.inspections
        if event.inspection is not None and event.inspection not in inspections:
            inspections = (*inspections, event.inspection)
        return msgspec.structs.replace(
            self, found=(*self.found, *event.found), suspected=tuple(suspected.items()), inspections=inspections
        )

    def require_known(self) -> FindingOpened:
        """What it is about.

        Raises:
            Refused: `finding.unknown`.
        """
        if self.opened is None:
            raise Refused(
                "finding.unknown",
                self.id,
                found="no finding of this name",
                expected="the name of a finding, as finding/520203/paid_after_death/C1",
                hint="`ledger findings --all` lists them, `ledger finding open` opens one.",
            )
        return self.opened

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.status in OPEN

    @property
    def suspected_fen(self) -> int:
        """What the query named, at the most: not what must come back, which a ruling says."""
        return sum(fen for _, fen in self.suspected)

    @property
    def left_fen(self) -> int:
        """What must still come back."""
        return max(0, (self.to_recover_fen or 0) - self.recovered_fen)

    @property
    def months(self) -> frozenset[Month]:
        """The months it is about; none where the query names no month."""
        return frozenset(row.month for row in self.found if row.month is not None)

    @property
    def payouts(self) -> tuple[str, ...]:
        """The payouts that prove it, by reference."""
        refs = (ref for row in self.found for ref in row.because if ref.startswith("payout/"))
        return tuple(dict.fromkeys(refs))

    @property
    def parties(self) -> frozenset[str]:
        """Whose money it is about, by `party_of`: its own case's, and that of the payouts that prove it."""
        own = [] if self.opened is None or self.opened.case is None else [
            cases.key(self.opened.division, self.opened.case)
        ]  # fmt: skip
        return frozenset((*own, *map(party_of, self.payouts)))

    @property
    def next_ref(self) -> str:
        """The reference its next event will have."""
        return f"{self.id}@{self.version + 1}"

    def news(self, found: Iterable[Found]) -> tuple[Found, ...]:
        """The rows that say what was not known: another month, a larger amount, an event that is new to it.

        Money that came back and is linked is no news: some queries name what was evened out since.
        """
        refs = {ref for row in self.found for ref in row.because} | {back.ref for back in self.came_back}
        largest: dict[Month | None, int] = {}
        for row in self.found:
            largest[row.month] = max(row.amount_fen or 0, largest.get(row.month, 0))
        return tuple(
            row
            for row in found
            if row.month not in largest or (row.amount_fen or 0) > largest[row.month] or not refs >= {*row.because}
        )

    def came_back_in(self, payout: Payout) -> CameBack | None:
        """What a payout says came back of this finding's money: for its months, or any where it names none."""
        if party_of(payout.issued.originator_id) not in self.parties:
            return None
        months = self.months
        lines = [line for line in payout.issued.lines if not months or line.for_month in months]
        if payout.cancellation is None:
            ref, fen = payout.issued.ref, -sum(line.amount_fen for line in lines if line.component == RECOVERY)
        else:
            ref = payout.cancellation
            fen = sum(line.amount_fen for line in lines if line.component != RECOVERY)
        return CameBack(ref, fen) if fen > 0 else None

    def open(
        self, step: Step, *, division: str, query: str, subject: str, case: str | None,
        found: Sequence[Found], inspection: str | None,
    ) -> FindingEvent | None:  # fmt: skip
        """The suspicion as found now: opened, found again, reopened; None where nothing of it is news.

        Raises:
            Refused: `finding.deadline` where it is opened or reopened without one, or with one that is past.
        """
        if self.opened is None:
            self._require_deadline(step)
            return self._event(
                FindingOpened, step, division=division, query=query, subject=subject, case=case,
                found=tuple(found), inspection=inspection,
            )  # fmt: skip
        news = self.news(found)
        if self.is_open:
            linked = inspection is None or inspection in self.inspections
            if linked and not news:
                return None
            # The deadline that was set stands: finding more must not put it off.
            again = msgspec.structs.replace(step, due_on=None)
            return self._event(FoundAgain, again, found=news, inspection=inspection)
        if not news:
            return None
        self._require_deadline(step)
        return self._event(FindingReopened, step, found=news, inspection=inspection)

    def reopen(self, step: Step) -> FindingReopened:
        """Reopened by somebody, with a reason and a deadline.

        Raises:
            Refused: `finding.wrong_step`, `finding.no_reason`, `finding.deadline`.
        """
        self._require(_ENDED, "reopened")
        self._require_reason(step, "reopening a finding")
        self._require_deadline(step)
        return self._event(FindingReopened, step)

    def confirm(self, step: Step, to_recover_fen: int) -> FindingConfirmed:
        """Ruled a breach; ruled again, the amount is the new one.

        Raises:
            Refused: `finding.wrong_step`, `finding.deadline`.
        """
        self._require(OPEN, "confirmed")
        return self._event(FindingConfirmed, step, to_recover_fen=to_recover_fen)

    def dismiss(self, step: Step) -> FindingDismissed:
        """Explained: no breach, or none after all.

        Raises:
            Refused: `finding.wrong_step` once rectification was ordered; `finding.no_reason`.
        """
        self._require((SUSPECTED, CONFIRMED), "dismissed")
        self._require_reason(step, "dismissing a suspicion")
        return self._event(FindingDismissed, step)

    def order(self, step: Step) -> RectificationOrdered:
        """Rectification ordered, or put off, or asked for again.

        Raises:
            Refused: `finding.wrong_step` before it is confirmed, `finding.deadline`.
        """
        self._require(_RULED, "ordered to be rectified")
        self._require_deadline(step)
        return self._event(RectificationOrdered, step)

    def report(self, step: Step) -> RectificationReported:
        """Rectification reported, with its papers.

        Raises:
            Refused: `finding.wrong_step` unless it was ordered; `finding.no_evidence`.
        """
        self._require((ORDERED,), "reported as rectified")
        self._require_evidence(step, "a report of rectification")
        return self._event(RectificationReported, step)

    def recover(self, step: Step, came_back: Sequence[CameBack], outside_fen: int = 0) -> Recovered:
        """Money came back: by this ledger's own events, and `outside_fen` some other way, with its papers.

        Raises:
            Refused: `finding.wrong_step`, `finding.linked_already`, `finding.nothing_back`, `finding.no_evidence`.
        """
        self._require(_RULED, "paid back")
        linked = {back.ref for back in self.came_back}
        for back in came_back:
            if back.ref in linked:
                raise self._refused("linked_already", f"{back.ref}, linked before", "each event once")
            linked.add(back.ref)
        amount_fen = sum(back.amount_fen for back in came_back) + outside_fen
        if amount_fen <= 0:
            raise self._refused(
                "nothing_back",
                "nothing that came back and is not linked",
                "a recovery or cancellation of its case and months, or --amount with --evidence",
            )
        if outside_fen:
            self._require_evidence(step, "money that came back outside the ledger")
        return self._event(Recovered, step, amount_fen=amount_fen, came_back=tuple(came_back))

    def close(self, step: Step, *, write_off: bool = False) -> FindingClosed:
        """Done with: rectification was reported, or all money that had to come back did.

        Raises:
            Refused: `finding.wrong_step`; `finding.not_recovered` where money is still out and is not written off;
                `finding.no_reason` for a write-off without one.
        """
        paid_back = bool(self.to_recover_fen) and not self.left_fen
        self._require(_RULED if paid_back else (REPORTED,), "closed")
        if self.left_fen and not write_off:
            raise self._refused(
                "not_recovered",
                f"{format_yuan(self.left_fen)} yuan still out",
                "all of it recorded as recovered, or --write-off with a reason",
            )
        if self.left_fen:
            self._require_reason(step, "a write-off")
        return self._event(FindingClosed, step, written_off_fen=self.left_fen)

    def _event(self, kind: type[Happened], step: Step, /, **fields: Any) -> Happened:
        if step.happened_on > step.today:
            raise self._refused("in_the_future", str(step.happened_on), f"a day up to {step.today}")
        if step.due_on is not None and step.due_on < step.happened_on:
            raise self._refused("deadline", f"{step.due_on}, past already", f"a day from {step.happened_on} on")
        return kind(
            originator_id=self.id, originator_version=self.version + 1, actor=step.origin.actor,
            command_id=step.origin.command_id, correlation=step.origin.correlation, happened_on=step.happened_on,
            due_on=step.due_on, evidence=step.evidence, note=step.note, **fields,
        )  # fmt: skip

    def _require(self, statuses: Sequence[str], what: str) -> None:
        self.require_known()
        if self.status not in statuses:
            raise self._refused("wrong_step", f"it is {self.status}", f"{' or '.join(statuses)}, to be {what}")

    def _require_deadline(self, step: Step) -> None:
        if step.due_on is None:
            raise self._refused("deadline", "none given", "--due DATE: until when it is to be done")

    def _require_reason(self, step: Step, what: str) -> None:
        if step.note is None:
            raise self._refused("no_reason", f"{what}, without a reason", "--text with the reason")

    def _require_evidence(self, step: Step, what: str) -> None:
        if not step.evidence:
            raise self._refused("no_evidence", f"{what}, without papers", "--evidence FILE, as often as needed")

    def _refused(self, slug: str, found: str, expected: str) -> Refused:
        return Refused(f"finding.{slug}", self.id, found=found, expected=expected)


def _by_month(found: Sequence[Found]) -> dict[Month | None, int]:
    """Per month the money named, once where several rows name the same payouts (two dead in one household)."""
    named: dict[tuple[Month | None, tuple[str, ...]], int] = {}
    for row in found:
        paid = tuple(ref for ref in row.because if ref.startswith("payout/")) or row.because
        named[row.month, paid] = max(row.amount_fen or 0, named.get((row.month, paid), 0))
    sums: dict[Month | None, int] = {}
    for (month, _), fen in named.items():
        sums[month] = sums.get(month, 0) + fen
    return sums


def party_of(ref: str) -> str:
    """Whose payout a payout's stream or reference names: `520203/C1`, or `relief/520203/R1`."""
    _, month, division, code, *_ = ref.split("/")
    return f"relief/{division}/{code}" if month == "relief" else cases.key(division, code)
