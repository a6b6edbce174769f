"""`ledger policy`: what was in force when, where it came from, and since when it is known."""

from __future__ import annotations

from typing import Any

import click

from commands.rendering import output_option, print_json, print_rows, print_text, say
from commands.session import MONTH, Session, chosen_division, pass_session
from ledger.policy_history import (
    KnownFact,
    PolicyHistory,
    Span,
    in_force,
    key_name,
    parse_key,
    policy_history,
)
from ledger.values.month import Month, day_of
from projections.descriptions import moment


@click.group("policy")
def command() -> None:
    """Show the dated policy of a county: standards, top-ups, parameters."""


@command.command("list")
@click.option("--month", type=MONTH, help="What holds in this month [default: the present one].")
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@output_option
@pass_session
def list_command(session: Session, month: Month | None, division: str | None, output: str) -> None:
    """List every policy with its meaning and the value that holds in a month.

    A key that was never recorded has its default; `level` is the division whose rule holds.
    """
    with session.installation() as installation:
        place = chosen_division(installation, division)
        asked = month or Month.of(day_of(installation.ledger.now()))
        rows = [
            {
                "policy": key_name(key), "value": span.value, "from": _text(span.from_month), "level": span.level,
                "ref": span.event.ref if span.event else None, "meaning": meaning,
            }
            for key, meaning, span in in_force(installation.ledger, place, asked)
        ]  # fmt: skip
    print_rows(rows, output)
    say(f"Policy of {place} in {asked}.")


@command.command("show")
@click.argument("name", metavar="KEY")
@click.option("--month", type=MONTH, help="Only what holds in this month.")
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@output_option
@pass_session
def show_command(session: Session, name: str, month: Month | None, division: str | None, output: str) -> None:
    """Show what held when of KEY, and every rule recorded of it, voided ones marked.

    KEY is a policy key (`ledger policy list` names them), standard:PROGRAMME, top_up:PROGRAMME:CATEGORY,
    one_off:PROGRAMME or opening. Of a county's rules and those of divisions above it the nearest holds.
    """
    key = parse_key(name)
    with session.installation() as installation:
        place = chosen_division(installation, division)
        found = policy_history(installation.ledger, place, key)
    spans = [span for span in found.spans if month is None or _covers(span, month)]
    in_order = [_span(span) for span in spans]
    facts = [_fact(fact, found) for fact in found.facts]
    if output == "json":
        print_json(
            {
                "policy": found.name, "division": place, "meaning": found.meaning, "default": found.default,
                "in_force": in_order, "recorded": facts,
            }
        )  # fmt: skip
        return
    if output == "csv":
        print_rows(in_order, output, columns=("from", "to", "value", "level", "ref", "known_since"))
        return
    default = f" (default: {found.default})" if found.default is not None else ""
    print_text([f"{found.name} of {place}: {found.meaning}{default}", "", "In force:"])
    print_rows(in_order, output)
    if facts:
        print_text(["", "Recorded:"])
        print_rows(facts, output)


def _covers(span: Span, month: Month) -> bool:
    begun = span.from_month is None or span.from_month <= month
    return begun and (span.to_month is None or month <= span.to_month)


def _span(span: Span) -> dict[str, Any]:
    return {
        "from": _text(span.from_month),
        "to": _text(span.to_month),
        "value": span.value if span.value is not None else "none",
        "level": span.level or "default",
        "ref": span.event.ref if span.event else None,
        "known_since": moment(span.event) if span.event else None,
    }


def _fact(fact: KnownFact, found: PolicyHistory) -> dict[str, Any]:
    event = fact.event
    begins = getattr(event, "from_month", None) or getattr(event, "month", None)
    return {
        "level": fact.level,
        "from": _text(begins),
        "to": _text(getattr(event, "to_month", None)),
        "value": fact.value,
        "ref": event.ref,
        "known_since": moment(event),
        "voided": moment(fact.voided) if fact.voided else None,
        "void": fact.voided.ref if fact.voided else None,
        "holds": any(span.event == event for span in found.spans),
    }


def _text(month: Month | None) -> str | None:
    return month.text if month is not None else None
