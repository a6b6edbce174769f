"""The office's own words: free text that belongs to no person, sealed with the division's office, and read again."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.application import Ledger
from ledger.domain import person
from ledger.domain.person import ERASED, Note, Noted, open_private
from ledger.errors import Misused
from ledger.intake.fields import TEXT


def read_text(text: str) -> str:
    """A text as facts may hold one.

    Raises:
        Misused: `text.malformed`.
    """
    try:
        return TEXT.read(text)
    except ValueError:
        raise Misused(
            "text.malformed", "--text", found=f"{len(text)} characters", expected=TEXT.expected
        ) from None


def noted(ledger: Ledger, division: str, text: str, cause: str) -> Noted:
    """The event that seals a text of the event `cause` with the division's office."""
    stream = person.stream(person.office(division))
    return Noted(
        originator_id=stream,
        originator_version=ledger.events_log.version(stream) + 1,
        actor=ledger.actor,
        cause=cause,
        private=person.private(Note(text)),
    )


def texts(ledger: Ledger, refs: Iterable[str | None]) -> dict[str, str]:
    """The texts of some references, in clear; `erased` where the office's key is gone."""
    asked = {ref for ref in refs if ref is not None}
    found = {}
    for recorded in ledger.events_log.streams({ref.rpartition("@")[0] for ref in asked}):
        event = recorded.event
        if event.ref in asked and isinstance(event, Noted):
            found[event.ref] = "erased" if event.private == ERASED else open_private(event, Note).text
    return found
