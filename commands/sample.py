"""`ledger sample`: a stratified sample of what a closed month paid, that anybody can draw again."""

from __future__ import annotations

from typing import Any

import click

from commands.rendering import counted, output_option, print_json, print_rows, print_text, say
from commands.session import MONTH, Session, chosen_division, confirm, pass_session, programme_option
from ledger.domain.sample import Sample, Unit, population_lines
from ledger.errors import Misused
from ledger.supervising.drawing import drawn_sample
from ledger.supervising.inspecting import inspection as known_inspection
from ledger.supervising.inspecting import record_sample
from ledger.values.identifiers import is_code
from ledger.values.money import format_yuan
from ledger.values.month import Month


@click.command("sample")
@click.argument("month", type=MONTH)
@click.option("--size", type=click.IntRange(min=1), required=True, help="How many cases and reliefs to draw.")
@click.option("--seed", required=True, metavar="CODE", help="What the draw hangs on, agreed beforehand.")
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@programme_option
@click.option("--inspection", metavar="CODE", help="Put the drawing on this inspection's record.")
@click.option(
    "--population", "listing", is_flag=True, help="Print the population instead: its SHA-256 is the digest."
)
@click.option("--yes", is_flag=True, help="Do not ask (only --inspection records anything).")
@output_option
@pass_session
def command(
    session: Session,
    month: Month,
    size: int,
    seed: str,
    division: str | None,
    programme: str | None,
    inspection: str | None,
    output: str,
    *,
    listing: bool,
    yes: bool,
) -> None:
    """Draw cases and reliefs from what the closes of MONTH paid, in proportion to programmes and townships.

    Every stratum gives at least one where --size allows. The same month and seed give the same sample for ever, on
    any machine: in each stratum those come first whose SHA-256 of seed, population digest, programme and case (tabs
    between) is the smallest. `--population | sha256sum` gives the digest.
    """
    if not is_code(seed):
        raise Misused("sample.seed", "--seed", found=repr(seed[:20]), expected="1 to 64 characters without blanks")
    with session.installation() as installation:
        ledger, place = installation.ledger, chosen_division(installation, division)
        if inspection is not None:
            known_inspection(ledger, place, inspection)
        drawn = drawn_sample(ledger, place, month, size, seed, programme)
        if listing:
            print_text(population_lines(drawn.population))
            return
        _say(drawn, place, month)
        if inspection is not None:
            confirm(f"Put it on the record of inspection {inspection}?", yes=yes)
            if not record_sample(ledger, place, inspection, month, programme, drawn):
                say(f"It stands on the record of inspection {inspection} already.")
    _print(
        drawn, output, {"division": place, "month": month.text, "programme": programme, "inspection": inspection}
    )


def _say(drawn: Sample, division: str, month: Month) -> None:
    represented = sum(stratum.drawn > 0 for stratum in drawn.strata)
    say(f"{division} {month}: {len(drawn.drawn)} of {len(drawn.population)} drawn with seed {drawn.seed}.")
    say(f"Population {drawn.population_digest}")
    if represented < len(drawn.strata):
        say(
            f"Only {represented} of {counted(len(drawn.strata), 'stratum', 'strata')} represented: --size is smaller."
        )


def _print(drawn: Sample, output: str, asked: dict[str, Any]) -> None:
    strata = [
        {
            "programme": stratum.programme, "township": stratum.township, "population": stratum.units,
            "amount": format_yuan(stratum.amount_fen), "drawn": stratum.drawn,
        }
        for stratum in drawn.strata
    ]  # fmt: skip
    units = [_row(number, unit) for number, unit in enumerate(drawn.drawn, 1)]
    if output == "json":
        amount = format_yuan(sum(unit.amount_fen for unit in drawn.population))
        print_json(
            {
                **asked, "seed": drawn.seed, "size": drawn.size, "population": len(drawn.population),
                "population_amount": amount, "population_digest": drawn.population_digest, "strata": strata,
                "drawn": units,
            }
        )  # fmt: skip
        return
    if output == "text":
        print_rows(strata, output)
        print_text([""])
        units = [{name: value for name, value in row.items() if name != "payouts"} for row in units]
    print_rows(units, output)


def _row(number: int, unit: Unit) -> dict[str, Any]:
    return {
        "number": number,
        "programme": unit.programme,
        "township": unit.township,
        "case": unit.case,
        "amount": format_yuan(unit.amount_fen),
        "payouts": list(unit.payouts),
    }
