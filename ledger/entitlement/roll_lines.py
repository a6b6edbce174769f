"""A roll as lines of JSON, in which it is kept and whose SHA-256 is its digest: what both signers stand for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from ledger.domain.event import decode_value, encode_value
from ledger.domain.payout import named_by
from ledger.entitlement.roll import GrainRow, RollLine, RollRow


class RollLines(msgspec.Struct, frozen=True):
    """One line a row in order of payouts, then one a grain row in order of cases; no reasons."""

    payouts: Sequence[bytes]
    grain: Sequence[bytes]

    @property
    def digest(self) -> str:
        """The SHA-256 of the lines, each ended by a line feed."""
        sha = hashlib.sha256()
        for line in (*self.payouts, *self.grain):
            sha.update(line + b"\n")
        return sha.hexdigest()

    def rows(self) -> Iterator[RollRow]:
        """The rows that were written, one at a time."""
        for line in self.payouts:
            payout, person, account, insured, lines = _row_decoder.decode(line)
            case, payee = named_by(payout)
            yield RollRow(case, payee, person, account, insured, lines, payout)

    def grain_rows(self) -> Iterator[GrainRow]:
        """The grain rows that were written."""
        return map(_grain_decoder.decode, self.grain)

    def has(self, code: str) -> bool:
        """Whether a case, or relief, stands in it."""
        return any(row.case == code for row in self.rows()) or any(row.case == code for row in self.grain_rows())


def write(rows: Iterable[RollRow], grain: Iterable[GrainRow]) -> RollLines:
    """The lines of a roll, whatever order its rows come in."""
    encode = msgspec.json.Encoder(enc_hook=encode_value).encode
    payouts = []
    for row in sorted(rows, key=lambda r: r.payout):
        lines = [(line.component, line.for_month, line.amount_fen) for line in row.lines]
        payouts.append(encode((row.payout, row.person, row.account, row.insured, lines)))
    return RollLines(payouts, [encode(allotted) for allotted in sorted(grain, key=lambda r: r.case)])


def digest(rows: Iterable[RollRow], grain: Iterable[GrainRow]) -> str:
    """The digest of a roll."""
    return write(rows, grain).digest


_row_decoder = msgspec.json.Decoder(tuple[str, str, str | None, int, tuple[RollLine, ...]], dec_hook=decode_value)
_grain_decoder = msgspec.json.Decoder(GrainRow, dec_hook=decode_value)
