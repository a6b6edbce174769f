"""From a frozen roll to the contents of its payout bundle: names, accounts, sums, changes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from ledger.closing.batch_numbers import batch_numbers
from ledger.closing.changes import NOTHING, Booked, Since, change
from ledger.closing.parties import Party
from ledger.domain.batch import Batch
from ledger.entitlement.roll import GrainRow, RollRow
from ledger.entitlement.rule_book import RuleBook
from ledger.payfile.bank_profile import FIRST, Profile
from ledger.payfile.contents import (
    FORMAT,
    BundleContents,
    Change,
    GrainAllocation,
    Payer,
    Payment,
    PaymentLine,
)
from ledger.payfile.figures import figures


class Issuer(msgspec.Struct, frozen=True):
    """What an installation puts on its bundles: who pays, its number at the bank, its CA, the banks' profiles.

    `batch_numbers` are those of a bundle that was recorded: one to be written has none yet.
    """

    unit_number: str
    ca_fingerprint: str
    payer: Payer
    profiles: tuple[Profile, ...]
    batch_numbers: dict[str, int] = {}
    format: int = FORMAT

    @classmethod
    def of(cls, batch: Batch) -> Issuer | None:
        """What stands on the bundle that was written for a batch; None before it is."""
        bundled = batch.bundled
        if bundled is None:
            return None
        return cls(
            bundled.unit_number,
            bundled.ca_fingerprint,
            Payer(bundled.payer_name, bundled.payer_account),
            tuple(map(Profile, bundled.profiles)) or (FIRST,),
            bundled.batch_numbers,
            bundled.format,
        )


def as_fields(contents: BundleContents) -> dict[str, Any]:
    """The fields of the event that records a bundle; of the profiles only those that are used, and the default."""
    used = [p.text for n, p in enumerate(contents.banks) if n == 0 or p.code in contents.batch_numbers]
    return {
        "unit_number": contents.unit_number,
        "ca_fingerprint": contents.ca_fingerprint,
        "format": contents.format,
        "payer_name": contents.payer.name,
        "payer_account": contents.payer.account,
        "profiles": tuple(used),
        "batch_numbers": contents.batch_numbers,
    }


def numbered(contents: BundleContents, batch: Batch, others: Iterable[Batch]) -> BundleContents:
    """The contents with the number of the day of each bank's file, by the bundles that stand."""
    numbers = batch_numbers(batch, figures(contents).banks, others, contents.pay_on)
    return msgspec.structs.replace(contents, batch_numbers=numbers)


class Before(msgspec.Struct, frozen=True):
    """What a roll is compared with: the last close's bookings per case and payee, and when it was frozen."""

    booked: Mapping[tuple[str, str], Booked]
    since: Since
    rules: RuleBook


def contents(
    batch: Batch,
    rows: Iterable[RollRow],
    grain: Iterable[GrainRow],
    parties: Iterable[Party],
    before: Before | None,
    issuer: Issuer,
) -> BundleContents:
    """The contents of a frozen batch's bundle.

    Whatever order the rows come in, the bundle is the same. `parties`: those of all rows and of all payees of the
    last close, as known at the freeze, each once. Without `before` nothing is compared: batches paid apart have no
    month before.
    """
    frozen = batch.frozen
    assert frozen is not None
    by_case: dict[str, dict[str, RollRow]] = {}
    for row in sorted(rows, key=lambda row: row.payout):
        by_case.setdefault(row.case, {})[row.payee] = row
    allotted = {row.case: row for row in grain}
    payments: list[Payment] = []
    bookings: list[Payment] = []
    grains: list[GrainAllocation] = []
    changes: list[Change] = []
    previous = _by_case(before)
    for party in parties:
        own = by_case.get(party.code, {})
        for row in own.values():
            (payments if row.amount_fen else bookings).append(_payment(party, row, batch))
        if party.code in allotted:
            grains.append(_grain(party, allotted[party.code], batch))
        if before is not None:
            changes += _changes(party, own, previous.get(party.code, {}), before, batch)
    return BundleContents(
        division=batch.division,
        programme=batch.programme,
        month=batch.month,
        rehearsal=frozen.rehearsal,
        roll_digest=frozen.roll_digest,
        frozen_at=frozen.recorded_at,
        pay_on=batch.pay_on,
        file_number=batch.file_number,
        unit_number=issuer.unit_number,
        ca_fingerprint=issuer.ca_fingerprint,
        payer=issuer.payer,
        banks=issuer.profiles,
        batch_numbers=issuer.batch_numbers,
        format=issuer.format,
        payments=tuple(payments),
        bookings=tuple(bookings),
        grain=tuple(grains),
        changes=tuple(changes),
    )


def _by_case(before: Before | None) -> dict[str, dict[str, Booked]]:
    found: dict[str, dict[str, Booked]] = {}
    for (case, payee), booked in before.booked.items() if before else ():
        found.setdefault(case, {})[payee] = booked
    return found


def _changes(
    party: Party, own: Mapping[str, RollRow], previous: Mapping[str, Booked], before: Before, batch: Batch
) -> Iterator[Change]:
    household = party.household
    if household is None:
        return
    for payee in dict.fromkeys((*own, *previous)):
        then = previous.get(payee, NOTHING)
        now = Booked.of(own[payee].lines, own[payee].account) if payee in own else NOTHING
        name = party.name(own[payee].person if payee in own else household.recipient(payee, batch.month))
        found = change(household, name, then, now, before.rules, batch.month, before.since)
        if found is not None:
            yield found


def _payment(party: Party, row: RollRow, batch: Batch) -> Payment:
    helped = party.head(batch.month)
    return Payment(
        payout=row.payout,
        case=row.case,
        village=party.village,
        payee_name=party.name(row.person),
        id_number=party.id_number(row.person),
        account=party.account(row.account),
        insured=row.insured,
        lines=tuple(PaymentLine(line.component, line.for_month.text, line.amount_fen) for line in row.lines),
        helped_name="" if helped in (None, row.person) else party.name(helped),
    )


def _grain(party: Party, row: GrainRow, batch: Batch) -> GrainAllocation:
    head = party.head(batch.month)
    assert head is not None
    return GrainAllocation(row.case, party.name(head), party.village, row.insured, row.mass_g)
