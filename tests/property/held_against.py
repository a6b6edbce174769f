"""Runs a history on a ledger and on the naive model side by side, up to the first place where they differ."""

from __future__ import annotations

import hashlib
import json
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import naive_facts as facts
import naive_model as naive
import naive_refusals as refusals
from histories import Step
from minimised import minimised
from naive_facts import COUNTY, Entry
from naive_model import Close

from ledger.closing.order import PROGRAMMES
from ledger.closing.returning import Named, record_returns, start_reissue, start_relief
from ledger.closing.steps import advance, freeze
from ledger.domain.batch import RELIEF
from ledger.domain.case import carer_of
from ledger.entitlement.due import Due
from ledger.entitlement.roll import CaseRoll, RollRow, earliest_month, roll_case
from ledger.entitlement.roll_lines import digest
from ledger.errors import Refused
from ledger.intake.raw import FactsFile, RawFact
from ledger.recording import record
from ledger.replaying import due_as_known, known, replay
from ledger.values.month import Month
from projections.installation import Installation
from projections.throw_away import ThrowAwayLedgers


class Differs(AssertionError):
    """The ledger and the model, or two ways of the ledger, disagree."""


@dataclass
class Tally:
    """What was run: steps, facts taken and refused, closes."""

    steps: int = 0
    facts: int = 0
    refused: int = 0
    closes: int = 0


@dataclass
class Run:
    """One history on one ledger."""

    installation: Installation
    entries: list[Entry] = field(default_factory=list)
    closed: list[Close] = field(default_factory=list)
    frozen: dict[int, int] = field(default_factory=dict)
    paid: dict[int, str] = field(default_factory=dict)
    back: set[tuple[str, int]] = field(default_factory=set)
    tally: Tally = field(default_factory=Tally)

    def take(self, step: Step) -> None:
        self.tally.steps += 1
        self.installation.ledger.set_rehearsal_day(step.day)
        if step.record:
            self._record(step)
        elif step.look is not None:
            self._incremental_equals_full(Month.parse(step.look))
        elif step.freeze is not None:
            self._freeze(step)
        elif step.close is not None:
            self._close(step)
        elif step.returned is not None:
            self._came_back(step.returned)
        elif step.reissued is not None:
            self._sent_again(step.reissued)
        elif step.at_once is not None:
            self._paid_at_once(step)

    def end(self) -> None:
        """After the last step: every closed month is replayed, and `due` is asked for as known on several days."""
        for close in self.closed:
            self._replays(close.month)
        days = sorted({entry.day for entry in self.entries})
        for day in days[:: max(1, len(days) // 4)]:
            for close in self.closed[-6:]:
                self._due_as_known(close.month, day)

    # Facts

    def _record(self, step: Step) -> None:
        ledger = self.installation.ledger
        raws = [RawFact("history", n, _raw(fact)) for n, fact in enumerate(step.record, 1)]
        content = json.dumps([len(self.entries), self.tally.steps, step.record], sort_keys=True).encode()
        file = FactsFile("history", hashlib.sha256(content).hexdigest(), raws)
        proposed = [*self.entries, *(Entry(step.day, fact) for fact in step.record)]
        try:
            record(ledger, file, division=COUNTY)
        except Refused as refused:
            self.tally.refused += 1
            self._may_refuse(step, refused, proposed)
            return
        self.tally.facts += len(step.record)
        self.entries = proposed
        self._must_stand(step)

    def _must_stand(self, step: Step) -> None:
        """What was taken breaks none of the rules for which the text says: refused."""
        k = facts.known(self.entries)
        if self._cancels_wrongly(step):
            raise Differs(f"{step.record} was taken: nothing came back that could be cancelled")
        around = facts.month(step.day)
        if twice := refusals.double_insured(k, range(around - 14, around + 4)):
            raise Differs(f"{step.record} was taken: insured in two cases in one month: {sorted(twice)[:3]}")
        if len(step.record) == 1 and step.record[0]["fact"] == "join" and self._has_ended(step):
            raise Differs(f"{step.record} was taken: the case has ended")
        if wrong := [case for case in facts.cases(k) if refusals.contradicted(k, case)]:
            raise Differs(f"{step.record} was taken: the decisions of {wrong} contradict each other")

    def _may_refuse(self, step: Step, refused: Refused, proposed: Sequence[Entry]) -> None:
        """Nobody else is there to be busy; a lone decision that contradicts nothing is not refused for it."""
        if refused.code == "record.busy":
            raise Differs(f"{step.record} found the ledger busy, where nobody else is")
        if len(step.record) != 1:
            return
        fact = step.record[0]
        if fact["fact"] == "payout_cancelled" and not self._cancels_wrongly(step):
            raise Differs(f"{fact} was refused ({refused.code}, {refused.found}): the payout came back")
        if refused.code == "case.ended" and not self._has_ended(step):
            raise Differs(f"{fact} was refused ({refused.found}): the case goes on")
        if refused.code != "case.contradiction":
            return
        k = facts.known(proposed)
        if fact["fact"] not in ("hold", "release", "suspend", "resume", "stop"):
            return
        if facts.enrolment(k, fact["case"]) and not refusals.contradicted(k, fact["case"]):
            raise Differs(f"{fact} was refused ({refused.found}) and contradicts nothing")

    def _has_ended(self, step: Step) -> bool:
        """Whether the case that a lone joining names had ended before it."""
        k = facts.known([entry for entry in self.entries if entry.fact is not step.record[0]])
        return refusals.ended(k, step.record[0]["case"], step.day)

    def _cancels_wrongly(self, step: Step) -> bool:
        """Whether a lone cancellation names a payout that is not back; several facts are judged by the amounts."""
        if len(step.record) != 1 or step.record[0]["fact"] != "payout_cancelled":
            return False
        fact = step.record[0]
        k = facts.known([entry for entry in self.entries if entry.fact is not fact])
        enrolled = facts.enrolment(k, fact["case"])
        if fact.get("payee") == "household" and enrolled is not None and enrolled[2]["programme"] == "tekun":
            return True
        return not self._is_back((fact["case"], facts.month(fact["month"])), k)

    # The bank

    def _is_back(self, payout: tuple[str, int], k: facts.Known) -> bool:
        return payout in self.back and payout[1] not in naive.cancelled(k, payout[0])

    def _came_back(self, named: tuple[str, str]) -> None:
        payout = named[0], facts.month(named[1])
        k = facts.known(self.entries)
        closed = [c.lines for c in self.closed if c.month == payout[1]]
        booked = [of for lines in closed for p, of in lines.items() if p.partition("/")[0] == payout[0]]
        went_out = any(sum(lines.values()) > 0 for lines in booked)
        legal = went_out and payout not in self.back and payout[1] not in naive.cancelled(k, payout[0])
        try:
            record_returns(self.installation.ledger, COUNTY, [Named(named[0], Month.parse(named[1]))])
        except Refused as refused:
            self._refused(legal, f"the return of {named} was refused: {refused.code}, {refused.found}")
            return
        if not legal:
            raise Differs(f"{named} came back, but no payout of it is out")
        self.back.add(payout)

    def _sent_again(self, named: tuple[str, str]) -> None:
        payout = named[0], facts.month(named[1])
        k = facts.known(self.entries)
        legal = self._is_back(payout, k) and not facts.held(k, payout[0])
        desk, signers = self.installation.closing_desk(), self.installation.rehearsal_signers()
        try:
            batch = start_reissue(desk, COUNTY, [Named(named[0], Month.parse(named[1]))])
            advance(desk, COUNTY, batch.month, batch.programme, signers)
        except Refused as refused:
            self._refused(legal, f"the re-issue of {named} was refused: {refused.code}, {refused.found}")
            return
        if not legal:
            raise Differs(f"{named} was sent again, but it is not back, or held")
        self.back.discard(payout)

    def _paid_at_once(self, step: Step) -> None:
        """Legal for a relief that stands, was not paid, and is in no roll that is frozen and not closed."""
        code = step.at_once or ""
        k = facts.known(self.entries)
        done = {close.month for close in self.closed}
        frozen = (
            naive.reliefs(facts.known(self.entries[:place]), number, self.closed)
            for number, place in self.frozen.items()
            if number not in done
        )
        unpaid = not any(code in close.lines for close in self.closed) and not k.of(naive.AT_ONCE, relief=code)
        legal = bool(k.of("relief", relief=code)) and unpaid and not any(code in rolls for rolls in frozen)
        desk, signers = self.installation.closing_desk(), self.installation.rehearsal_signers()
        try:
            batch = start_relief(desk, COUNTY, code)
            advance(desk, COUNTY, batch.month, batch.programme, signers)
        except Refused as refused:
            self._refused(legal, f"{code} at once was refused: {refused.code}, {refused.found}")
            return
        if not legal:
            raise Differs(f"{code} was paid at once, but is unknown, paid or in a frozen roll")
        self.entries.append(Entry(step.day, {"fact": naive.AT_ONCE, "relief": code}))

    def _refused(self, legal: bool, message: str) -> None:
        self.tally.refused += 1
        if legal:
            raise Differs(message)

    # Closes

    def _freeze(self, step: Step) -> None:
        month, desk = Month.parse(step.freeze or ""), self.installation.closing_desk()
        try:
            for programme in PROGRAMMES:
                freeze(desk, COUNTY, month, programme)
        except Refused:
            return
        self.frozen[month.ordinal] = len(self.entries)

    def _close(self, step: Step) -> None:
        month, number = Month.parse(step.close or ""), facts.month(step.close or "")
        installation = self.installation
        waiting = self.frozen.keys() - {close.month for close in self.closed} - {number}
        expected_refusal = bool(waiting) or (bool(self.closed) and number != self.closed[-1].month + 1)
        if number in self.frozen and self._voided_since(self.frozen[number]):
            self._freeze(Step(step.day, freeze=step.close))  # else refused: tests/test_voided_since.py
        frozen_at = self.frozen.get(number)
        if not expected_refusal and frozen_at is None:
            self._incremental_equals_full(month)
        desk, signers = installation.closing_desk(), installation.rehearsal_signers()
        try:
            for programme in PROGRAMMES:
                advance(desk, COUNTY, month, programme, signers)
        except Refused as refused:
            self.tally.refused += 1
            if not expected_refusal and facts.first_day(number - 1) <= step.day:
                raise Differs(f"closing {month} was refused: {refused.code}, {refused.found}") from refused
            return
        if expected_refusal:
            raise Differs(f"{month} was closed, out of order")
        self.tally.closes += 1
        place = len(self.entries) if frozen_at is None else frozen_at
        self.entries.insert(place, Entry(step.day, close=number))
        installation.rolls.views.catch_up()
        self._as_the_model_says(place, number)
        self._books_add_up(place, number)
        self._closed_months_stand(number)

    def _voided_since(self, place: int) -> bool:
        """Whether an enrolment or a relief that was known then has been voided."""
        paid = {e.fact["id"] for e in self.entries[:place] if e.fact and e.fact["fact"] in ("enrol", "relief")}
        voids = (e.fact["of"] for e in self.entries[place:] if e.fact and e.fact["fact"] == "void")
        return any(of in paid for of in voids)

    def _as_the_model_says(self, place: int, number: int) -> None:
        expected = naive.close(self.entries[:place], number, self.closed)
        self.closed.append(expected)
        got: dict[str, naive.Lines] = {}
        for case_id, payee, component, for_month, fen in self._rows(
            "SELECT case_id, payee, component, for_month, amount_fen FROM payment_line WHERE month = %s "
            "AND programme NOT LIKE 'relief-%%'",
            number,
        ):
            case = _named(case_id, payee)
            key = component, facts.month(for_month)
            if key in got.setdefault(case, {}):
                raise Differs(f"close of {facts.month_text(number)}: {case} has two lines {component} {for_month}")
            got[case][key] = fen
        grain = self.installation.rolls.payments.grain(COUNTY, _text(number))
        if got != expected.lines or grain != expected.grain:
            raise Differs(
                f"close of {facts.month_text(number)}:\n  ledger {shown(got)} {grain}\n"
                f"  model  {shown(expected.lines)} {expected.grain}"
            )

    def _books_add_up(self, place: int, number: int) -> None:
        """What a case not held was booked for a month is what is due, or more: then the rest is a debt."""
        payouts = self._rows("SELECT case_id, payee, amount_fen, insured FROM payment WHERE month = %s", number)
        if len({(case, payee) for case, payee, _, _ in payouts}) != len(payouts):
            raise Differs(f"close of {facts.month_text(number)}: a payee has two payouts")
        if negative := [case for case, _, fen, _ in payouts if fen < 0]:
            raise Differs(f"close of {facts.month_text(number)}: {negative} would be paid less than nothing")
        k = facts.known(self.entries[:place])
        for case in facts.cases(k):
            if facts.held(k, case):
                continue
            since = max(facts.first_month(k, case), naive.opening(k, naive.programme(k, case)))
            for m in range(since, number + 1):
                owed = sum(naive.due(k, case, m).values())
                got = naive.counts_as_paid(k, self.closed, case, m)
                if got < owed:
                    raise Differs(f"{case} was paid {got} for {facts.month_text(m)}, less than due")

    def _closed_months_stand(self, number: int) -> None:
        for close in self.closed:
            lines = self._rows(
                "SELECT case_id, payee, component, for_month, amount_fen FROM payment_line WHERE month = %s "
                "AND programme NOT LIKE 'relief-%%' ORDER BY 1, 2, 3, 4", close.month,
            )  # fmt: skip
            found = hashlib.sha256(repr(lines).encode()).hexdigest()
            if self.paid.setdefault(close.month, found) != found:
                raise Differs(f"closing {facts.month_text(number)} changed {facts.month_text(close.month)}")

    def _replays(self, number: int) -> None:
        desk = self.installation.closing_desk()
        for months in self.installation.ledger.batches(COUNTY).values():
            if (batch := months.get(_text(number))) is not None:
                for found in replay(self.installation.ledger, batch, desk.folder(batch)).differences:
                    raise Differs(f"replay of {batch.id}: {found}")

    def _incremental_equals_full(self, month: Month) -> None:
        """The roll that settles only touched months is the roll that settles all of them, from the events.

        Reliefs are paid once and settle nothing.
        """
        for programme in (p for p in PROGRAMMES if p != RELIEF):
            roll = self.installation.rolls.roll(COUNTY, programme, month)
            then = known(self.installation.ledger, COUNTY, roll.read_at + 1)
            parts: list[CaseRoll] = []
            for code, household in sorted(then.households.items()):
                if household.case.programme == programme:
                    booked = then.booked.get(code, {})
                    since = min(month, earliest_month(household, then.rules, booked))
                    parts.append(roll_case(household, then.rules, month, booked, since))
            rows = [row for part in parts for row in part.rows]
            grain = [part.grain for part in parts if part.grain is not None]
            if roll.digest != digest(rows, grain):
                both = f"incremental {_listed(roll.rows)}\n  full        {_listed(rows)}"
                raise Differs(f"roll of {month}, {programme}:\n  {both}")

    def _due_as_known(self, number: int, day: Any) -> None:
        entries = facts.known_on(self.entries, day)
        k = facts.known(entries)
        ledger = due_as_known(self.installation.ledger, COUNTY, _text(number), day)
        got = {case: _by_component(due) for case, due in ledger.items()}
        expected = {case: naive.due(k, case, number) for case in facts.cases(k)}
        if got != expected:
            raise Differs(
                f"due of {facts.month_text(number)} as known on {day}:\n  ledger {got}\n  model  {expected}"
            )

    def _rows(self, query: str, value: object) -> list[tuple[Any, ...]]:
        parameter = facts.month_text(value) if isinstance(value, int) else value
        with self.installation.ledger.datastore.get_connection() as conn:
            return [tuple(row.values()) for row in conn.execute(query, (parameter,)).fetchall()]


def difference(steps: Sequence[Step], ledgers: ThrowAwayLedgers, tally: Tally | None = None) -> str | None:
    """What a history on a fresh ledger differs in, None where it does not."""
    with ledgers.fresh(COUNTY) as installation:
        try:
            run(steps, installation, tally)
        except Differs as differs:
            return str(differs)
    return None


def shortest(steps: Sequence[Step], found: str, ledgers: ThrowAwayLedgers) -> list[Step]:
    """The shortest history found that differs in the same kind of thing."""
    kind = found.split(maxsplit=1)[0]
    return minimised(steps, lambda part: (difference(part, ledgers) or " ").split()[:1] == [kind])


def run(steps: Sequence[Step], installation: Installation, tally: Tally | None = None) -> None:
    """Runs a history to its end, counting in `tally`.

    Raises:
        Differs: at the first disagreement, or where the ledger fails with anything but a refusal.
    """
    going = Run(installation, tally=tally or Tally())
    try:
        for step in steps:
            going.take(step)
        going.end()
    except Differs:
        raise
    except Exception as error:
        raise Differs("".join(traceback.format_exception(error))) from error


def shown(lines: dict[str, naive.Lines]) -> str:
    return "; ".join(
        f"{case}: " + ", ".join(f"{c} {facts.month_text(m)} {fen}" for (c, m), fen in sorted(of_case.items()))
        for case, of_case in sorted(lines.items())
    )


def _named(case: str, payee: str) -> str:
    """The model's name of a payee; `?` is a carer of whom only an account is known."""
    role, _, carer = payee.partition(":")
    known = "?" if carer == carer_of(COUNTY, case) else carer
    return f"{case}/carer:{known}" if role == "carer" else case


def _by_component(due: Due) -> dict[str, int]:
    found: dict[str, int] = {}
    for share in due.shares():
        found[share.component] = found.get(share.component, 0) + share.amount_fen
    return found


def _listed(rows: Sequence[RollRow]) -> dict[str, list[tuple[str, str, int]]]:
    return {row.case: [(n.component, n.for_month.text, n.amount_fen) for n in row.lines] for row in rows}


def _raw(value: Any) -> Any:
    """As a reader gives it: numbers are text, unquoted ones marked."""
    from ledger.intake.raw import Number

    if isinstance(value, dict):
        return {key: _raw(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_raw(inner) for inner in value]
    return Number(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _text(number: int) -> Month:
    return Month.parse(facts.month_text(number))
