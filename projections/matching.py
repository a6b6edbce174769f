"""A department's monthly file matched with the persons known, by keyed digests of ID numbers; recorded as facts.

Who is not known leaves no trace: only matches of the county's own people are recorded, and the file's digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import chain

import msgspec

from ledger import recording
from ledger.application import Ledger
from ledger.domain.matching import MatchSaid, side_of, together
from ledger.domain.supervision import register
from ledger.errors import Refused
from ledger.intake.fields import MONEY_DATASETS
from ledger.intake.match_file import MatchFile
from ledger.intake.raw import FactsFile, RawFact
from ledger.quiet_moment import in_a_quiet_moment
from ledger.values.identifiers import eighteen_digits, is_like_id_number
from ledger.values.month import Month, day_of
from projections.alerts import standing_alerts
from projections.applications import Application, applications
from projections.installation import Installation
from projections.memberships import id_numbers
from projections.standings import PersonKnown, Question, persons_known

_SHOWN_DETAIL = 480

Progress = Callable[[int], None]


class Raised(msgspec.Struct, frozen=True):
    """An alert that the file raises."""

    alert: str
    person: str
    side: str


class Matching(msgspec.Struct, frozen=True):
    """What a file comes to: its lines, whom they concern by group, and what is recorded of it.

    `unchanged` matches were recorded before as the file says them, `replaced` ones otherwise: those are voided.
    `standing` alerts of the dataset are open already, or were raised for the month before.
    """

    file: str
    lines: int
    groups: dict[str, int]
    matches: int
    unchanged: int
    replaced: int
    raised: tuple[Raised, ...]
    standing: int
    already: bool = False

    def count(self, side: str) -> int:
        """How many alerts of a side are raised."""
        return sum(one.side == side for one in self.raised)


class Plan(msgspec.Struct, frozen=True):
    """A file matched, not recorded yet."""

    matching: Matching
    planned: recording.Plan


class _Lines(msgspec.Struct):
    line: int
    said: list[MatchSaid]


def plan(installation: Installation, file: MatchFile, asked: Question, step: Progress | None = None) -> Plan:
    """Reads a file, finds whom it concerns, and plans the facts it comes to; nothing is recorded.

    Raises:
        Refused: `match.month_ahead`, and what the file or its facts are refused for.
    """
    ledger = installation.ledger
    today = day_of(ledger.now(not_before=asked.month.first_day))
    if Month.of(today) < asked.month:
        raise Refused(
            "match.month_ahead", f"{file.name} of {asked.month}", found=f"today is {today}",
            expected="a month that has begun",
        )  # fmt: skip
    digest = _digest(file, asked)
    nothing = recording.plan(ledger, FactsFile(file.name, digest, []), division=asked.division)
    if nothing.result.already:
        return Plan(Matching(file.name, 0, {}, 0, 0, 0, (), 0, already=True), nothing)
    installation.rolls.views.catch_up()
    by_digest, lines = _by_digest(ledger, file, step)
    applied = applications(ledger, asked.division)
    identities: dict[bytes, set[str]] = {}
    for code, number in chain(id_numbers(ledger.datastore), _as_codes(applied)):
        found = ledger.keys.number_digest(eighteen_digits(number))
        if found in by_digest:
            identities.setdefault(found, set()).add(code)
    said = {code: by_digest[number] for number, codes in identities.items() for code in codes}
    alerts = standing_alerts(ledger)
    facts = _Facts(ledger, file.name, asked, today, frozenset(alerts))
    for known in persons_known(ledger, asked, list(identities.values()), applied, alerts.values()):
        facts.add(known, said[known.person])
    planned = recording.plan(ledger, FactsFile(file.name, digest, facts.made), division=asked.division)
    return Plan(facts.matching(lines), planned)


def _digest(file: MatchFile, asked: Question) -> str:
    """A file is taken once for a division, dataset and month, by the same columns; other columns read it anew."""
    columns = sorted(file.columns.headings.items())
    what = f"{asked.division} {asked.dataset} {asked.month} {file.digest} {columns}"
    return hashlib.sha256(what.encode()).hexdigest()


def record(installation: Installation, file: MatchFile, asked: Question, planned: Plan) -> Matching:
    """Records a plan in one transaction; matched anew where somebody else recorded in between.

    Raises:
        Refused: `record.busy`; see `plan`.
    """
    first = iter((planned,))

    def once() -> Matching:
        chosen = next(first, None) or plan(installation, file, asked)
        recording.execute(installation.ledger, chosen.planned)
        return chosen.matching

    return in_a_quiet_moment(file.name, once)


def _as_codes(applied: Iterable[Application]) -> Iterator[tuple[str, str]]:
    """Applicants of whom nothing else is known, whose person codes are written like ID numbers."""
    codes = (application.applied.person for application in applied)
    return ((code, code) for code in codes if is_like_id_number(code))


def _by_digest(ledger: Ledger, file: MatchFile, step: Progress | None) -> tuple[dict[bytes, _Lines], int]:
    """What the file says by the digests of ID numbers, and the count of its lines; the numbers are kept nowhere."""
    found: dict[bytes, _Lines] = {}
    count = 0
    for line in file.lines():
        count += 1
        said = MatchSaid(line.value, line.detail)
        digest = ledger.keys.number_digest(line.id_number)
        found.setdefault(digest, _Lines(line.line, [])).said.append(said)
        if step is not None and count % 1000 == 0:
            step(count)
    return found, count


class _Facts:
    """The facts that a file comes to: matches, voids of those it corrects, alerts."""

    def __init__(self, ledger: Ledger, name: str, asked: Question, today: date, alerts: frozenset[str]) -> None:
        """`alerts` are the streams of those that stand, cleared ones too."""
        self._ledger = ledger
        self._name = name
        self._asked = asked
        self._today = today
        self._alerts = alerts
        self.made: list[RawFact] = []
        self._groups: dict[str, int] = {}
        self._raised: list[Raised] = []
        self._matches = self._unchanged = self._replaced = self._standing = 0

    def add(self, known: PersonKnown, lines: _Lines) -> None:
        """One person's part."""
        dataset = self._asked.dataset
        self._groups[known.group] = self._groups.get(known.group, 0) + 1
        said = together(dataset, lines.said, money=dataset in MONEY_DATASETS)
        if any(said == other for _, other in known.matches):
            self._unchanged += 1
        else:
            self._replace(known, lines.line)
            self._matches += 1
            self._say(lines.line, "match", person=known.person, dataset=dataset, month=self._asked.month.text,
                      value=said.value, detail=said.detail)  # fmt: skip
        side = side_of(dataset, said.value, known.standing)
        if side is not None:
            self._alert(known, lines.line, side, said)

    def _replace(self, known: PersonKnown, line: int) -> None:
        for ref, _ in known.matches:
            self._replaced += 1
            self._say(line, "void", of=ref, reason=f"{self._asked.month} {self._asked.dataset} 更正")

    def _alert(self, known: PersonKnown, line: int, side: str, said: MatchSaid) -> None:
        code = self._code(known.person)
        if side in known.alerted or register("alert", self._asked.division, code) in self._alerts:
            self._standing += 1
            return
        detail = " ".join(part for part in (self._asked.month.text, said.value, said.detail) if part)
        self._say(line, "alert", alert=code, person=known.person, dataset=self._asked.dataset, side=side,
                  detail=detail[:_SHOWN_DETAIL], on=self._today.isoformat())  # fmt: skip
        self._raised.append(Raised(code, known.person, side))

    def _code(self, person: str) -> str:
        """The alert's code: the same for a person, dataset and month, and telling nobody which dataset it is."""
        content = f"alert {self._asked.dataset} {self._asked.month} {person}"
        return f"{self._asked.month}-{self._ledger.keys.content_digest(content.encode())[:10]}"

    def _say(self, line: int, kind: str, **fields: str | None) -> None:
        data: dict[str, object] = {
            "fact": kind,
            **{name: value for name, value in fields.items() if value is not None},
        }
        self.made.append(RawFact(self._name, line, data))

    def matching(self, lines: int) -> Matching:
        """What it comes to."""
        return Matching(
            self._name, lines, self._groups, self._matches, self._unchanged, self._replaced,
            tuple(self._raised), self._standing,
        )  # fmt: skip
