"""The bundle folder: written whole or not at all, read back before it counts, approved by adding files."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import IntegrityBroken, Misused
from ledger.payfile import certificates, digest_list
from ledger.payfile import manifest as manifests
from ledger.payfile.bundle_files import BundleFiles
from ledger.payfile.comparison import Comparison
from ledger.payfile.contents import BundleContents
from ledger.payfile.digest_list import Digests, digests_of
from ledger.payfile.durable import disk_errors_named, flush_folder, flushed_file, sweep, write_flushed
from ledger.payfile.figures import NONE
from ledger.payfile.names import CA, ROLES, certificate_name, signature_name
from ledger.payfile.reconcile import reconcile
from ledger.payfile.render import render


def write_bundle(folder: Path, contents: BundleContents, *, replace: bool = False) -> bytes:
    """Write the bundle and return its SHA256SUMS, the bytes to be signed.

    Files are written beside the folder, flushed to disk, read back, reconciled with the contents, and moved
    into place in one step: a folder is never half a bundle, and what a killed run left is swept away. A
    complete identical bundle is left as it is, with its approvals. With `replace` a differing one makes way,
    with its approvals: they were given to other bytes.

    Raises:
        Refused: what `render` refuses.
        Failed: `bundle.disk` where the disk is full or forbidden.
        IntegrityBroken: `bundle.differs` for another bundle in the folder, `bundle.written` where the disk
            gave back other bytes or totals than were written.
    """
    fresh, old = _sibling(folder, "writing"), _sibling(folder, "replaced")
    with disk_errors_named("bundle.disk", folder), one_writer(folder.parent):
        sweep(fresh)
        sweep(old)
        if _occupied(folder):
            found = Comparison(folder)
            sums = render(contents, found.put)
            difference = found.difference()
            if difference is None:
                return sums
            if not replace:
                raise IntegrityBroken(
                    "bundle.differs",
                    str(folder),
                    found=difference,
                    expected="the same bundle, or no folder",
                    hint="Find out who changed it; a batch frozen again replaces its bundle.",
                )
        sums = _write(fresh, contents)
        _read_back(fresh, sums, contents)
        if _occupied(folder):
            folder.rename(old)
        fresh.rename(folder)
        flush_folder(folder.parent)
        sweep(old)
    return sums


def add_approval(folder: Path, role: str, signature_der: bytes, certificate_pem: bytes) -> None:
    """Put a maker's or checker's signature and certificate beside the bundle; the caller has verified them.

    The certificate is written in the one canonical way VERIFY.txt insists on.

    Raises:
        Misused: `bundle.role` for another role, `bundle.missing` where there is no bundle.
        IntegrityBroken: `certificate.malformed` for anything but one PEM certificate.
    """
    if role not in ROLES:
        raise Misused("bundle.role", str(folder), found=role, expected=" or ".join(ROLES))
    _require_bundle(folder)
    certificate = certificates.read_pem(certificate_pem, subject=certificate_name(role))
    _put(folder, certificate_name(role), certificates.pem(certificate))
    _put(folder, signature_name(role), signature_der)


def add_trust(folder: Path, ca_pem: bytes) -> None:
    """Put the CA certificate beside the bundle.

    Raises:
        Misused: `bundle.missing` where there is no bundle.
        IntegrityBroken: `certificate.malformed`; `certificate.fingerprint` where the manifest names another
        CA.
    """
    _require_bundle(folder)
    certificate = certificates.read_pem(ca_pem, subject=CA)
    with disk_errors_named("bundle.disk", folder):
        named = manifests.read_manifest((folder / manifests.NAME).read_bytes()).ca_fingerprint
    if certificates.fingerprint(certificate) != named:
        raise IntegrityBroken(
            "certificate.fingerprint", CA, found=certificates.fingerprint(certificate), expected=named
        )
    _put(folder, CA, certificates.pem(certificate))


def _write(fresh: Path, contents: BundleContents) -> bytes:
    # Names, ID numbers and accounts: whoever is to read them gets the folder handed over.
    fresh.mkdir(mode=0o700)

    def put(name: str, pieces: Iterable[bytes]) -> Digests:
        with flushed_file(fresh / name) as file:
            return digests_of(pieces, file.write)

    sums = render(contents, put)
    flush_folder(fresh)
    return sums


def _read_back(fresh: Path, sums: bytes, contents: BundleContents) -> None:
    with BundleFiles(fresh) as files:
        manifest = reconcile(files)
        written = files.data(digest_list.NAME)
    counted = NONE
    for payment in contents.payments:
        counted = counted.plus(payment.amount_fen)
    if written != sums or manifest.payments != counted:
        raise IntegrityBroken(
            "bundle.written", str(fresh), found=str(manifest.payments), expected=f"{counted}, as written"
        )


def _put(folder: Path, name: str, data: bytes) -> None:
    """Write one file whole; the temporary one lies outside, where no check of the bundle meets it."""
    temporary = _sibling(folder, name)
    with disk_errors_named("bundle.disk", folder):
        sweep(temporary)
        write_flushed(temporary, data)
        temporary.replace(folder / name)
        flush_folder(folder)


def _require_bundle(folder: Path) -> None:
    if not (folder / digest_list.NAME).is_file():
        raise Misused(
            "bundle.missing", str(folder), found="no bundle", expected=f"a folder with {digest_list.NAME}"
        )


def _sibling(folder: Path, purpose: str) -> Path:
    return folder.parent / f".{folder.name}.{purpose}"


def _occupied(folder: Path) -> bool:
    return folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir())))


@contextmanager
def one_writer(parent: Path) -> Iterator[None]:
    """Hold a parent folder's lock, so that a second writer does not sweep away the first one's files.

    It goes with the process that holds it, however that ends.
    """
    parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
