"""Reviews and means checks (核对) of a county's households: those that were made, and who has had none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec

from ledger.domain.case import CaseFactVoided, Reviewed, key
from ledger.domain.case_file import CaseFile
from ledger.values.month import Month
from projections.case_files import decode_case
from projections.installation import Installation

YEAR_MONTHS = 12


class HouseholdReview(msgspec.Struct, frozen=True):
    """A review of a household. `new`: made before it drew anything, else while it drew."""

    case: str
    programme: str
    review: Reviewed
    new: bool


class Unreviewed(msgspec.Struct, frozen=True):
    """A household without a review of a kind within twelve months, and when it had its last."""

    case: str
    programme: str
    confirmed_on: date
    last_on: date | None


def household_reviews(installation: Installation, division: str) -> list[HouseholdReview]:
    """All reviews of a division's cases that stand, the oldest first."""
    files = {key(file.division, file.case): file for file in _cases(installation, division)}
    rows = [
        HouseholdReview(file.case, file.programme, review, Month.of(review.reviewed_on) < file.first_month)
        for case, reviews in _reviews(installation, division).items()
        if (file := files.get(case)) is not None
        for review in reviews
    ]
    return sorted(rows, key=lambda row: (row.review.reviewed_on, row.case))


def unreviewed(installation: Installation, division: str, kind: str, today: date) -> list[Unreviewed]:
    """The households that draw, or will, without a review of a kind in the last twelve months, by case."""
    reviews = _reviews(installation, division)
    since = Month.of(today) - YEAR_MONTHS
    rows = []
    for file in _cases(installation, division):
        last = file.last_month()
        if last is not None and last < Month.of(today):
            continue
        own = [review.reviewed_on for review in reviews.get(key(division, file.case), ()) if review.kind == kind]
        if not own or Month.of(max(own)) < since:
            rows.append(Unreviewed(file.case, file.programme, file.confirmed_on, max(own, default=None)))
    return rows


def last_means_checks(installation: Installation, division: str) -> dict[str, date]:
    """Per case (division/case) the day of its last means check."""
    return {
        case: max(days)
        for case, reviews in _reviews(installation, division).items()
        if (days := [review.reviewed_on for review in reviews if review.kind == "means_check"])
    }


def _reviews(installation: Installation, division: str) -> dict[str, list[Reviewed]]:
    log = installation.ledger.events_log
    found: dict[str, Reviewed] = {}
    for recorded in log.of_topics([Reviewed.TOPIC, CaseFactVoided.TOPIC], before=log.end() + 1):
        match recorded.event:
            case Reviewed() as review if review.originator_id.startswith(f"case/{division}/"):
                found[review.ref] = review
            case CaseFactVoided(of=of):
                found.pop(of, None)
    by_case: dict[str, list[Reviewed]] = {}
    for review in found.values():
        by_case.setdefault(review.originator_id.removeprefix("case/"), []).append(review)
    return by_case


def _cases(installation: Installation, division: str) -> Iterator[CaseFile]:
    """The enrolled cases of a division as known now, in the order of their codes."""
    installation.rolls.views.catch_up()
    with installation.ledger.datastore.get_connection() as conn:
        rows = conn.execute(
            "SELECT body FROM case_file WHERE division = %s AND to_position IS NULL AND programme IS NOT NULL "
            "ORDER BY case_id",
            (division,),
        ).fetchall()
    return (decode_case(row["body"]) for row in rows)
