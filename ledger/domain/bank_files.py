"""What comes from banks: files, each recorded once by the digest of its bytes; and refusals of whole files of ours."""

from __future__ import annotations

from datetime import date

import msgspec

from ledger.domain.event import Event


class RefusedByBank(Event, frozen=True, kw_only=True):
    """The bank took nothing of the batch's file: all of it may be issued again, as a new file, and only then.

    `reason` is the bank's own code or words, `iso` the ISO 20022 reason code they stand for, where one is known.
    """

    TOPIC = "batch.refused_by_bank"

    reason: str
    iso: str | None = None


class FileReissued(Event, frozen=True, kw_only=True):
    """A refused batch's payments written as a new file, of a number and a day of its own, to be signed by two again.

    The rest says the same as of a bundle. The payouts are those of the close: nothing is issued by it.
    """

    TOPIC = "batch.file_reissued"

    file_number: int
    pay_on: date
    roll_digest: str
    sums: str
    unit_number: str
    ca_fingerprint: str
    format: int
    payer_name: str
    payer_account: str | None
    profiles: tuple[str, ...]
    batch_numbers: dict[str, int]


class ReturnsRecorded(Event, frozen=True, kw_only=True):
    """A bank's return file was taken (stream `returns/<sha256>`): the same bytes again are a no-op.

    `verdicts` counts its lines by verdict: settled, returned and unknown ones were recorded with their payouts, for
    the others nothing was. Sums in fen.
    """

    TOPIC = "returns.recorded"

    division: str
    format: str
    lines: int
    verdicts: dict[str, int]
    settled_fen: int = 0
    returned_fen: int = 0


class StatementLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An entry of an account: the day, the amount in fen (money out is negative), and which of our ids it names.

    `names` holds message ids, payment ids and batches of this ledger only: whatever else a bank wrote there may be
    somebody's name or account, and stays in the file.
    """

    booked_on: date
    amount_fen: int
    names: tuple[str, ...] = ()


class StatementRecorded(Event, frozen=True, kw_only=True):
    """A statement of the account that payouts are paid from (stream `statement/<sha256>`): once only."""

    TOPIC = "statement.recorded"

    division: str
    format: str
    lines: tuple[StatementLine, ...]


def returns_stream(digest: str) -> str:
    """The stream of a return file."""
    return f"returns/{digest}"


def statement_stream(digest: str) -> str:
    """The stream of a statement."""
    return f"statement/{digest}"
