"""From a frozen roll to the contents of its payout bundle: names, accounts, sums, changes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from ledger.changes import NOTHING, Booked, Since, change
from ledger.domain.batch import Batch
from ledger.domain.payout import stream as payout_stream
from ledger.entitlement.household import Household
from ledger.entitlement.roll import GrainRow, RollRow
from ledger.entitlement.rule_book import RuleBook
from ledger.errors import IntegrityBroken
from ledger.payfile.contents import (
    Account,
    BundleContents,
    Change,
    GrainAllocation,
    Payment,
    PaymentLine,
)

_NAMELESS = "（未登记姓名）"


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


def contents(
    batch: Batch,
    rows: Iterable[RollRow],
    grain: Iterable[GrainRow],
    households: Iterable[Household],
    before: Mapping[tuple[str, str], Booked],
    rules: RuleBook,
    since: Since,
    issuer: Issuer,
) -> BundleContents:
    """The contents of a frozen batch's bundle.

    `households`: those of all rows and of all payees of the last close, as known at the freeze, each once.
    `before`: what the last close booked per case and payee.
    """
    frozen = batch.frozen
    assert frozen is not None
    by_case: dict[str, list[RollRow]] = {}
    for row in rows:
        by_case.setdefault(row.case, []).append(row)
    allotted = {row.case: row for row in grain}
    previous: dict[str, dict[str, Booked]] = {}
    for (case, payee), booked in before.items():
        previous.setdefault(case, {})[payee] = booked
    payments: list[Payment] = []
    bookings: list[Payment] = []
    grains: list[GrainAllocation] = []
    changes: list[Change] = []
    for household in households:
        code = household.case.case
        own = {row.payee: row for row in by_case.get(code, ())}
        for row in own.values():
            (payments if row.amount_fen else bookings).append(_payment(batch, household, row))
        if code in allotted:
            grains.append(_grain(household, allotted[code], batch))
        for payee in dict.fromkeys((*own, *previous.get(code, ()))):
            then = previous.get(code, {}).get(payee, NOTHING)
            now = Booked.of(own[payee].lines, own[payee].account) if payee in own else NOTHING
            name = _name(household, own[payee].person if payee in own else household.head(batch.month))
            if (found := change(household, name, then, now, rules, batch.month, since)) is not None:
                changes.append(found)
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


def _payment(batch: Batch, household: Household, row: RollRow) -> Payment:
    return Payment(
        payout=payout_stream(batch.month, batch.division, row.case, row.payee),
        case=row.case,
        village=household.case.village,
        payee_name=_name(household, row.person),
        id_number=household.person(row.person).current.id_number,
        account=_account(household, row.account),
        insured=row.insured,
        lines=tuple(PaymentLine(line.component, line.for_month.text, line.amount_fen) for line in row.lines),
    )


def _grain(household: Household, row: GrainRow, batch: Batch) -> GrainAllocation:
    name = _name(household, household.head(batch.month))
    return GrainAllocation(row.case, name, household.case.village, row.insured, row.mass_g)


def _name(household: Household, person: str) -> str:
    return household.person(person).current.name or _NAMELESS


def _account(household: Household, ref: str | None) -> Account | None:
    """The account a roll row names, in clear."""
    if ref is None:
        return None
    for file in household.persons.values():
        known = file.account(ref)
        if known is not None:
            return Account(known.account.number, known.account.holder, known.account.bank)
    raise IntegrityBroken(
        "roll.account_unknown",
        f"case {household.case.case}",
        found=f"no account under {ref}",
        expected="the account the frozen roll names",
    )
