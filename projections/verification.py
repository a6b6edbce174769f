"""Verifying a ledger: log, views, rolls, payouts, files and signatures against each other; each verdict alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import groupby

import msgspec
from cryptography.exceptions import InvalidSignature
from psycopg.rows import tuple_row

from ledger.bank.keeping import is_kept
from ledger.certifying import key_file, key_files
from ledger.closing.issuing import issued_by
from ledger.closing.overspending import verify_allowed
from ledger.domain.batch import ROLES, Batch
from ledger.domain.case_file import CaseFile
from ledger.domain.event import Recorded
from ledger.domain.key import KeyFile
from ledger.domain.person import PersonFile
from ledger.entitlement.roll import RollLine, totals
from ledger.entitlement.roll_lines import digest
from ledger.errors import LedgerError
from ledger.payfile.bundle_check import check_bundle
from ledger.payfile.certificates import key_fingerprint, pem, read_pem
from ledger.payfile.contents import judged_at
from ledger.payfile.signing import verify_cms
from projections.case_files import decode_case, decode_person
from projections.installation import Installation
from projections.journal import Journal

_SHOWN = 5


class Verdict(msgspec.Struct, frozen=True):
    """One check: whether what is stored, signed and written agrees, and where it does not."""

    check: str
    ok: bool
    detail: str


def verify(installation: Installation) -> Iterator[Verdict]:
    """Every check in order; a check that cannot be made is a verdict too."""
    installation.rolls.views.catch_up()
    for name, check in _CHECKS.items():
        yield _verdict(name, partial(check, installation))
    for batch in _closed(installation):
        for name, check_batch in _BATCH_CHECKS.items():
            signed = batch.sums is not None and not batch.unsigned
            if check_batch is _payouts or (batch.allowed if check_batch is _overrides else signed):
                yield _verdict(f"{name} of {batch.id}", partial(check_batch, installation, batch))


def _verdict(name: str, check: Callable[[], tuple[str, list[str]]]) -> Verdict:
    try:
        counted, wrong = check()
    except LedgerError as error:
        return Verdict(name, ok=False, detail=f"{error.code}: {error.subject}: {error.found}")
    if not wrong:
        return Verdict(name, ok=True, detail=counted)
    more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
    return Verdict(name, ok=False, detail="; ".join(wrong[:_SHOWN]) + more)


def _log(installation: Installation) -> tuple[str, list[str]]:
    """Streams without gaps, `recorded_at` that never goes back along the log."""
    with installation.ledger.datastore.get_connection() as conn, conn.cursor(row_factory=tuple_row) as curs:
        gaps = curs.execute(
            "SELECT originator_id FROM ledger_events GROUP BY originator_id "
            "HAVING min(originator_version) <> 1 OR max(originator_version) <> count(*) ORDER BY 1"
        ).fetchall()
        back = curs.execute(
            "SELECT ref FROM (SELECT ref, at, lag(at) OVER (ORDER BY notification_id) AS before FROM ("
            "  SELECT notification_id, originator_id || '@' || originator_version AS ref, "
            "  (convert_from(state, 'UTF8')::jsonb ->> 'recorded_at')::timestamptz AS at FROM ledger_events"
            ") AS stamped) AS compared WHERE at < before"
        ).fetchall()
        count = curs.execute("SELECT count(*) FROM ledger_events").fetchone()
    wrong = [f"{name} has a gap" for (name,) in gaps] + [f"{ref} goes back in time" for (ref,) in back]
    return f"{count[0] if count else 0} events", wrong


def _case_files(installation: Installation) -> tuple[str, list[str]]:
    """The case-file view against a fold of every case's events."""
    with installation.ledger.datastore.get_connection() as conn, conn.cursor(row_factory=tuple_row) as curs:
        rows = curs.execute("SELECT division, case_id, body FROM case_file WHERE to_position IS NULL").fetchall()
    views = {f"case/{division}/{code}": decode_case(body) for division, code, body in rows}
    wrong = []
    for name, events in _streams(installation, "case/"):
        _, division, code = name.split("/")
        file = CaseFile(division, code)
        for recorded in events:
            file = file.after(recorded)
        if views.pop(name, None) != file:
            wrong.append(name)
    return f"{len(rows)} case files", wrong + list(views)


def _person_files(installation: Installation) -> tuple[str, list[str]]:
    """The person-file view against a fold of every person's events."""
    with installation.ledger.datastore.get_connection() as conn, conn.cursor(row_factory=tuple_row) as curs:
        rows = curs.execute("SELECT person, body FROM person_file WHERE to_position IS NULL").fetchall()
    views = {f"person/{code}": decode_person(body) for code, body in rows}
    wrong = []
    for name, events in _streams(installation, "person/"):
        file = PersonFile(name.removeprefix("person/"))
        for recorded in events:
            file = file.after(recorded)
        seen = views.pop(name, PersonFile(file.person))
        if msgspec.structs.replace(seen, version=0) != msgspec.structs.replace(file, version=0):
            wrong.append(name)
    return f"{len(rows)} person files", wrong + list(views)


def _bank_files(installation: Installation) -> tuple[str, list[str]]:
    """The files that came from banks, kept under the digests they were recorded by."""
    log, folder = installation.ledger.events_log, installation.from_bank
    names = {
        recorded.event.originator_id for prefix in ("returns/", "statement/") for recorded in log.below(prefix)
    }
    wrong = [name for name in sorted(names) if not is_kept(folder / name.partition("/")[2])]
    return f"{len(names)} files", wrong


def _streams(installation: Installation, prefix: str) -> Iterator[tuple[str, Iterator[Recorded]]]:
    return groupby(installation.ledger.events_log.below(prefix), key=lambda r: r.event.originator_id)


def _payouts(installation: Installation, batch: Batch) -> tuple[str, list[str]]:
    """The payouts and grain of a close against the roll that was frozen, and the payment view against them."""
    issued_here = issued_by(installation.ledger, batch)
    rows, grain = list(issued_here.rows.values()), list(issued_here.grain.values())
    closed = batch.closed
    assert closed is not None
    wrong = []
    if digest(rows, grain) != closed.roll_digest:
        wrong.append("the payouts are not the roll that was frozen")
    if totals(rows, grain) != closed.totals:
        wrong.append("the payouts' totals are not those of the close")
    if batch.reissue:
        return f"{closed.totals.payouts} payouts sent again", wrong
    issued = installation.rolls.payments.issued(batch.division, batch.month, batch.programme)
    viewed = {key: _plain(lines) for key, (_, lines) in issued.items()}
    frozen = {(row.case, row.payee): _plain(row.lines) for row in rows}
    wrong += [f"the payment view of case {case}, {payee}" for case, payee in viewed.keys() | frozen.keys()
              if viewed.get((case, payee)) != frozen.get((case, payee))]  # fmt: skip
    return f"{closed.totals.payouts} payouts", wrong


def _plain(lines: Iterable[RollLine]) -> list[tuple[str, str, int]]:
    return sorted((line.component, line.for_month.text, line.amount_fen) for line in lines)


def _approvals(installation: Installation, batch: Batch) -> tuple[str, list[str]]:
    """Both signatures in the events, over the digests in the events, with keys that stood when they had to."""
    desk = installation.closing_desk()
    for role in ROLES:
        approval = batch.approval(role)
        if approval is None:
            return "", [f"no approval of the {role}"]
        certificate = read_pem(approval.certificate.encode(), subject=approval.ref)
        verify_cms((batch.sums or "").encode(), approval.signature, certificate, desk.ca, judged_at(batch.pay_on))
        file = key_file(installation.ledger, approval.key_fingerprint)
        file.require_certified(approval.certificate)
        if file.retired is not None and file.retired.position < approval.position:
            return "", [f"{file.id} was replaced before it signed as {role}"]
        if _revoked_before(file, batch):
            return "", [f"{file.id} of the {role} was revoked before the close"]
    missing = batch.townships_missing
    return "maker and checker", [f"no confirmation of {township}" for township in missing]


def _revoked_before(file: KeyFile, batch: Batch) -> bool:
    """Whether a close took the signature of a key that was revoked already."""
    file.require_known()
    return file.revoked is not None and file.revoked.position < (batch.closed_at or 0)


def _keys(installation: Installation) -> tuple[str, list[str]]:
    """Each certificate recorded for a key: of this ledger's CA, and that key's."""
    files = key_files(installation.ledger)
    if not files:
        return "no keys", []
    ca = installation.closing_desk().ca
    wrong = []
    for file in files:
        for known in file.certified:
            certificate = read_pem(known.certificate.encode(), subject=known.ref)
            try:
                certificate.verify_directly_issued_by(ca)
            except (InvalidSignature, ValueError, TypeError):
                wrong.append(f"{known.ref} holds a certificate of another CA")
            if key_fingerprint(certificate.public_key()) != file.fingerprint:
                wrong.append(f"{known.ref} holds another key's certificate")
    return f"{len(files)} keys", wrong


def _overrides(installation: Installation, batch: Batch) -> tuple[str, list[str]]:
    """The signatures under an overspending that was allowed."""
    ca = installation.closing_desk().ca
    for one in batch.allowed:
        verify_allowed(batch, one, ca)
    wrong = []
    for one in batch.allowed:
        file = key_file(installation.ledger, one.key_fingerprint)
        file.require_certified(one.certificate)
        if _revoked_before(file, batch):
            wrong.append(f"{file.id} was revoked before the close")
    return f"{len(batch.allowed)} signatures", wrong


def _bundle(installation: Installation, batch: Batch) -> tuple[str, list[str]]:
    """The bundle folder by itself, and its digests against the ones recorded."""
    desk = installation.closing_desk()
    folder = desk.folder(batch)
    verdicts = check_bundle(folder, trust_ca_pem=pem(desk.ca))
    wrong = [f"{verdict.check}: {verdict.detail}" for verdict in verdicts if not verdict.ok]
    sums = folder / "SHA256SUMS"
    if not wrong and sums.read_text() != batch.sums:
        wrong.append("SHA256SUMS is not the one recorded")
    return str(folder), wrong


def _books(installation: Installation) -> tuple[str, list[str]]:
    """The journal told from the events against the balances told from the views, at each month's end."""
    ledger, funds, wrong = installation.ledger, installation.funds, []
    for division in installation.divisions():
        wrong += Journal(ledger, funds, division).disagreements()
    return "each month's end", wrong


def _closed(installation: Installation) -> list[Batch]:
    return [
        batch
        for division in installation.divisions()
        for months in installation.ledger.batches(division).values()
        for _, batch in sorted(months.items())
        if batch.closed
    ]


_CHECKS: dict[str, Callable[[Installation], tuple[str, list[str]]]] = {
    "log": _log,
    "case files": _case_files,
    "person files": _person_files,
    "books": _books,
    "keys": _keys,
    "files from banks": _bank_files,
}
"""The checks of the whole ledger, by name."""

_BATCH_CHECKS: dict[str, Callable[[Installation, Batch], tuple[str, list[str]]]] = {
    "payouts": _payouts,
    "approvals": _approvals,
    "overrides": _overrides,
    "bundle": _bundle,
}
"""The checks of each closed batch, by name."""
