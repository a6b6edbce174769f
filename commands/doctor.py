"""`ledger doctor`: what keeps the ledger from working here, and how to mend it."""

from __future__ import annotations

import click

from commands.rendering import output_option, print_rows, print_text
from commands.session import Session, pass_session
from ledger.certifying import examine_keys
from ledger.errors import Exit, Refused
from ledger.store.doctor import Finding, diagnose


@click.command("doctor")
@output_option
@pass_session
def command(session: Session, output: str) -> int:
    """Check this machine and this installation; changes nothing. Exit code 1 where something must be mended."""
    findings = diagnose(session.settings)
    if all(finding.ok for finding in findings):
        findings += _signing_keys(session)
    broken = [finding for finding in findings if not finding.ok]
    if output == "text":
        for finding in findings:
            print_text([f"{'ok  ' if finding.ok else 'MEND'}  {finding.check:<18} {finding.found}"])
            if not finding.ok:
                print_text([f"      {finding.remedy}"])
        print_text([f"{len(broken)} of {len(findings)} to be mended." if broken else "All is well."])
    else:
        print_rows(
            [{"check": f.check, "ok": f.ok, "found": f.found, "remedy": f.remedy} for f in findings], output
        )
    return Exit.FAILED if broken else Exit.DONE


def _signing_keys(session: Session) -> list[Finding]:
    """What is to be said of the keys that sign, where there is a ledger to ask."""
    try:
        with session.installation() as installation:
            return [examine_keys(installation.ledger)]
    except Refused:
        return []
