"""A roll as lines of JSON, in which it is kept and whose SHA-256 is its digest: what both signers stand for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from ledger.domain.event import decode_value, encode_value
from ledger.domain.payout import PayoutLine, named_by
from ledger.entitlement.roll import GrainRow, RollLine, RollRow


class KeptRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row as it is kept: the stream of the payout it becomes, which names case and payee; no reasons."""

    payout: str
    person: str
    account: str | None
    insured: int
    lines: tuple[PayoutLine, ...]


class RollLines(msgspec.Struct, frozen=True):
    """One line a row in order of payouts, then one a grain row in order of cases; each ended by a line feed."""

    payouts: bytes
    grain: bytes

    @property
    def digest(self) -> str:
        """The SHA-256 of the lines."""
        return hashlib.sha256(self.payouts + self.grain).hexdigest()

    def kept(self) -> Iterator[KeptRow]:
        """The rows as they are kept, one at a time."""
        return map(_row_decoder.decode, self.payouts.splitlines())

    def rows(self) -> Iterator[RollRow]:
        """The rows that were written, one at a time."""
        for row in self.kept():
            case, payee = named_by(row.payout)
            lines = tuple([RollLine(line.component, line.for_month, line.amount_fen) for line in row.lines])
            yield RollRow(case, payee, row.person, row.account, row.insured, lines, row.payout)

    def grain_rows(self) -> list[GrainRow]:
        """The grain rows that were written."""
        return _grain_decoder.decode_lines(self.grain)

    def has(self, code: str) -> bool:
        """Whether a case, or relief, stands in it."""
        return any(named_by(row.payout)[0] == code for row in self.kept()) or any(
            row.case == code for row in self.grain_rows()
        )


def write(rows: Iterable[RollRow], grain: Iterable[GrainRow]) -> RollLines:
    """The lines of a roll, whatever order its rows come in."""
    encode = msgspec.json.Encoder(enc_hook=encode_value).encode_lines
    kept = [
        (row.payout, row.person, row.account, row.insured,
         [(line.component, line.for_month, line.amount_fen) for line in row.lines])
        for row in sorted(rows, key=lambda r: r.payout)
    ]  # fmt: skip
    return RollLines(encode(kept), encode(sorted(grain, key=lambda r: r.case)))


def digest(rows: Iterable[RollRow], grain: Iterable[GrainRow]) -> str:
    """The digest of a roll."""
    return write(rows, grain).digest


_row_decoder = msgspec.json.Decoder(KeptRow, dec_hook=decode_value)
_grain_decoder = msgspec.json.Decoder(GrainRow, dec_hook=decode_value)
