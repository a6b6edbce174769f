"""`ledger roll`: what a close pays, or paid, case by case, with the events each line rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import click

from commands.rendering import counted, first_few, output_option, print_json, print_rows, progress, say
from commands.session import MONTH, Session, chosen_division, pass_session, programme_option
from ledger.closing.desk import Roll
from ledger.closing.order import PROGRAMMES
from ledger.domain.batch import Batch
from ledger.domain.payout import ARREARS, RECOVERY
from ledger.entitlement.roll import RollLine, RollRow
from ledger.values.mass import format_kg
from ledger.values.money import format_yuan
from ledger.values.month import Month

_NOTICES = {
    "no_standard": "no standard in force, nothing is due",
    "no_account": "no account: issued, but not in the bank file",
    "no_head": "the head is gone: name a new one",
    "held": "held: what is due stays owed",
}


@click.command("roll")
@click.argument("month", type=MONTH)
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@programme_option
@output_option
@pass_session
def command(session: Session, month: Month, division: str | None, programme: str | None, output: str) -> None:
    """Show the roll of MONTH: as known when it was frozen, or of an open month as closing it now would pay.

    Records nothing. In JSON each line names the events it rests on (`ledger history REFERENCE`).
    """
    programmes = (programme,) if programme else PROGRAMMES
    with session.installation() as installation:
        place = chosen_division(installation, division)
        batches = [installation.ledger.batch(place, month, name) for name in programmes]
        for batch in batches:
            batch.require_started()
        rolls = []
        for name in programmes:
            with progress(f"{name}: households settled") as step:
                rolls.append(installation.rolls.shown(place, name, month, step))
    if output == "json":
        print_json([_contract(roll, row) for roll in rolls for row in roll.rows])
    elif output == "csv":
        columns = ("case", "programme", "division", "payee", "component", "for_month", "amount", "because")
        print_rows([line for roll in rolls for line in _flat(roll)], output, columns=columns)
    else:
        print_rows([_shown(roll, row) for roll in rolls for row in roll.rows], output)
    for roll, batch in zip(rolls, batches, strict=True):
        _say_totals(roll, batch)


def _contract(roll: Roll, row: RollRow) -> dict[str, Any]:
    return {
        "case": row.case,
        "programme": roll.programme,
        "division": roll.division,
        "payee": row.payee,
        "amount": format_yuan(row.amount_fen),
        "lines": [
            {
                "component": line.component, "for_month": line.for_month.text,
                "amount": format_yuan(line.amount_fen), "because": list(line.because),
            }
            for line in row.lines
        ],
    }  # fmt: skip


def _flat(roll: Roll) -> Iterator[dict[str, Any]]:
    """A row a line, so that a column of amounts adds up."""
    for row in roll.rows:
        contract = _contract(roll, row)
        for line in contract["lines"]:
            yield {**contract, **line}


def _shown(roll: Roll, row: RollRow) -> dict[str, str]:
    return {
        "case": row.case,
        "programme": roll.programme,
        "payee": row.payee,
        "amount": format_yuan(row.amount_fen),
        "lines": _in_words(row.lines) + ("" if row.amount_fen else " (a booking: no money goes out)"),
    }


def _in_words(lines: Sequence[RollLine]) -> str:
    """`dibao 406.00, arrears 280.00 (2018-01 … 2018-05)`."""
    sums: dict[str, list[RollLine]] = defaultdict(list)
    for line in lines:
        sums[line.component].append(line)
    words = []
    for component, parts in sums.items():
        text = f"{component} {format_yuan(sum(part.amount_fen for part in parts))}"
        if component in (ARREARS, RECOVERY):
            months = sorted({part.for_month for part in parts})
            text += f" ({months[0]})" if len(months) == 1 else f" ({months[0]} … {months[-1]})"
        words.append(text)
    return ", ".join(words)


def _say_totals(roll: Roll, batch: Batch) -> None:
    state = "frozen, not closed" if batch.frozen else "as of now, not frozen"
    state = "closed" if batch.closed else state
    totals = roll.totals
    parts = [counted(totals.payouts, "payout"), f"{format_yuan(totals.amount_fen)} yuan"]
    if totals.bookings:
        parts.append(f"{counted(totals.bookings, 'booking')} adding up to zero")
    if totals.grain_cases:
        parts.append(f"{format_kg(totals.grain_g)} kg of grain for {counted(totals.grain_cases, 'household')}")
    say(f"{roll.programme} {roll.month} ({state}): {', '.join(parts)}")
    cases: dict[str, list[str]] = defaultdict(list)
    for notice in roll.notices:
        cases[notice.kind].append(notice.case)
    for kind, codes in cases.items():
        say(f"  {_NOTICES.get(kind, kind)}: {first_few(codes)}")
