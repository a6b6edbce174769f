"""`ledger explain`: every line of a case's month with what it rests on."""

from __future__ import annotations

import click

from commands.rendering import output_option, print_json, print_rows, print_text
from commands.session import MONTH, Session, chosen_division, pass_session
from ledger.explaining import explain
from ledger.explaining_apart import Explanation
from ledger.values.money import format_yuan
from ledger.values.month import Month
from projections.descriptions import moment, sentence


@click.command("explain")
@click.argument("month", type=MONTH)
@click.argument("case", metavar="CASE")
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@output_option
@pass_session
def command(session: Session, month: Month, case: str, division: str | None, output: str) -> None:
    """Explain to the fen what MONTH paid CASE, or would pay it by what is known now.

    CASE may be the code of an emergency relief; MONTH is then that of the close that paid it, or of its decision.
    What came back and was sent again is told below the lines.
    """
    with session.installation() as installation:
        place = chosen_division(installation, division)
        found = explain(installation.ledger, place, month, case)
    if output == "json":
        print_json(_as_json(found, place))
    elif output == "csv":
        print_rows([_line(line) for line in _as_json(found, place)["lines"]], output)  # type: ignore[attr-defined]
    else:
        print_text(_as_text(found))


def _line(line: dict[str, object]) -> dict[str, object]:
    return {name: line[name] for name in ("payee", "component", "for_month", "amount", "arithmetic", "because")}


def _as_json(found: Explanation, division: str) -> dict[str, object]:
    facts = {r.event.ref: {"ref": r.event.ref, "recorded_at": moment(r.event), "what": sentence(r.event)}
             for r in found.facts}  # fmt: skip
    return {
        "case": found.case,
        "programme": found.programme,
        "division": division,
        "month": found.month.text,
        "closed": found.closed,
        "payee": found.payees[0],
        "payees": list(found.payees),
        "amount": format_yuan(found.amount_fen),
        "lines": [
            {
                "payee": line.payee,
                "component": line.component,
                "for_month": line.for_month.text,
                "amount": format_yuan(line.amount_fen),
                "arithmetic": list(line.arithmetic),
                "because": list(line.because),
                "facts": [facts[ref] for ref in line.because if ref in facts],
            }
            for line in found.lines
        ],
        "notes": list(found.notes),
    }


def _as_text(found: Explanation) -> list[str]:
    state = "as known at its close" if found.closed else "not closed: by all that is known now"
    lines = [f"{found.case} ({found.programme}), {found.month}, {state}"]
    for line in found.lines:
        month = "" if line.for_month == found.month else f" for {line.for_month}"
        payee = f" ({line.payee})" if len(found.payees) > 1 else ""
        lines.append(f"  {format_yuan(line.amount_fen):>12}  {line.component}{month}{payee}")
        lines += [f"{'':16}{step}" for step in line.arithmetic]
        lines.append(f"{'':16}from {', '.join(line.because)}")
    lines.append(f"  {format_yuan(found.amount_fen):>12}  together")
    lines += [f"  note: {note}" for note in found.notes]
    if found.facts:
        lines.append("Facts:")
        lines += [f"  {r.event.ref}  {moment(r.event)}  {sentence(r.event)}" for r in found.facts]
    return lines
