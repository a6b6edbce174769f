"""The bundle folder: written whole or not at all, read back before it counts, approved by adding files."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import IntegrityBroken, Misused
from ledger.payfile import certificates, digest_list
from ledger.payfile import manifest as manifests
from ledger.payfile.contents import BundleContents
from ledger.payfile.durable import disk_errors_named, flush_folder, sweep, write_flushed
from ledger.payfile.manifest import Money
from ledger.payfile.names import CA, ROLES, SIGNING_FILES, certificate_name, signature_name
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
    files = render(contents)
    fresh, old = _sibling(folder, "writing"), _sibling(folder, "replaced")
    with disk_errors_named("bundle.disk", folder), one_writer(folder.parent):
        sweep(fresh)
        sweep(old)
        if _occupied(folder):
            difference = _difference(folder, files)
            if difference is None:
                return files[digest_list.NAME]
            if not replace:
                raise IntegrityBroken(
                    "bundle.differs",
                    str(folder),
                    found=difference,
                    expected="the same bundle, or no folder",
                    hint="Find out who changed it; a batch frozen again replaces its bundle.",
                )
        _write(fresh, files)
        _read_back(fresh, files, contents)
        if _occupied(folder):
            folder.rename(old)
        fresh.rename(folder)
        flush_folder(folder.parent)
        sweep(old)
    return files[digest_list.NAME]


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


def _write(fresh: Path, files: Mapping[str, bytes]) -> None:
    # Names, ID numbers and accounts: whoever is to read them gets the folder handed over.
    fresh.mkdir(mode=0o700)
    for name, data in files.items():
        write_flushed(fresh / name, data)
    flush_folder(fresh)


def _read_back(fresh: Path, files: Mapping[str, bytes], contents: BundleContents) -> None:
    read = {path.name: path.read_bytes() for path in fresh.iterdir()}
    manifest = reconcile(read)
    amounts = [payment.amount_fen for payment in contents.payments]
    counted = Money(len(amounts), sum(amounts))
    if read != files or manifest.payments != counted:
        raise IntegrityBroken(
            "bundle.written", str(fresh), found=str(manifest.payments), expected=f"{counted}, as written"
        )


def _difference(folder: Path, files: Mapping[str, bytes]) -> str | None:
    """The first file that is missing, differs or does not belong to the bundle."""
    if folder.is_symlink() or not folder.is_dir():
        return "something that is no folder"
    present = {path.name: path for path in folder.iterdir()}
    for name, data in files.items():
        path = present.pop(name, None)
        if path is None or path.is_symlink() or not path.is_file():
            return f"no file {name}"
        if path.stat().st_size != len(data) or path.read_bytes() != data:
            return f"another {name}"
    strangers = sorted(present.keys() - SIGNING_FILES)
    return f"{strangers[0]}, which is no part of it" if strangers else None


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
