"""`ledger history`: what is recorded of a case, a person, a stream, or under an event reference."""

from __future__ import annotations

from typing import Any

import click

from commands.rendering import output_option, print_json, print_rows, print_text
from commands.session import Session, pass_session
from ledger.domain.event import Recorded
from ledger.values.month import CHINA
from projections.history import history, told

_LONGEST = 100


@click.command("history")
@click.argument("name", metavar="ID")
@output_option
@pass_session
def command(session: Session, name: str, output: str) -> None:
    """Show the events of ID in the order they became known.

    ID is the code of a case (shown with its persons, payouts, grain and whatever names it), person, official,
    relief, application, inspection, alert, fund or grain store; the id of a recorded fact; a stream such as
    case/520203/C1; or an event reference such as case/520203/C1@3.

    Personal values are masked. Times are China Standard Time.
    """
    with session.installation() as installation:
        rows = [_row(recorded) for recorded in history(installation, name)]
    if output == "json":
        print_json(rows)
    elif output == "csv":
        print_rows([{**row, "fields": _shown(row["fields"])} for row in rows], output)
    else:
        for row in rows:
            moment = row["recorded_at"][:19].replace("T", " ")
            happened = row["event"].partition(".")[2].replace("_", " ")
            print_text([f"{moment}  {row['ref']}  {happened}  (by {row['actor']})"])
            fields = {name: value for name, value in row["fields"].items() if name != "correlation"}
            if fields:
                print_text([f"    {_shown(fields)}"])


def _row(recorded: Recorded) -> dict[str, Any]:
    event = recorded.event
    return {
        "ref": event.ref,
        "recorded_at": event.recorded_at.astimezone(CHINA).isoformat(timespec="seconds"),
        "actor": event.actor,
        "event": event.TOPIC,
        "fields": told(event),
    }


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name} {_nested(inner)}" for name, inner in value.items() if inner is not None)
    if isinstance(value, list | tuple):
        return ", ".join(_nested(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _nested(value: Any) -> str:
    return f"[{_shown(value)}]" if isinstance(value, dict | list | tuple) else _shown(value)
