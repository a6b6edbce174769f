"""A bank's return file planned, shown and recorded: verdicts, their events, and the file kept, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ledger.application import Decision, Ledger
from ledger.bank.answers import RETURNED, SETTLED, Answer, Group, ReturnFile
from ledger.bank.keeping import keep
from ledger.bank.refusals import require_unanswered
from ledger.bank.sent import OurFile, our_files
from ledger.bank.verdicts import Judged, judge
from ledger.closing.desk import Desk
from ledger.domain.bank_files import ReturnsRecorded, returns_stream
from ledger.domain.batch import Batch, bank_part
from ledger.domain.event import Event
from ledger.domain.payout import PayoutOutcomeUnknown, PayoutReturned, PayoutSettled
from ledger.errors import Refused
from ledger.quiet_moment import in_a_quiet_moment
from ledger.store.recorder import Unchanged
from ledger.values.bank_reasons import iso_of
from ledger.values.money import format_yuan


class Answered(msgspec.Struct, frozen=True):
    """What recording a return file would do; `already`: the same file was recorded before, byte for byte."""

    division: str
    file: ReturnFile
    judged: tuple[Judged, ...] = ()
    refused: tuple[tuple[Batch, Group], ...] = ()
    read_at: int = 0
    already: bool = False

    @property
    def posted(self) -> list[Judged]:
        """The lines that are recorded with their payouts."""
        return [judged for judged in self.judged if judged.posted]

    @property
    def verdicts(self) -> dict[str, int]:
        """How many lines have which verdict, the most frequent first."""
        return dict(Counter(judged.verdict for judged in self.judged).most_common())

    def sum_fen(self, outcome: str) -> int:
        """What was settled, or returned, by the lines that count."""
        return sum(one.payout.issued.amount_fen for one in self.judged if one.verdict == outcome and one.payout)


def plan_answers(desk: Desk, division: str, file: ReturnFile) -> Answered:
    """The verdict on each line of a return file. Nothing is recorded.

    Raises:
        Refused: `returns.totals` where it counts our file otherwise than it was sent, `returns.unknown_batch` for a
            report on a file that is not ours, without a payment named, `returns.malformed` for one refused whole
            with payments settled; `batch.…` as a refusal by the bank is refused.
    """
    ledger = desk.ledger
    if ledger.events_log.version(returns_stream(file.digest)):
        return Answered(division, file, already=True)
    read_at = ledger.events_log.end()
    ours = our_files(desk, division, file)
    answers = list(file.answers)
    refused: dict[str, tuple[Batch, Group]] = {}
    for group in file.groups:
        place = f"{file.name} line {group.line}"
        sent = ours.get(group.batch)
        if sent is None:
            _require_named(group, answers, place)
            continue
        _require_totals(group, sent, place)
        if group.settled:
            answers += _settled(group, sent, answers)
        if group.refused:
            assert sent.batch is not None
            _require_refused(group, answers, place)
            require_unanswered(ledger, sent.batch)
            refused.setdefault(sent.batch.id, (sent.batch, group))
    files = {
        name: msgspec.structs.replace(sent.file, refused=sent.file.refused or _in(sent.batch, refused))
        for name, sent in ours.items()
    }
    return Answered(division, file, tuple(judge(answers, files)), tuple(refused.values()), read_at)


def record_answers(desk: Desk, division: str, file: ReturnFile, content: bytes, folder: Path) -> Answered:
    """Records what a return file says, all of it or nothing, and keeps its bytes in `folder`.

    A file of which nothing can be recorded leaves no trace: it can come again once what it names is known.

    Raises:
        Refused: as `plan_answers`; `record.busy`.
        Failed: `bank_file.disk`.
    """

    def once() -> Answered:
        planned = plan_answers(desk, division, file)
        if not planned.already and (planned.posted or planned.refused):
            keep(folder, content)
            _execute(desk.ledger, planned)
        return planned

    return in_a_quiet_moment(f"returns of division {division}", once)


def _execute(ledger: Ledger, planned: Answered) -> None:
    file = planned.file
    correlation = file.digest[:16]
    origin = ledger.origin(correlation=correlation)
    events: list[Event] = [_event(ledger, judged, correlation) for judged in planned.posted]
    events += [batch.refuse(origin, reason=group.reason or "", iso=group.iso) for batch, group in planned.refused]
    events.append(
        ReturnsRecorded(
            originator_id=returns_stream(file.digest),
            originator_version=1,
            actor=ledger.actor,
            correlation=correlation,
            division=planned.division,
            format=file.format,
            lines=len(planned.judged),
            verdicts=dict(sorted(planned.verdicts.items())),
            settled_fen=planned.sum_fen(SETTLED),
            returned_fen=planned.sum_fen(RETURNED),
        )
    )
    bank = bank_part(planned.division)
    ledger.append(
        Decision(events[0].originator_id, events),
        {planned.division, bank},
        unchanged=Unchanged(frozenset({bank}), planned.read_at),
    )


def _event(ledger: Ledger, judged: Judged, correlation: str) -> Event:
    payout, answer = judged.payout, judged.answer
    assert payout is not None
    header: dict[str, Any] = {
        "originator_id": payout.issued.originator_id,
        "originator_version": payout.version + 1,
        "actor": ledger.actor,
        "correlation": correlation,
    }
    if judged.verdict == SETTLED:
        return PayoutSettled(**header, reason=answer.reason)
    kind = PayoutReturned if judged.verdict == RETURNED else PayoutOutcomeUnknown
    return kind(**header, reason=answer.reason, iso=answer.iso or iso_of(answer.reason))


def _in(batch: Batch | None, refused: Mapping[str, object]) -> bool:
    return batch is not None and batch.id in refused


def _settled(group: Group, sent: OurFile, answers: Sequence[Answer]) -> Iterator[Answer]:
    """An answer for each payment of a file that was settled whole, those aside that have one of their own."""
    named = {answer.key for answer in answers if answer.batch == group.batch}
    for key in sent.file.payments:
        if key not in named:
            yield Answer(line=group.line, batch=group.batch, key=key, outcome=SETTLED, reason=group.reason)


def _require_named(group: Group, answers: Iterable[Answer], place: str) -> None:
    if not any(answer.batch == group.batch for answer in answers):
        raise Refused(
            "returns.unknown_batch",
            place,
            found="a report on a file that did not go out from this division, and no payment named",
            expected="the id of a file that did, as payouts.xml has it",
        )


def _require_totals(group: Group, sent: OurFile, place: str) -> None:
    payments = [one for found in sent.file.payments.values() for one in found]
    count, amount_fen = len(payments), sum(one.amount_fen for one in payments)
    stated = (count if group.count is None else group.count,
              amount_fen if group.amount_fen is None else group.amount_fen)  # fmt: skip
    if stated != (count, amount_fen):
        raise Refused(
            "returns.totals",
            place,
            found=f"{stated[0]} payments, {format_yuan(stated[1])} yuan",
            expected=f"{count} payments, {format_yuan(amount_fen)} yuan, as they were sent",
        )


def _require_refused(group: Group, answers: Iterable[Answer], place: str) -> None:
    if any(answer.batch == group.batch and answer.outcome != RETURNED for answer in answers):
        raise Refused(
            "returns.malformed",
            place,
            found="a file refused whole, with payments that were not",
            expected="either of the two",
        )
