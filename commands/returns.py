"""`ledger returns`: what the bank says became of payouts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from commands.rendering import counted, output_option, print_json, print_rows, print_text, say
from commands.session import Session, chosen_division, confirm, pass_session
from ledger.bank.keeping import bank_file, keep
from ledger.bank.reading import read_returns
from ledger.bank.returns import Answered, plan_answers, record_answers
from ledger.closing.returning import Returns, named_in, plan_returns, record_returns
from ledger.errors import Exit
from ledger.intake.payout_list import PayoutList
from ledger.values.money import format_yuan
from projections.installation import Installation

_SHOWN = 10
_COLUMNS = ("case", "month", "payee", "amount", "reason", "payout")


@click.command("returns")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@click.option("--bank", metavar="CODE", help="The bank whose own text it is, where there are several.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_session
def command(
    session: Session, file: Path, division: str | None, bank: str | None, output: str, *, yes: bool
) -> int:
    """Record what the bank says of payouts, from its return FILE: settled, returned, or of unknown outcome.

    Read are pain.002, the text that a bank's profile declares, and tables (CSV in UTF-8 or GB18030, XLSX). A table
    with a column outcome (结果) is the bank's: case, month, amount, outcome, reason, and where wanted batch
    (2022-06/dibao_rural) and payee; its last row, total, has count and sum. Each line of a bank's file gets a verdict;
    what is clean is recorded, all else is listed, and the exit code is 4. A file whose totals are wrong is refused
    whole.

    A table without outcome (case,month,amount,reason or 编号,月份,金额,原因) lists what came back, and is taken whole
    or not at all. Without an amount every payout of the case (or relief) and month came back.

    The same file again changes nothing. The file is kept in LEDGER_HOME/from_bank, readable by its owner alone: it
    holds names and accounts. What came back still counts as paid, until `ledger reissue` sends it again or it is
    cancelled; what is unknown is never sent again before the bank says more.
    """
    content = bank_file(file)
    with session.installation() as installation:
        place = chosen_division(installation, division)
        desk = installation.closing_desk()
        read = read_returns(content, file.name, desk.profiles, bank)
        if isinstance(read, PayoutList):
            return _list(installation, place, read, content, output, yes=yes)
        planned = plan_answers(desk, place, read)
        if planned.posted or planned.refused:
            for line in _preview(planned):
                say(line)
            confirm(f"Record {read.name}?", yes=yes)
            planned = record_answers(desk, place, read, content, installation.from_bank)
    return _print(planned, output)


def _preview(planned: Answered) -> Iterator[str]:
    yield f"{counted(len(planned.judged), 'line')} of {planned.file.name} ({planned.file.format}):"
    for verdict, count in planned.verdicts.items():
        yield f"  {count} {verdict}"
    for batch, group in planned.refused:
        yield f"  {batch.programme} of {batch.month} refused whole: {group.reason}"


def _print(planned: Answered, output: str) -> int:
    rows = [
        {
            "line": judged.answer.line,
            "verdict": judged.verdict,
            "case": judged.payout.issued.case if judged.payout else None,
            "month": judged.payout.issued.month.text if judged.payout else None,
            "amount": None if judged.answer.amount_fen is None else format_yuan(judged.answer.amount_fen),
            "reason": judged.answer.reason,
            "iso": judged.answer.iso,
            "payout": judged.payout.issued.originator_id if judged.payout else None,
            "detail": judged.detail,
        }
        for judged in planned.judged
    ]
    wrong = [row for row, judged in zip(rows, planned.judged, strict=True) if not judged.posted]
    if output == "json":
        print_json(
            {
                "file": planned.file.name,
                "format": planned.file.format,
                "already": planned.already,
                "verdicts": planned.verdicts,
                "settled": format_yuan(planned.sum_fen("settled")),
                "returned": format_yuan(planned.sum_fen("returned")),
                "refused_whole": [f"{batch.month}/{batch.programme}" for batch, _ in planned.refused],
                "lines": rows,
            }
        )
    elif output == "csv":
        print_rows(rows, output, columns=("line", "verdict", *_COLUMNS, "iso", "detail"))
    else:
        _tell(planned, wrong)
    return Exit.FINDINGS if wrong or planned.refused else Exit.DONE


def _tell(planned: Answered, wrong: Sequence[Mapping[str, Any]]) -> None:
    name = planned.file.name
    if planned.already:
        print_text([f"{name} was recorded before, byte for byte: nothing changed."])
        return
    counts = planned.verdicts
    settled = f"{counts.get('settled', 0)} settled, {format_yuan(planned.sum_fen('settled'))} yuan"
    returned = f"{counts.get('returned', 0)} returned, {format_yuan(planned.sum_fen('returned'))} yuan"
    print_text([f"{name}: {settled}; {returned}; {counts.get('unknown', 0)} unknown; {len(wrong)} not recorded."])
    print_rows(wrong, "text", columns=("line", "verdict", "payout", "amount", "reason", "detail"))
    for batch, _ in planned.refused:
        say(f"Next: `ledger payfile reissue {batch.month} --programme {batch.programme}` writes the file again.")
    if not planned.posted and not planned.refused:
        say("Nothing of it could be recorded, and nothing was.")
    elif counts.get("returned"):
        say("Next: once the accounts are right, `ledger reissue CASE MONTH` sends them again.")


def _list(
    installation: Installation, division: str, listed: PayoutList, content: bytes, output: str, *, yes: bool
) -> int:
    named = named_in(listed)
    planned = plan_returns(installation.ledger, division, named, listed.digest)
    if not planned.already:
        for line in _preview_list(planned):
            say(line)
        confirm(f"Record {listed.name}?", yes=yes)
        keep(installation.from_bank, content)
        planned = record_returns(installation.ledger, division, named, listed.digest)
    rows = [_row(planned, index) for index in range(len(planned.payouts))]
    if output == "json":
        amount = format_yuan(planned.amount_fen)
        print_json({"file": listed.name, "already": planned.already, "returned": rows, "amount": amount})
    elif output == "csv":
        print_rows(rows, output, columns=_COLUMNS)
    elif planned.already:
        print_text([f"{listed.name} was recorded before, byte for byte: nothing changed."])
    else:
        payouts = counted(len(rows), "payout")
        print_text([f"{listed.name}: {payouts} returned, {format_yuan(planned.amount_fen)} yuan."])
        say(f"Next: once the accounts are right, `ledger reissue --file {listed.name}` sends them again.")
    return Exit.DONE


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


def _preview_list(planned: Returns) -> list[str]:
    lines = [f"{counted(len(planned.payouts), 'payout')} returned, {format_yuan(planned.amount_fen)} yuan:"]
    for index in range(min(_SHOWN, len(planned.payouts))):
        row = _row(planned, index)
        lines.append(f"  {row['case']} {row['month']} {row['payee']} {row['amount']}: {row['reason']}")
    if len(planned.payouts) > _SHOWN:
        lines.append(f"  … and {len(planned.payouts) - _SHOWN} more")
    return lines
