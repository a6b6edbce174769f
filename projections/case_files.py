"""The case-file view: every version of case and person files with the log positions between which it held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Generic, TypeVar

import msgspec
from eventsourcing.postgres import PostgresDatastore
from psycopg import Connection, Cursor
from psycopg.rows import tuple_row

from ledger.domain import case, person
from ledger.domain.case_file import CaseFile
from ledger.domain.event import Event, Recorded, decode_value, encode_value
from ledger.domain.person import PersonFile
from ledger.entitlement.household import Household
from ledger.values.month import Month
from projections.copying import copy_rows

TOPICS = (
    *(kind.TOPIC for kind in (
        case.Enrolled, case.MemberJoined, case.MemberLeft, case.HeadNamed, case.IncomeAssessed,
        case.Suspended, case.Resumed, case.Stopped, case.Held, case.Released, case.AccountNamed,
        case.HarvestRecorded, case.Corrected, case.GraceGranted, case.CareAssessed, case.PaymentImported,
        case.GrainHandedOut, case.Visited, case.Posted, case.Reviewed, case.CardHeld, case.Discharged,
        case.CaseFactVoided,
    )),
    *(kind.TOPIC for kind in (
        person.Described, person.CategoryRecorded, person.AccountRecorded, person.Insured,
        person.Related, person.Matched, person.Monitored, person.PersonFactVoided,
    )),
)  # fmt: skip
"""The events these views are folded from."""

EVER = Month.parse("0001-01")
"""Before every month: what touches this touches the whole history."""

_encode = msgspec.msgpack.Encoder(enc_hook=encode_value).encode
decode_case = msgspec.msgpack.Decoder(CaseFile, dec_hook=decode_value).decode
decode_person = msgspec.msgpack.Decoder(PersonFile, dec_hook=decode_value).decode

_CHUNK = 2_000

File = TypeVar("File", CaseFile, PersonFile)


class _Version(Generic[File]):
    """A version being folded: files of one append count as one version."""

    def __init__(self, position: int, recorded_at: datetime) -> None:
        self.position = position
        self.recorded_at = recorded_at
        self.touches: Month | None = None
        self.file: File

    def touch(self, month: Month | None) -> None:
        if month is not None and (self.touches is None or month < self.touches):
            self.touches = month


def absorb(curs: Cursor[Any], batch: Sequence[Recorded]) -> None:
    """Folds a batch of events in: old versions end, new ones begin."""
    streams: dict[str, list[Recorded]] = {}
    for recorded in batch:
        if recorded.event.TOPIC.startswith(("case.", "person.")):
            streams.setdefault(recorded.event.originator_id, []).append(recorded)
    _absorb_cases(curs, {k: v for k, v in streams.items() if k.startswith("case/")})
    _absorb_persons(curs, {k: v for k, v in streams.items() if k.startswith("person/")})


def _absorb_cases(curs: Cursor[Any], streams: Mapping[str, list[Recorded]]) -> None:
    keys = [name.split("/")[1:] for name in streams]
    current = {
        f"case/{row['division']}/{row['case_id']}": decode_case(row["body"])
        for row in curs.execute(
            "SELECT division, case_id, body FROM case_file JOIN unnest(%s::text[], %s::text[]) "
            "AS asked (division, case_id) USING (division, case_id) WHERE to_position IS NULL",
            ([key[0] for key in keys], [key[1] for key in keys]),
        )
    }
    ended, begun, members = [], [], set()
    for (name, events), (division, code) in zip(streams.items(), keys, strict=True):
        before = current.get(name)
        versions = _fold(before or CaseFile(division, code), events, _touched_by_case)
        if before is not None:
            ended.append((versions[0].position, division, code))
        for version, until in _with_ends(versions):
            file = version.file
            programme = file.programme if file.known else None
            last = file.last_month() if file.known else None
            begun.append(
                (
                    division,
                    code,
                    version.position,
                    until,
                    programme,
                    _text(last),
                    _text(version.touches),
                    _encode(file),
                )
            )
        members |= {(division, code, name) for v in versions for name in v.file.people()}
    _end(curs, _END_CASES, ended)
    copy_rows(curs, "case_file", ("text", "text", "int8", "int8", "text", "text", "text", "bytea"), begun)
    if members:
        curs.execute(
            "INSERT INTO membership SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]) "
            "ON CONFLICT DO NOTHING",
            tuple(list(column) for column in zip(*sorted(members), strict=True)),
        )


def _absorb_persons(curs: Cursor[Any], streams: Mapping[str, list[Recorded]]) -> None:
    codes = [name.removeprefix("person/") for name in streams]
    current = {
        row["person"]: decode_person(row["body"])
        for row in curs.execute(
            "SELECT person, body FROM person_file WHERE person = ANY(%s) AND to_position IS NULL", (codes,)
        )
    }
    ended, begun = [], []
    for code, events in zip(codes, streams.values(), strict=True):
        before = current.get(code)
        versions = _fold(before or PersonFile(code), events, _touched_by_person)
        if before is not None:
            ended.append((versions[0].position, code))
        for version, until in _with_ends(versions):
            begun.append((code, version.position, until, _text(version.touches), _encode(version.file)))
    _end(curs, _END_PERSONS, ended)
    copy_rows(curs, "person_file", ("text", "int8", "int8", "text", "bytea"), begun)


_END_CASES = """
UPDATE case_file SET to_position = ended.position
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS ended (position, division, case_id)
WHERE case_file.division = ended.division AND case_file.case_id = ended.case_id AND to_position IS NULL
"""

_END_PERSONS = """
UPDATE person_file SET to_position = ended.position
FROM unnest(%s::bigint[], %s::text[]) AS ended (position, person)
WHERE person_file.person = ended.person AND to_position IS NULL
"""


def _end(curs: Cursor[Any], statement: str, ended: Sequence[tuple[Any, ...]]) -> None:
    """Ends versions, all in one statement: many in a pipeline can hang (psycopg's executemany is one)."""
    if ended:
        curs.execute(statement, [list(column) for column in zip(*ended, strict=True)])


def _fold(file: Any, events: Sequence[Recorded], touched: Any) -> list[_Version[Any]]:
    versions: list[_Version[Any]] = []
    for recorded in events:
        moment = recorded.event.recorded_at
        if not versions or versions[-1].recorded_at != moment:
            versions.append(_Version(recorded.position, moment))
        after = file.after(recorded)
        versions[-1].file = after
        versions[-1].touch(touched(file, recorded.event, after))
        file = after
    return versions


def _touched_by_case(before: CaseFile, event: Event, after: CaseFile) -> Month | None:
    """The earliest month whose entitlement the event can change."""
    match event:
        case case.Enrolled():
            return EVER
        case case.MemberJoined():
            return Month.of(event.confirmed_on) + 1
        case case.MemberLeft():
            return Month.of(event.left_on) + 1
        case case.IncomeAssessed():
            return event.from_month or Month.of(event.decided_on) + 1
        case case.Suspended() | case.Resumed() | case.Stopped() | case.GraceGranted():
            return Month.of(event.decided_on) + 1
        case case.CareAssessed():
            return Month.of(event.assessed_on) + 1
        case case.PaymentImported():
            return event.month
        case case.Corrected():
            return EVER if event.confirmed_on is not None else None
        case case.CaseFactVoided():
            return EVER
    return None


def _touched_by_person(before: PersonFile, event: Event, after: PersonFile) -> Month | None:
    match event:
        case person.Described() | person.PersonFactVoided():
            return EVER
        case person.CategoryRecorded():
            return event.from_month or EVER
    return None


def _with_ends(versions: list[_Version[Any]]) -> Iterator[tuple[_Version[Any], int | None]]:
    ends = [version.position for version in versions[1:]]
    return zip(versions, [*ends, None], strict=True)


def _text(month: Month | None) -> str | None:
    return month.text if month is not None else None


_CASES = """
SELECT case_id, body FROM case_file
WHERE division = %(division)s AND programme = %(programme)s
  AND from_position < %(before)s AND (to_position IS NULL OR to_position >= %(before)s)
  AND (%(month)s::text IS NULL OR last_month IS NULL OR last_month >= %(month)s OR case_id = ANY(%(besides)s))
  AND (%(only)s::text[] IS NULL OR case_id = ANY(%(only)s))
ORDER BY case_id
"""

_PERSONS = """
SELECT m.case_id, p.body
FROM case_file c JOIN membership m USING (division, case_id) JOIN person_file p USING (person)
WHERE c.division = %(division)s AND c.programme = %(programme)s
  AND c.from_position < %(before)s AND (c.to_position IS NULL OR c.to_position >= %(before)s)
  AND p.from_position < %(before)s AND (p.to_position IS NULL OR p.to_position >= %(before)s)
  AND (%(month)s::text IS NULL OR c.last_month IS NULL OR c.last_month >= %(month)s
       OR c.case_id = ANY(%(besides)s))
  AND (%(only)s::text[] IS NULL OR c.case_id = ANY(%(only)s))
ORDER BY m.case_id
"""

_TOUCHED = """
WITH changed AS MATERIALIZED (
    SELECT person, touches FROM person_file
    WHERE from_position > %(since)s AND from_position < %(before)s AND touches IS NOT NULL
), touched AS MATERIALIZED (
    SELECT case_id, touches FROM case_file
    WHERE division = %(division)s AND from_position > %(since)s AND from_position < %(before)s
      AND touches IS NOT NULL
    UNION ALL
    SELECT m.case_id, changed.touches FROM changed JOIN membership m USING (person)
    WHERE m.division = %(division)s
)
SELECT case_id, min(touched.touches) FROM touched JOIN case_file c USING (case_id)
WHERE c.division = %(division)s AND c.programme = %(programme)s AND c.to_position IS NULL
GROUP BY case_id
"""


class CaseFiles:
    """Reads households out of the view, as known before a log position."""

    def __init__(self, datastore: PostgresDatastore) -> None:
        self._datastore = datastore

    def households(
        self,
        division: str,
        programme: str,
        before: int,
        *,
        month: Month | None = None,
        besides: Sequence[str] = (),
        only: Sequence[str] | None = None,
    ) -> Iterator[Household]:
        """Households in the order of case codes; with `month`, without those ended before it but `besides`."""
        asked = {
            "division": division,
            "programme": programme,
            "before": before,
            "month": _text(month),
            "besides": list(besides),
            "only": None if only is None else list(only),
        }
        with self._datastore.get_connection() as conn, conn.transaction():
            persons = groupby(_stream(conn, "persons", _PERSONS, asked), key=lambda row: row[0])
            at = next(persons, None)
            for code, body in _stream(conn, "cases", _CASES, asked):
                files: dict[str, PersonFile] = {}
                if at is not None and at[0] == code:
                    for _, person_body in at[1]:
                        file = decode_person(person_body)
                        files[file.person] = file
                    at = next(persons, None)
                yield Household(decode_case(body), files)

    def villages(self, division: str, programme: str, before: int) -> dict[str, str | None]:
        """The village of each case, also of those that ended, as known before a log position."""
        asked = {"division": division, "programme": programme, "before": before, "month": None, "besides": [],
                 "only": None}  # fmt: skip
        with self._datastore.get_connection() as conn, conn.transaction():
            return {code: decode_case(body).village for code, body in _stream(conn, "cases", _CASES, asked)}

    def cases_of(self, division: str, persons: Iterable[str]) -> dict[str, list[str]]:
        """Per person the codes of the division's cases that may speak of him."""
        with self._datastore.get_connection() as conn, conn.cursor(row_factory=tuple_row) as curs:
            found = curs.execute(
                "SELECT person, case_id FROM membership WHERE division = %s AND person = ANY(%s) ORDER BY 1, 2",
                (division, list(persons)),
            ).fetchall()
        cases: dict[str, list[str]] = {}
        for person_code, case_code in found:
            cases.setdefault(person_code, []).append(case_code)
        return cases

    def touched_since(self, division: str, programme: str, position: int, before: int) -> dict[str, Month]:
        """The cases that facts known between two log positions can have changed, each with the earliest month."""
        with self._datastore.get_connection() as conn, conn.cursor(row_factory=tuple_row) as curs:
            found = curs.execute(
                _TOUCHED,
                {"division": division, "programme": programme, "since": position, "before": before},
            ).fetchall()
        return {code: Month.parse(touches) for code, touches in found}


def _stream(conn: Connection[Any], name: str, query: str, asked: Mapping[str, Any]) -> Iterator[Any]:
    """Rows by a server-side cursor: memory stays flat however large the county."""
    with conn.cursor(name, row_factory=tuple_row) as curs:
        curs.execute(query, asked, binary=True)
        while rows := curs.fetchmany(_CHUNK):
            yield from rows
