"""Keys as `ledger keys` shows them: all with their states, and what goes on paper."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cryptography import x509

from commands.rendering import print_json, print_rows, print_text, say
from ledger.certifying import certificate_of, ending_soon, key_files
from ledger.domain.key import RETIRED, REVOKED, KeyFile, KeyRevoked
from ledger.errors import Refused
from ledger.payfile.certificates import operator, units
from ledger.payfile.instructions import colons
from ledger.payfile.keys import CA_ROLE, fingerprint, read_certificates
from ledger.payfile.names import CA, certificate_name
from ledger.values.month import day_of
from projections.descriptions import moment
from projections.installation import Installation


def print_keys(installation: Installation, output: str) -> None:
    """Every key ever certified with its state; and which certificates end soon, said on stderr."""
    now = installation.ledger.now()
    files = read_certificates(installation.keys_folder)
    rows = [_listed(file, file.state(now), files) for file in key_files(installation.ledger)]
    if output == "text":
        for row in rows:
            print_text([
                f"{row['role']} {row['operator']}: {row['state'].replace('_', ' ')}{row['since']}",
                f"    valid        {row['valid_from']} to {row['valid_to']}",
                f"    key          {row['key']}",
                f"    fingerprint  {row['fingerprint']}",
            ])  # fmt: skip
    else:
        print_rows([{name: value for name, value in row.items() if name != "since"} for row in rows], output)
    for file in ending_soon(installation.ledger, key_files(installation.ledger)):
        known = file.current
        say(
            f"The certificate of {known.operator} as {known.role} ends on {day_of(known.valid_to)}: "
            f"`ledger keys rotate --role {known.role} --name {known.operator}`."
        )


def _listed(file: KeyFile, state: str, files: Mapping[str, x509.Certificate]) -> dict[str, str]:
    certificate = certificate_of(file)
    revoked = file.revoked.event if file.revoked else None
    reason = revoked.reason if isinstance(revoked, KeyRevoked) else ""
    ended = (file.revoked or file.retired) if state in (REVOKED, RETIRED) else None
    ended_at = moment(ended.event) if ended else ""
    return {
        "role": file.current.role,
        "operator": file.current.operator,
        "state": state,
        "valid_from": day_of(file.current.valid_from).isoformat(),
        "valid_to": day_of(file.current.valid_to).isoformat(),
        "ended_at": ended_at,
        "reason": reason,
        "key": file.id,
        "fingerprint": colons(fingerprint(certificate)),
        "file": next((certificate_name(name) for name, other in files.items() if other == certificate), ""),
        "since": f" since {ended_at} {reason}".rstrip() if ended_at else "",
    }


def print_paper(folder: Path, output: str) -> None:
    """The certificates of a folder of keys, and what of them is printed and handed over.

    Raises:
        Refused: `keys.none`.
    """
    found = read_certificates(folder)
    if CA_ROLE not in found:
        raise Refused(
            "keys.none",
            str(folder),
            found="no CA certificate",
            expected="the keys that bundles are signed with",
            hint="`ledger keys init` makes them.",
        )
    rows = [_row(name, certificate) for name, certificate in found.items()]
    if output == "json":
        print_json(rows)
        return
    if output == "csv":
        print_rows(rows, output)
        return
    for row in rows:
        print_text([
            f"{row['role']}: {row['subject']}",
            f"    file         {folder / str(row['file'])}",
            f"    valid        {row['valid_from']} to {row['valid_to']}",
            f"    fingerprint  {row['fingerprint']}",
        ])  # fmt: skip
    print_text([
        "",
        "To be printed, signed and handed over on paper to the bank, finance and the auditors:",
        f"    SHA-256 fingerprint of {CA}: {rows[0]['fingerprint']}",
        "    Whoever verifies a payout bundle compares it with what VERIFY.txt or `ledger payfile verify` shows.",
    ])  # fmt: skip


def _row(name: str, certificate: x509.Certificate) -> dict[str, str]:
    return {
        "role": units(certificate)[0],
        "operator": operator(certificate),
        "subject": certificate.subject.rfc4514_string(),
        "fingerprint": colons(fingerprint(certificate)),
        "valid_from": day_of(certificate.not_valid_before_utc).isoformat(),
        "valid_to": day_of(certificate.not_valid_after_utc).isoformat(),
        "file": CA if name == CA_ROLE else certificate_name(name),
    }
