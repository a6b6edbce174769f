"""Batches as commands show them: gone on with, listed with their totals, and whose turn it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from commands.rendering import first_few, print_json, print_rows, progress, say
from ledger.closing.desk import Desk
from ledger.closing.overriding import unsigned
from ledger.closing.returning import freeze_apart_again, open_apart
from ledger.closing.steps import advance, freeze, turn
from ledger.domain.batch import CHECKER, MAKER, Batch
from ledger.values.money import format_yuan
from ledger.values.month import Month
from projections.installation import Installation

_WAITS = {
    "closed": "closed",
    "townships": "waits for townships to confirm their parts",
    MAKER: "waits for civil affairs (the maker) to sign",
    CHECKER: "waits for finance (the checker) to sign",
}


def go_on(installation: Installation, batch: Batch, *, freeze_again: bool = False) -> Batch:
    """Does every step of a batch that is missing, up to the signatures of people."""
    desk = installation.closing_desk()
    batch.require_started()
    with progress(f"{batch.programme}: households settled") as step:
        if freeze_again and batch.frozen and not batch.closed:
            if batch.monthly:
                freeze(desk, batch.division, batch.month, batch.programme, step)
            else:
                freeze_apart_again(desk, batch)
        return advance(desk, batch.division, batch.month, batch.programme, installation.rehearsal_signers(), step)


def state(batch: Batch) -> str:
    """Where a batch stands, in words."""
    if batch.refused is not None:
        return "refused whole by the bank"
    waits_for = turn(batch)
    if waits_for == "freeze":
        return "not frozen yet"
    return _WAITS.get(waits_for, "frozen, to be finished")


def batch_row(desk: Desk, batch: Batch) -> dict[str, Any]:
    """A batch as a row; `bundle` is its folder, null where nothing is paid."""
    totals = batch.frozen.totals if batch.frozen else None
    return {
        "programme": batch.programme,
        "payouts": totals.payouts if totals else 0,
        "amount": format_yuan(totals.amount_fen if totals else 0),
        "roll_digest": batch.frozen.roll_digest if batch.frozen else None,
        "bundle": str(desk.folder(batch)) if batch.sums else None,
        "state": turn(batch),
    }


def say_next(installation: Installation, batches: Sequence[Batch], month: Month) -> None:
    """Says what to run next: by whom to sign, or how to check what was done; and what will block the close."""
    desk = installation.closing_desk()
    for batch in batches:
        over = unsigned(desk, batch)
        if over is not None:
            say(
                f"{batch.programme}: {format_yuan(over.over_fen)} yuan more than was appropriated up to {over.year}. "
                "The close waits for the appropriation, or for `ledger override` by both."
            )
    waiting = {turn(batch) for batch in batches} - {"closed"}
    option = batches[0].option if len(batches) == 1 else ""
    if "townships" in waiting:
        for batch in batches:
            if batch.townships_missing:
                say(f"{batch.programme} {month}: no confirmation of {first_few(batch.townships_missing)}")
        say(f"Next: `ledger confirm {month}{option} --township CODE` for each of them.")
        return
    for role in (MAKER, CHECKER):
        if role in waiting:
            again = f"`ledger close-month {month}{option}`"
            say(f"Next: `ledger approve {month}{option} --role {role}`, then {again}.")
            return
    if not waiting:
        mark = " This is a REHEARSAL: no bank takes these files." if installation.ledger.founding.rehearsal else ""
        say(f"Closed. `ledger replay {month}{option}` rebuilds it from the events.{mark}")


def print_apart(installation: Installation, batch: Batch, output: str) -> None:
    """Goes on with a batch paid apart, prints it, and says what to run next."""
    batch = go_on(installation, batch)
    installation.rolls.views.catch_up()
    row = batch_row(installation.closing_desk(), batch)
    if output == "json":
        print_json({"division": batch.division, "month": batch.month.text, **row})
    else:
        print_rows([row], output)
    say(f"{batch.programme} of {batch.division}, {batch.month}: {state(batch)}.")
    say_next(installation, [batch], batch.month)


def say_apart(installation: Installation, division: str, month: Month) -> None:
    """Names the open batches of a month that are paid apart: no command does them unasked."""
    for batch in open_apart(installation.ledger, division, month):
        say(f"{batch.programme} of {month} {state(batch)}: `ledger close-month {month}{batch.option}`.")
