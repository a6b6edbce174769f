"""The checks of `ledger payfile verify DIR`: a verdict each, from one reading of the folder, no database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography import x509

from ledger.domain.key import COMPROMISED
from ledger.errors import IntegrityBroken, LedgerError
from ledger.payfile import certificates, digest_list, instructions, revocations
from ledger.payfile import manifest as manifests
from ledger.payfile.bundle_files import BundleFiles
from ledger.payfile.contents import REHEARSAL_UNIT, judged_at
from ledger.payfile.manifest import Manifest
from ledger.payfile.names import CA, ROLES, SIGNING_FILES, certificate_name, signature_name
from ledger.payfile.reconcile import check_digests, reconcile
from ledger.payfile.signing import verify_cms
from ledger.values.money import format_yuan


class Verdict(msgspec.Struct, frozen=True):
    """One check of a bundle: its name, whether it holds, and what was seen."""

    check: str
    ok: bool
    detail: str


class _Bundle(msgspec.Struct, frozen=True):
    """The files of the folder, and the CA received on another way, if any."""

    files: BundleFiles
    trust: x509.Certificate | None


def check_bundle(
    folder: Path, *, trust_ca_pem: bytes | None, at: datetime | None = None, crl_pem: bytes | None = None
) -> list[Verdict]:
    """Every verdict on a bundle folder, in a fixed order; the bundle is good when all are ok.

    `trust_ca_pem` is the CA certificate received on another way than the bundle; without it signatures are
    judged by the folder's own, and the verdict `trust` says that its fingerprint is still to be compared.
    `at` is the moment certificates must be valid at, by default noon of the pay-on day. With `crl_pem`, the CA's
    list of revoked certificates, a verdict `revocations` is added: a folder alone cannot know them.

    Raises:
        Misused: `bundle.missing` where the path is no folder.
        IntegrityBroken: `certificate.malformed` for a `trust_ca_pem` that is not one PEM certificate.
    """
    trust = None if trust_ca_pem is None else certificates.read_pem(trust_ca_pem, subject="the trusted CA")
    with BundleFiles(folder) as files:
        bundle = _Bundle(files, trust)
        checks: dict[str, Callable[[], str]] = {
            "files": lambda: _only_bundle_files(bundle),
            "digests": lambda: f"{len(check_digests(files))} files as listed",
            "totals": lambda: _totals(bundle),
            "trust": lambda: _trust(bundle),
            **{f"signature_{role}": _signature_check(bundle, role, at) for role in ROLES},
            **({} if crl_pem is None else {"revocations": lambda: _revocations(bundle, crl_pem, at)}),
            "two_people": lambda: _two_people(bundle),
            "rehearsal": lambda: _rehearsal(bundle),
        }
        return [_verdict(check, run) for check, run in checks.items()]


def _verdict(check: str, run: Callable[[], str]) -> Verdict:
    try:
        ok, detail = True, run()
    except LedgerError as error:
        ok, detail = False, f"{error.code}: {error.subject}; found {error.found}, expected {error.expected}"
    # A forged file's texts may hold escape sequences that would rewrite the reader's terminal.
    return Verdict(check, ok, "".join(char if char.isprintable() else "?" for char in detail))


def _only_bundle_files(bundle: _Bundle) -> str:
    listed = digest_list.read_digest_list(bundle.files.data(digest_list.NAME))
    allowed = {digest_list.NAME, *listed, *SIGNING_FILES}
    strangers = sorted({*bundle.files.irregular, *(bundle.files.names - allowed)})
    if strangers:
        raise IntegrityBroken(
            "bundle.unlisted",
            ascii(strangers[0]),
            found="it",
            expected="plain files that are listed, nothing else",
        )
    missing = sorted(allowed - bundle.files.names)
    if missing:
        raise IntegrityBroken("bundle.missing", missing[0], found="no such file", expected="a file of the bundle")
    return f"{len(bundle.files.names)} files, none unlisted"


def _totals(bundle: _Bundle) -> str:
    manifest = reconcile(bundle.files)
    batch = f"{manifest.division} {manifest.programme} {manifest.month}"
    out, unpayable = manifest.payments, manifest.unpayable.count
    return f"{batch}: {out.count} payments, {format_yuan(out.amount_fen)} yuan, {unpayable} without an account"


def _trust(bundle: _Bundle) -> str:
    own = _certificate(bundle, CA)
    shown = instructions.colons(certificates.fingerprint(own))
    if certificates.fingerprint(own) != _manifest(bundle).ca_fingerprint:
        raise IntegrityBroken("certificate.fingerprint", CA, found=shown, expected="the one in the manifest")
    if bundle.trust is None:
        return f"only the folder's own {CA}: compare its fingerprint with the paper copy: {shown}"
    if bundle.trust != own:
        expected = instructions.colons(certificates.fingerprint(bundle.trust))
        raise IntegrityBroken("certificate.fingerprint", CA, found=shown, expected=expected)
    return f"{CA} is the CA received separately: {shown}"


def _signature_check(bundle: _Bundle, role: str, at: datetime | None) -> Callable[[], str]:
    def check() -> str:
        certificate = _certificate(bundle, certificate_name(role))
        moment = at or judged_at(_manifest(bundle).pay_on)
        verify_cms(
            bundle.files.data(digest_list.NAME),
            bundle.files.data(signature_name(role)),
            certificate,
            bundle.trust or _certificate(bundle, CA),
            moment,
        )
        return f"{certificates.operator(certificate)}, certificate valid at {moment:%Y-%m-%d %H:%M %Z}"

    return check


def _revocations(bundle: _Bundle, crl_pem: bytes, at: datetime | None) -> str:
    """Whether both keys stood when the bundle was to be paid.

    Of a compromised key nothing is believed, whatever its day: whoever else has it dates as he likes, and what
    was signed before only the ledger's own log can tell.
    """
    ca = bundle.trust or _certificate(bundle, CA)
    made, revoked = revocations.read_crl(crl_pem, ca, subject="the list of revoked certificates")
    moment = at or judged_at(_manifest(bundle).pay_on)
    later = []
    for role in ROLES:
        entry = revoked.get(_certificate(bundle, certificate_name(role)).serial_number)
        if entry is None:
            continue
        told = f"revoked on {entry.since:%Y-%m-%d %H:%M %Z} ({entry.reason})"
        if entry.reason == COMPROMISED or entry.since <= moment:
            raise IntegrityBroken(
                "bundle.revoked",
                certificate_name(role),
                found=told,
                expected=f"a key that stood at {moment:%Y-%m-%d %H:%M %Z}; ask the ledger's office to verify there",
            )
        later.append(f"{certificate_name(role)} {told}, later")
    return f"by the list of {made:%Y-%m-%d %H:%M %Z}: {'; '.join(later) or 'neither key is revoked'}"


def _two_people(bundle: _Bundle) -> str:
    maker, checker = (_certificate(bundle, certificate_name(role)) for role in ROLES)
    for certificate, role in ((maker, ROLES[0]), (checker, ROLES[1])):
        if role not in certificates.units(certificate):
            found = ", ".join(certificates.units(certificate)) or "no role"
            raise IntegrityBroken("bundle.role", certificate_name(role), found=found, expected=role)
    names = [certificates.operator(certificate) for certificate in (maker, checker)]
    if maker.public_key() == checker.public_key() or names[0] == names[1]:
        raise IntegrityBroken(
            "bundle.one_person",
            " and ".join(ROLES),
            found="one key or one operator",
            expected="two people, two keys",
        )
    return f"{names[0]} made it, {names[1]} checked it"


def _rehearsal(bundle: _Bundle) -> str:
    """Whether all marks agree; a listed file's marks are covered by its totals already."""
    manifest = _manifest(bundle)
    signers = [name for name in (CA, *map(certificate_name, ROLES)) if name in bundle.files.names]
    marks = {
        "the manifest": manifest.rehearsal,
        "the unit number": manifest.unit_number.upper() == REHEARSAL_UNIT,
        instructions.NAME: REHEARSAL_UNIT.encode() in bundle.files.data(instructions.NAME),
        **{name: certificates.REHEARSAL in certificates.units(_certificate(bundle, name)) for name in signers},
    }
    if len(set(marks.values())) > 1:
        marked = [name for name, mark in marks.items() if mark]
        raise IntegrityBroken(
            "bundle.rehearsal", "marks", found=f"only in {', '.join(marked)}", expected="all files agree"
        )
    return "REHEARSAL: not a payment order" if manifest.rehearsal else "a real ledger's bundle"


def _manifest(bundle: _Bundle) -> Manifest:
    return manifests.read_manifest(bundle.files.data(manifests.NAME))


def _certificate(bundle: _Bundle, name: str) -> x509.Certificate:
    data = bundle.files.data(name)
    certificate = certificates.read_pem(data, subject=name)
    if certificates.pem(certificate) != data:
        raise IntegrityBroken(
            "certificate.malformed",
            name,
            found="another spelling of it",
            expected="the PEM openssl x509 writes",
        )
    return certificate
