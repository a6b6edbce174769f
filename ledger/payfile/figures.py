"""What a bundle's payments add up to, counted in one pass before any file states it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from ledger.payfile.bank_profile import Profile, profile_for
from ledger.payfile.contents import BundleContents, Payment


class Money(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many payments, and their sum in fen."""

    count: int
    amount_fen: int

    def plus(self, amount_fen: int) -> Money:
        """With one payment more."""
        return Money(self.count + 1, self.amount_fen + amount_fen)


NONE = Money(0, 0)


class Figures(msgspec.Struct, frozen=True):
    """Sums of the payments: together, by bank (those that pay any, else the default), without account, by component."""

    payments: Money
    banks: dict[str, Money]
    unpayable: Money
    components: dict[str, int]

    @property
    def bank(self) -> Money:
        """What goes to all banks together."""
        return Money(
            self.payments.count - self.unpayable.count, self.payments.amount_fen - self.unpayable.amount_fen
        )


def figures(contents: BundleContents) -> Figures:
    """The figures of a bundle."""
    count = amount_fen = no_account = unpayable_fen = 0
    banks: dict[str, list[int]] = {}
    components: dict[str, int] = {}
    routes = Routes(contents.banks)
    for payment in contents.payments:
        fen = 0
        for line in payment.lines:
            components[line.component] = components.get(line.component, 0) + line.amount_fen
            fen += line.amount_fen
        count, amount_fen = count + 1, amount_fen + fen
        if payment.account is None:
            no_account, unpayable_fen = no_account + 1, unpayable_fen + fen
        else:
            sums = banks.setdefault(routes.bank(payment).code, [0, 0])
            sums[0] += 1
            sums[1] += fen
    used = [profile.code for profile in contents.banks if profile.code in banks] or [contents.banks[0].code]
    return Figures(
        Money(count, amount_fen),
        {code: Money(*banks.get(code, (0, 0))) for code in used},
        Money(no_account, unpayable_fen),
        components,
    )


class Routes:
    """Which bank a payment goes through; the answer for each bank's name is found once."""

    def __init__(self, banks: tuple[Profile, ...]) -> None:
        self._banks = banks
        self._found: dict[str | None, Profile] = {}

    def bank(self, payment: Payment) -> Profile:
        """The profile of the bank of a payment that has an account."""
        assert payment.account is not None
        name = payment.account.bank
        if name not in self._found:
            self._found[name] = profile_for(name, self._banks)
        return self._found[name]


def through(contents: BundleContents, code: str) -> Iterator[Payment]:
    """The payments that go through one bank, in order: the n-th is the n-th line of its file, from 1."""
    routed = Routes(contents.banks)
    return (p for p in contents.payments if p.account is not None and routed.bank(p).code == code)


def payable(payments: Iterable[Payment]) -> Iterator[Payment]:
    """The payments that have an account."""
    return (payment for payment in payments if payment.account is not None)
