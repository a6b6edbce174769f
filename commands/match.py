"""`ledger match`: another department's monthly file, matched with the people of the county."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from commands.rendering import counted, output_option, print_json, print_rows, print_text, progress, say
from commands.session import MONTH, Session, chosen_division, confirm, pass_session
from ledger.intake.match_columns import DATASETS, read_column_map, usual_columns
from ledger.intake.match_file import MatchFile
from ledger.values.identifiers import shown_code
from ledger.values.month import Month, day_of
from projections.matching import Matching, plan, record
from projections.standings import Question


@click.command("match")
@click.argument("dataset", type=click.Choice(DATASETS), metavar="DATASET")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--month", type=MONTH, help="The month the data are of (default: the ledger's present one).")
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@click.option("--map", "column_map", type=click.Path(path_type=Path), help="A column map in TOML.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@pass_session
def command(
    session: Session, dataset: str, file: Path, month: Month | None, division: str | None,
    column_map: Path | None, output: str, *, yes: bool,
) -> None:  # fmt: skip
    """Match a department's FILE (.csv in UTF-8 or GB18030, .xlsx) with the people of the county.

    DATASET is one of death, prison, detox, fiscal_payroll, pension, wages, vehicle, property, company,
    housing_fund, deposits, student, disability, medical.

    Usual headings are found (身份证号, 车辆类型, 房产套数 …). A column map names others: lines such as
    id_number = "证件号", value, detail, date; for one dataset below its name in brackets ([vehicle]).

    Members of households that draw, applicants, watched people and those turned down last are looked for by their
    ID numbers; nobody else leaves a trace. Their matches are recorded (what the file corrects is replaced), and
    alerts raised: nobody gets a second one while his first of the dataset is open, or for the same month. No
    alert stops money. The file is taken whole or not at all; the same file again changes nothing.
    """
    columns = read_column_map(column_map, dataset) if column_map else usual_columns(dataset)
    read = MatchFile(file, dataset, columns)
    with session.installation() as installation:
        place = chosen_division(installation, division)
        asked = Question(place, dataset, month or Month.of(day_of(installation.ledger.now())))
        with progress(f"{read.name}: lines read") as step:
            planned = plan(installation, read, asked, step)
        found = planned.matching
        if not found.already:
            for line in _preview(found):
                say(line)
            confirm(f"Record {read.name}?", yes=yes)
            found = record(installation, read, asked, planned)
    _print(found, asked, output)


def _print(found: Matching, asked: Question, output: str) -> None:
    raised = [{"alert": one.alert, "person": shown_code(one.person), "side": one.side} for one in found.raised]
    if output == "json":
        print_json(_row(found, asked) | {"alerts": raised})
    elif output == "csv":
        print_rows(raised, output, columns=("alert", "person", "side"))
    elif found.already:
        print_text([f"{found.file} was matched before, byte for byte: nothing changed."])
    else:
        matches = f"{counted(found.matches, 'match', 'matches')} of {asked.dataset} {asked.month}"
        print_text([f"{found.file}: {matches} recorded, {counted(len(found.raised), 'alert')} raised."])
        if found.raised:
            say(
                "Next: `ledger alerts` lists them; `ledger alert step CODE assigned --by WHO` sends somebody there."
            )


def _row(found: Matching, asked: Question) -> dict[str, Any]:
    return {
        "file": found.file, "dataset": asked.dataset, "month": asked.month.text, "division": asked.division,
        "lines": found.lines, "persons": found.groups, "matches": found.matches, "unchanged": found.unchanged,
        "replaced": found.replaced, "over_inclusion": found.count("over_inclusion"),
        "under_coverage": found.count("under_coverage"), "standing": found.standing, "already": found.already,
    }  # fmt: skip


def _preview(found: Matching) -> list[str]:
    persons = ", ".join(f"{count} {group}" for group, count in sorted(found.groups.items())) or "nobody of ours"
    replaced = f", {found.replaced} of an earlier file replaced" if found.replaced else ""
    over, under = found.count("over_inclusion"), found.count("under_coverage")
    return [
        f"{found.file}: {counted(found.lines, 'line')}; {persons}",
        f"  matches: {found.matches} to be recorded, {found.unchanged} recorded before{replaced}",
        f"  alerts: {over} of over-inclusion, {under} of under-coverage to be raised; {found.standing} raised before",
    ]
