"""Who a bundle speaks of: a case with its persons, or the person of an emergency relief. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ledger.domain.person import PersonFile
from ledger.entitlement.household import Household
from ledger.errors import IntegrityBroken
from ledger.payfile.contents import Account
from ledger.values.month import Month

_NAMELESS = "（未登记姓名）"


class Party(msgspec.Struct, frozen=True):
    """A case or relief by its code, with the files of the persons it may pay."""

    code: str
    village: str | None
    persons: Mapping[str, PersonFile]
    household: Household | None = None

    @classmethod
    def of(cls, household: Household) -> Party:
        """The party of a case."""
        return cls(household.case.case, household.case.village, household.persons, household)

    def name(self, person: str) -> str:
        """A person's name as known last."""
        return self._file(person).current.name or _NAMELESS

    def id_number(self, person: str) -> str | None:
        """A person's ID number as known last."""
        return self._file(person).current.id_number

    def head(self, month: Month) -> str | None:
        """Who heads the household, None where there is none."""
        return self.household.head(month) if self.household else None

    def account(self, ref: str | None) -> Account | None:
        """The account an event reference names, in clear.

        Raises:
            IntegrityBroken: `roll.account_unknown` where none of the persons has it.
        """
        if ref is None:
            return None
        for file in self.persons.values():
            known = file.account(ref)
            if known is not None:
                return Account(known.account.number, known.account.holder, known.account.bank)
        raise IntegrityBroken(
            "roll.account_unknown",
            f"case {self.code}",
            found=f"no account under {ref}",
            expected="the account the frozen roll names",
        )

    def _file(self, person: str) -> PersonFile:
        return self.persons.get(person) or PersonFile(person)
