"""What a command line call brings with it: settings, actor, the day set for a rehearsal, how to print."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import click

from ledger.errors import Misused
from ledger.settings import Settings, load_settings
from ledger.values.identifiers import is_division
from ledger.values.money import parse_yuan
from ledger.values.month import Month

if TYPE_CHECKING:
    from projections.installation import Installation


@dataclass(frozen=True)
class Session:
    """The options in front of the command."""

    actor: str
    on: date | None

    @property
    def settings(self) -> Settings:
        """The settings of the environment and the settings file."""
        return load_settings(os.environ)

    @contextmanager
    def installation(self, *, create: bool = False) -> Iterator[Installation]:
        """The installation opened for this call; a rehearsal says so."""
        from projections.installation import opened

        with opened(self.settings, actor=self.actor, on=self.on, create=create) as installation:
            if not create and installation.ledger.founding.rehearsal:
                click.echo("REHEARSAL: a ledger to practise with; nothing of it is paid.", err=True)
            yield installation


pass_session = click.make_pass_decorator(Session)


def system_user() -> str:
    """The name of the system user, the default actor of an event."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"


class MonthType(click.ParamType[Month]):
    """A month argument, `2022-07`."""

    name = "MONTH"

    def convert(self, value: str | Month, param: click.Parameter | None, ctx: click.Context | None) -> Month:
        """The month of `YYYY-MM`."""
        if isinstance(value, Month):
            return value
        try:
            return Month.parse(value)
        except ValueError as error:
            self.fail(f"{value!r} is not {error}", param, ctx)


class DayType(click.ParamType[date]):
    """A day option, `2022-07-08`."""

    name = "DATE"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day of `YYYY-MM-DD`."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day such as 2022-07-08", param, ctx)


class ProgrammeType(click.ParamType[str]):
    """A programme option: one a month is closed for, or a batch paid apart (`reissue-1`, `relief-R1`)."""

    name = "PROGRAMME"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The programme as it is named in batches."""
        from ledger.closing.order import PROGRAMMES
        from ledger.domain.batch import is_apart

        if value not in PROGRAMMES and not is_apart(value):
            self.fail(f"{value!r} is none of {', '.join(PROGRAMMES)}, reissue-NUMBER, relief-CODE", param, ctx)
        return value


class YuanType(click.ParamType[int]):
    """An amount option in yuan, `443.00`; integer fen inside."""

    name = "YUAN"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The fen of a decimal amount."""
        if isinstance(value, int):
            return value
        try:
            return parse_yuan(value)
        except ValueError as error:
            self.fail(f"{value!r} is not {error}", param, ctx)


MONTH, DAY, PROGRAMME, YUAN = MonthType(), DayType(), ProgrammeType(), YuanType()

programme_option = click.option(
    "--programme", type=PROGRAMME, help="One programme only, or a batch paid apart (reissue-1, relief-R1)."
)


def chosen_division(installation: Installation, division: str | None) -> str:
    """The division asked for, or the only one there is.

    Raises:
        Misused: `division.several` with the list, `division.malformed`, `division.unknown` with the list.
    """
    if division is not None and not is_division(division):
        raise Misused("division.malformed", "--division", found=division, expected="six digits (GB/T 2260)")
    known = installation.divisions()
    if division is not None:
        if division not in known:
            raise Misused("division.unknown", "--division", found=division, expected=f"one of {', '.join(known)}")
        return division
    if len(known) > 1:
        raise Misused(
            "division.several",
            "--division",
            found="none given",
            expected=f"one of {', '.join(known)}",
        )
    return known[0]


def confirm(question: str, *, yes: bool) -> None:
    """Asks before a state change; off a terminal `--yes` must have been given.

    Raises:
        Misused: `confirm.needed`.
    """
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Misused(
            "confirm.needed",
            "this command changes the ledger",
            found="no terminal to ask at",
            expected="--yes",
            hint="Nothing was changed. Run it again with --yes.",
        )
    click.confirm(question, abort=True, err=True)
