"""A county on a rehearsal ledger whose money is driven day by day: recorded, closed, back, sent again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from ledger.closing.desk import Desk
from ledger.closing.order import PROGRAMMES
from ledger.closing.overriding import override, plan_override
from ledger.closing.returning import Named, record_returns, start_reissue, start_relief
from ledger.closing.steps import advance
from ledger.domain.batch import Batch
from ledger.intake.reading import read_facts
from ledger.recording import record
from ledger.values.month import Month
from projections.installation import Installation

DIVISION, RURAL = "520203", "dibao_rural"
JUNE = Month.parse("2022-06")
PAPER = "六财社〔2022〕5号"
NUMBERS = count(1)


@dataclass
class County:
    """A rehearsal ledger driven day by day."""

    installation: Installation
    folder: Path
    blocking: bool = False

    @property
    def desk(self) -> Desk:
        desk = self.installation.closing_desk()
        return msgspec.structs.replace(desk, funds=self.installation.funds) if self.blocking else desk

    def on(self, day: str, *facts: dict[str, Any]) -> None:
        """The clock is set to a day; facts are recorded on it."""
        self.installation.ledger.set_rehearsal_day(date.fromisoformat(day))
        if facts:
            path = self.folder / f"facts_{next(NUMBERS)}.jsonl"
            path.write_text("".join(json.dumps(fact, ensure_ascii=False) + "\n" for fact in facts), "utf-8")
            record(self.installation.ledger, read_facts(path))

    def close(self, day: str, month: str, *programmes: str) -> None:
        self.on(day)
        for programme in programmes or PROGRAMMES:
            advance(self.desk, DIVISION, Month.parse(month), programme, self.installation.rehearsal_signers())

    def returned(self, day: str, case: str, month: str) -> None:
        self.on(day)
        record_returns(self.installation.ledger, DIVISION, [Named(case, Month.parse(month))])

    def sent_again(self, day: str, case: str, month: str) -> None:
        self.on(day)
        batch = start_reissue(self.desk, DIVISION, [Named(case, Month.parse(month))])
        advance(self.desk, DIVISION, batch.month, batch.programme, self.installation.rehearsal_signers())

    def relief_at_once(self, day: str, code: str) -> None:
        self.on(day)
        batch = start_relief(self.desk, DIVISION, code)
        advance(self.desk, DIVISION, batch.month, batch.programme, self.installation.rehearsal_signers())


def standard(**changes: Any) -> dict[str, Any]:
    return {"fact": "standard", "programme": "dibao_rural", "amount": "5316.00", "per": "year",
            "from": "2022-01"} | changes  # fmt: skip


def enrol(case: str, confirmed_on: str, **changes: Any) -> dict[str, Any]:
    """A household of one person, whose code is that of the case with a P."""
    person = case.replace("C", "P")
    return {
        "fact": "enrol", "case": case, "programme": "dibao_rural", "confirmed_on": confirmed_on, "head": person,
        "members": [{"person": person, "name": "王秀英"}], "account": {"number": f"7777777{case[1:]}"},
    } | changes  # fmt: skip


def appropriation(fund: str, source: str, amount: str, on: str, **changes: Any) -> dict[str, Any]:
    return {"fact": "appropriation", "fund": fund, "programme": "dibao_rural", "source": source, "amount": amount,
            "on": on} | changes  # fmt: skip


def signed(county: County, role: str, paper: str = PAPER) -> Batch:
    """June's overspending allowed by a role, with its own key."""
    batch = county.installation.ledger.batch(DIVISION, JUNE, RURAL)
    _, said = plan_override(county.desk, batch, role, paper)
    signer = county.installation.rehearsal_signers()[role]
    return override(county.desk, batch, role, paper, signer.sign(said), signer.certificate)
