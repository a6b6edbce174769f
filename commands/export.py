"""`ledger export`: the books in the formats other programs read."""

from __future__ import annotations

import click

from commands.export_journal import command as journal


@click.group("export")
def command() -> None:
    """Export what the ledger holds in formats that other programs read."""


command.add_command(journal)
