"""What was voided between a freeze and the close: a case or relief that never was must not be paid any more."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.application import Ledger
from ledger.domain.batch import Batch
from ledger.domain.case import CaseFactVoided, Enrolled
from ledger.domain.event import Recorded
from ledger.domain.relief import ReliefVoided
from ledger.entitlement.roll_lines import RollLines
from ledger.errors import Refused

_CHUNK = 20_000


def require_unvoided(ledger: Ledger, batch: Batch, roll: RollLines) -> None:
    """Refuses a close that would pay, book or allot something to a case or relief voided since the freeze.

    Anything else that became known since the freeze comes back in the next month as arrears or recovery. A case
    without an enrolment has no next month, and a relief is never offset (docs/rules.md R16).

    Raises:
        Refused: `close.voided`.
    """
    assert batch.frozen_at is not None
    for recorded in _voids_after(ledger, batch.frozen_at):
        event = recorded.event
        kind, division, code, *_ = event.originator_id.split("/")
        if (kind == "relief") != batch.relief or division != batch.division:
            continue
        if (isinstance(event, ReliefVoided) or _voids_enrolment(ledger, event)) and roll.has(code):
            what = "relief" if batch.relief else "the enrolment of case"
            raise Refused(
                "close.voided",
                batch.id,
                found=f"{what} {code} stands in its roll and was voided since the freeze, by {event.ref}",
                expected="a roll of cases and reliefs that stand",
                hint=f"`ledger close-month {batch.month}{batch.option} --freeze-again` leaves it out.",
            )


def _voids_after(ledger: Ledger, position: int) -> Iterator[Recorded]:
    topics = (CaseFactVoided.TOPIC, ReliefVoided.TOPIC)
    while part := ledger.events_log.after(position, topics, limit=_CHUNK):
        yield from part
        position = part[-1].position


def _voids_enrolment(ledger: Ledger, voided: object) -> bool:
    assert isinstance(voided, CaseFactVoided)
    enrolments = (r.event for r in ledger.history(voided.originator_id) if isinstance(r.event, Enrolled))
    return any(enrolment.ref == voided.of for enrolment in enrolments)
