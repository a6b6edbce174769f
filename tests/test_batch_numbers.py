"""Which file of the day a batch is: counted for each bank and day, never the same for two that stand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec

from ledger.closing.batch_numbers import batch_numbers
from ledger.domain.batch import Batch
from ledger.domain.batch_events import Bundled, FirstBundled, Frozen, Totals
from ledger.values.month import Month

DAY = date(2022, 8, 10)
JULY = Month.parse("2022-07")
HEADER = {"originator_version": 1, "recorded_at": datetime(2022, 8, 5, tzinfo=UTC), "actor": "a", "command_id": "c",
          "correlation": "x"}  # fmt: skip


def batch(programme: str, numbers: dict[str, int] | None, *, pay_on: date = DAY) -> Batch:
    made = Batch("520203", JULY, programme)
    frozen = Frozen(
        originator_id=made.id, **HEADER, division="520203", programme=programme, month=JULY, roll_digest="ab",
        totals=Totals(1, 100, 0, 0, 0), pay_on=pay_on,
    )  # fmt: skip
    if numbers is None:
        return msgspec.structs.replace(made, frozen=frozen)
    bundled = Bundled(
        originator_id=made.id, **HEADER, roll_digest="ab", sums="", unit_number="1", ca_fingerprint="cd", format=2,
        payer_name="", payer_account=None, profiles=(), batch_numbers=numbers,
    )  # fmt: skip
    return msgspec.structs.replace(made, frozen=frozen, bundled=bundled)


RURAL = batch("dibao_rural", None)


def test_the_first_file_of_the_day_is_number_one_at_each_bank() -> None:
    assert batch_numbers(RURAL, ["agent", "postal"], [], DAY) == {"agent": 1, "postal": 1}


def test_each_bank_counts_its_own_files() -> None:
    others = [batch("dibao_urban", {"agent": 1}), batch("tekun", {"agent": 2, "postal": 1})]
    assert batch_numbers(RURAL, ["agent", "postal"], others, DAY) == {"agent": 3, "postal": 2}


def test_another_day_counts_anew() -> None:
    others = [batch("dibao_urban", {"agent": 1}, pay_on=date(2022, 8, 11))]
    assert batch_numbers(RURAL, ["agent"], others, DAY) == {"agent": 1}


def test_a_batch_without_a_bundle_holds_no_number_and_its_own_is_free_again() -> None:
    others = [batch("dibao_urban", None), batch("dibao_rural", {"agent": 1}), batch("tekun", {"agent": 2})]
    assert batch_numbers(RURAL, ["agent"], others, DAY) == {"agent": 1}


def test_a_bundle_of_the_first_format_was_its_days_first_file() -> None:
    first = FirstBundled(
        originator_id="batch/520203/2022-07/tekun", **HEADER, roll_digest="ab", sums="", unit_number="1",
        ca_fingerprint="cd",
    )  # fmt: skip
    upgraded = first.upgrade()
    assert (upgraded.format, upgraded.profiles, upgraded.batch_numbers) == (1, (), {"agent": 1})
    tekun = msgspec.structs.replace(batch("tekun", None), bundled=upgraded)
    assert batch_numbers(RURAL, ["agent"], [tekun], DAY) == {"agent": 2}
