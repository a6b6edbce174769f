"""Rows that no case-file view is needed for: emergency relief, and payouts sent again; read from the log alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ledger.application import Ledger
from ledger.closing.issuing import folded, row_of
from ledger.closing.parties import Party
from ledger.domain import person
from ledger.domain.batch import RELIEF, Batch
from ledger.domain.case import stream as case_stream
from ledger.domain.case_file import CaseFile
from ledger.domain.event import Recorded
from ledger.domain.payout import PERSON, Payout
from ledger.domain.person import PersonFile
from ledger.domain.relief import Relief, payout_stream
from ledger.domain.relief import stream as relief_stream
from ledger.entitlement.household import Household
from ledger.entitlement.roll import RollLine, RollRow
from ledger.errors import Refused
from ledger.values.month import Month


class Apart(msgspec.Struct, frozen=True):
    """Rows with the parties they pay, in the order of codes, and how many events they were read from."""

    rows: tuple[RollRow, ...]
    parties: tuple[Party, ...]
    events: int


def apart(ledger: Ledger, batch: Batch, before: int) -> Apart:
    """The rows of a relief or re-issue batch by what was known before a log position."""
    if batch.reissue:
        selection = batch.frozen.selection if batch.frozen else ()
        return payouts_again(ledger, batch.division, selection, batch.month, before)
    if batch.programme == RELIEF:
        return reliefs_due(ledger, batch.division, batch.month, before)
    if batch.frozen is not None and not batch.frozen.selection:
        return Apart((), (), 0)
    code = batch.programme.removeprefix(f"{RELIEF}-")
    return relief_alone(ledger, batch.division, code, before)


def reliefs_due(ledger: Ledger, division: str, month: Month, before: int) -> Apart:
    """The reliefs a close of `month` pays: decided in it or earlier, known and not paid before a log position.

    Reliefs of months before the books' opening are the old books'. One in a batch of its own is left to that.
    """
    opening = ledger.rule_book(division, before=before).opening(RELIEF)
    alone = _in_batches_of_their_own(ledger, division, before)
    events = list(ledger.events_log.below(f"relief/{division}/", before=before))
    found = _folded_reliefs(events)
    due = {
        code: relief
        for code, relief in found.items()
        if code not in alone
        and relief.month is not None
        and relief.month <= month
        and (opening is None or relief.month >= opening)
    }
    return _unpaid(ledger, division, due, before, len(events))


def relief_alone(ledger: Ledger, division: str, code: str, before: int) -> Apart:
    """One relief to be paid at once; no rows where it was paid.

    Raises:
        Refused: `relief.unknown` where none stands under the code.
    """
    events = list(ledger.events_log.streams([relief_stream(division, code)], before=before))
    found = _folded_reliefs(events)
    if not found:
        raise Refused(
            "relief.unknown",
            f"relief {code} of division {division}",
            found="none that stands",
            expected="a relief recorded before",
        )
    return _unpaid(ledger, division, found, before, len(events))


def payouts_again(ledger: Ledger, division: str, streams: Sequence[str], month: Month, before: int) -> Apart:
    """Payouts as they would be sent again: the same money, to whoever and whatever account is known.

    Raises:
        Refused: `payout.not_returned` for one that is not returned, `payout.held` while its case is held.
    """
    payouts = list(folded(ledger.events_log.streams(streams, before=before)))
    rows: list[RollRow] = []
    parties: dict[str, Party] = {}
    for payout in payouts:
        payout.require_returned()
        row = row_of(payout.issued)
        if row.payout == payout_stream(division, row.case):
            relief, file = _relief(ledger, division, payout, before)
            rows.append(msgspec.structs.replace(row, account=_relief_account(relief, file)))
            parties[row.payout] = Party(row.case, None, {file.person: file})
            continue
        household = _household(ledger, division, row.case, before)
        if household.case.hold() is not None:
            raise Refused(
                "payout.held",
                f"case {row.case} of division {division}",
                found="the case is held",
                expected="a released case before its money is sent again",
            )
        recipient, account = household.recipient(row.payee, month), household.account(row.payee, month)
        rows.append(msgspec.structs.replace(row, person=recipient, account=account))
        parties[f"case/{row.case}"] = Party.of(household)
    ordered = sorted(parties.values(), key=lambda party: party.code)
    return Apart(tuple(sorted(rows, key=lambda row: row.payout)), tuple(ordered), len(payouts))


def persons_of(ledger: Ledger, codes: Iterable[str], before: int) -> dict[str, PersonFile]:
    """The files of some persons before a log position."""
    files = {code: PersonFile(code) for code in codes}
    for recorded in ledger.events_log.streams(map(person.stream, files), before=before):
        code = recorded.event.originator_id.removeprefix("person/")
        files[code] = files[code].after(recorded)
    return files


def _folded_reliefs(events: Iterable[Recorded]) -> dict[str, Relief]:
    found: dict[str, Relief] = {}
    for recorded in events:
        code = recorded.event.originator_id.rpartition("/")[2]
        found[code] = (found.get(code) or Relief(code)).after(recorded)
    return {code: relief for code, relief in found.items() if relief.granted is not None}


def _in_batches_of_their_own(ledger: Ledger, division: str, before: int) -> set[str]:
    return {
        programme.removeprefix(f"{RELIEF}-")
        for programme, months in ledger.batches(division, before=before).items()
        for batch in months.values()
        if programme.startswith(f"{RELIEF}-") and batch.frozen is not None and batch.frozen.selection
    }


def _unpaid(ledger: Ledger, division: str, reliefs: Mapping[str, Relief], before: int, events: int) -> Apart:
    streams = [payout_stream(division, code) for code in reliefs]
    paid = {recorded.event.originator_id for recorded in ledger.events_log.streams(streams, before=before)}
    due = {code: r for code, r in sorted(reliefs.items()) if payout_stream(division, code) not in paid}
    files = persons_of(ledger, {r.granted.person for r in due.values() if r.granted}, before)
    rows, parties = [], []
    for code, relief in due.items():
        granted = relief.granted
        assert granted is not None
        file = files[granted.person]
        line = RollLine(RELIEF, Month.of(granted.decided_on), granted.amount_fen, (granted.ref,))
        account = _relief_account(relief, file)
        rows.append(RollRow(code, PERSON, granted.person, account, 1, (line,), payout_stream(division, code)))
        parties.append(Party(code, None, {file.person: file}))
    return Apart(tuple(rows), tuple(parties), events)


def _relief(ledger: Ledger, division: str, payout: Payout, before: int) -> tuple[Relief, PersonFile]:
    code = payout.issued.case
    events = ledger.events_log.streams([relief_stream(division, code)], before=before)
    relief = _folded_reliefs(events)[code]
    return relief, persons_of(ledger, [payout.issued.person], before)[payout.issued.person]


def _relief_account(relief: Relief, file: PersonFile) -> str | None:
    """Of the relief's account and the person's own the last known."""
    own, granted = file.own_account, relief.granted
    assert granted is not None
    if own is not None and (granted.account is None or own.position > relief.position):
        return own.ref
    return granted.account


def _household(ledger: Ledger, division: str, code: str, before: int) -> Household:
    file = CaseFile(division, code)
    for recorded in ledger.events_log.streams([case_stream(division, code)], before=before):
        file = file.after(recorded)
    return Household(file, persons_of(ledger, file.people(), before))
