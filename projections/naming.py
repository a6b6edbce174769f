"""Which streams name a case or a person: applications, filings, alerts, reliefs, terms of office, findings."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg.rows import tuple_row

from ledger.application import Ledger
from ledger.domain import case


def naming_case(ledger: Ledger, division: str, code: str, members: Sequence[str]) -> list[str]:
    """The streams that name a case, and the alerts and reliefs of its persons."""
    key = case.key(division, code)
    found = _naming(ledger, f"application/{division}/", "case", [key])
    found += _naming(ledger, "official/", "case", [key])
    found += _naming(ledger, f"finding/{division}/", "case", [code])
    for kind in ("alert", "relief"):
        found += _naming(ledger, f"{kind}/{division}/", "person", members)
    return found


def naming_person(ledger: Ledger, divisions: Sequence[str], code: str) -> list[str]:
    """The streams that name a person: terms of office, applications, alerts, reliefs and findings."""
    found = _naming(ledger, "official/", "person", [code])
    for division in divisions:
        for kind in ("application", "alert", "relief"):
            found += _naming(ledger, f"{kind}/{division}/", "person", [code])
        found += _naming(ledger, f"finding/{division}/", "subject", [code])
    return found


def _naming(ledger: Ledger, prefix: str, field: str, values: Sequence[str]) -> list[str]:
    """The streams below a prefix with an event whose field holds one of some values."""
    with ledger.datastore.get_connection() as conn, conn.cursor(row_factory=tuple_row) as curs:
        rows = curs.execute(
            "SELECT DISTINCT originator_id FROM ledger_events WHERE originator_id >= %s AND originator_id < %s "
            "AND convert_from(state, 'UTF8')::jsonb ->> %s = ANY(%s) ORDER BY 1",
            (prefix, prefix[:-1] + "0", field, list(values)),
        ).fetchall()
    return [stream for (stream,) in rows]
