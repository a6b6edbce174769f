"""`ledger returns`: the bank's list of payouts that came back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from commands.rendering import counted, output_option, print_json, print_rows, print_text, say
from commands.session import Session, chosen_division, confirm, pass_session
from ledger.intake.payout_list import read_payout_list
from ledger.returning import Returns, named_in, plan_returns, record_returns
from ledger.values.money import format_yuan

_SHOWN = 10


@click.command("returns")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_session
def command(session: Session, file: Path, division: str | None, output: str, *, yes: bool) -> None:
    """Record the payouts that the bank sent back, from a CSV FILE of case, month, amount and reason.

    The headings are case,month,amount,reason or 编号,月份,金额,原因, in UTF-8 or GB18030. Without an amount every
    payout of the case (or relief) and month came back. All lines are recorded or none; the same file again
    changes nothing. What came back still counts as paid, until `ledger reissue` sends it again or it is cancelled.
    """
    listed = read_payout_list(file, reasons=True)
    with session.installation() as installation:
        place = chosen_division(installation, division)
        named = named_in(listed)
        planned = plan_returns(installation.ledger, place, named, listed.digest)
        if not planned.already:
            for line in _preview(planned):
                say(line)
            confirm(f"Record {listed.name}?", yes=yes)
            planned = record_returns(installation.ledger, place, named, listed.digest)
    rows = [_row(planned, index) for index in range(len(planned.payouts))]
    if output == "json":
        amount = format_yuan(planned.amount_fen)
        print_json({"file": listed.name, "already": planned.already, "returned": rows, "amount": amount})
    elif output == "csv":
        print_rows(rows, output, columns=("case", "month", "payee", "amount", "reason", "payout"))
    elif planned.already:
        print_text([f"{listed.name} was recorded before, byte for byte: nothing changed."])
    else:
        payouts = counted(len(rows), "payout")
        print_text([f"{listed.name}: {payouts} returned, {format_yuan(planned.amount_fen)} yuan."])
        say(f"Next: once the accounts are right, `ledger reissue --file {file}` sends them again.")


def _row(planned: Returns, index: int) -> dict[str, Any]:
    named, payout = planned.payouts[index]
    return {
        "case": payout.issued.case,
        "month": payout.issued.month.text,
        "payee": payout.issued.payee,
        "amount": format_yuan(payout.issued.amount_fen),
        "reason": named.reason,
        "payout": payout.issued.originator_id,
    }


def _preview(planned: Returns) -> list[str]:
    lines = [f"{counted(len(planned.payouts), 'payout')} returned, {format_yuan(planned.amount_fen)} yuan:"]
    for index in range(min(_SHOWN, len(planned.payouts))):
        row = _row(planned, index)
        lines.append(f"  {row['case']} {row['month']} {row['payee']} {row['amount']}: {row['reason']}")
    if len(planned.payouts) > _SHOWN:
        lines.append(f"  … and {len(planned.payouts) - _SHOWN} more")
    return lines
