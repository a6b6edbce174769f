"""Runs a scenario on a fresh rehearsal ledger, through the real application, and says where it differs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date

import msgspec

from ledger.closing.order import programmes_of
from ledger.closing.returning import Named, record_returns, start_reissue
from ledger.closing.steps import advance
from ledger.errors import LedgerError, Refused
from ledger.explaining import explain as explain_case
from ledger.explaining import whole
from ledger.explaining_apart import Explanation
from ledger.intake.raw import FactsFile, RawFact, canonical
from ledger.intake.scenario_steps import (
    AuditStep,
    CloseStep,
    ExpectedCase,
    NamedPayout,
    RecordStep,
    ReissueStep,
    ReplayStep,
    ReturnsStep,
    Scenario,
    Step,
)
from ledger.recording import record
from ledger.replaying import due_as_known, replay
from ledger.values.mass import format_kg
from ledger.values.money import format_yuan
from ledger.values.month import Month
from projections import suspicions
from projections.audit_book import AuditBook
from projections.installation import Installation

Paid = Mapping[str, Mapping[str, int]]
"""Per case the sum of each component over its payees, in fen; cases without money may be missing."""


class Difference(msgspec.Struct, frozen=True):
    """Where a scenario and the ledger disagree: the file's line, what was expected, what came out."""

    line: int
    where: str
    expected: str
    got: str


class Reckoned(msgspec.Struct, frozen=True):
    """How a step came to a case's amount: each line with its arithmetic in words and figures."""

    line: int
    where: str
    amount_fen: int
    lines: tuple[str, ...]


class Result(msgspec.Struct, frozen=True):
    """A scenario that was run; no differences: the ledger does what it says.

    `reckoned` is filled where explanations were asked for: of the cases that differ, or of all where none does.
    """

    name: str
    title: str
    differences: tuple[Difference, ...]
    reckoned: tuple[Reckoned, ...] = ()


def run(scenario: Scenario, installation: Installation, *, explain: bool = False) -> Result:
    """Runs the steps in order; a step that fails unexpectedly ends the run with its error as the difference."""
    differences: list[Difference] = []
    reckoned: list[Reckoned] = []
    runner = _Runner(scenario, installation)
    for step in scenario.steps:
        try:
            found = list(runner.take(step))
        except LedgerError as error:
            if not _was_expected(step, error):
                differences.append(_failure(step, error))
                break
            continue
        if step.refused:
            found = [Difference(step.line, "the step", f"refused ({_code(step)})", "done")]
        differences += found
        if step.refused:
            break
        if explain and isinstance(step, CloseStep | ReplayStep):
            reckoned += runner.reckon(step)
    if differences:
        cases = {difference.where.split(",")[0] for difference in differences}
        reckoned = [r for r in reckoned if r.where.split(",")[0] in cases]
    return Result(scenario.name, scenario.title, tuple(differences), tuple(reckoned))


class _Runner:
    def __init__(self, scenario: Scenario, installation: Installation) -> None:
        self._scenario = scenario
        self._installation = installation
        self._ledger = installation.ledger
        self._today = date.min

    def take(self, step: Step) -> Iterator[Difference]:
        if step.on is not None:
            self._today = step.on
            self._ledger.set_rehearsal_day(step.on)
        division = step.division or self._scenario.division
        match step:
            case RecordStep():
                return self._record(step, division)
            case CloseStep():
                return self._close(step, division)
            case ReplayStep(known_on=None):
                return self._replay(step, division)
            case ReplayStep():
                return self._replay_as_known(step, division)
            case ReturnsStep():
                return self._returns(step, division)
            case ReissueStep():
                return self._reissue(step, division)
            case AuditStep():
                return self._audit(step)
        raise AssertionError(step)

    def reckon(self, step: CloseStep | ReplayStep) -> Iterator[Reckoned]:
        """How the amounts of the cases came about that a close or a replay names."""
        division = step.division or self._scenario.division
        for case, expected in step.expect.items():
            where = f"case {case}, {step.month}"
            if isinstance(step, ReplayStep) and step.known_on is not None:
                owed = due_as_known(self._ledger, division, step.month, step.known_on).get(case)
                if owed is not None:
                    yield Reckoned(expected.line, where, owed.total_fen, tuple(whole(owed)))
                continue
            try:
                found = explain_case(self._ledger, division, step.month, case)
            except LedgerError as error:
                yield Reckoned(expected.line, where, 0, (f"not explained: {error.code}, {error.found}",))
                continue
            yield Reckoned(expected.line, where, found.amount_fen, tuple(_worded(found)))

    def _record(self, step: RecordStep, division: str) -> Iterator[Difference]:
        content = b"\n".join(_identity(raw) for raw in step.facts)
        # A step is a file of its own even where it repeats another word for word.
        digest = hashlib.sha256(f"{self._scenario.name}:{step.line}\n".encode() + content).hexdigest()
        record(self._ledger, FactsFile(self._scenario.name, digest, list(step.facts)), division=division)
        return iter(())

    def _close(self, step: CloseStep, division: str) -> Iterator[Difference]:
        month = step.month
        programmes = programmes_of(self._ledger, division, month)
        batches = self._ledger.batches(division)
        if all((b := batches.get(p, {}).get(month)) and b.closed for p in programmes):
            raise Refused(
                "batch.closed", f"{division} {month}", found="a closed month", expected="a month still open"
            )
        desk, signers = self._installation.closing_desk(), self._installation.rehearsal_signers()
        for programme in programmes:
            advance(desk, division, month, programme, signers)
        self._installation.rolls.views.catch_up()
        paid = self._installation.rolls.payments.components(division, month)
        yield from _against(step.expect, paid, step.line, only=step.only)
        grain = self._installation.rolls.payments.grain(division, month)
        for case, expected in step.grain.items():
            if grain.get(case, 0) != expected.mass_g:
                yield Difference(
                    expected.line,
                    f"case {case}, grain (kg)",
                    format_kg(expected.mass_g),
                    format_kg(grain.get(case, 0)),
                )
        if step.only:
            for case in grain.keys() - step.grain.keys() if step.grain else ():
                yield Difference(step.line, f"case {case}, grain (kg)", "0", format_kg(grain[case]))
        yield from self._against_totals(step, division, month)

    def _returns(self, step: ReturnsStep, division: str) -> Iterator[Difference]:
        record_returns(self._ledger, division, [_named(payout) for payout in step.payouts])
        return iter(())

    def _reissue(self, step: ReissueStep, division: str) -> Iterator[Difference]:
        desk, signers = self._installation.closing_desk(), self._installation.rehearsal_signers()
        batch = start_reissue(desk, division, [_named(payout) for payout in step.payouts])
        advance(desk, division, batch.month, batch.programme, signers)
        return iter(())

    def _audit(self, step: AuditStep) -> Iterator[Difference]:
        """A query over all that is known, on the step's day; subjects are compared as a set."""
        book = AuditBook(self._ledger, self._ledger.events_log.end() + 1, self._today)
        rows = list(suspicions.run(suspicions.query_of(step.query), book))
        details = {row.subject: row.detail for row in rows}
        for subject in sorted(step.expect - details.keys()):
            yield Difference(step.expect_line, f"audit {step.query}, {subject}", "named", "not named")
        for subject in sorted(details.keys() - step.expect):
            yield Difference(step.expect_line, f"audit {step.query}, {subject}", "not named", details[subject])

    def _against_totals(self, step: CloseStep, division: str, month: Month) -> Iterator[Difference]:
        if step.totals is None:
            return
        payouts, amount_fen = self._installation.rolls.payments.totals(division, month)
        if step.totals.payouts not in (None, payouts):
            yield Difference(step.totals.line, "totals, payouts", str(step.totals.payouts), str(payouts))
        if step.totals.amount_fen not in (None, amount_fen):
            yield Difference(
                step.totals.line,
                "totals, amount",
                format_yuan(step.totals.amount_fen or 0),
                format_yuan(amount_fen),
            )

    def _replay(self, step: ReplayStep, division: str) -> Iterator[Difference]:
        batches = self._ledger.batches(division)
        closed = [months[step.month] for months in batches.values() if step.month in months]
        if not closed:
            raise Refused(
                "replay.not_closed", f"{division} {step.month}", found="an open month", expected="a closed month"
            )
        desk = self._installation.closing_desk()
        for batch in closed:
            for found in replay(self._ledger, batch, desk.folder(batch)).differences:
                yield Difference(step.line, f"replay of {step.month}, {found.where}", found.done, found.replayed)
        paid = self._installation.rolls.payments.components(division, step.month)
        yield from _against(step.expect, paid, step.line, only=step.only)

    def _replay_as_known(self, step: ReplayStep, division: str) -> Iterator[Difference]:
        assert step.known_on is not None
        known = due_as_known(self._ledger, division, step.month, step.known_on)
        due: dict[str, dict[str, int]] = {}
        for case, owed in known.items():
            for share in owed.shares():
                due.setdefault(case, {})[share.component] = share.amount_fen
        yield from _against(step.expect, due, step.line, only=step.only)


def _worded(found: Explanation) -> Iterator[str]:
    for line in found.lines:
        month = "" if line.for_month == found.month else f" for {line.for_month}"
        yield f"{line.component}{month} {format_yuan(line.amount_fen)}: {'; '.join(line.arithmetic)}"
    yield from found.notes


def _named(payout: NamedPayout) -> Named:
    return Named(payout.case, payout.month, payout.amount_fen, payout.reason)


def _against(expect: Mapping[str, ExpectedCase], paid: Paid, line: int, *, only: bool) -> Iterator[Difference]:
    for case, expected in expect.items():
        components = {name: fen for name, fen in paid.get(case, {}).items() if fen}
        yield from _against_case(case, expected, components)
    if only:
        for case in sorted(paid.keys() - expect.keys()):
            if total := sum(paid[case].values()):
                yield Difference(line, f"case {case}", "not named: 0.00", format_yuan(total))


def _against_case(case: str, expected: ExpectedCase, components: Mapping[str, int]) -> Iterator[Difference]:
    total = sum(components.values())
    shown = ", ".join(f"{name} {format_yuan(fen)}" for name, fen in components.items()) or "no lines"
    if expected.total_fen is not None and expected.total_fen != total:
        got = f"{format_yuan(total)} ({shown})"
        yield Difference(
            expected.line_of.get("total", expected.line),
            f"case {case}, total",
            format_yuan(expected.total_fen),
            got,
        )
    if expected.lines is None:
        return
    for name in sorted(expected.lines.keys() | components.keys()):
        wanted, got_fen = expected.lines.get(name, 0), components.get(name, 0)
        if wanted != got_fen:
            yield Difference(
                expected.line_of.get(name, expected.line),
                f"case {case}, {name}",
                format_yuan(wanted),
                format_yuan(got_fen),
            )


def _was_expected(step: Step, error: LedgerError) -> bool:
    return step.refused is True or step.refused == error.code


def _code(step: Step) -> str:
    return step.refused if isinstance(step.refused, str) else "any code"


def _failure(step: Step, error: LedgerError) -> Difference:
    expected = f"refused with {step.refused}" if step.refused else "done"
    return Difference(
        step.line, error.subject, expected, f"{error.code}: {error.found} (expected {error.expected})"
    )


def _identity(raw: RawFact) -> bytes:
    return canonical(raw) + str(raw.data.get("id")).encode()
