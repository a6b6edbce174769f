"""Keys certified, replaced and revoked as events of the log; and what the log says of a key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ledger.application import Decision, Ledger
from ledger.domain import key as keys
from ledger.domain.event import Event
from ledger.domain.key import KEYS, KeyFile
from ledger.errors import Misused, Refused
from ledger.payfile.certificates import key_fingerprint, operator, pem, read_pem, units
from ledger.payfile.key_addresses import open_key
from ledger.payfile.keys import Authority, new_key, read_certificates
from ledger.payfile.signers import KeySigner, Secret, Signer
from ledger.store.doctor import Finding
from ledger.store.recorder import Conflict
from ledger.values.month import day_of

SOON = timedelta(days=60)
"""How long before its end a certificate is spoken of: time to have a new one certified and handed over."""


def key_file(ledger: Ledger, key: str) -> KeyFile:
    """What is known of a key, by the fingerprint of its public key; nothing certified where it is not known."""
    file = KeyFile(key)
    for recorded in ledger.events_log.streams([file.id]):
        file = file.after(recorded)
    return file


def key_files(ledger: Ledger) -> list[KeyFile]:
    """Every key that was ever certified, in the order of their first certification."""
    files: dict[str, KeyFile] = {}
    for recorded in ledger.events_log.below("key/"):
        name = recorded.event.originator_id.removeprefix("key/")
        files[name] = (files.get(name) or KeyFile(name)).after(recorded)
    return sorted(files.values(), key=lambda file: (file.certified[0].recorded_at, file.certified[0].role))


def certificate_of(file: KeyFile) -> x509.Certificate:
    """The key's certificate that ends last."""
    return read_pem(file.current.certificate.encode(), subject=file.id)


def keys_in_use(ledger: Ledger, role: str, name: str | None = None) -> list[KeyFile]:
    """The keys that may sign for a role now, all or one operator's."""
    now = ledger.now()
    return [
        file
        for file in key_files(ledger)
        if file.state(now) == keys.IN_USE and file.current.role == role and name in (None, file.current.operator)
    ]


def signing_key(ledger: Ledger, role: str, name: str | None = None) -> KeyFile:
    """The key that signs for a role: the only one in use, or an operator's.

    Raises:
        Refused: `key.none_in_use`. Misused: `key.several_signers` where nobody was named.
    """
    found = keys_in_use(ledger, role, name)
    if not found:
        raise Refused(
            "key.none_in_use",
            name or f"the {role}",
            found=f"no key that may sign as {role} now",
            expected="a key that is certified, valid, and neither replaced nor revoked",
            hint="`ledger keys list` shows them; `ledger keys add` or `ledger keys rotate` makes one.",
        )
    if len(found) > 1:
        raise Misused(
            "key.several_signers",
            f"the {role}",
            found=", ".join(file.current.operator for file in found),
            expected="--signer CODE: one of them",
        )
    return found[0]


def signer_of(file: KeyFile, folder: Path, address: str | None, secret: Secret) -> Signer:
    """Who signs with a key: by the key file beside its certificate in a folder, or by a plug-in's address.

    Raises:
        Failed: `keys.missing` where the folder has no such key; else as `open_key` does.
    """
    certificate = certificate_of(file)
    if address is None:
        own = [name for name, other in read_certificates(folder).items() if other == certificate]
        address = f"pem:{folder / (own[0] if own else file.current.role)}.key"
    return KeySigner(certificate, open_key(address, secret), where=address)


def ending_soon(ledger: Ledger, files: Iterable[KeyFile]) -> list[KeyFile]:
    """Of some keys those in use whose certificates end within `SOON`, or have ended without a successor."""
    now = ledger.now()
    return [
        file
        for file in files
        if file.state(now) in (keys.IN_USE, keys.EXPIRED) and file.current.valid_to <= now + SOON
    ]


def examine_keys(ledger: Ledger) -> Finding:
    """Whether the keys that sign do so for a while yet: certificates are to be renewed before they end."""
    files = key_files(ledger)
    ending = [file.current for file in ending_soon(ledger, files)]
    if ending:
        told = ", ".join(f"{known.operator} as {known.role} until {day_of(known.valid_to)}" for known in ending)
        remedies = (f"`ledger keys rotate --role {known.role} --name {known.operator}`" for known in ending)
        return Finding(
            "signing_keys", ok=False, found=f"valid no longer than {SOON.days} days: {told}",
            remedy=f"{', '.join(remedies)}: have the new keys at hand before these end.",
        )  # fmt: skip
    standing = [file for file in files if file.state(ledger.now()) == keys.IN_USE]
    last = min((day_of(file.current.valid_to) for file in standing), default=None)
    found = (
        f"{len(standing)} in use, the first ends on {last}" if last else "none in use; `ledger keys` makes them"
    )
    return Finding("signing_keys", ok=True, found=found)


def record_certified(ledger: Ledger, certificates: Iterable[x509.Certificate]) -> int:
    """Records certificates that the CA issued when the ledger's keys were made; how many were not recorded yet.

    Raises:
        Refused: see `KeyFile.certify`; `key.busy`.
    """
    events = [event for certificate in certificates for event in _certified(ledger, certificate)]
    append_of_keys(ledger, events)
    return len(events)


def certify(
    ledger: Ledger,
    authority: Authority,
    *,
    role: str,
    name: str,
    public_key: EllipticCurvePublicKey | RSAPublicKey | None,
    passphrase: str | None,
    replacing: Sequence[KeyFile] = (),
) -> Path:
    """Certifies a signer's key, or makes one first, and retires the keys it replaces; where its certificate lies.

    A key made here gets the passphrase; none in a rehearsal.

    Raises:
        Refused: see `KeyFile.certify`; `keys.operator`; `keys.one_operator` for somebody who has the other role;
            `key.has_one` for a second key that replaces none; `key.busy`.
        Failed: `keys.disk`.
    """
    if not replacing:
        _require_new(ledger, role, name)
    key = new_key() if public_key is None else None
    public = public_key if key is None else key.public_key()
    assert public is not None
    certificate = authority.certify(public, name=name, role=role, now=ledger.now())
    events = list(_certified(ledger, certificate))
    successor = key_fingerprint(public)
    retired = [file for file in replacing if file.fingerprint != successor]
    path = authority.keep(certificate, key, passphrase)
    append_of_keys(ledger, [*events, *(file.retire(ledger.origin(), successor=successor) for file in retired)])
    return path


def _certified(ledger: Ledger, certificate: x509.Certificate) -> Iterator[Event]:
    """The event of a certificate, unless it is recorded already."""
    file = key_file(ledger, key_fingerprint(certificate.public_key()))
    text = pem(certificate).decode()
    if all(known.certificate != text for known in file.certified):
        yield file.certify(
            ledger.origin(), operator=operator(certificate), role=units(certificate)[0], certificate=text,
            valid_from=certificate.not_valid_before_utc, valid_to=certificate.not_valid_after_utc,
        )  # fmt: skip


def _require_new(ledger: Ledger, role: str, name: str) -> None:
    now = ledger.now()
    for file in key_files(ledger):
        if file.current.operator != name or file.state(now) != keys.IN_USE:
            continue
        if file.current.role != role:
            raise Refused(
                "keys.one_operator",
                name,
                found=f"{name} as {file.current.role}",
                expected="two people, one a role",
            )
        raise Refused(
            "key.has_one",
            file.id,
            found=f"a key of {name} as {role} that stands",
            expected="a new signer",
            hint=f"`ledger keys rotate --role {role} --name {name}` replaces it.",
        )


def append_of_keys(ledger: Ledger, events: Sequence[Event]) -> None:
    """Appends events of keys, and what is sealed with them.

    Raises:
        Refused: `key.busy` where somebody else was first.
    """
    if not events:
        return
    try:
        ledger.append(Decision(events[-1].originator_id, events), {KEYS})
    except Conflict:
        raise Refused(
            "key.busy",
            events[-1].originator_id,
            found="somebody else who recorded something of these keys first",
            expected="a quiet moment",
            hint="Run the command again.",
        ) from None


def to_replace(ledger: Ledger, role: str, name: str) -> list[KeyFile]:
    """The keys of an operator in a role that a new one takes the place of, those that have expired too.

    Raises:
        Refused: `key.none_to_replace` where there is none.
    """
    now = ledger.now()
    found = [
        file
        for file in key_files(ledger)
        if (file.current.role, file.current.operator) == (role, name)
        and file.state(now) in (keys.IN_USE, keys.EXPIRED)
    ]
    if not found:
        raise Refused(
            "key.none_to_replace",
            f"{name} as {role}",
            found="no key that stands",
            expected="somebody with a key to be replaced",
            hint="`ledger keys list` shows who has one, `ledger keys add` certifies a new signer.",
        )
    return found
