"""Statements of the account that payouts are paid from: read, shown, recorded once, and kept as they came."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec

from ledger.application import Decision, Ledger
from ledger.bank.entries import Entry, Statement
from ledger.bank.keeping import keep
from ledger.bank.sent import batches_with_bank, message_of
from ledger.closing.desk import Desk
from ledger.domain.bank_files import StatementLine, StatementRecorded, statement_stream
from ledger.payfile.message_ids import ids_in
from ledger.quiet_moment import in_a_quiet_moment


class Taken(msgspec.Struct, frozen=True):
    """What recording a statement would do; `already`: the same file was recorded before, byte for byte."""

    statement: Statement
    lines: tuple[StatementLine, ...]
    already: bool = False

    @property
    def out_fen(self) -> int:
        """The money that went out."""
        return -sum(line.amount_fen for line in self.lines if line.amount_fen < 0)

    @property
    def in_fen(self) -> int:
        """The money that came in."""
        return sum(line.amount_fen for line in self.lines if line.amount_fen > 0)


def plan_statement(desk: Desk, division: str, statement: Statement) -> Taken:
    """The entries of a statement with the ids of ours that they name, and nothing else of their texts."""
    known = {message_of(batch) for batch in batches_with_bank(desk, division)}
    lines = tuple(
        StatementLine(entry.booked_on, entry.amount_fen, tuple(_names(entry, known)))
        for entry in statement.entries
    )
    already = bool(desk.ledger.events_log.version(statement_stream(statement.digest)))
    return Taken(statement, lines, already)


def record_statement(desk: Desk, division: str, statement: Statement, content: bytes, folder: Path) -> Taken:
    """Records a statement once, and keeps its bytes in `folder`.

    Raises:
        Refused: `record.busy`.
        Failed: `bank_file.disk`.
    """

    def once() -> Taken:
        taken = plan_statement(desk, division, statement)
        if not taken.already:
            keep(folder, content)
            ledger = desk.ledger
            event = StatementRecorded(
                originator_id=statement_stream(statement.digest),
                originator_version=1,
                actor=ledger.actor,
                correlation=statement.digest[:16],
                division=division,
                format=statement.format,
                lines=taken.lines,
            )
            ledger.append(Decision(event.originator_id, [event]), ())
        return taken

    return in_a_quiet_moment(f"statement of division {division}", once)


def recorded_statements(ledger: Ledger, division: str) -> Iterator[tuple[StatementLine, ...]]:
    """The entries of each statement recorded for a division."""
    for recorded in ledger.events_log.below("statement/"):
        event = recorded.event
        if isinstance(event, StatementRecorded) and event.division == division:
            yield event.lines


def _names(entry: Entry, known: Collection[str]) -> Iterator[str]:
    """The payment an entry names, else the message; each once, payments first."""
    found = [(message, payment) for text in entry.texts for message, payment in ids_in(text) if message in known]
    names = [payment for _, payment in found if payment] or [message for message, _ in found]
    yield from dict.fromkeys(names)
