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
from ledger.domain.case import stream as case_stream
from ledger.domain.case_file import CaseFile
from ledger.domain.payout import HOUSEHOLD, GrainAllocated, PayoutIssued
from ledger.domain.payout import stream as payout_stream
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
    erased: tuple[str, ...] = ()
    """Cases with a person whose data were erased: what they were issued is taken as it stands, since it cannot be
    computed again. The roll's digest still proves it; the bundle's files cannot be written again, and those on
    disk are compared with the signed digests instead."""


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
            _count(booked.setdefault(payout.case, {}), payout)
    return Known(households, booked, ledger.rule_book(division, before=before), events)


def known_case(ledger: Ledger, division: str, code: str, before: int) -> Known:
    """The same for one case alone.

    Raises:
        Refused: `case.unknown`.
    """
    file = CaseFile(division, code)
    events = list(ledger.events_log.streams([case_stream(division, code)], before=before))
    for recorded in events:
        file = file.after(recorded)
    if not file.known:
        raise Refused(
            "case.unknown",
            f"case {code} of division {division}",
            found="no enrolment" if before > ledger.events_log.end() else "no enrolment known then",
            expected="a case that was enrolled",
        )
    persons = {join.person: PersonFile(join.person) for join in file.joins}
    for recorded in ledger.events_log.streams(map(person.stream, persons), before=before):
        events.append(recorded)
        name = recorded.event.originator_id.removeprefix("person/")
        persons[name] = persons[name].after(recorded)
    streams = [
        payout_stream(month, division, code, HOUSEHOLD) for month in _months_with_payouts(ledger, division, before)
    ]
    paid: dict[str, dict[Month, int]] = {}
    for recorded in ledger.events_log.streams(streams, before=before):
        events.append(recorded)
        if isinstance(recorded.event, PayoutIssued):
            _count(paid, recorded.event)
    rules = ledger.rule_book(division, before=before)
    return Known({code: Household(file, persons)}, {code: paid}, rules, len(events))


def replay(ledger: Ledger, batch: Batch, bundle: Path) -> Replay:
    """Rebuilds a closed batch as known at its freeze and compares it with payouts, grain and files.

    Raises:
        Refused: `replay.not_closed`.
    """
    frozen, frozen_at = batch.frozen, batch.frozen_at
    if batch.closed is None or frozen is None or frozen_at is None:
        raise Refused("replay.not_closed", batch.id, found="an open batch", expected="a month that was closed")
    then = known(ledger, batch.division, frozen_at)
    issued = _Issued.by(ledger, batch)
    erased = _erased(then, batch, issued)
    rows, grain = _roll(then, batch.programme, batch.month)
    rows += [_row(payout) for (case, _), payout in issued.payouts.items() if case in erased]
    grain += [_grain_row(allotted) for case, allotted in issued.grain.items() if case in erased]
    differences = [*_against_payouts(issued, rows), *_against_grain(issued, grain)]
    found = digest(rows, grain)
    if found != frozen.roll_digest:
        differences.append(Difference("the roll's digest", found, frozen.roll_digest))
    files: tuple[str, ...] = ()
    issuer = Issuer.of(batch)
    if issuer is not None and batch.sums is not None:
        if erased:
            differences += _as_signed(batch.sums, bundle)
        else:
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
        erased=erased,
    )


def due_as_known(ledger: Ledger, division: str, month: Month, known_on: date) -> dict[str, Due]:
    """What each case was due for a month by what was known at the end of a day: no arrears, whatever was paid."""
    by_programme = due_by_programme(ledger, division, month, known_on)
    return {code: owed for cases in by_programme.values() for code, owed in cases.items()}


def due_by_programme(ledger: Ledger, division: str, month: Month, known_on: date) -> dict[str, dict[str, Due]]:
    """The same, each programme's cases apart, in the order of their codes."""
    before = ledger.events_log.end_by(end_of_day(known_on)) + 1
    then = known(ledger, division, before)
    found: dict[str, dict[str, Due]] = {}
    for code, household in sorted(then.households.items()):
        found.setdefault(household.case.programme, {})[code] = due(household, then.rules, month)
    return found


def _count(paid: dict[str, dict[Month, int]], payout: PayoutIssued) -> None:
    months = paid.setdefault(payout.payee, {})
    for line in payout.lines:
        months[line.for_month] = months.get(line.for_month, 0) + line.amount_fen


def _roll(then: Known, programme: str, month: Month) -> tuple[list[RollRow], list[GrainRow]]:
    rows: list[RollRow] = []
    grain: list[GrainRow] = []
    for code, household in sorted(then.households.items()):
        if household.case.programme != programme or household.erased:
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


class _Issued(msgspec.Struct, frozen=True):
    """What a close issued: payouts by case and payee, grain by case."""

    payouts: Mapping[tuple[str, str], PayoutIssued]
    grain: Mapping[str, GrainAllocated]

    @classmethod
    def by(cls, ledger: Ledger, batch: Batch) -> _Issued:
        payouts = {
            (p.case, p.payee): p
            for p in _payouts(ledger, batch.division, batch.month)
            if p.programme == batch.programme
        }
        grain: dict[str, GrainAllocated] = {}
        if batch.closed is not None and batch.closed.totals.grain_cases:
            for recorded in ledger.events_log.below(f"grain/{batch.month}/{batch.division}/"):
                if isinstance(recorded.event, GrainAllocated):
                    grain[recorded.event.case] = recorded.event
        return cls(payouts, grain)


def _erased(then: Known, batch: Batch, issued: _Issued) -> tuple[str, ...]:
    """The batch's cases with erased data that were issued something or had not ended before the month."""
    touched = {case for case, _ in issued.payouts} | set(issued.grain)
    return tuple(
        code
        for code, household in sorted(then.households.items())
        if household.erased
        and household.case.programme == batch.programme
        and (code in touched or (household.case.last_month() or batch.month) >= batch.month)
    )


def _row(payout: PayoutIssued) -> RollRow:
    lines = tuple(RollLine(line.component, line.for_month, line.amount_fen) for line in payout.lines)
    return RollRow(payout.case, payout.payee, payout.person, payout.account, payout.insured, lines)


def _grain_row(allotted: GrainAllocated) -> GrainRow:
    return GrainRow(allotted.case, allotted.insured, allotted.mass_g)


def _against_payouts(issued: _Issued, rows: Iterable[RollRow]) -> Iterator[Difference]:
    left = dict(issued.payouts)
    for row in rows:
        payout = left.pop((row.case, row.payee), None)
        mine = [(line.component, line.for_month.text, line.amount_fen) for line in row.lines]
        theirs = [(n.component, n.for_month.text, n.amount_fen) for n in payout.lines] if payout else []
        if payout is None or mine != theirs or (row.account, row.person) != (payout.account, payout.person):
            yield Difference(f"case {row.case}, {row.payee}", _shown(mine), _shown(theirs))
    for payout in left.values():
        yield Difference(f"case {payout.case}, {payout.payee}", "nothing", format_yuan(payout.amount_fen))


def _against_grain(issued: _Issued, grain: Iterable[GrainRow]) -> Iterator[Difference]:
    left = dict(issued.grain)
    for row in grain:
        allotted = left.pop(row.case, None)
        if allotted is None or allotted.mass_g != row.mass_g:
            yield Difference(f"case {row.case}, grain", f"{row.mass_g} g", "another mass, or none")
    for allotted in left.values():
        yield Difference(f"case {allotted.case}, grain", "nothing", f"{allotted.mass_g} g")


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
    households = [then.households[code] for code in sorted(cases)]
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


def _as_signed(sums: str, bundle: Path) -> Iterator[Difference]:
    for name, signed in read_digest_list(sums.encode()).items():
        path = bundle / name
        on_disk = sha256(path.read_bytes()) if path.is_file() else "no such file"
        if on_disk != signed:
            yield Difference(str(path), f"{signed}, signed", on_disk)


def _shown(lines: list[tuple[str, str, int]]) -> str:
    return ", ".join(f"{component} {month} {format_yuan(fen)}" for component, month, fen in lines) or "nothing"
