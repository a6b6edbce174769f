"""What closing works with: the ledger, where rolls come from, the folder for bundles; and appending to a batch."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Protocol

import msgspec
from cryptography import x509

from ledger.application import Decision, Ledger
from ledger.closing.bundling import Issuer
from ledger.closing.overspending import FundSource
from ledger.domain.batch import Batch
from ledger.domain.batch_events import Totals
from ledger.domain.event import Event
from ledger.entitlement.roll import GrainRow, Notice, RollRow, totals
from ledger.entitlement.roll_lines import RollLines, write
from ledger.errors import Refused
from ledger.payfile.bank_profile import Profile
from ledger.payfile.certificates import fingerprint
from ledger.payfile.contents import BundleContents, Payer
from ledger.store.recorder import Unchanged
from ledger.values.month import Month, day_of

ATTEMPTS = 5
"""How often a step is tried while others append."""

Progress = Callable[[int], None]


class Roll(msgspec.Struct, frozen=True, dict=True):
    """A roll as computed from all that is known up to the log position `read_at`."""

    division: str
    programme: str
    month: Month
    rows: Sequence[RollRow]
    grain: Sequence[GrainRow]
    notices: Sequence[Notice]
    open_cases: Mapping[str, Month]
    """Cases that stay to be settled after this roll, each with the earliest month."""
    read_at: int

    @cached_property
    def lines(self) -> RollLines:
        """The form in which it is kept, written once."""
        return write(self.rows, self.grain)

    @cached_property
    def digest(self) -> str:
        """The digest of its lines."""
        return self.lines.digest

    @property
    def totals(self) -> Totals:
        """Its control totals."""
        return totals(self.rows, self.grain)


class RollSource(Protocol):
    """Where rolls come from; the read side implements it."""

    def roll(self, division: str, programme: str, month: Month, step: Progress | None = None) -> Roll:
        """The roll by all that is known now."""

    def keep(self, batch: Batch, roll: Roll) -> None:
        """Keeps a roll's rows under its digest."""

    def frozen(self, batch: Batch) -> RollLines:
        """The roll of the freeze that stands, whose digest is the event's."""

    def villages(self, batch: Batch, before: int) -> Mapping[str, str | None]:
        """The village of each case of the batch's programme as known before a log position; none of reliefs."""

    def contents(self, batch: Batch, issuer: Issuer) -> BundleContents:
        """What the bundle of a frozen batch holds."""


class Desk(msgspec.Struct, frozen=True):
    """What closing works with: the ledger, rolls, the folder for bundles, the CA that people's keys answer to.

    With `funds`, what overspends its appropriations is not closed unless both have allowed it.
    """

    ledger: Ledger
    source: RollSource
    bundles: Path
    ca: x509.Certificate
    unit_number: str
    payer: Payer
    profiles: tuple[Profile, ...]
    funds: FundSource | None = None
    townships_must_confirm: bool | frozenset[str] = False
    """Whether nobody signs a month's roll before its townships confirmed: everywhere, nowhere, or in some counties."""

    @property
    def issuer(self) -> Issuer:
        """What this installation puts on its bundles."""
        return Issuer(self.unit_number, fingerprint(self.ca), self.payer, self.profiles)

    def issuer_of(self, batch: Batch) -> Issuer:
        """What stands on a batch's bundle; what would, before it is written."""
        return Issuer.of(batch) or self.issuer

    def batches(self, division: str) -> list[Batch]:
        """All batches of a division, by programme and month."""
        found = self.ledger.batches(division)
        return [batch for _, months in sorted(found.items()) for _, batch in sorted(months.items())]

    def folder(self, batch: Batch) -> Path:
        """Where a batch's bundle lies; a file written again for the bank lies beside the one it refused."""
        again = f"@{batch.file_number}" if batch.file_number > 1 else ""
        return self.bundles / batch.division / batch.month.text / f"{batch.programme}{again}"


def busy(subject: str, found: str) -> Refused:
    """The refusal of a step that others kept from being done."""
    return Refused("close.busy", subject, found=found, expected="a quiet moment", hint="Run the command again.")


def today_of(desk: Desk, batch: Batch) -> date:
    """The ledger's today for a batch."""
    return day_of(moment_of(desk, batch))


def moment_of(desk: Desk, batch: Batch) -> datetime:
    """The ledger's now for a batch, which may be of a month that a rehearsal has not come to yet."""
    return desk.ledger.now(not_before=(batch.month - 1).first_day)


def append_to(
    desk: Desk,
    batch: Batch,
    events: Sequence[Event],
    moves: Collection[str] = (),
    unchanged: Unchanged | None = None,
) -> None:
    """Appends events of a batch, under a condition where one is given.

    Raises:
        Conflict: the batch, or what was to stay unchanged, moved on.
    """
    save(desk, batch, Decision(batch.id, events), moves, unchanged)


def save(
    desk: Desk, batch: Batch, decision: Decision, moves: Collection[str], unchanged: Unchanged | None
) -> None:
    """A batch's events touch no division: they change no roll but by the close, which the next one waits for."""
    ledger = desk.ledger
    ledger.append(
        decision,
        moves,
        clock=lambda: moment_of(desk, batch),
        unchanged=unchanged,
    )
