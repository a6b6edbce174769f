"""Keys revoked: which key a fingerprint names, what a revocation keeps from closing, and the list that goes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ledger.application import Ledger
from ledger.certifying import append_of_keys, key_file, key_files
from ledger.domain import person
from ledger.domain.batch import Batch
from ledger.domain.key import KeyFile, KeyRevoked
from ledger.errors import Misused
from ledger.payfile.certificates import fingerprint, read_pem
from ledger.payfile.durable import disk_errors_named, flush_folder, sweep, write_flushed
from ledger.payfile.keys import Authority
from ledger.payfile.revocations import Revoked, write_crl

_SHORTEST = 8


def named(ledger: Ledger, asked: str) -> KeyFile:
    """The key that a fingerprint names, its own or a certificate's; colons are passed over, eight digits are enough.

    Raises:
        Misused: `key.fingerprint` for no fingerprint; `key.several`.
        Refused: `key.unknown`.
    """
    digits = asked.removeprefix("key/").replace(":", "").lower()
    if not _SHORTEST <= len(digits) <= 64 or set(digits) - set("0123456789abcdef"):
        raise Misused(
            "key.fingerprint", asked, found="no fingerprint", expected=f"{_SHORTEST} to 64 hexadecimal digits"
        )
    found = [file for file in key_files(ledger) if any(name.startswith(digits) for name in _names(file))]
    if len(found) > 1:
        raise Misused(
            "key.several", asked, found=f"{len(found)} keys that begin so", expected="more digits of one of them"
        )
    return found[0] if found else key_file(ledger, digits).require_known()


def _names(file: KeyFile) -> list[str]:
    texts = (known.certificate.encode() for known in file.certified)
    return [file.fingerprint, *(fingerprint(read_pem(text, subject=file.id)) for text in texts)]


def revoke(ledger: Ledger, file: KeyFile, *, reason: str, note: str | None) -> None:
    """Revokes a key from now on; the note is sealed with the division's office.

    Raises:
        Refused: `key.revoked` where it is revoked already; `key.busy`.
    """
    sealed = [_sealed(ledger, note, cause=f"{file.id}@{file.version + 1}")] if note else []
    event = file.revoke(ledger.origin(), reason=reason, note=sealed[0].ref if sealed else None)
    append_of_keys(ledger, [*sealed, event])


def _sealed(ledger: Ledger, note: str, *, cause: str) -> person.Noted:
    stream = person.stream(person.office(ledger.founding.division))
    return person.Noted(
        originator_id=stream, originator_version=ledger.events_log.version(stream) + 1, actor=ledger.actor,
        cause=cause, private=person.private(person.Note(note)),
    )  # fmt: skip


def open_signed_with(ledger: Ledger, divisions: Iterable[str], file: KeyFile) -> list[Batch]:
    """The batches that are signed with a key and not closed: a revocation keeps them from closing."""
    return [
        batch
        for division in divisions
        for months in ledger.batches(division).values()
        for batch in months.values()
        if batch.closed is None and file.fingerprint in _signed_with(batch)
    ]


def _signed_with(batch: Batch) -> set[str]:
    return {a.key_fingerprint for a in batch.approvals} | {a.key_fingerprint for a in batch.allowed}


def write_revocations(ledger: Ledger, authority: Authority, path: Path) -> int:
    """Writes the list of revoked certificates in the place of an older one; how many there are.

    Raises:
        Failed: `keys.disk`.
    """
    revoked = [entry for file in key_files(ledger) for entry in _revoked(file)]
    data = write_crl(authority.certificate, authority.key, revoked, now=ledger.now())
    fresh = path.with_name(f".{path.name}.writing")
    with disk_errors_named("keys.disk", path):
        sweep(fresh)
        write_flushed(fresh, data)
        fresh.replace(path)
        flush_folder(path.parent)
    return len(revoked)


def _revoked(file: KeyFile) -> Iterator[Revoked]:
    """A revoked key's certificates, every one of them."""
    if file.revoked is None:
        return
    event = file.revoked.event
    assert isinstance(event, KeyRevoked)
    for known in file.certified:
        certificate = read_pem(known.certificate.encode(), subject=known.ref)
        yield Revoked(certificate.serial_number, event.recorded_at, event.reason)
