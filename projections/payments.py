"""The payment view: what each close issued, line by line, and what it counts for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eventsourcing.postgres import PostgresDatastore
from psycopg import Cursor
from psycopg.rows import tuple_row

from ledger.domain.batch import RELIEF
from ledger.domain.event import Recorded
from ledger.domain.fund import CANCELLED, REISSUED, RETURNED
from ledger.domain.payout import (
    RECOVERY,
    CancellationVoided,
    GrainAllocated,
    PayoutCancelled,
    PayoutIssued,
    PayoutReissued,
    PayoutReturned,
    grain_stream,
)
from ledger.domain.payout import stream as payout_stream
from ledger.entitlement.roll import RollLine
from ledger.values.month import Month
from projections.copying import copy_rows

TOPICS = (
    PayoutIssued.TOPIC, GrainAllocated.TOPIC, PayoutReturned.TOPIC, PayoutReissued.TOPIC, PayoutCancelled.TOPIC,
    CancellationVoided.TOPIC,
)  # fmt: skip
"""The events this view is folded from."""

RESTORED = "restored"
"""The step of a payout whose cancellation was voided: a returned one again."""

_STEPS = """
INSERT INTO payment_step
SELECT issued.division, issued.month, issued.programme, issued.case_id, issued.payee,
       step.version, step.kind, step.batch, step.stated_on, issued.amount_fen, step.position
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::int[], %s::text[], %s::text[], %s::date[], %s::bigint[])
     AS step (division, month, case_id, payee, version, kind, batch, stated_on, position)
CROSS JOIN LATERAL (
    SELECT division, month, programme, case_id, payee, sum(amount_fen)::bigint AS amount_fen FROM payment_line l
    WHERE l.division = step.division AND l.case_id = step.case_id
      AND CASE WHEN step.month = 'relief' THEN l.programme LIKE 'relief%%'
               ELSE l.programme NOT LIKE 'relief%%' AND (l.month, l.payee) = (step.month, step.payee) END
    GROUP BY division, month, programme, case_id, payee
) AS issued
"""


def absorb(curs: Cursor[Any], batch: Sequence[Recorded]) -> None:
    """Adds a batch's payouts, their lines, grain and cancellations."""
    payments, lines, grain = [], [], []
    for recorded in batch:
        event, position = recorded.event, recorded.position
        if isinstance(event, PayoutIssued):
            key = (event.division, event.month.text, event.programme, event.case, event.payee)
            payments.append((*key, event.person, event.account, event.insured, event.amount_fen, position))
            lines += [
                (*key, line.component, line.for_month.text, line.amount_fen, position) for line in event.lines
            ]
        elif isinstance(event, GrainAllocated):
            grain.append((event.division, event.month.text, event.case, event.insured, event.mass_g, position))
    text = "text"
    copy_rows(curs, "payment", (text, text, text, text, text, text, text, "int4", "int8", "int8"), payments)
    copy_rows(curs, "payment_line", (text, text, text, text, text, text, text, "int8", "int8"), lines)
    copy_rows(curs, "grain_allocation", (text, text, text, "int4", "int8", "int8"), grain)
    for recorded in batch:
        _absorb_cancellation(curs, recorded)
    steps = [step for recorded in batch if (step := _step(recorded)) is not None]
    if steps:
        curs.execute(_STEPS, [list(column) for column in zip(*steps, strict=True)])


def _step(recorded: Recorded) -> tuple[Any, ...] | None:
    event, batch = recorded.event, None
    stated_on = event.recorded_on
    match event:
        case PayoutReturned():
            kind = RETURNED
        case PayoutReissued():
            kind, batch = REISSUED, event.batch
        case PayoutCancelled():
            kind, stated_on = CANCELLED, event.cancelled_on
        case CancellationVoided():
            kind = RESTORED
        case _:
            return None
    _, month, division, case, payee = event.originator_id.split("/")
    version = event.originator_version
    return division, month, case, payee, version, kind, batch, stated_on, recorded.position


def _absorb_cancellation(curs: Cursor[Any], recorded: Recorded) -> None:
    """A relief's payout counts for no month, so that nothing follows from its cancellation here."""
    if not isinstance(recorded.event, PayoutCancelled | CancellationVoided):
        return
    _, month, division, case, payee = recorded.event.originator_id.split("/")
    if month == RELIEF:
        return
    key = (division, month, case, payee)
    if isinstance(recorded.event, PayoutCancelled):
        curs.execute(
            "INSERT INTO payment_cancellation VALUES (%s, %s, %s, %s, %s, NULL)", (*key, recorded.position)
        )
    else:
        curs.execute(
            "UPDATE payment_cancellation SET to_position = %s WHERE to_position IS NULL "
            "AND (division, month, case_id, payee) = (%s, %s, %s, %s)",
            (recorded.position, *key),
        )


class Payments:
    """Reads what was issued."""

    def __init__(self, datastore: PostgresDatastore) -> None:
        self._datastore = datastore

    def booked(self, division: str, cases: Sequence[str], before: int) -> dict[str, dict[str, dict[Month, int]]]:
        """Per case, payee and month what counts as paid before a log position, in fen."""
        with self._datastore.get_connection() as conn, conn.cursor(row_factory=tuple_row) as curs:
            found = curs.execute(
                "SELECT case_id, payee, for_month, sum(amount_fen)::bigint FROM payment_line l "
                "WHERE division = %(division)s AND case_id = ANY(%(cases)s) AND position < %(before)s "
                "  AND programme NOT LIKE 'relief%%' AND NOT EXISTS ("
                "    SELECT 1 FROM payment_cancellation c WHERE c.from_position < %(before)s "
                "      AND (c.to_position IS NULL OR c.to_position >= %(before)s)"
                "      AND (c.division, c.month, c.case_id, c.payee) = (l.division, l.month, l.case_id, l.payee)"
                "  ) GROUP BY case_id, payee, for_month",
                {"division": division, "cases": list(cases), "before": before},
            ).fetchall()
        booked: dict[str, dict[str, dict[Month, int]]] = {}
        for code, payee, for_month, fen in found:
            booked.setdefault(code, {}).setdefault(payee, {})[Month.parse(for_month)] = fen
        return booked

    def cancelled_since(self, division: str, programme: str, position: int, before: int) -> dict[str, Month]:
        """The cases with a cancellation made or voided in a span of the log, each from which month."""
        with self._datastore.get_connection() as conn, conn.cursor(row_factory=tuple_row) as curs:
            found = curs.execute(
                "SELECT l.case_id, min(l.for_month) FROM payment_cancellation c "
                "JOIN payment_line l USING (division, month, case_id, payee) "
                "WHERE c.division = %(division)s AND l.programme = %(programme)s "
                "  AND (c.from_position > %(since)s AND c.from_position < %(before)s "
                "       OR c.to_position > %(since)s AND c.to_position < %(before)s) GROUP BY l.case_id",
                {"division": division, "programme": programme, "since": position, "before": before},
            ).fetchall()
        return {code: Month.parse(month) for code, month in found}

    def issued(
        self, division: str, month: Month, programme: str
    ) -> dict[tuple[str, str], tuple[str | None, tuple[RollLine, ...]]]:
        """What a close issued, per case and payee: the account's reference and the lines."""
        with self._datastore.get_connection() as conn, conn.cursor(row_factory=tuple_row) as curs:
            found = curs.execute(
                "SELECT l.case_id, l.payee, p.account, l.component, l.for_month, l.amount_fen FROM payment_line l "
                "JOIN payment p USING (division, month, programme, case_id, payee) "
                "WHERE division = %s AND month = %s AND programme = %s ORDER BY l.case_id, l.payee",
                (division, month.text, programme),
            ).fetchall()
        lines: dict[tuple[str, str], list[RollLine]] = {}
        accounts: dict[tuple[str, str], str | None] = {}
        for code, payee, account, component, for_month, fen in found:
            accounts[code, payee] = account
            lines.setdefault((code, payee), []).append(RollLine(component, Month.parse(for_month), fen))
        return {key: (accounts[key], tuple(values)) for key, values in lines.items()}

    def components(self, division: str, month: Month) -> dict[str, dict[str, int]]:
        """Per case the sum of each component that the closes of a month issued, over all payees, in fen."""
        with self._datastore.get_connection() as conn, conn.cursor(row_factory=tuple_row) as curs:
            found = curs.execute(
                "SELECT case_id, component, sum(amount_fen)::bigint FROM payment_line "
                "WHERE division = %s AND month = %s GROUP BY case_id, component ORDER BY case_id",
                (division, month.text),
            ).fetchall()
        sums: dict[str, dict[str, int]] = {}
        for code, component, fen in found:
            sums.setdefault(code, {})[component] = fen
        return sums

    def streams(self, division: str, case: str) -> list[str]:
        """The streams of all payouts and grain of a case."""
        with self._datastore.get_connection() as conn, conn.cursor(row_factory=tuple_row) as curs:
            paid = curs.execute(
                "SELECT DISTINCT month, payee FROM payment_line WHERE division = %s AND case_id = %s",
                (division, case),
            ).fetchall()
            grain = curs.execute(
                "SELECT month FROM grain_allocation WHERE division = %s AND case_id = %s", (division, case)
            ).fetchall()
        payouts = [payout_stream(Month.parse(month), division, case, payee) for month, payee in paid]
        return payouts + [grain_stream(Month.parse(month), division, case) for (month,) in grain]

    def recovering(self, cases: Sequence[str]) -> list[str]:
        """The streams of payouts of some cases (`division/case`) that took money back, or were cancelled once."""
        with self._datastore.get_connection() as conn, conn.cursor(row_factory=tuple_row) as curs:
            found = curs.execute(
                "WITH asked AS (SELECT split_part(name, '/', 1) AS division, split_part(name, '/', 2) AS case_id "
                "               FROM unnest(%s::text[]) AS name) "
                "SELECT month, division, case_id, payee FROM payment_line JOIN asked USING (division, case_id) "
                "WHERE component = %s AND programme NOT LIKE 'relief%%' "
                "UNION SELECT month, division, case_id, payee FROM payment_cancellation "
                "JOIN asked USING (division, case_id)",
                (list(cases), RECOVERY),
            ).fetchall()
        return [payout_stream(Month.parse(month), *rest) for month, *rest in found]

    def totals(self, division: str, month: Month) -> tuple[int, int]:
        """How many payouts of a month's closes go out, and their sum in fen."""
        with self._datastore.get_connection() as conn, conn.cursor(row_factory=tuple_row) as curs:
            row = curs.execute(
                "SELECT count(*) FILTER (WHERE amount_fen > 0), coalesce(sum(amount_fen), 0)::bigint "
                "FROM payment WHERE division = %s AND month = %s",
                (division, month.text),
            ).fetchone()
        return (row[0], row[1]) if row else (0, 0)

    def grain(self, division: str, month: Month) -> dict[str, int]:
        """Per case the grams of grain that the close of a month allocated."""
        with self._datastore.get_connection() as conn, conn.cursor(row_factory=tuple_row) as curs:
            found = curs.execute(
                "SELECT case_id, mass_g FROM grain_allocation WHERE division = %s AND month = %s",
                (division, month.text),
            ).fetchall()
        return dict(found)
