"""A batch: one division, month and programme; frozen, confirmed by townships, approved by two people, closed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any, Self

import msgspec

from ledger.domain.bank_files import FileReissued, RefusedByBank
from ledger.domain.batch_events import (
    Approval,
    Approved,
    Bundled,
    Closed,
    Frozen,
    OverspendingAllowed,
    Totals,
    TownshipConfirmed,
)
from ledger.domain.event import Origin, Recorded
from ledger.errors import Refused
from ledger.values.identifiers import is_code
from ledger.values.month import Month

MAKER, CHECKER = "maker", "checker"
RELIEF, REISSUE = "relief", "reissue"
"""Batches paid apart from a month's are named `reissue-1`, `relief-R1`."""

ROLES = {MAKER: "civil affairs makes", CHECKER: "finance checks"}
CLOSES = "closes"
"""The part of the log that each close of any batch is part of (see `Batch.order`)."""

FILES = "files"
"""The part of the log, of a division, that each bundle is part of: no two take one bank's number of a day."""

VOIDS = "voids"
"""The part of the log that each file with a void is part of: a close goes on only while it stands still."""


_APART = re.compile(rf"{REISSUE}-[1-9][0-9]*|{RELIEF}-(?P<code>.+)")


def is_apart(programme: str) -> bool:
    """Whether it can name a batch paid apart."""
    match = _APART.fullmatch(programme)
    return match is not None and (match["code"] is None or is_code(match["code"]))


class Batch(msgspec.Struct, frozen=True, gc=False):
    """A fold of a batch's stream: where it stands between freezing and closing."""

    division: str
    month: Month
    programme: str
    version: int = 0
    frozen: Frozen | None = None
    frozen_at: int | None = None
    """The log position of the freeze that stands."""
    confirmed: tuple[TownshipConfirmed, ...] = ()
    """The townships that stand by the freeze that stands."""
    bundled: Bundled | FileReissued | None = None
    refused: RefusedByBank | None = None
    """The bank's refusal of the file that stands."""
    dead_numbers: tuple[tuple[date, dict[str, int]], ...] = ()
    """The days and numbers of its files that the bank refused: no file takes them again."""
    approvals: tuple[Approval, ...] = ()
    allowed: tuple[OverspendingAllowed, ...] = ()
    """What was signed about overspending since the freeze that stands."""
    closed: Closed | None = None
    closed_at: int | None = None

    @property
    def id(self) -> str:
        """The batch's stream."""
        return stream(self.division, self.month, self.programme)

    @property
    def order(self) -> str:
        """The part of the log that freezes and closes of the programme are part of: they come one by one.

        Two months of a programme frozen at the same time would both pay what the earlier one owes; so would a
        month's relief and one paid apart, or two re-issues.
        """
        return f"{self.division}/{self.programme.partition('-')[0]}"

    def after(self, recorded: Recorded) -> Self:
        """The batch with one more event of its stream; a new freeze voids all that was given to the old."""
        event = recorded.event
        replace = msgspec.structs.replace
        batch = replace(self, version=event.originator_version)
        match event:
            case Frozen():
                return replace(
                    batch,
                    frozen=event,
                    frozen_at=recorded.position,
                    bundled=None,
                    confirmed=(),
                    approvals=(),
                    allowed=(),
                )
            case OverspendingAllowed():
                return replace(batch, allowed=(*batch.allowed, event))
            case Bundled():
                return replace(batch, bundled=event)
            case RefusedByBank():
                return replace(batch, refused=event)
            case FileReissued():
                return batch.with_file(event)
            case Approved():
                approval = Approval(
                    event.ref, event.role, event.signer, event.key_fingerprint, event.certificate,
                    event.signature, recorded.position,
                )  # fmt: skip
                return replace(batch, approvals=(*batch.approvals, approval))
            case TownshipConfirmed():
                return replace(batch, confirmed=(*batch.confirmed, event))
            case Closed():
                return replace(batch, closed=event, closed_at=recorded.position)
        return batch

    def require_started(self) -> None:
        """Refuses a batch paid apart that nobody has started.

        Raises:
            Refused: `batch.unknown`.
        """
        if self.frozen is None and not self.monthly:
            raise Refused(
                "batch.unknown",
                self.id,
                found="no such batch",
                expected="a batch started by `ledger reissue` or `ledger pay-relief`, with the month of that day",
            )

    @property
    def option(self) -> str:
        """What names the batch on a command line, after the month."""
        return "" if self.monthly else f" --programme {self.programme}"

    @property
    def monthly(self) -> bool:
        """Whether it pays a programme's month, not something apart."""
        return "-" not in self.programme

    @property
    def reissue(self) -> bool:
        """Whether it re-issues returned payouts."""
        return self.programme.startswith(f"{REISSUE}-")

    @property
    def relief(self) -> bool:
        """Whether it pays emergency relief: all of a month, or one apart."""
        return self.programme == RELIEF or self.programme.startswith(f"{RELIEF}-")

    @property
    def file_number(self) -> int:
        """Which file of the batch stands: 1, or more where the bank refused those before it whole."""
        return self.bundled.file_number if isinstance(self.bundled, FileReissued) else 1

    @property
    def pay_on(self) -> date:
        """The day the file that stands is to be paid on."""
        return self.bundled.pay_on if isinstance(self.bundled, FileReissued) else self._standing_freeze().pay_on

    @property
    def with_bank(self) -> bool:
        """Whether the bank can have its file: closed, signed by two, not refused."""
        return self.closed is not None and self.sums is not None and not self.unsigned and self.refused is None

    @property
    def unsigned(self) -> bool:
        """Whether it waits for a signature: open with its bundle, or written again for the bank."""
        return self.sums is not None and (self.closed is None or self.file_number > 1) and bool(self.next_role())

    @property
    def sums(self) -> str | None:
        """The text of the bundle's SHA256SUMS, which approvals sign; None before it is written."""
        return self.bundled.sums if self.bundled else None

    def approval(self, role: str) -> Approval | None:
        """The approval of a role, if given."""
        return next((a for a in self.approvals if a.role == role), None)

    def confirmation(self, township: str) -> TownshipConfirmed | None:
        """The confirmation of a township, if given."""
        return next((c for c in self.confirmed if c.township == township), None)

    @property
    def townships_missing(self) -> tuple[str, ...]:
        """The townships that must confirm before anybody signs, and have not."""
        required = self.frozen.townships if self.frozen else ()
        return tuple(township for township in required if self.confirmation(township) is None)

    def next_role(self) -> str | None:
        """Whose turn it is: the maker first, then the checker; None when both have signed."""
        return next((role for role in ROLES if self.approval(role) is None), None)

    def freeze(
        self,
        origin: Origin,
        *,
        roll_digest: str,
        totals: Totals,
        pay_on: date,
        rehearsal: bool,
        selection: tuple[str, ...] = (),
        townships: tuple[str, ...] = (),
    ) -> Frozen:
        """The roll of this batch fixed (again).

        Raises:
            Refused: `batch.closed` when the month of this programme is closed.
        """
        if self.closed is not None:
            raise Refused(
                "batch.closed",
                self.id,
                found="the month of this programme is closed",
                expected="an open month: what became known since shows in the next one",
            )
        return Frozen(
            **self._header(origin), division=self.division, programme=self.programme, month=self.month,
            roll_digest=roll_digest, totals=totals, pay_on=pay_on, rehearsal=rehearsal, selection=selection,
            townships=townships,
        )  # fmt: skip

    @property
    def files_order(self) -> str:
        """The part of the log that the division's bundles are part of."""
        return f"{self.division}/{FILES}"

    def bundle(
        self,
        origin: Origin,
        *,
        sums: str,
        unit_number: str,
        ca_fingerprint: str,
        format: int,  # noqa: A002  the event's field
        payer_name: str,
        payer_account: str | None,
        profiles: tuple[str, ...],
        batch_numbers: dict[str, int],
    ) -> Bundled:
        """The payout files of the frozen roll, by the text of their SHA256SUMS, and what is put on them."""
        return Bundled(
            **self._header(origin), roll_digest=self._standing_freeze().roll_digest, sums=sums,
            unit_number=unit_number, ca_fingerprint=ca_fingerprint, format=format, payer_name=payer_name,
            payer_account=payer_account, profiles=profiles, batch_numbers=batch_numbers,
        )  # fmt: skip

    def require_confirmable(self, township: str) -> Frozen:
        """The freeze that a township can confirm its part of.

        Raises:
            Refused: `batch.not_frozen`; `batch.closed` when it is too late; `batch.confirmed_already`.
        """
        frozen = self._standing_freeze()
        if self.closed is not None:
            raise Refused(
                "batch.closed", self.id, found="closed already", expected="a frozen roll that is still open"
            )
        if self.confirmation(township) is not None:
            raise Refused(
                "batch.confirmed_already",
                self.id,
                found=f"{township} has confirmed this freeze",
                expected="one confirmation a township",
            )
        return frozen

    def confirm(
        self, origin: Origin, *, township: str, digest: str, rows: int, amount_fen: int
    ) -> TownshipConfirmed:
        """A township's confirmation of its part of the frozen roll: how many rows, their sum and digest.

        Raises:
            Refused: see `require_confirmable`.
        """
        frozen = self.require_confirmable(township)
        return TownshipConfirmed(
            **self._header(origin), township=township, roll_digest=frozen.roll_digest, digest=digest, rows=rows,
            amount_fen=amount_fen,
        )  # fmt: skip

    def require_townships(self) -> None:
        """Refuses to go on while a township that must confirm has not.

        Raises:
            Refused: `batch.townships_missing`.
        """
        missing = self.townships_missing
        if missing:
            raise Refused(
                "batch.townships_missing",
                self.id,
                found=f"no confirmation of {', '.join(missing)}",
                expected="every township's confirmation of its part of the roll",
                hint=f"`ledger confirm {self.month}{self.option} --list` shows the parts.",
            )

    def require_turn(self, role: str) -> None:
        """Refuses a role whose turn to sign it is not.

        Raises:
            Refused: `batch.not_bundled` without payout files, `batch.approved_already` for a second approval of
                the role, `batch.townships_missing`, `batch.not_its_turn` for a checker before the maker.
        """
        if self.sums is None or (self.closed is not None and not self.unsigned):
            found = "it is closed" if self.closed else "its payout files are not written"
            raise Refused(
                "batch.not_bundled",
                self.id,
                found=found,
                expected="a frozen batch with its bundle, still open",
                hint="`ledger close-month` does the next step that is missing.",
            )
        if self.approval(role) is not None:
            raise Refused(
                "batch.approved_already",
                self.id,
                found=f"the {role} has signed",
                expected="one signature a role",
            )
        self.require_townships()
        if role == CHECKER and self.approval(MAKER) is None:
            raise Refused(
                "batch.not_its_turn",
                self.id,
                found="the checker before the maker",
                expected="civil affairs signs first, finance checks what it made",
            )

    def approve(
        self,
        origin: Origin,
        *,
        role: str,
        signer: str,
        key_fingerprint: str,
        certificate: str,
        signature: bytes,
    ) -> Approved:
        """One person's approval; civil affairs makes, finance checks: two people, two keys.

        Raises:
            Refused: as `require_turn` does; `batch.same_person` and `batch.same_key` where the other approval is
                the same person's or made with the same key.
        """
        self.require_turn(role)
        self._require_another(self.approvals, signer, key_fingerprint)
        return Approved(
            **self._header(origin), role=role, signer=signer, key_fingerprint=key_fingerprint,
            certificate=certificate, signature=signature,
        )  # fmt: skip

    def allow(
        self,
        origin: Origin,
        *,
        year: int,
        over_fen: int,
        document: str,
        role: str,
        signer: str,
        key_fingerprint: str,
        certificate: str,
        signature: bytes,
    ) -> OverspendingAllowed:
        """One person's signature under an overspending of the frozen roll.

        Raises:
            Refused: `batch.closed`, `batch.not_frozen`; `batch.same_person` and `batch.same_key` as `approve`.
        """
        frozen = self._standing_freeze()
        if self.closed is not None:
            raise Refused("batch.closed", self.id, found="closed already", expected="a batch still open")
        others = [one for one in self.allowed if one.role != role]
        self._require_another(others, signer, key_fingerprint)
        return OverspendingAllowed(
            **self._header(origin), roll_digest=frozen.roll_digest, year=year, over_fen=over_fen,
            document=document, role=role, signer=signer, key_fingerprint=key_fingerprint,
            certificate=certificate, signature=signature,
        )  # fmt: skip

    def _require_another(
        self, others: Iterable[Approval | OverspendingAllowed], signer: str, key_fingerprint: str
    ) -> None:
        for other in others:
            if other.signer == signer:
                raise Refused(
                    "batch.same_person",
                    self.id,
                    found=f"{signer} signed as {other.role} already",
                    expected="two different people",
                )
            if other.key_fingerprint == key_fingerprint:
                raise Refused(
                    "batch.same_key",
                    self.id,
                    found="the key that signed before",
                    expected="two different keys",
                )

    def close(self, origin: Origin) -> Closed:
        """The close itself; the payouts of the frozen roll go with it in one transaction.

        Raises:
            Refused: `batch.closed` when it is closed, `batch.not_frozen`, `batch.townships_missing`, and
                `batch.not_approved` unless both have signed (a roll in which nothing is paid, booked or allotted
                needs no signature).
        """
        if self.closed is not None:
            raise Refused(
                "batch.closed", self.id, found="closed already", expected="an open month of this programme"
            )
        frozen = self._standing_freeze()
        self.require_townships()
        missing = self.next_role()
        if missing is not None and not frozen.totals.empty:
            raise Refused(
                "batch.not_approved",
                self.id,
                found=f"no approval of the {missing}",
                expected="the maker's and the checker's signatures over SHA256SUMS",
                hint=f"`ledger approve {self.month}{self.option} --role {missing}` signs it.",
            )
        return Closed(**self._header(origin), roll_digest=frozen.roll_digest, totals=frozen.totals)

    def refuse(self, origin: Origin, *, reason: str, iso: str | None = None) -> RefusedByBank:
        """The bank's refusal of the whole file.

        Raises:
            Refused: `batch.not_with_bank` for a file that two people have not signed or a batch that is not closed,
                `batch.refused_already`.
        """
        self._require_with_bank()
        if self.refused is not None:
            raise Refused(
                "batch.refused_already",
                self.id,
                found=f"recorded on {self.refused.recorded_on}",
                expected="each refusal once",
                hint=f"`ledger payfile reissue {self.month} --programme {self.programme}` writes the file again.",
            )
        return RefusedByBank(**self._header(origin), reason=reason, iso=iso)

    def file_again(self, origin: Origin, *, pay_on: date, sums: str, **issuer: Any) -> FileReissued:
        """The payments of a file that the bank refused, as the next file.

        Raises:
            Refused: as `require_refused` does.
        """
        self.require_refused()
        return FileReissued(
            **self._header(origin), file_number=self.file_number + 1, pay_on=pay_on, sums=sums,
            roll_digest=self._standing_freeze().roll_digest, **issuer,
        )  # fmt: skip

    def with_file(self, event: FileReissued) -> Self:
        """The batch with its payments written again: the file before it is dead, its signatures are void."""
        replace = msgspec.structs.replace
        return replace(self.dead(), bundled=event, approvals=(), refused=None)

    def dead(self) -> Self:
        """The batch with the numbers of the file that stands given up."""
        return msgspec.structs.replace(self, dead_numbers=self.numbers_held)

    @property
    def numbers_held(self) -> tuple[tuple[date, dict[str, int]], ...]:
        """For each of its files the day of payment and the number of that day at each bank."""
        standing = ((self.pay_on, self.bundled.batch_numbers),) if self.bundled is not None else ()
        return (*self.dead_numbers, *standing)

    def require_refused(self) -> None:
        """Refuses to write a file again that the bank may have taken: it could be paid twice.

        Raises:
            Refused: `batch.not_refused`, and `batch.not_with_bank` as `refuse` does.
        """
        self._require_with_bank()
        if self.refused is None:
            raise Refused(
                "batch.not_refused",
                self.id,
                found="no refusal of the file by the bank",
                expected="a file that the bank refused whole, and that recorded",
                hint=f"`ledger payfile refused {self.month} --programme {self.programme} --reason REASON` records it.",
            )

    def _require_with_bank(self) -> None:
        if self.closed is None or self.sums is None or self.unsigned:
            raise Refused(
                "batch.not_with_bank",
                self.id,
                found="no file that the bank could have",
                expected="a closed batch whose file two people have signed",
            )

    def _standing_freeze(self) -> Frozen:
        if self.frozen is None:
            raise Refused(
                "batch.not_frozen",
                self.id,
                found="no frozen roll",
                expected="a roll frozen by `ledger close-month`",
            )
        return self.frozen

    def _header(self, origin: Origin) -> dict[str, Any]:
        return {"originator_id": self.id, "originator_version": self.version + 1, "actor": origin.actor,
                "command_id": origin.command_id, "correlation": origin.correlation}  # fmt: skip


def bank_part(division: str) -> str:
    """The part of the log that all is part of that a bank says of a division: no two answers pass each other by."""
    return f"{division}/bank"


def stream(division: str, month: Month, programme: str) -> str:
    """The stream of a batch."""
    return f"batch/{division}/{month}/{programme}"
