"""Replaying a month: the events folded as they were known, no view in between, compared with what was done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import msgspec

from ledger.application import Ledger
from ledger.closing.apart import apart, persons_of
from ledger.closing.bundling import Before, Issuer, contents
from ledger.closing.changes import Booked as Booking
from ledger.closing.changes import Since
from ledger.closing.issuing import Issued, folded, issued_by, payouts_of_month, row_of
from ledger.closing.parties import Party
from ledger.domain.batch import Batch
from ledger.domain.case import stream as case_stream
from ledger.domain.case_file import CaseFile
from ledger.domain.payout import Payout
from ledger.entitlement.due import Due
from ledger.entitlement.entitled import due
from ledger.entitlement.household import Household
from ledger.entitlement.roll import GrainRow, RollRow, earliest_month, roll_case
from ledger.entitlement.roll_lines import digest
from ledger.entitlement.rule_book import RuleBook
from ledger.errors import Refused
from ledger.payfile.comparison import Comparison
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
    persons = persons_of(ledger, {code for file in cases.values() for code in file.people()}, before)
    events += sum(file.version for file in persons.values())
    households = {
        code: Household(file, {name: persons[name] for name in file.people()})
        for code, file in cases.items()
        if file.known
    }
    booked: dict[str, dict[str, dict[Month, int]]] = {}
    for month in _months_with_payouts(ledger, division, before):
        for payout in payouts_of_month(ledger, division, month, before):
            events += payout.version
            _count(booked.setdefault(payout.issued.case, {}), payout)
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
    persons = persons_of(ledger, file.people(), before)
    paid: dict[str, dict[Month, int]] = {}
    read = len(events) + sum(known.version for known in persons.values())
    for month in _months_with_payouts(ledger, division, before):
        for payout in folded(ledger.events_log.below(f"payout/{month}/{division}/{code}/", before=before)):
            read += payout.version
            _count(paid, payout)
    rules = ledger.rule_book(division, before=before)
    return Known({code: Household(file, persons)}, {code: paid}, rules, read)


def replay(ledger: Ledger, batch: Batch, bundle: Path) -> Replay:
    """Rebuilds a closed batch as known at its freeze and compares it with payouts, grain and files.

    Raises:
        Refused: `replay.not_closed`.
    """
    frozen, frozen_at = batch.frozen, batch.frozen_at
    if batch.closed is None or frozen is None or frozen_at is None:
        raise Refused("replay.not_closed", batch.id, found="an open batch", expected="a month that was closed")
    issued = issued_by(ledger, batch)
    then = _computed(ledger, batch, issued, frozen_at)
    differences = [*_against_payouts(issued, then.rows), *_against_grain(issued, then.grain)]
    found = digest(then.rows, then.grain)
    if found != frozen.roll_digest:
        differences.append(Difference("the roll's digest", found, frozen.roll_digest))
    files: tuple[str, ...] = ()
    issuer = Issuer.of(batch)
    if issuer is not None and batch.sums is not None:
        if then.erased:
            differences += _as_signed(batch.sums, bundle)
        else:
            again = Comparison(bundle)
            render(contents(batch, then.rows, then.grain, then.parties, then.before, issuer), again.put)
            files = tuple(sorted(again.rendered))
            differences += _against_files(again, batch.sums, bundle)
    return Replay(
        programme=batch.programme,
        payouts=sum(1 for row in then.rows if row.amount_fen),
        amount_fen=sum(row.amount_fen for row in then.rows),
        grain_g=sum(row.mass_g for row in then.grain),
        events=then.events,
        files=files,
        differences=tuple(differences),
        erased=then.erased,
    )


class _Computed(msgspec.Struct, frozen=True):
    """A batch's roll as the events give it, with what its bundle speaks of."""

    rows: Sequence[RollRow]
    grain: Sequence[GrainRow]
    parties: Iterable[Party]
    before: Before | None
    erased: tuple[str, ...]
    events: int


def _computed(ledger: Ledger, batch: Batch, issued: Issued, frozen_at: int) -> _Computed:
    if batch.relief or batch.reissue:
        found = apart(ledger, batch, frozen_at)
        return _Computed(found.rows, (), found.parties, None, (), found.events)
    then = known(ledger, batch.division, frozen_at)
    erased = _erased(then, batch, issued)
    rows, grain = _roll(then, batch.programme, batch.month)
    rows += [row for row in issued.rows.values() if row.case in erased]
    grain += [row for row in issued.grain.values() if row.case in erased]
    before = _before(ledger, batch, then)
    cases = {row.case for row in rows} | {row.case for row in grain} | {case for case, _ in before.booked}
    # A case paid by the last close may be none any more: its enrolment was voided between that freeze and close.
    parties = [Party.of(then.households[code]) for code in sorted(cases & then.households.keys())]
    return _Computed(rows, grain, parties, before, erased, then.events)


def _before(ledger: Ledger, batch: Batch, then: Known) -> Before:
    closes = then.rules.closed(batch.programme)
    if not closes:
        return Before({}, Since(None, 0), then.rules)
    last = max(closes)
    booked = {
        (p.issued.case, p.issued.payee): Booking.of(row_of(p.issued).lines, p.issued.account)
        for p in payouts_of_month(ledger, batch.division, last, batch.frozen_at)
        if p.issued.programme == batch.programme
    }
    return Before(booked, Since(last, closes[last]), then.rules)


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


def _count(paid: dict[str, dict[Month, int]], payout: Payout) -> None:
    """Adds a payout to what counts as paid: returned or not, unless it was cancelled."""
    if payout.cancellation is not None:
        return
    months = paid.setdefault(payout.issued.payee, {})
    for line in payout.issued.lines:
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


def _erased(then: Known, batch: Batch, issued: Issued) -> tuple[str, ...]:
    """The batch's cases with erased data that were issued something or had not ended before the month."""
    touched = {row.case for row in issued.rows.values()} | set(issued.grain)
    return tuple(
        code
        for code, household in sorted(then.households.items())
        if household.erased
        and household.case.programme == batch.programme
        and (code in touched or (household.case.last_month() or batch.month) >= batch.month)
    )


def _against_payouts(issued: Issued, rows: Iterable[RollRow]) -> Iterator[Difference]:
    left = dict(issued.rows)
    for row in rows:
        done = left.pop(row.payout, None)
        where = f"case {row.case}, {row.payee}"
        mine, theirs = _lines(row), _lines(done) if done else []
        if done is None or mine != theirs:
            yield Difference(where, _shown(mine), _shown(theirs))
        elif (row.account, row.person) != (done.account, done.person):
            yield Difference(where, _receiver(row), _receiver(done))
    for done in left.values():
        yield Difference(f"case {done.case}, {done.payee}", "nothing", format_yuan(done.amount_fen))


def _lines(row: RollRow) -> list[tuple[str, str, int]]:
    return [(line.component, line.for_month.text, line.amount_fen) for line in row.lines]


def _receiver(row: RollRow) -> str:
    return f"to {row.person}, account {row.account or 'none'}"


def _against_grain(issued: Issued, grain: Iterable[GrainRow]) -> Iterator[Difference]:
    left = dict(issued.grain)
    for row in grain:
        allotted = left.pop(row.case, None)
        if allotted is None or allotted.mass_g != row.mass_g:
            yield Difference(f"case {row.case}, grain", f"{row.mass_g} g", "another mass, or none")
    for allotted in left.values():
        yield Difference(f"case {allotted.case}, grain", "nothing", f"{allotted.mass_g} g")


def _against_files(again: Comparison, sums: str, bundle: Path) -> Iterator[Difference]:
    signed = read_digest_list(sums.encode())
    for name, digests in again.rendered.items():
        if name in signed and digests.sha256 != signed[name]:
            yield Difference(name, digests.sha256, f"{signed[name]}, signed")
        if name in again.differing:
            yield Difference(str(bundle / name), f"{digests.size} bytes", again.differing[name])


def _as_signed(sums: str, bundle: Path) -> Iterator[Difference]:
    for name, signed in read_digest_list(sums.encode()).items():
        path = bundle / name
        on_disk = sha256(path.read_bytes()) if path.is_file() else "no such file"
        if on_disk != signed:
            yield Difference(str(path), f"{signed}, signed", on_disk)


def _shown(lines: list[tuple[str, str, int]]) -> str:
    return ", ".join(f"{component} {month} {format_yuan(fen)}" for component, month, fen in lines) or "nothing"
