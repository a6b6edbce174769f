"""A frozen roll by townships, and each township's confirmation of its own part.

A row is of the township in whose village its case lay by what was known at the freeze: the rows themselves name no
village. Cases without a village code, and reliefs, which are a person's, are the county's own and need no
confirmation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from ledger.closing.desk import ATTEMPTS, Desk, append_to, busy
from ledger.domain.batch import Batch
from ledger.entitlement.roll_lines import RollLines
from ledger.errors import Refused
from ledger.store.recorder import Conflict
from ledger.values.identifiers import township_of


class Part(msgspec.Struct, frozen=True):
    """The rows of a frozen roll that are one township's (None: the county's own), and the grain allotted there."""

    township: str | None
    roll: RollLines

    @property
    def digest(self) -> str:
        """The digest of these rows alone, made as a whole roll's is."""
        return self.roll.digest

    @property
    def rows(self) -> int:
        """How many rows it has, those of grain included."""
        return self.roll.payouts.count(b"\n") + self.roll.grain.count(b"\n")

    @property
    def insured(self) -> Mapping[str, int]:
        """Each case with its insured persons."""
        counted = {row.case: row.insured for row in self.roll.grain_rows()}
        return counted | {row.case: row.insured for row in self.roll.rows()}

    @property
    def amount_fen(self) -> int:
        """What its rows pay."""
        return sum(row.amount_fen for row in self.roll.rows())

    @property
    def grain_g(self) -> int:
        """The grain allotted."""
        return sum(row.mass_g for row in self.roll.grain_rows())


def parts(roll: RollLines, villages: Mapping[str, str | None]) -> list[Part]:
    """A roll by townships in the order of their codes, the county's own part last."""
    payouts, grain = (
        _by_township(lines, (row.case for row in rows), villages)
        for lines, rows in ((roll.payouts, roll.rows()), (roll.grain, roll.grain_rows()))
    )
    found = sorted({*payouts, *grain}, key=lambda code: (code is None, code or ""))
    return [Part(code, RollLines(payouts.get(code, b""), grain.get(code, b""))) for code in found]


def _by_township(
    lines: bytes, cases: Iterable[str], villages: Mapping[str, str | None]
) -> dict[str | None, bytes]:
    found: dict[str | None, list[bytes]] = {}
    for line, case in zip(lines.splitlines(keepends=True), cases, strict=True):
        found.setdefault(township_of(villages.get(case)), []).append(line)
    return {code: b"".join(own) for code, own in found.items()}


def frozen_parts(desk: Desk, batch: Batch) -> list[Part]:
    """The parts of the freeze that stands, by the villages known at it; none of a batch that has no roll yet.

    Raises:
        IntegrityBroken: `roll.digest` where the rows are not those that were frozen.
    """
    if batch.frozen is None or batch.frozen_at is None:
        return []
    return parts(desk.source.frozen(batch), desk.source.villages(batch, batch.frozen_at))


def to_confirm(found: Sequence[tuple[Batch, Sequence[Part]]], township: str) -> list[tuple[Batch, Part]]:
    """Of some batches and their parts those that a township has yet to confirm; none where it has confirmed all.

    Raises:
        Refused: `batch.not_frozen` where none is; `township.no_rows`; `batch.closed` where all of its are closed.
    """
    frozen = [(batch, own) for batch, own in found if batch.frozen is not None]
    if not frozen:
        found[0][0].require_confirmable(township)
    its = [(batch, part) for batch, own in frozen for part in own if part.township == township]
    if not its:
        _part_of(frozen[0][0], [part for _, own in frozen for part in own], township)
    waiting = [(batch, part) for batch, part in its if batch.confirmation(township) is None]
    still_open = [(batch, part) for batch, part in waiting if batch.closed is None]
    if waiting and not still_open:
        waiting[0][0].require_confirmable(township)
    return still_open


def confirm(desk: Desk, batch: Batch, township: str, *, as_seen: str) -> None:
    """Records that a township stands by its part of a frozen roll; `as_seen` is the digest on what it checked.

    Raises:
        Refused: see `Batch.confirm`; `township.no_rows`; `township.digest` where the part is not the one seen.
    """
    for _ in range(ATTEMPTS):
        batch = desk.ledger.batch(batch.division, batch.month, batch.programme)
        part = _part_of(batch, frozen_parts(desk, batch), township)
        if as_seen.strip().lower() != part.digest:
            raise Refused(
                "township.digest",
                f"{township} in {batch.id}",
                found=f"rows with the digest {part.digest}",
                expected=f"the digest given, {as_seen}",
                hint="The roll was frozen again since the list was made: check the new one.",
            )
        event = batch.confirm(
            desk.ledger.origin(), township=township, digest=part.digest, rows=part.rows,
            amount_fen=part.amount_fen,
        )  # fmt: skip
        try:
            append_to(desk, batch, [event])
        except Conflict:
            continue  # frozen again, signed, or another township confirmed: look at it anew
        return
    raise busy(batch.id, "the batch changed each time it was read")


def _part_of(batch: Batch, found: Collection[Part], township: str) -> Part:
    """A township's part of a roll.

    Raises:
        Refused: `township.no_rows`.
    """
    for part in found:
        if part.township == township:
            return part
    raise Refused(
        "township.no_rows",
        f"{township} in {batch.id}",
        found="no row of this township",
        expected=f"one of {', '.join(part.township for part in found if part.township) or 'none'}",
    )
