"""From a frozen roll to the contents of its payout bundle: names, accounts, sums, changes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from ledger.changes import NOTHING, Booked, Since, change
from ledger.domain.batch import Batch
from ledger.entitlement.roll import GrainRow, RollRow
from ledger.entitlement.rule_book import RuleBook
from ledger.parties import Party
from ledger.payfile.contents import BundleContents, Change, GrainAllocation, Payment, PaymentLine


class Issuer(msgspec.Struct, frozen=True):
    """What an installation puts on its bundles: the payer's number at the bank and its CA."""

    unit_number: str
    ca_fingerprint: str

    @classmethod
    def of(cls, batch: Batch) -> Issuer | None:
        """What stands on the bundle that was written for a batch; None before it is."""
        bundled = batch.bundled
        return cls(bundled.unit_number, bundled.ca_fingerprint) if bundled else None

    def as_fields(self) -> dict[str, str]:
        """The fields of the event that records a bundle."""
        return {"unit_number": self.unit_number, "ca_fingerprint": self.ca_fingerprint}


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
            (payments if row.amount_fen else bookings).append(_payment(party, row))
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
        pay_on=frozen.pay_on,
        batch_number=1,
        unit_number=issuer.unit_number,
        ca_fingerprint=issuer.ca_fingerprint,
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


def _payment(party: Party, row: RollRow) -> Payment:
    return Payment(
        payout=row.payout,
        case=row.case,
        village=party.village,
        payee_name=party.name(row.person),
        id_number=party.id_number(row.person),
        account=party.account(row.account),
        insured=row.insured,
        lines=tuple(PaymentLine(line.component, line.for_month.text, line.amount_fen) for line in row.lines),
    )


def _grain(party: Party, row: GrainRow, batch: Batch) -> GrainAllocation:
    head = party.head(batch.month)
    assert head is not None
    return GrainAllocation(row.case, party.name(head), party.village, row.insured, row.mass_g)
