"""Passphrases: typed without being shown, or taken from a variable where nobody is there to type."""

from __future__ import annotations

import os
import sys

import click

from ledger.errors import Misused

SHORTEST = 12
"""Characters of a new passphrase: a key file that is carried off is tried out at leisure."""


def passphrase_of(key: str, variable: str) -> str:
    """The passphrase that opens a key.

    Raises:
        Misused: `keys.passphrase_needed` without the variable and without a terminal.
    """
    return os.environ.get(variable) or _ask(f"Passphrase of {key}", key, variable, twice=False)


def new_passphrase(key: str, variable: str) -> str:
    """A passphrase for a new key, typed twice.

    Raises:
        Misused: `keys.passphrase_needed`; `keys.passphrase_short` for one from the variable that is too short.
    """
    given = os.environ.get(variable)
    if given:
        if len(given) < SHORTEST:
            raise Misused(
                "keys.passphrase_short",
                variable,
                found=f"{len(given)} characters",
                expected=f"at least {SHORTEST}",
            )
        return given
    while True:
        typed = _ask(f"New passphrase of {key} ({SHORTEST} characters or more)", key, variable, twice=True)
        if len(typed) >= SHORTEST:
            return typed
        click.echo(f"Too short: {len(typed)} characters. At least {SHORTEST} are needed.", err=True)


def _ask(question: str, key: str, variable: str, *, twice: bool) -> str:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Misused(
            "keys.passphrase_needed",
            key,
            found="no terminal to ask at",
            expected=f"the passphrase in the variable {variable}",
            hint="Nothing was changed.",
        )
    typed: str = click.prompt(question, hide_input=True, confirmation_prompt=twice, err=True)
    return typed
