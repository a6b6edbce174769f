"""The `ledger` command: its options, its commands by name, and what an error looks like."""

from __future__ import annotations

import gc
import sys
import tempfile
import traceback
from datetime import date
from importlib import import_module
from pathlib import Path

import click

from commands.session import DAY, Session, system_user
from ledger.errors import Exit, LedgerError

_COMMANDS = {
    "init": "commands.init",
    "doctor": "commands.doctor",
    "demo": "commands.demo",
    "record": "commands.record",
    "roll": "commands.roll",
    "close-month": "commands.close_month",
    "confirm": "commands.confirm",
    "approve": "commands.approve",
    "returns": "commands.returns",
    "statement": "commands.statement",
    "reconcile": "commands.reconcile",
    "reissue": "commands.reissue",
    "pay-relief": "commands.pay_relief",
    "claims": "commands.claims",
    "funds": "commands.funds",
    "override": "commands.override",
    "grain": "commands.grain",
    "policy": "commands.policy",
    "payfile": "commands.payfile",
    "replay": "commands.replay",
    "explain": "commands.explain",
    "history": "commands.history",
    "scenario": "commands.scenario",
    "keys": "commands.keys",
    "verify": "commands.verify",
    "audit": "commands.audit",
    "findings": "commands.findings",
    "finding": "commands.finding",
    "sample": "commands.sample",
    "inspection": "commands.inspection",
    "kin": "commands.kin",
    "register": "commands.register",
    "report": "commands.report",
    "export": "commands.export",
    "compare": "commands.compare",
    "match": "commands.match",
    "alerts": "commands.alerts",
    "alert": "commands.alert",
    "applications": "commands.applications",
    "reviews": "commands.reviews",
}
"""Each command's module, imported when it is called: the command line starts fast."""


COLLECT_AFTER = 200_000
"""After how many new objects garbage is looked for. An audit of a prefecture folds tens of millions that stay: at the
interpreter's own figure a fifth of its time went into looking them through."""


class Commands(click.Group):
    """The commands, loaded by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order a newcomer needs them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        module = _COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = import_module(module).command
        return command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--on", type=DAY, help="Set a rehearsal ledger's clock to this day.")
@click.option("--actor", metavar="NAME", default=None, help="Who does it (default: the system user).")
@click.version_option(package_name="disbursement-ledger", prog_name="ledger")
@click.pass_context
def cli(context: click.Context, on: date | None, actor: str | None) -> None:
    """Disbursement and audit ledger for social assistance.

    Facts become events, events become rolls, a frozen roll becomes signed payout files, and anyone can replay,
    explain and verify every fen of it.
    """
    context.obj = Session(actor or system_user(), on)


def main() -> None:
    """Runs the command line; errors are text, exit codes are those of `ledger.errors.Exit`."""
    gc.set_threshold(COLLECT_AFTER)
    try:
        code = cli.main(prog_name="ledger", standalone_mode=False)
    except LedgerError as error:
        click.echo(error.message(), err=True)
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("Stopped; what was not finished is finished by running the same command again.", err=True)
        sys.exit(Exit.FAILED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(Exit.FAILED)
    except Exception:  # whatever it is, a stack trace is no answer for a clerk
        click.echo(_report(), err=True)
        sys.exit(Exit.FAILED)
    sys.exit(code if isinstance(code, int) else Exit.DONE)


def _report() -> str:
    with tempfile.NamedTemporaryFile("w", prefix="ledger-error-", suffix=".txt", delete=False) as file:
        traceback.print_exc(file=file)
    return (
        "internal.error: the ledger itself\n"
        f"  found:    {type(sys.exception()).__name__ if hasattr(sys, 'exception') else 'an error'}\n"
        "  expected: an answer; this is a fault of the program, not yours\n"
        f"  Nothing half-done counts. Send {Path(file.name)} to the maintainers, and run `ledger doctor`."
    )
