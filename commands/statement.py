"""`ledger statement`: a statement of the account that payouts are paid from."""

from __future__ import annotations

from pathlib import Path

import click

from commands.rendering import counted, output_option, print_json, print_rows, print_text, say
from commands.session import Session, chosen_division, confirm, pass_session
from ledger.bank.keeping import bank_file
from ledger.bank.reading import read_statement
from ledger.bank.statements import plan_statement, record_statement
from ledger.values.money import format_yuan


@click.command("statement")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_session
def command(session: Session, file: Path, division: str | None, output: str, *, yes: bool) -> None:
    """Record a statement of the account that payouts are paid from, for `ledger reconcile`.

    Read are camt.053, and tables (CSV in UTF-8 or GB18030, XLSX) with date, reference, and amount with direction, or
    debit and credit (日期, 摘要, 支出, 收入). A statement whose balances or totals do not add up is refused.

    Recorded are days, amounts and the ids of our own files; other texts may name people, and stay in the file, which
    is kept in LEDGER_HOME/from_bank, readable by its owner alone. The same file again changes nothing; an entry that
    stands in two statements counts once.
    """
    content = bank_file(file)
    statement = read_statement(content, file.name)
    with session.installation() as installation:
        place = chosen_division(installation, division)
        desk = installation.closing_desk()
        taken = plan_statement(desk, place, statement)
        if not taken.already:
            say(f"{counted(len(taken.lines), 'entry', 'entries')} of {statement.name} ({statement.format}).")
            confirm(f"Record {statement.name}?", yes=yes)
            taken = record_statement(desk, place, statement, content, installation.from_bank)
    rows = [
        {
            "booked_on": line.booked_on.isoformat(),
            "amount": format_yuan(line.amount_fen),
            "names": list(line.names),
        }
        for line in taken.lines
    ]
    if output == "json":
        print_json({"file": statement.name, "already": taken.already, "entries": rows})
    elif output == "csv":
        print_rows(rows, output, columns=("booked_on", "amount", "names"))
    elif taken.already:
        print_text([f"{statement.name} was recorded before, byte for byte: nothing changed."])
    else:
        moved = f"{format_yuan(taken.out_fen)} yuan out, {format_yuan(taken.in_fen)} yuan in"
        print_text([f"{statement.name}: {counted(len(rows), 'entry', 'entries')}, {moved}."])
