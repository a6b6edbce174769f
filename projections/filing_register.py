"""The filing register of a county: what officials have filed, what was visited, who has not declared this year.

近亲属备案: 民发〔2012〕220号 §14, §26. Read from the log, without the payouts.
"""

from __future__ import annotations

from datetime import date
from itertools import groupby

import msgspec

from ledger.application import Ledger
from ledger.domain.case import stream as case_stream
from ledger.domain.supervision import Declared, Register
from projections.audit_facts import Filing, Term, filings, home_visits, registers, terms

_PLACE_DIGITS = 6


class FiledCase(msgspec.Struct, frozen=True):
    """A filing, and the first home visit on or after its day."""

    filing: Filing
    case: str
    visited_on: date | None


class FilingRegister(msgspec.Struct, frozen=True):
    """A county's filings by case and day, and the terms of those in office who have not declared."""

    filed: tuple[FiledCase, ...]
    undeclared: tuple[Term, ...]


def filing_register(ledger: Ledger, division: str, before: int, today: date) -> FilingRegister:
    """The register by what was known before a log position.

    Officials are the county's where their unit begins with its code; one whose unit begins with no code may be
    anybody's, and is listed. A nil return is a declaration. A person declares once for all his offices.
    """
    found = registers(ledger, before)
    own = [filing for filing in filings(found) if filing.case.startswith(f"{division}/")]
    visits = _visits(ledger, division, {filing.case.partition("/")[2] for filing in own}, before)
    filed = [_filed(filing, visits) for filing in own]
    return FilingRegister(
        tuple(sorted(filed, key=lambda row: (row.case, row.filing.filed_on, row.filing.official))),
        tuple(_undeclared(found, division, today)),
    )


def _visits(ledger: Ledger, division: str, codes: set[str], before: int) -> dict[str, list[date]]:
    streams = ledger.events_log.streams([case_stream(division, code) for code in codes], before=before)
    grouped = groupby(streams, key=lambda recorded: recorded.event.originator_id)
    return {stream.rpartition("/")[2]: home_visits(events) for stream, events in grouped}


def _filed(filing: Filing, visits: dict[str, list[date]]) -> FiledCase:
    code = filing.case.partition("/")[2]
    visited_on = next((day for day in visits.get(code, ()) if day >= filing.filed_on), None)
    return FiledCase(filing, code, visited_on)


def _undeclared(found: dict[str, Register], division: str, today: date) -> list[Term]:
    held = terms(found)
    declared = {
        stream.removeprefix("official/")
        for stream, register in found.items()
        if any(isinstance(e, Declared) and e.declared_on.year == today.year for e in register.standing)
    }
    persons = {term.person for term in held if term.official in declared}
    missing = (
        term
        for term in held
        if term.holds_on(today) and _may_be_of(term.unit, division) and term.person not in persons
    )
    return sorted(missing, key=lambda term: (term.official, term.from_on))


def _may_be_of(unit: str, division: str) -> bool:
    place = unit[:_PLACE_DIGITS]
    return place == division or not (len(place) == _PLACE_DIGITS and place.isascii() and place.isdigit())
