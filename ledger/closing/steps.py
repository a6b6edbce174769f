"""The resumable steps of closing a batch: freeze, bundle, approve, close; each finds out what is already done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import chain

from cryptography import x509

from ledger.application import Decision, Ledger
from ledger.certifying import key_file
from ledger.closing.bundling import as_fields, numbered
from ledger.closing.desk import ATTEMPTS, Desk, Progress, Roll, append_to, busy, moment_of, save, today_of
from ledger.closing.issuing import allocations, folded, payouts, reissues
from ledger.closing.order import require_turn
from ledger.closing.overspending import require_covered, standing
from ledger.closing.voided_since import require_unvoided
from ledger.domain.batch import CLOSES, ROLES, VOIDS, Batch
from ledger.domain.event import Event
from ledger.domain.key import KEYS
from ledger.entitlement.roll_lines import KeptRow, RollLines
from ledger.errors import IntegrityBroken, Refused
from ledger.payfile.certificates import key_fingerprint, operator, pem, read_pem, units
from ledger.payfile.contents import judged_at
from ledger.payfile.folder import add_approval, add_trust, one_writer, write_bundle
from ledger.payfile.keys import Signer
from ledger.payfile.signing import verify_cms
from ledger.store.recorder import Conflict, Unchanged
from ledger.values.identifiers import division_chain, township_of
from ledger.values.month import Month


def freeze(desk: Desk, division: str, month: Month, programme: str, step: Progress | None = None) -> Batch:
    """Fixes the roll, again if it was fixed before; appended only if nothing came in since it was read.

    Raises:
        Refused: `batch.closed`; `close.too_early` before the first day of the month before; `close.out_of_order`
            unless the month follows the last closed one of the programme; `close.before_opening` for a month of
            the old books; `close.busy`.
    """
    for _ in range(ATTEMPTS):
        batch = desk.ledger.batch(division, month, programme)
        try:
            _freeze(desk, batch, step)
        except Conflict:
            continue
        return desk.ledger.batch(division, month, programme)
    raise busy(batch.id, f"facts came in for the division each time its roll was read, {ATTEMPTS} times")


def _freeze(desk: Desk, batch: Batch, step: Progress | None) -> None:
    """Freezes a batch as it was read. Raises Conflict where it, its programme or the division moved on since."""
    read_at = desk.ledger.events_log.end()
    require_turn(desk.ledger, batch, today_of(desk, batch))
    roll = desk.source.roll(batch.division, batch.programme, batch.month, step)
    freeze_roll(desk, batch, roll, read_at=read_at)


def freeze_roll(desk: Desk, batch: Batch, roll: Roll, *, read_at: int, selection: tuple[str, ...] = ()) -> None:
    """Fixes a roll of a batch, both read after the log position `read_at`.

    Raises:
        Conflict: the batch, its programme or the division moved on since.
    """
    ledger = desk.ledger
    today = today_of(desk, batch)
    desk.source.keep(batch, roll)
    event = batch.freeze(
        ledger.origin(),
        roll_digest=roll.digest,
        totals=roll.totals,
        pay_on=max(today, _pay_by(ledger, batch.division, batch.month)) if batch.monthly else today,
        rehearsal=ledger.founding.rehearsal,
        selection=selection,
        townships=_townships(desk, batch, roll, read_at),
    )
    named = {*division_chain(batch.division), batch.order}
    append_to(desk, batch, [event], {batch.order}, Unchanged(frozenset(named), read_at))


def _townships(desk: Desk, batch: Batch, roll: Roll, read_at: int) -> tuple[str, ...]:
    """The townships that must confirm the roll; what is paid apart cannot wait for them."""
    where = desk.townships_must_confirm
    if not batch.monthly or not (where if isinstance(where, bool) else batch.division in where):
        return ()
    villages = desk.source.villages(batch, read_at + 1)
    cases = {*(row.case for row in roll.rows), *(row.case for row in roll.grain)}
    return tuple(sorted({code for case in cases if (code := township_of(villages.get(case))) is not None}))


def bundle(desk: Desk, batch: Batch) -> Batch:
    """Writes the payout files of a frozen batch and records their digests; none are written for an empty roll.

    The batch is read anew once nobody else writes bundles of the division: what a standstill made of it since
    would overwrite the bundle that was recorded.

    Raises:
        IntegrityBroken: `bundle.not_as_recorded` where they were recorded before with other digests.
        Conflict: another bundle of the division was recorded meanwhile, perhaps under the same number of the day.
    """
    folder = desk.folder(batch)
    with one_writer(folder.parent.parent):
        batch = desk.ledger.batch(batch.division, batch.month, batch.programme)
        frozen = batch.frozen
        if frozen is None or frozen.totals.empty:
            return batch
        read_at = desk.ledger.events_log.end()
        contents = desk.source.contents(batch, desk.issuer_of(batch))
        if batch.sums is None:
            contents = numbered(contents, batch, desk.batches(batch.division))
        sums = write_bundle(folder, contents, replace=batch.sums is None).decode()
        add_trust(folder, pem(desk.ca))
        if batch.sums is None:
            event = batch.bundle(desk.ledger.origin(), sums=sums, **as_fields(contents))
            unchanged = Unchanged(frozenset({batch.files_order}), read_at)
            append_to(desk, batch, [event], {batch.files_order}, unchanged)
            return desk.ledger.batch(batch.division, batch.month, batch.programme)
        if batch.sums != sums:
            raise IntegrityBroken(
                "bundle.not_as_recorded",
                str(folder),
                found="files with other digests than the ones recorded",
                expected="the bundle that was approved",
                hint="The master key or the CA may have been exchanged: `ledger verify` names what differs.",
            )
        for approval in batch.approvals:
            add_approval(folder, approval.role, approval.signature, approval.certificate.encode())
        return batch


def approve(desk: Desk, batch: Batch, role: str, signature: bytes, certificate: x509.Certificate) -> Batch:
    """Records one person's signature over the bundle's SHA256SUMS, wherever it was made, after verifying it.

    Raises:
        IntegrityBroken: `signature.…` unless it is the certificate's, the CA issued that, for these bytes.
        Refused: see `Batch.approve`; `batch.certificate_role` for a certificate issued for the other role;
            `key.…` for a key that is not known, replaced, revoked or expired today.
        Conflict: the batch was frozen again meanwhile.
    """
    for _ in range(ATTEMPTS):
        try:
            return _approve(desk, batch, role, signature, certificate)
        except (
            Conflict
        ):  # a township confirmed, say: judged by what it is now, unless other files are to be signed
            signed, batch = batch.sums, desk.ledger.batch(batch.division, batch.month, batch.programme)
            if batch.sums != signed:
                raise
    raise busy(batch.id, "the batch changed each time it was read")


def _approve(desk: Desk, batch: Batch, role: str, signature: bytes, certificate: x509.Certificate) -> Batch:
    event = batch.approve(
        desk.ledger.origin(),
        role=role,
        signer=operator(certificate),
        key_fingerprint=key_fingerprint(certificate.public_key()),
        certificate=pem(certificate).decode(),
        signature=signature,
    )
    require_role(batch, role, certificate)
    _verify(desk, batch, signature, certificate)
    key_file(desk.ledger, event.key_fingerprint).require_signing(moment_of(desk, batch), event.certificate)
    append_to(desk, batch, [event])
    folder = desk.folder(batch)
    with one_writer(folder.parent.parent):
        batch = desk.ledger.batch(batch.division, batch.month, batch.programme)
        if any(approval.ref == event.ref for approval in batch.approvals):
            add_approval(folder, role, signature, pem(certificate))
    return batch


def close(desk: Desk, batch: Batch) -> Batch:
    """Verifies both approvals and issues every payout and allocation of the frozen roll in one transaction.

    A signature whose key was revoked since it was given does not close: nobody can tell whose it is.

    Raises:
        Refused: see `Batch.close`, `require_unvoided` and `require_covered`; `payout.not_returned`;
            `key.revoked`, `key.unknown`.
        IntegrityBroken: `signature.…`.
        Conflict: something was voided or a key changed meanwhile, or the batch moved on; with `funds` also its
            programme.
    """
    read_at = desk.ledger.events_log.end()
    closed = batch.close(desk.ledger.origin())
    for role in ROLES:
        approval = batch.approval(role)
        if approval is not None:
            certificate = read_pem(approval.certificate.encode(), subject=approval.ref)
            _verify(desk, batch, approval.signature, certificate)
            key_file(desk.ledger, approval.key_fingerprint).require_standing(approval.certificate)
    steady = {VOIDS, KEYS}
    if desk.funds is not None:
        _require_covered(desk, batch)
        steady.add(batch.order)
    roll = desk.source.frozen(batch)
    require_unvoided(desk.ledger, batch, roll)
    decision = Decision(batch.id, [closed], following=_issuing(desk.ledger, batch, roll, closed))
    save(desk, batch, decision, {batch.order, CLOSES}, Unchanged(frozenset(steady), read_at))
    return desk.ledger.batch(batch.division, batch.month, batch.programme)


def _require_covered(desk: Desk, batch: Batch) -> None:
    """Refuses an overspending that is not allowed by both, or by a key that was revoked since."""
    assert desk.funds is not None
    found = desk.funds.overspending(batch, today_of(desk, batch))
    require_covered(batch, found, desk.ca)
    for one in (standing(batch, role) for role in ROLES if found is not None):
        assert one is not None
        key_file(desk.ledger, one.key_fingerprint).require_standing(one.certificate)


def _issuing(ledger: Ledger, batch: Batch, roll: RollLines, closed: Event) -> Callable[[], Iterator[Event]]:
    if batch.reissue:
        rows = list(roll.kept())
        versions = _returned_versions(ledger, rows)
        return lambda: reissues(batch, rows, versions, closed)
    return lambda: chain(payouts(batch, roll.kept(), closed), allocations(batch, roll.grain_rows(), closed))


def _returned_versions(ledger: Ledger, rows: Iterable[KeptRow]) -> dict[str, int]:
    """The version of each payout to be sent again: it must still be a returned one, whatever the freeze knew.

    Raises:
        Refused: `payout.not_returned`, for one sent again or cancelled since the freeze.
    """
    found = list(folded(ledger.events_log.streams(row.payout for row in rows)))
    for payout in found:
        payout.require_returned()
    return {payout.issued.originator_id: payout.version for payout in found}


def advance(
    desk: Desk,
    division: str,
    month: Month,
    programme: str,
    signers: Mapping[str, Signer],
    step: Progress | None = None,
) -> Batch:
    """Does every step of a batch that is missing, up to an approval for which no signer is at hand.

    Somebody else doing a step at the same time is no error: what is done is found done. The bundle is checked once
    a run: written or found whole before the first signature of this run, it is not rendered again for the next.
    """
    checked: str | None = None
    for _ in range(ATTEMPTS * 4):
        batch = desk.ledger.batch(division, month, programme)
        waits_for = turn(batch)
        try:
            match waits_for:
                case "closed":
                    return batch
                case "freeze":
                    _freeze(desk, batch, step)
                case "bundle":
                    checked = bundle(desk, batch).sums
                case step_due if batch.sums != checked and (step_due == "close" or step_due in signers):
                    checked = bundle(desk, batch).sums
                case "close":
                    close(desk, batch)
                case role if role in signers:
                    signer = signers[role]
                    _approve(desk, batch, role, signer.sign((batch.sums or "").encode()), signer.certificate)
                case _:
                    return batch
        except Conflict:
            checked = None  # what somebody else did may be missing in our folder
    raise busy(f"batch/{division}/{month}/{programme}", "the batch changed each time it was read")


def turn(batch: Batch) -> str:
    """What a batch waits for: `freeze`, `bundle`, `townships`, `maker`, `checker`, `close`, or `closed`."""
    if batch.closed is not None:
        return (batch.next_role() if batch.unsigned else None) or "closed"
    if batch.frozen is None:
        return "freeze"
    if batch.frozen.totals.empty:
        return "close"
    if batch.sums is None:
        return "bundle"
    if batch.townships_missing:
        return "townships"
    return batch.next_role() or "close"


def _pay_by(ledger: Ledger, division: str, month: Month) -> date:
    day = ledger.rule_book(division).parameter("pay_by_day", month)
    return month.first_day.replace(day=min(int(day), month.last_day.day))


def _verify(desk: Desk, batch: Batch, signature: bytes, certificate: x509.Certificate) -> None:
    assert batch.sums is not None
    verify_cms(batch.sums.encode(), signature, certificate, desk.ca, judged_at(batch.pay_on))


def require_role(batch: Batch, role: str, certificate: x509.Certificate) -> None:
    """Refuses a certificate that was issued for the other role.

    Raises:
        Refused: `batch.certificate_role`.
    """
    if role not in units(certificate):
        raise Refused(
            "batch.certificate_role",
            batch.id,
            found=f"a certificate for {', '.join(units(certificate)) or 'no role'}",
            expected=f"the certificate of the {role}",
        )
