"""The population of a sample: what the closes of a month issued, read from the log as it was known then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ledger.application import Ledger
from ledger.closing.issuing import folded, payouts_of_month
from ledger.closing.order import PROGRAMMES, programmes_of
from ledger.domain import case
from ledger.domain.batch import RELIEF, Batch
from ledger.domain.case_file import CaseFile
from ledger.domain.payout import PayoutIssued
from ledger.domain.sample import UNKNOWN, Sample, Unit, draw, township_of
from ledger.errors import Refused
from ledger.values.month import Month

_ByCode = dict[str, list[PayoutIssued]]


def drawn_sample(
    ledger: Ledger, division: str, month: Month, size: int, seed: str, programme: str | None = None
) -> Sample:
    """A sample of the cases and reliefs that the closes of a month paid; of one programme, or all.

    The population never changes once the month is closed: what was issued, returned and cancelled money included,
    and the township by what was known at the freeze. What was paid apart (re-issues, urgent reliefs) is not in it.

    Raises:
        Refused: `sample.not_closed` where a programme asked for is not closed, `sample.empty` where nobody was paid;
            `close.before_opening`.
    """
    asked = programmes_of(ledger, division, month) if programme is None else (programme,)
    batches = [_closed(ledger.batch(division, month, one)) for one in asked]
    issued = _issued(ledger, division, month)
    units = [unit for batch in batches for unit in _units(ledger, batch, issued.get(batch.programme, {}))]
    if not units:
        raise Refused(
            "sample.empty", f"{division} {month}", found="nobody was paid", expected="a month with payouts"
        )
    return draw(units, size, seed)


def _closed(batch: Batch) -> Batch:
    if batch.closed is None or batch.programme not in PROGRAMMES:
        raise Refused(
            "sample.not_closed",
            batch.id,
            found="no closed month of this programme",
            expected="a month closed for every programme asked for: only then the population stands",
            hint="--programme draws from one programme.",
        )
    return batch


def _issued(ledger: Ledger, division: str, month: Month) -> dict[str, _ByCode]:
    """What went out with a month's closes, by programme, then case or relief."""
    reliefs = folded(ledger.events_log.below(f"payout/{RELIEF}/{division}/"))
    found: dict[str, _ByCode] = {}
    for payout in (*payouts_of_month(ledger, division, month), *reliefs):
        issued = payout.issued
        if issued.month == month and issued.amount_fen > 0:
            found.setdefault(issued.programme, {}).setdefault(issued.case, []).append(issued)
    return found


def _units(ledger: Ledger, batch: Batch, issued: _ByCode) -> Iterator[Unit]:
    """The units a batch paid, in the order of codes."""
    townships = _townships(ledger, batch, issued)
    for code, paid in sorted(issued.items()):
        yield Unit(
            batch.month, batch.division, batch.programme, code, townships.get(code, UNKNOWN),
            sum(payout.amount_fen for payout in paid), tuple(sorted(payout.ref for payout in paid)),
        )  # fmt: skip


def _townships(ledger: Ledger, batch: Batch, codes: Iterable[str]) -> dict[str, str]:
    """The township of each case as known at the freeze of the batch."""
    files: dict[str, CaseFile] = {}
    names = (case.stream(batch.division, code) for code in codes) if batch.programme != RELIEF else ()
    for recorded in ledger.events_log.streams(names, before=batch.frozen_at):
        _, division, code = recorded.event.originator_id.split("/")
        files[code] = (files.get(code) or CaseFile(division, code)).after(recorded)
    return {code: township_of(file.village) for code, file in files.items() if file.known}
