"""Spending over the appropriations: what it is, the statement that maker and checker sign, and who has signed."""

from __future__ import annotations

from datetime import date
from typing import Protocol

import msgspec
from cryptography import x509

from ledger.domain.batch import CHECKER, MAKER, ROLES, Batch
from ledger.domain.batch_events import OverspendingAllowed
from ledger.domain.fund import BUDGET_LINES, programme_of
from ledger.errors import Refused
from ledger.payfile.certificates import read_pem
from ledger.payfile.contents import judged_at
from ledger.payfile.signing import verify_cms
from ledger.values.money import format_yuan


class Overspending(msgspec.Struct, frozen=True):
    """By how much, in fen, a batch takes its programme's balance at the end of a budget year below zero."""

    year: int
    over_fen: int


class FundSource(Protocol):
    """Where balances of funds come from; the read side implements it."""

    def overspending(self, batch: Batch, today: date) -> Overspending | None:
        """What closing a frozen batch today overspends; None where it is covered, or nothing was appropriated.

        A re-issue overspends nothing: it sends what was covered when it was sent first.
        """


def statement(batch: Batch, found: Overspending, document: str) -> bytes:
    """What is signed: the same bytes for the same frozen roll, year, amount and document."""
    frozen = batch.frozen
    assert frozen is not None
    programme = programme_of(batch.programme)
    lines = [
        "超拨款发放说明 / Statement of overspending",
        *(["REHEARSAL"] if frozen.rehearsal else []),
        f"division: {batch.division}",
        f"budget line: {BUDGET_LINES[programme]} {programme}",
        f"budget year: {found.year}",
        f"batch: {batch.id}",
        f"roll digest: {frozen.roll_digest}",
        f"to be paid: {format_yuan(frozen.totals.amount_fen)} CNY on {frozen.pay_on}",
        f"over the appropriations by at most: {format_yuan(found.over_fen)} CNY",
        f"allowed by: {document}",
    ]
    return ("\n".join(lines) + "\n").encode()


def standing(batch: Batch, role: str) -> OverspendingAllowed | None:
    """What a role signed last about the frozen roll, if anything."""
    return next((one for one in reversed(batch.allowed) if one.role == role), None)


def missing_roles(batch: Batch, found: Overspending) -> list[str]:
    """The roles that have not allowed an overspending: not signed, or for less money, or for another year.

    Nor has a checker who signed under another paper than the maker: they are two statements of one signature each.
    """
    signed = {role: one for role in ROLES if (one := standing(batch, role)) is not None}
    return [
        role
        for role in ROLES
        if role not in signed
        or signed[role].year != found.year
        or signed[role].over_fen < found.over_fen
        or (role == CHECKER and MAKER in signed and signed[role].document != signed[MAKER].document)
    ]


def verify_allowed(batch: Batch, one: OverspendingAllowed, ca: x509.Certificate) -> None:
    """Returns if the signature is its certificate's, under the statement it speaks of.

    Raises:
        IntegrityBroken: `signature.…`.
    """
    assert batch.frozen is not None
    certificate = read_pem(one.certificate.encode(), subject=one.ref)
    said = statement(batch, Overspending(one.year, one.over_fen), one.document)
    verify_cms(said, one.signature, certificate, ca, judged_at(batch.frozen.pay_on))


def require_covered(batch: Batch, found: Overspending | None, ca: x509.Certificate) -> None:
    """Refuses what overspends its appropriations, unless both have allowed at least as much.

    Raises:
        Refused: `fund.overspent`.
        IntegrityBroken: `signature.…`.
    """
    if found is None:
        return
    missing = missing_roles(batch, found)
    if not missing:
        for role in ROLES:
            one = standing(batch, role)
            assert one is not None
            verify_allowed(batch, one, ca)
        return
    programme = programme_of(batch.programme)
    raise Refused(
        "fund.overspent",
        batch.id,
        found=f"{format_yuan(found.over_fen)} yuan more than was appropriated for {programme} up to {found.year}, "
        f"not allowed by the {' and the '.join(missing)}",
        expected="an appropriation that covers it, or a statement signed by both",
        hint=f"Record the appropriation; or `ledger override {batch.month} --programme {batch.programme} "
        f"--role {missing[0]} --document NUMBER` signs that it may be overspent.",
    )
