"""Replaying a month: the events folded as they were known, no view in between, compared with what was done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

import msgspec

from ledger.application import Ledger
from ledger.bundling import Issuer, contents
from ledger.changes import Booked as Booking
from ledger.changes import Since
from ledger.domain import person
from ledger.domain.batch import Batch
from ledger.domain.case_file import CaseFile
from ledger.domain.payout import GrainAllocated, PayoutIssued
from ledger.domain.person import PersonFile
from ledger.entitlement.dibao import Due, due
from ledger.entitlement.household import Household
from ledger.entitlement.roll import GrainRow, RollLine, RollRow, digest, earliest_month, roll_case
from ledger.entitlement.rule_book import RuleBook
from ledger.errors import Refused
from ledger.payfile.digest_list import read_digest_list, sha256
from ledger.payfile.render import render
from ledger.values.money import format_yuan
from ledger.values.month import Month, end_of_day


class Difference(msgspec.Struct, frozen=True):
    """Where the replay and what was done disagree: a case's payee or a file, what was found on either side."""

    where: str
    replayed: str
    done: str


class Replay(msgspec.Struct, frozen=True):
    """A replayed batch: what was counted, and every difference (none: history and books agree)."""

    programme: str
    payouts: int
    amount_fen: int
    grain_g: int
    events: int
    files: tuple[str, ...]
    """The bundle's files that were written again and compared byte by byte."""
    differences: tuple[Difference, ...]


class Known(msgspec.Struct, frozen=True):
    """What was known of a division before a log position, folded from the events alone."""

    households: Mapping[str, Household]
    booked: Mapping[str, Mapping[str, Mapping[Month, int]]]
    """Per case, payee and month what counts as paid."""
    rules: RuleBook
    events: int


def known(ledger: Ledger, division: str, before: int) -> Known:
    """Folds a division's cases, their persons, policy and payouts as they were before a log position."""
    cases: dict[str, CaseFile] = {}
    events = 0
    for recorded in ledger.events_log.below(f"case/{division}/", before=before):
        events += 1
        code = recorded.event.originator_id.rpartition("/")[2]
        cases[code] = (cases.get(code) or CaseFile(division, code)).after(recorded)
    persons: dict[str, PersonFile] = {}
    codes = {join.person for file in cases.values() for join in file.joins}
    for recorded in ledger.events_log.streams(map(person.stream, codes), before=before):
        events += 1
        code = recorded.event.originator_id.removeprefix("person/")
        persons[code] = (persons.get(code) or PersonFile(code)).after(recorded)
    households = {
        code: Household(file, {j.person: persons[j.person] for j in file.joins if j.person in persons})
        for code, file in cases.items()
        if file.known
    }
    booked: dict[str, dict[str, dict[Month, int]]] = {}
    for month in _months_with_payouts(ledger, division, before):
        for payout in _payouts(ledger, division, month, before):
            events += 1
            paid = booked.setdefault(payout.case, {}).setdefault(payout.payee, {})
            for line in payout.lines:
                paid[line.for_month] = paid.get(line.for_month, 0) + line.amount_fen
    return Known(households, booked, ledger.rule_book(division, before=before), events)


def replay(ledger: Ledger, batch: Batch, bundle: Path) -> Replay:
    """Rebuilds a closed batch as known at its freeze and compares it with payouts, grain and files.

    Raises:
        Refused: `replay.not_closed`.
    """
    frozen, frozen_at = batch.frozen, batch.frozen_at
    if batch.closed is None or frozen is None or frozen_at is None:
        raise Refused("replay.not_closed", batch.id, found="an open batch", expected="a month that was closed")
    then = known(ledger, batch.division, frozen_at)
    rows, grain = _roll(then, batch.programme, batch.month)
    differences = [*_against_payouts(ledger, batch, rows), *_against_grain(ledger, batch, grain)]
    found = digest(rows, grain)
    if found != frozen.roll_digest:
        differences.append(Difference("the roll's digest", found, frozen.roll_digest))
    files: tuple[str, ...] = ()
    issuer = Issuer.of(batch)
    if issuer is not None and batch.sums is not None:
        rendered = _bundle(ledger, batch, then, rows, grain, issuer)
        files = tuple(sorted(rendered))
        differences += _against_files(rendered, batch.sums, bundle)
    return Replay(
        programme=batch.programme,
        payouts=sum(1 for row in rows if row.amount_fen),
        amount_fen=sum(row.amount_fen for row in rows),
        grain_g=sum(row.mass_g for row in grain),
        events=then.events,
        files=files,
        differences=tuple(differences),
    )


def due_as_known(ledger: Ledger, division: str, month: Month, known_on: date) -> dict[str, Due]:
    """What each case was due for a month by what was known at the end of a day: no arrears, whatever was paid."""
    before = ledger.events_log.end_by(end_of_day(known_on)) + 1
    then = known(ledger, division, before)
    return {code: due(household, then.rules, month) for code, household in then.households.items()}


def _roll(then: Known, programme: str, month: Month) -> tuple[list[RollRow], list[GrainRow]]:
    rows: list[RollRow] = []
    grain: list[GrainRow] = []
    for code, household in sorted(then.households.items()):
        if household.case.programme != programme:
            continue
        booked = then.booked.get(code, {})
        since = min(month, earliest_month(household, then.rules, booked))
        part = roll_case(household, then.rules, month, booked, since)
        rows += part.rows
        if part.grain is not None:
            grain.append(part.grain)
    return rows, grain


def _months_with_payouts(ledger: Ledger, division: str, before: int) -> list[Month]:
    batches = ledger.batches(division, before=before).values()
    return sorted({month for months in batches for month, batch in months.items() if batch.closed})


def _payouts(ledger: Ledger, division: str, month: Month, before: int | None = None) -> Iterator[PayoutIssued]:
    for recorded in ledger.events_log.below(f"payout/{month}/{division}/", before=before):
        if isinstance(recorded.event, PayoutIssued):
            yield recorded.event


def _against_payouts(ledger: Ledger, batch: Batch, rows: Iterable[RollRow]) -> Iterator[Difference]:
    issued = {
        (p.case, p.payee): p
        for p in _payouts(ledger, batch.division, batch.month)
        if p.programme == batch.programme
    }
    for row in rows:
        payout = issued.pop((row.case, row.payee), None)
        mine = [(line.component, line.for_month.text, line.amount_fen) for line in row.lines]
        theirs = [(n.component, n.for_month.text, n.amount_fen) for n in payout.lines] if payout else []
        if payout is None or mine != theirs or (row.account, row.person) != (payout.account, payout.person):
            yield Difference(f"case {row.case}, {row.payee}", _shown(mine), _shown(theirs))
    for payout in issued.values():
        yield Difference(f"case {payout.case}, {payout.payee}", "nothing", format_yuan(payout.amount_fen))


def _against_grain(ledger: Ledger, batch: Batch, grain: Iterable[GrainRow]) -> Iterator[Difference]:
    if not (batch.closed and (batch.closed.totals.grain_cases or list(grain))):
        return
    allotted = {
        r.event.case: r.event.mass_g
        for r in ledger.events_log.below(f"grain/{batch.month}/{batch.division}/")
        if isinstance(r.event, GrainAllocated)
    }
    for row in grain:
        if allotted.pop(row.case, None) != row.mass_g:
            yield Difference(f"case {row.case}, grain", f"{row.mass_g} g", "another mass, or none")
    for case, mass_g in allotted.items():
        yield Difference(f"case {case}, grain", "nothing", f"{mass_g} g")


def _bundle(
    ledger: Ledger, batch: Batch, then: Known, rows: list[RollRow], grain: list[GrainRow], issuer: Issuer
) -> dict[str, bytes]:
    closes = then.rules.closed(batch.programme)
    since = Since(max(closes), closes[max(closes)]) if closes else Since(None, 0)
    before: dict[tuple[str, str], Booking] = {}
    if since.month is not None:
        for payout in _payouts(ledger, batch.division, since.month, batch.frozen_at):
            if payout.programme == batch.programme:
                lines = [RollLine(n.component, n.for_month, n.amount_fen) for n in payout.lines]
                before[payout.case, payout.payee] = Booking.of(lines, payout.account)
    cases = {row.case for row in rows} | {row.case for row in grain} | {case for case, _ in before}
    # A case paid by the last close may be none any more: its enrolment was voided between that freeze and close.
    households = [then.households[code] for code in sorted(cases & then.households.keys())]
    return render(contents(batch, rows, grain, households, before, then.rules, since, issuer))


def _against_files(rendered: Mapping[str, bytes], sums: str, bundle: Path) -> Iterator[Difference]:
    signed = read_digest_list(sums.encode())
    for name, data in rendered.items():
        if name in signed and sha256(data) != signed[name]:
            yield Difference(name, sha256(data), f"{signed[name]}, signed")
        path = bundle / name
        on_disk = path.read_bytes() if path.is_file() else None
        if on_disk != data:
            yield Difference(str(path), f"{len(data)} bytes", "no such file" if on_disk is None else "other bytes")


def _shown(lines: list[tuple[str, str, int]]) -> str:
    return ", ".join(f"{component} {month} {format_yuan(fen)}" for component, month, fen in lines) or "nothing"
