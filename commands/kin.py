"""`ledger kin`: who is whose relative, stated and derived, as text or as a drawing."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from commands.kin_svg import drawing
from commands.rendering import FORMATS, print_json, print_rows, print_text, say
from commands.session import DAY, Session, pass_session
from ledger.kinship import Kinship
from ledger.values.identifiers import is_division
from ledger.values.month import day_of
from projections.audit_book import AuditBook
from projections.audit_facts import Term
from projections.audit_kin import class_name, told
from projections.kin_view import KinView, Relative, kin_view


@click.command("kin")
@click.argument("person", metavar="PERSON")
@click.option("--on", type=DAY, help="The day the relations are to hold on (default: the ledger's today).")
@click.option("--division", metavar="CODE", help="Whose `kin_scope` says who is close (default: the founder's).")
@click.option(
    "--output", type=click.Choice([*FORMATS, "svg"]), default="text", show_default=True, help="How to print it."
)
@pass_session
def command(session: Session, person: str, on: date | None, division: str | None, output: str) -> None:
    """Show the relatives of PERSON (a code) on a day, the nearest first, with the links that prove each.

    Two codes with one ID number are one person. Only codes are shown, no names. `--output svg` draws the graph.
    """
    if division is not None and not is_division(division):
        raise click.BadParameter(f"{division!r} is not six digits (GB/T 2260)", param_hint="--division")
    with session.installation() as installation:
        ledger = installation.ledger
        today = day_of(ledger.now())
        book = AuditBook(ledger, ledger.events_log.end() + 1, today)
        found = kin_view(book, person, on or today, division or ledger.founding.division)
    if output == "svg":
        click.echo(drawing(found))
    elif output == "text":
        print_text(_as_text(found))
    else:
        rows = [_row(found, relative) for relative in found.relatives]
        if output == "json":
            print_json(rows)
        else:
            print_rows([{**row, "chain": told(r.kinship)} for row, r in zip(rows, found.relatives, strict=True)],
                       output)  # fmt: skip
    persons = {relative.person for relative in found.relatives}
    close = {relative.person for relative in found.relatives if relative.close}
    say(f"{len(persons)} relatives of {person} on {found.on}, {len(close)} of them close.")


def _row(found: KinView, relative: Relative) -> dict[str, Any]:
    kinship = relative.kinship
    return {
        "person": found.person,
        "relative": relative.person,
        "kinship": class_name(kinship),
        "derived": kinship.derived,
        "links": len(kinship.chain),
        "close": relative.close,
        "official": relative.office.official if relative.office else None,
        "cases": list(relative.cases),
        "chain": [_link(link) for link in kinship.chain],
        "because": list(kinship.because),
    }


def _link(link: Kinship) -> dict[str, Any]:
    """A stated link as it was stated: `to_person` is `code` to `person`."""
    stated = link.stated
    assert stated is not None
    return {
        "person": stated.person,
        "to_person": stated.to_person,
        "code": stated.code,
        "from": str(stated.from_) if stated.from_ else None,
        "to": str(stated.to) if stated.to else None,
        "ref": stated.ref,
    }


def _as_text(found: KinView) -> list[str]:
    also = f" (also {', '.join(found.codes)})" if found.codes else ""
    lines = [f"{found.person}{also} on {found.on}{_marks(found.office, found.cases)}"]
    for relative in found.relatives:
        kinship = relative.kinship
        close = "" if relative.close else ", not close"
        lines.append(f"  {relative.person}  {class_name(kinship)}{close}{_marks(relative.office, relative.cases)}")
        lines.append(f"      {told(kinship)}")
        lines.append(f"      from {', '.join(kinship.because)}")
    return lines


def _marks(office: Term | None, cases: tuple[str, ...]) -> str:
    marks = [f"in office as {office.official} ({office.role})"] if office else []
    marks += [f"insured in {', '.join(cases)}"] if cases else []
    return f"; {'; '.join(marks)}" if marks else ""
