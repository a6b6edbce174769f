"""Alerts as they stand on a day, each with its dataset and its township; and the count to zero per township."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date

import msgspec

from ledger.application import Ledger
from ledger.domain.alert import Alert, alert_of
from ledger.domain.person import ERASED, Note, Noted, open_private
from ledger.domain.sample import UNKNOWN, township_of
from ledger.domain.supervision import Register
from projections.installation import Installation
from projections.memberships import cases_by_person

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


class ListedAlert(msgspec.Struct, frozen=True):
    """An alert with what it is about; `dataset` None once the person's key is gone.

    `evidence` are the SHA-256 digests of the files named as evidence of its steps, in hex.
    """

    code: str
    division: str
    alert: Alert
    dataset: str | None
    case: str | None
    township: str
    evidence: tuple[str, ...]


class TownshipCount(msgspec.Struct, frozen=True):
    """How far a township is from zero; `oldest_days` is the age of its oldest open alert."""

    township: str
    raised: int
    cleared: int
    open: int
    oldest_days: int | None


def standing_alerts(ledger: Ledger, prefix: str = "alert/", on: date | None = None) -> dict[str, Alert]:
    """The alerts that were not voided, by stream; those below a prefix, as they stood at the end of a day."""
    found: dict[str, Register] = {}
    for recorded in ledger.events_log.below(prefix):
        stream = recorded.event.originator_id
        found[stream] = (found.get(stream) or Register(stream)).after(recorded)
    alerts = ((stream, alert_of(register.standing, on)) for stream, register in found.items())
    return {stream: alert for stream, alert in alerts if alert is not None}


def listed_alerts(installation: Installation, division: str, on: date) -> list[ListedAlert]:
    """The alerts of a division that stood on a day, the oldest first.

    Steps count by the day they were done. A township is that of the person's case in the division; of a village
    known by name alone, the village; `-` where he stands in no case.
    """
    ledger = installation.ledger
    installation.rolls.views.catch_up()
    found = standing_alerts(ledger, f"alert/{division}/", on)
    notes = _notes(ledger, found.values())
    homes = _homes(ledger, division, {alert.raised.person for alert in found.values()})
    rows = [
        _listed(stream.rpartition("/")[2], division, alert, notes, homes.get(alert.raised.person))
        for stream, alert in found.items()
    ]
    return sorted(rows, key=lambda row: (row.alert.raised.raised_on, row.code))


def _listed(
    code: str, division: str, alert: Alert, notes: Mapping[str, str], home: tuple[str, str] | None
) -> ListedAlert:
    detail = notes.get(alert.raised.detail)
    case, township = home or (None, UNKNOWN)
    said = (notes.get(step.note or "", "") for step in alert.steps)
    evidence = tuple(digest for text in said for digest in _DIGEST.findall(text))
    return ListedAlert(code, division, alert, dataset_in(detail) if detail else None, case, township, evidence)


def _notes(ledger: Ledger, alerts: Collection[Alert]) -> dict[str, str]:
    """The sealed texts of alerts and their steps by reference."""
    wanted = {
        ref for alert in alerts for ref in (alert.raised.detail, *(step.note for step in alert.steps)) if ref
    }
    streams = {ref.rpartition("@")[0] for ref in wanted}
    return {
        r.event.ref: open_private(r.event, Note).text
        for r in ledger.events_log.streams(streams)
        if isinstance(r.event, Noted) and r.event.ref in wanted and r.event.private != ERASED
    }


def dataset_in(detail: str) -> str:
    """The dataset that an alert's detail begins with."""
    return detail.partition(":")[0]


def _homes(ledger: Ledger, division: str, persons: Collection[str]) -> Mapping[str, tuple[str, str]]:
    """Per person his case in a division, one that has not ended before others, and its township."""
    found: dict[str, tuple[str, str]] = {}
    for person, files in cases_by_person(ledger.datastore, persons).items():
        own = [file for file in files if file.division == division]
        if own:
            file = next((file for file in own if file.last_month() is None), own[-1])
            found[person] = file.case, _township(file.village)
    return found


def _township(village: str | None) -> str:
    township = township_of(village)
    return township if township != UNKNOWN else village or UNKNOWN


def by_township(rows: Collection[ListedAlert], today: date) -> Iterator[TownshipCount]:
    """The count to zero (动态清零), township by township."""
    for township in sorted({row.township for row in rows}):
        own = [row.alert for row in rows if row.township == township]
        ages = [alert.age_days(today) for alert in own if alert.open]
        yield TownshipCount(township, len(own), len(own) - len(ages), len(ages), max(ages, default=None))
