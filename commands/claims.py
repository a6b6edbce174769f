"""`ledger claims`: what payees have too much of and no payout can be offset against; what held cases are owed."""

from __future__ import annotations

from typing import Any

import click

from commands.rendering import counted, output_option, print_json, print_rows, progress, say
from commands.session import Session, chosen_division, pass_session
from ledger.values.money import format_yuan
from projections.claims import Claim, claims, held

_COLUMNS = (
    "case", "programme", "payee", "person", "oldest_month", "amount",
    "open_since", "age_days", "reason", "because",
)  # fmt: skip


@click.command("claims")
@click.option("--division", metavar="CODE", help="The county, where there are several.")
@click.option("--held", "only_held", is_flag=True, help="What held cases are owed, instead of what others owe.")
@output_option
@pass_session
def command(session: Session, division: str | None, output: str, *, only_held: bool) -> None:
    """List what payees have too much of and nothing can be offset against, by all that is known now.

    That is overpaid money of ended cases and of former carers, and all of it under the policy `recovery: claim`;
    what the next close would still take back is left out. The age counts from the freeze of the first close that
    left it open; what became known since the last freeze is new (0 days).
    """
    with session.installation() as installation:
        place = chosen_division(installation, division)
        with progress("households weighed") as step:
            found = (held if only_held else claims)(installation, place, step)
    rows = [_row(claim) for claim in found]
    if output == "json":
        print_json(rows)
    else:
        print_rows(rows, output, columns=_COLUMNS)
    total = format_yuan(sum(claim.left.amount_fen for claim in found))
    word = "owed to held cases" if only_held else "to be claimed back"
    say(f"{place}: {total} yuan {word}, {counted(len(found), 'payee')}.")


def _row(claim: Claim) -> dict[str, Any]:
    left = claim.left
    return {
        "case": claim.case,
        "programme": claim.programme,
        "payee": left.payee,
        "person": claim.person,
        "oldest_month": min(left.months).text,
        "amount": format_yuan(left.amount_fen),
        "months": {month.text: format_yuan(fen) for month, fen in sorted(left.months.items())},
        "open_since": claim.open_since.isoformat() if claim.open_since else None,
        "age_days": claim.age_days,
        "reason": left.reason,
        "because": list(left.because),
    }
