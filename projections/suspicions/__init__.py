"""The catalogue of audit queries: suspicions, never verdicts; one file a query, found by its slug.

A query reads the audit book and names cases (persons, reliefs, funds where it says so), each with the events that
prove it. Adding one is adding a file here, a scenario that raises it and one that just does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import msgspec

from ledger.errors import Misused
from ledger.values.month import Month
from projections.audit_book import AuditBook
from projections.audit_case import AuditedCase


class Suspicion(msgspec.Struct, frozen=True):
    """One row: whom a query names, where and why; `because` are the events that prove it, the fewest that do."""

    subject: str
    division: str
    because: tuple[str, ...]
    detail: str
    case: str | None = None
    month: Month | None = None
    amount_fen: int | None = None


class Query(msgspec.Struct, frozen=True):
    """An audit query: what it names and when, on which legal ground, and how it is found."""

    number: int
    slug: str
    title: str
    subjects: str
    definition: str
    legal: str
    find: Callable[[AuditBook], Iterable[Suspicion]]


@cache
def catalogue() -> dict[str, Query]:
    """All queries by slug, in the order of their numbers."""
    found = [
        import_module(f"{__name__}.{module.name}").QUERY
        for module in iter_modules(__path__)
        if not module.name.startswith("_")
    ]
    return {query.slug: query for query in sorted(found, key=lambda query: query.number)}


def query_of(slug: str) -> Query:
    """The query of a slug.

    Raises:
        Misused: `audit.unknown`.
    """
    query = catalogue().get(slug)
    if query is None:
        raise Misused(
            "audit.unknown", f"query {slug}", found="no such query", expected="one of " + ", ".join(catalogue())
        )
    return query


def about_case(
    case: AuditedCase,
    because: Iterable[str],
    detail: str,
    *,
    month: Month | None = None,
    amount_fen: int | None = None,
) -> Suspicion:
    """A row that names a case."""
    refs = tuple(dict.fromkeys(because))
    return Suspicion(case.code, case.division, refs, detail, case.code, month, amount_fen)


def about_person(
    person: str, case: AuditedCase, because: Iterable[str], detail: str, month: Month | None = None
) -> Suspicion:
    """A row that names a person in a case."""
    return Suspicion(person, case.division, tuple(dict.fromkeys(because)), detail, case.code, month)


def run(query: Query, book: AuditBook) -> Iterator[Suspicion]:
    """The rows of a query, in the order of subjects and months."""
    rows = query.find(book)
    return iter(sorted(rows, key=lambda row: (row.division, row.subject, row.month.text if row.month else "")))
