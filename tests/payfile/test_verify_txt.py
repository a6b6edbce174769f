"""VERIFY.txt: its commands, run as they stand in the file, accept a good bundle and no other."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bundles_made import private_key, signer
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

from ledger.payfile import certificates
from ledger.payfile.folder import add_approval
from ledger.payfile.keys import fingerprint, init_keys

LAST = 8
Damage = Callable[[Path, Path], None]


def commands(folder: Path, *, dated: bool = False) -> list[str]:
    """The indented lines of the file; of the two ways to verify signatures the plain or the dated one."""
    text = (folder / "VERIFY.txt").read_text("utf-8-sig")
    lines = [line.strip() for line in text.splitlines() if line.startswith("    ")]
    return [line for line in lines if "cms -verify" not in line or ("-attime" in line) == dated]


def run(folder: Path, *, dated: bool = False, **environment: str) -> tuple[list[int], str]:
    """The numbers that came out OK, and all that was printed."""
    typed = "\n".join(commands(folder, dated=dated))
    done = subprocess.run(
        ["sh"],
        input=typed,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return [int(number) for number in re.findall(r"^([0-9]+) OK$", done.stdout, re.M)], done.stdout


def test_a_good_bundle_passes_every_command(bundle: Path) -> None:
    passed, printed = run(bundle)
    assert passed == list(range(1, LAST + 1))
    assert f"1 OK to {LAST} OK" in (bundle / "VERIFY.txt").read_text("utf-8-sig")
    ca = certificates.read_pem((bundle / "ca.pem").read_bytes(), subject="ca")
    shown = re.search(r"ingerprint=([0-9A-F:]+)", printed)
    assert shown is not None
    assert shown[1].replace(":", "").lower() == fingerprint(ca)
    assert shown[1] in (bundle / "VERIFY.txt").read_text("utf-8-sig")


def test_an_old_bundle_passes_with_the_dated_commands_only(old_bundle: Path) -> None:
    passed, _ = run(old_bundle)
    assert passed == [1, 2, 3, 4, 7, 8]
    assert run(old_bundle, dated=True)[0] == list(range(1, LAST + 1))


def test_a_rehearsal_says_so_loudly(bundle: Path, old_bundle: Path) -> None:
    text = (bundle / "VERIFY.txt").read_text("utf-8-sig")
    assert "REHEARSAL" in text.splitlines()[1]
    assert "REHEARSAL" in text.splitlines()[-2]
    assert "REHEARSAL" not in (old_bundle / "VERIFY.txt").read_text("utf-8-sig")


def test_the_machines_own_cas_are_not_trusted(bundle: Path, tmp_path: Path) -> None:
    keys = tmp_path / "forged"
    now = datetime(2022, 1, 5, tzinfo=UTC)
    init_keys(keys, division="520281", rehearsal=True, passphrases=None, now=now, maker="L1", checker="F1")
    signed_by_another_ca(bundle, keys)
    store = tmp_path / "store"
    store.mkdir()
    shutil.copy(keys / "ca.pem", store)
    subprocess.run(["openssl", "rehash", str(store)], check=True, capture_output=True)
    assert 5 not in run(bundle, SSL_CERT_DIR=str(store), SSL_CERT_FILE=str(keys / "ca.pem"))[0]


def appended(name: str, data: bytes) -> Damage:
    def damage(folder: Path, _: Path) -> None:
        (folder / name).write_bytes((folder / name).read_bytes() + data)

    return damage


def second_ca(folder: Path, old_keys: Path) -> None:
    """A forger's CA behind the real one, whose fingerprint is the only one shown; and his signature."""
    appended("ca.pem", (old_keys / "ca.pem").read_bytes())(folder, old_keys)


def one_signer_twice(folder: Path, _: Path) -> None:
    shutil.copy(folder / "maker.crt", folder / "checker.crt")
    shutil.copy(folder / "SHA256SUMS.maker.p7s", folder / "SHA256SUMS.checker.p7s")


def makers_certificate_behind_the_checkers(folder: Path, _: Path) -> None:
    """The shown keys differ, yet openssl finds the maker's certificate for the maker's second signature."""
    both = (folder / "checker.crt").read_bytes() + (folder / "maker.crt").read_bytes()
    (folder / "checker.crt").write_bytes(both)
    shutil.copy(folder / "SHA256SUMS.maker.p7s", folder / "SHA256SUMS.checker.p7s")


def signed_by_another_ca(folder: Path, old_keys: Path) -> None:
    signature = signer(old_keys, "maker").sign((folder / "SHA256SUMS").read_bytes())
    add_approval(folder, "maker", signature, (old_keys / "maker.crt").read_bytes())


def makers_signature_with_the_certificate_inside(folder: Path, _: Path) -> None:
    """Signed by the maker's key a second time; the certificate inside is one openssl would take by itself."""
    who = signer(folder.parent / "keys", "maker")
    builder = PKCS7SignatureBuilder().set_data((folder / "SHA256SUMS").read_bytes())
    key = private_key(folder.parent / "keys", "maker")
    builder = builder.add_signer(who.certificate, key, hashes.SHA256())
    options = [PKCS7Options.DetachedSignature, PKCS7Options.Binary]
    (folder / "SHA256SUMS.checker.p7s").write_bytes(builder.sign(Encoding.DER, options))


def added_file(folder: Path, _: Path) -> None:
    (folder / "payouts2.txt").write_text("x")


def added_hidden_file(folder: Path, _: Path) -> None:
    (folder / ".x").write_text("x")


def link(folder: Path, _: Path) -> None:
    (folder / "payouts.txt").rename(folder.parent / "elsewhere")
    (folder / "payouts.txt").symlink_to(folder.parent / "elsewhere")


@pytest.mark.parametrize(
    ("damage", "failing"),
    [
        (appended("payouts.txt", b"3|x\r\n"), {7}),
        (appended("SHA256SUMS", b"garbage\n"), {5, 6, 7}),
        (second_ca, {1}),
        (one_signer_twice, {4}),
        (makers_certificate_behind_the_checkers, {3}),
        (makers_signature_with_the_certificate_inside, {6}),
        (signed_by_another_ca, {5}),
        (added_file, {8}),
        (added_hidden_file, {8}),
        (link, {8}),
    ],
)
def test_a_forged_bundle_fails_the_command_made_for_it(
    bundle: Path, rehearsal_keys: Path, old_keys: Path, damage: Damage, failing: set[int]
) -> None:
    (bundle.parent / "keys").symlink_to(rehearsal_keys)
    damage(bundle, old_keys)
    assert set(range(1, LAST + 1)) - set(run(bundle)[0]) == failing
