"""Writing, reading back and comparing a bundle holds no file and no list of payments in memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import overload

from bundles_made import MakeContents, payment

from ledger.payfile.contents import Payment
from ledger.payfile.folder import write_bundle


class Made(Sequence[Payment]):
    """Payments made when they are asked for: they take no memory themselves."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Payment: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Payment]: ...
    def __getitem__(self, place: int | slice) -> Payment | Sequence[Payment]:
        assert isinstance(place, int)
        if place >= self._count:
            raise IndexError
        return payment(f"D{place}", 1000 + place)


def peak_bytes(folder: Path, make_contents: MakeContents, count: int) -> int:
    tracemalloc.start()
    try:
        contents = make_contents(payments=Made(count))
        write_bundle(folder, contents)
        write_bundle(folder, contents)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_payment_more_costs_its_place_in_the_roll_and_no_line_of_any_file(
    tmp_path: Path, make_contents: MakeContents
) -> None:
    few, many = 300, 2300
    small = peak_bytes(tmp_path / "few", make_contents, few)
    large = peak_bytes(tmp_path / "many", make_contents, many)
    # A line in payouts.xml alone has 500 bytes; the names of the payouts seen and their places have less.
    assert (large - small) / (many - few) < 300
