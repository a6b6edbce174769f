"""Who stands where: the cases that speak of some persons, and the ID numbers of everybody known."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec
from eventsourcing.postgres import PostgresDatastore
from psycopg.rows import tuple_row

from ledger.domain.case_file import CaseFile
from ledger.domain.event import decode_value
from ledger.domain.person import KnownParticulars
from ledger.values.identifiers import is_like_id_number
from projections.case_files import decode_case

_CHUNK = 5_000

_CASES = """
SELECT m.person, c.body FROM membership m JOIN case_file c USING (division, case_id)
WHERE m.person = ANY(%s) AND c.to_position IS NULL AND c.programme IS NOT NULL
ORDER BY m.person, c.division, c.case_id
"""


class _Particulars(msgspec.Struct, array_like=True, gc=False):
    """As much of a person file as ID numbers need."""

    person: str
    version: int
    particulars: tuple[KnownParticulars, ...]


_decode = msgspec.msgpack.Decoder(_Particulars, dec_hook=decode_value).decode


def cases_by_person(datastore: PostgresDatastore, persons: Collection[str]) -> dict[str, list[CaseFile]]:
    """Per person the cases of all divisions that stand and may speak of him, as known now."""
    asked, found = sorted(persons), dict[str, list[CaseFile]]()
    for start in range(0, len(asked), _CHUNK):
        with datastore.get_connection() as conn, conn.cursor(row_factory=tuple_row) as curs:
            for person, body in curs.execute(_CASES, (asked[start : start + _CHUNK],)):
                found.setdefault(person, []).append(decode_case(body))
    return found


def id_numbers(datastore: PostgresDatastore) -> Iterator[tuple[str, str]]:
    """Everybody's ID number as known last, of those who have one; read with a cursor, memory stays flat.

    Where none is known, a person code that is written like one is taken for it: some counties use them.
    """
    with (
        datastore.get_connection() as conn,
        conn.transaction(),
        conn.cursor("id_numbers", row_factory=tuple_row) as curs,
    ):
        curs.execute("SELECT body FROM person_file WHERE to_position IS NULL", binary=True)
        while rows := curs.fetchmany(_CHUNK):
            for file in (_decode(body) for (body,) in rows):
                numbers = (known.particulars.id_number for known in reversed(file.particulars))
                number = next(filter(None, numbers), file.person)
                if is_like_id_number(number):
                    yield file.person, number
