"""`ledger reconcile`: payouts, the bank's answers and the account's statements held against each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from commands.rendering import counted, output_option, print_json, print_rows, say
from commands.session import MONTH, Session, chosen_division, pass_session
from ledger.bank.keeping import bank_file
from ledger.bank.matching import STATES, OpenItem, Reconciled
from ledger.bank.reading import read_statement
from ledger.bank.reconciling import Reconciliations, reconcile_month
from ledger.bank.statements import plan_statement
from ledger.errors import Exit
from ledger.values.money import format_yuan
from ledger.values.month import Month

_SUMS = ("issued", *STATES, "debited", "debit_difference", "credited", "credit_difference")


@click.command("reconcile")
@click.argument("month", type=MONTH)
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@click.option(
    "--statement", "files", type=click.Path(path_type=Path), metavar="FILE", multiple=True,
    help="A statement to count beside those recorded; it is not recorded. May be given again.",
)  # fmt: skip
@click.option("--lines", is_flag=True, help="Every payout of every batch, not their sums.")
@output_option
@pass_session
def command(
    session: Session, month: Month, division: str | None, files: tuple[Path, ...], output: str, *, lines: bool
) -> int:
    """Reconcile the batches of MONTH: what was issued, what the bank says, what the account's statements show.

    A batch is in order when every payout is settled, or returned and sent again or cancelled; when the account was
    debited with what went to the bank, and credited with what came back. All else is listed with its age in days,
    the oldest first, and the exit code is 4. Sums are in yuan and add up to the fen: issued is settled, returned,
    unknown, open, unpayable (no account) and refused (whole) together.

    Statements are those of `ledger statement`. Entries belong to a batch by the ids in payouts.xml, else by an amount
    that fits it alone.
    """
    read = [read_statement(bank_file(path), path.name) for path in files]
    with session.installation() as installation:
        place = chosen_division(installation, division)
        desk = installation.closing_desk()
        besides = [plan_statement(desk, place, statement).lines for statement in read]
        found = reconcile_month(desk, place, month, besides)
    if lines:
        print_rows([row for one in found.batches for row in _line_rows(one)], output)
    else:
        _print(found, output)
    if found.open:
        say(f"{counted(len(found.open), 'item')} open.")
    return Exit.FINDINGS if found.open else Exit.DONE


def _print(found: Reconciliations, output: str) -> None:
    rows = [_row(one) for one in found.batches]
    total = {
        "batch": "total",
        "payouts": sum(row["payouts"] for row in rows),
        **{name: sum(row[name] for row in rows) for name in _SUMS},
    }
    shown = [{name: format_yuan(v) if name in _SUMS else v for name, v in row.items()} for row in (*rows, total)]
    open_rows = [_open_row(item, found) for item in found.open]
    if output == "json":
        print_json(
            {"division": found.division, "month": found.month.text, "batches": shown[:-1], "total": shown[-1],
             "open": open_rows}
        )  # fmt: skip
        return
    print_rows(shown, output)
    if output == "text":
        print_rows(open_rows, output)


def _row(one: Reconciled) -> dict[str, Any]:
    batch = one.batch
    return {
        "batch": batch.name.partition("/")[2],
        "payouts": len(batch.lines),
        "issued": batch.sum_fen(),
        **{state: batch.sum_fen(state) for state in STATES},
        "debited": one.debit_fen,
        "debit_difference": one.debit_fen - batch.debit_fen,
        "credited": one.credit_fen,
        "credit_difference": one.credit_fen - batch.sum_fen("returned"),
    }


def _line_rows(one: Reconciled) -> list[dict[str, Any]]:
    return [
        {
            "batch": one.batch.name.partition("/")[2],
            "payout": line.payout,
            "case": line.case,
            "payment_id": line.payment_id,
            "amount": format_yuan(line.amount_fen),
            "state": line.state,
            "since": line.since.isoformat(),
            "reason": line.reason,
            "credited": format_yuan(one.credited.get(line.payment_id, 0)),
            "resolved": line.resolved,
        }
        for line in one.batch.lines
    ]


def _open_row(item: OpenItem, found: Reconciliations) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "subject": item.subject,
        "amount": format_yuan(item.amount_fen),
        "since": item.since.isoformat(),
        "days": max(0, (found.today - item.since).days),
        "detail": item.detail,
    }
