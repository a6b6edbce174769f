"""A county with a closed June, for what a bank says of it, and what it is made of."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from ledger.closing.issuing import folded
from ledger.closing.order import PROGRAMMES
from ledger.closing.steps import advance
from ledger.domain.batch import Batch
from ledger.domain.payout import Payout
from ledger.intake.reading import read_facts
from ledger.recording import record
from ledger.values.month import Month
from projections.installation import Installation

DIVISION, JUNE = "520203", Month.parse("2022-06")
CASES = 4


def account(number: int) -> str:
    return f"777777{number}"


def household(number: int) -> dict[str, Any]:
    return {
        "fact": "enrol", "case": f"C{number}", "programme": "dibao_rural", "confirmed_on": "2022-05-18",
        "head": f"P{number}", "members": [{"person": f"P{number}", "name": "王秀英"}],
        "account": {"number": account(number)},
    }  # fmt: skip


class County:
    """An installation with June closed for C1 to C4 (443.00 each, to accounts of their own)."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        self.installation = installation
        self.ledger = installation.ledger
        self.desk = installation.closing_desk()
        self._folder = folder

    def take(self, *facts: dict[str, Any]) -> None:
        path = self._folder / "facts.jsonl"
        path.write_text("".join(json.dumps(fact, ensure_ascii=False) + "\n" for fact in facts), encoding="utf-8")
        record(self.ledger, read_facts(path))

    def on(self, month: int, day: int) -> None:
        self.ledger.set_rehearsal_day(date(2022, month, day))

    def close(self, programme: str, month: Month = JUNE) -> Batch:
        return advance(self.desk, DIVISION, month, programme, self.installation.rehearsal_signers())

    def batch(self, programme: str = "dibao_rural", month: Month = JUNE) -> Batch:
        return self.ledger.batch(DIVISION, month, programme)

    def payout(self, code: str) -> Payout:
        return next(folded(self.ledger.events_log.streams([f"payout/{JUNE}/{DIVISION}/{code}/household"])))


def with_june_closed(installation: Installation, folder: Path, cases: int = CASES) -> County:
    """A county of so many cases, June closed on the 8th; it is the 20th."""
    installation.ledger.set_rehearsal_day(date(2022, 6, 8))
    found = County(installation, folder)
    standard = {
        "fact": "standard",
        "programme": "dibao_rural",
        "amount": "5316.00",
        "per": "year",
        "from": "2022-04",
    }
    found.take(standard, *map(household, range(1, cases + 1)))
    for programme in PROGRAMMES:
        found.close(programme)
    found.on(6, 20)
    return found
