"""`ledger compare`: a frozen roll against the old system's last list, household by household."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from commands.rendering import counted, output_option, print_json, print_rows, print_text, progress, say
from commands.session import MONTH, Session, chosen_division, pass_session, programme_option
from ledger.closing.order import PROGRAMMES
from ledger.comparing import KINDS, Difference, Listed, Reason
from ledger.domain.batch import RELIEF
from ledger.errors import Exit
from ledger.intake.old_list import OldList, read_old_list
from ledger.values.identifiers import mask
from ledger.values.money import format_yuan
from ledger.values.month import Month
from projections.cut_over import Comparison, compare

_COLUMNS = ("kind", "case", "programme", "line", "name", "id_number", "old", "new", "difference", "reasons")


@click.command("compare")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.argument("month", type=MONTH)
@programme_option
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@output_option
@pass_session
def command(
    session: Session, file: Path, month: Month, programme: str | None, division: str | None, output: str
) -> int:
    """Set the roll of MONTH against the old system's last list, FILE (.csv or .xlsx); nothing is recorded.

    The columns are those of a roll (姓名, 身份证号, 保障人数, 保障金, 分类施保金, 发放合计, 账户名称, 账号), or one row
    a household with 姓名1, 身份证号1 … 姓名6, 身份证号6. Households are matched by the head's ID number, then by a
    member's, then by the account. Every household that differs is listed with the reasons, masked; the old list's
    total and the differences add up to ours. Exit code 4 where anything differs. Name the --programme of a list that
    holds only one.
    """
    listed = read_old_list(file)
    programmes = (programme,) if programme else tuple(name for name in PROGRAMMES if name != RELIEF)
    with session.installation() as installation:
        place = chosen_division(installation, division)
        with progress("households compared") as step:
            found = compare(installation, place, month, programmes, listed, step)
    rows = [_row(one) for one in found.differences]
    if output == "json":
        print_json(
            {"division": place, "month": month.text, "differences": rows, "summary": _summary(found, listed)}
        )
    else:
        print_rows([{**row, "reasons": "; ".join(map(_words, one.reasons))}
                    for row, one in zip(rows, found.differences, strict=True)], output, columns=_COLUMNS,
                   right=("old", "new", "difference"))  # fmt: skip
    if output == "text":
        print_text(_told(found, listed))
    open_rolls = [name for name in programmes if name not in found.frozen]
    if open_rolls:
        say(f"Not frozen, so compared as closing now would pay: {', '.join(open_rolls)}.")
    if listed.unread:
        say(f"Columns of {listed.name} that were not compared: {', '.join(listed.unread)}.")
    return Exit.FINDINGS if found.differences else Exit.DONE


def _row(one: Difference) -> dict[str, Any]:
    shown = one.old or one.new
    assert shown is not None
    return {
        "kind": one.kind,
        "case": one.new.place if one.new else None,
        "programme": one.new.programme if one.new else None,
        "line": one.old.place.rpartition(" ")[2] if one.old else None,
        "name": _masked(shown.name),
        "id_number": _masked(shown.id_number),
        "old": _yuan(one.old),
        "new": _yuan(one.new),
        "difference": format_yuan(one.new_fen - one.old_fen) if _has_amounts(one) else None,
        "reasons": [{"what": reason.what, "old": reason.old, "new": reason.new} for reason in one.reasons],
    }


def _summary(found: Comparison, listed: OldList) -> dict[str, Any]:
    counts = {kind: sum(1 for one in found.differences if one.kind == kind) for kind in KINDS}
    amounts = any(one.total_fen is not None for one in listed.households)
    return {
        "old_households": found.old_households,
        "new_households": found.new_households,
        "same": found.same,
        **counts,
        "old_total": format_yuan(found.old_fen) if amounts else None,
        "by_kind": {kind: format_yuan(found.total_fen(kind)) for kind in KINDS} if amounts else None,
        "new_total": format_yuan(found.new_fen),
    }


def _told(found: Comparison, listed: OldList) -> list[str]:
    summary = _summary(found, listed)
    numbers = f"{counted(found.old_households, 'household')}; our roll: {found.new_households}"
    lines = [f"{listed.name}: {numbers}; the same on both: {found.same}."]
    if summary["by_kind"] is None:
        return [*lines, "The list has no amounts: members, counts and accounts were compared."]
    lines.append(f"  {summary['old_total']:>16}  the old list's total")
    words = {
        "only_old": "on the old list only",
        "only_new": "on our roll only",
        "differs": "on both, with differences",
    }
    lines += [f"  {summary['by_kind'][kind]:>16}  {summary[kind]} {words[kind]}" for kind in KINDS]
    return [*lines, f"  {summary['new_total']:>16}  our roll's total"]


def _words(reason: Reason) -> str:
    if reason.what.startswith("missing"):
        return reason.new or ""
    if reason.what == "listed_twice":
        return f"listed twice: {reason.old}"
    return f"{reason.what} {reason.old or 'none'} → {reason.new or 'none'}"


def _has_amounts(one: Difference) -> bool:
    return one.old is None or one.old.total_fen is not None


def _yuan(one: Listed | None) -> str | None:
    return format_yuan(one.total_fen) if one is not None and one.total_fen is not None else None


def _masked(value: str | None) -> str | None:
    return mask(value) if value else None
