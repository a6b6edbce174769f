"""`check_bundle`: a verdict for every way a bundle can be wrong."""

from __future__ import annotations

import os
import random
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from bundles_made import MakeBundle, MakeContents, private_key, replaced, signer
from cryptography.hazmat.primitives.asymmetric import ec

from ledger.errors import IntegrityBroken, Misused
from ledger.payfile import certificates, digest_list, manifest
from ledger.payfile.bank_profile import shipped_profiles
from ledger.payfile.bundle_check import check_bundle
from ledger.payfile.digest_list import digests_of
from ledger.payfile.figures import Money
from ledger.payfile.folder import add_approval, write_bundle
from ledger.payfile.keys import PemKey, PemSigner
from ledger.payfile.signing import sign_cms

CHECKS = [
    "files",
    "digests",
    "totals",
    "trust",
    "signature_maker",
    "signature_checker",
    "two_people",
    "rehearsal",
]


def failing(folder: Path, *, trust: bytes | None = None, at: datetime | None = None) -> dict[str, str]:
    verdicts = check_bundle(folder, trust_ca_pem=trust, at=at)
    assert [verdict.check for verdict in verdicts] == CHECKS
    return {verdict.check: verdict.detail for verdict in verdicts if not verdict.ok}


def sign_again(folder: Path, keys: Path, files: dict[str, bytes]) -> None:
    """Forge the bundle's files and list and sign them with the real keys: only the contents are wrong now."""
    for name, data in files.items():
        (folder / name).write_bytes(data)
    listed = digest_list.read_digest_list((folder / "SHA256SUMS").read_bytes())
    read = {name: digests_of([(folder / name).read_bytes()]) for name in listed if name != "SM3SUMS"}
    sm3 = digest_list.write_digest_list({name: digests.sm3 for name, digests in read.items()})
    (folder / "SM3SUMS").write_bytes(sm3)
    sha256 = {"SM3SUMS": digest_list.sha256(sm3)} | {name: digests.sha256 for name, digests in read.items()}
    sums = digest_list.write_digest_list(sha256)
    (folder / "SHA256SUMS").write_bytes(sums)
    for role in ("maker", "checker"):
        (folder / f"SHA256SUMS.{role}.p7s").write_bytes(signer(keys, role).sign(sums))


def test_a_good_bundle_passes(bundle: Path, rehearsal_keys: Path) -> None:
    assert failing(bundle) == {}
    assert failing(bundle, trust=(rehearsal_keys / "ca.pem").read_bytes()) == {}


def test_an_old_bundle_is_judged_at_its_pay_on_day(old_bundle: Path) -> None:
    assert failing(old_bundle) == {}
    expired = failing(old_bundle, at=datetime(2020, 1, 1, tzinfo=UTC))
    assert set(expired) == {"signature_maker", "signature_checker"}
    assert "signature.expired" in expired["signature_maker"]


def test_trust_says_whose_ca_was_used(bundle: Path, rehearsal_keys: Path, old_keys: Path) -> None:
    def detail(trust: bytes | None) -> str:
        return next(v.detail for v in check_bundle(bundle, trust_ca_pem=trust) if v.check == "trust")

    assert "paper copy" in detail(None)
    assert "received separately" in detail((rehearsal_keys / "ca.pem").read_bytes())
    other = failing(bundle, trust=(old_keys / "ca.pem").read_bytes())
    assert set(other) == {"trust", "signature_maker", "signature_checker"}
    with pytest.raises(IntegrityBroken):
        check_bundle(bundle, trust_ca_pem=b"no certificate")


def test_any_changed_byte_of_any_listed_file_is_found(bundle: Path) -> None:
    seed = random.Random(2022)
    listed = digest_list.read_digest_list((bundle / "SHA256SUMS").read_bytes())
    for name in [*listed, "SHA256SUMS"]:
        data = (bundle / name).read_bytes()
        offsets = range(len(data)) if len(data) < 100 else sorted(seed.sample(range(len(data)), 12))
        for offset in offsets:
            changed = bytearray(data)
            changed[offset] ^= 1 << seed.randrange(8)
            (bundle / name).write_bytes(changed)
            assert "digests" in failing(bundle), (name, offset)
        (bundle / name).write_bytes(data)
    assert failing(bundle) == {}


def test_any_changed_byte_of_a_signature_or_certificate_is_found(bundle: Path) -> None:
    seed = random.Random(2023)
    for name in ("SHA256SUMS.maker.p7s", "checker.crt", "ca.pem"):
        data = (bundle / name).read_bytes()
        for offset in seed.sample(range(len(data)), 25):
            changed = bytearray(data)
            changed[offset] ^= 1 << seed.randrange(8)
            (bundle / name).write_bytes(changed)
            assert failing(bundle), (name, offset)
        (bundle / name).write_bytes(data)


def test_what_is_not_listed_is_refused(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes((bundle / "payouts.txt").read_bytes())
    for make in (
        lambda path: path.write_text("x"),
        lambda path: path.mkdir(),
        lambda path: path.symlink_to(tmp_path / "elsewhere"),
        lambda path: path.symlink_to(tmp_path / "nowhere"),
        os.mkfifo,
    ):
        path = bundle / ".payouts\x1b[2J.txt"
        make(path)
        detail = failing(bundle)["files"]
        assert "bundle.unlisted" in detail
        assert "\x1b" not in detail
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()
    assert failing(bundle) == {}


def test_a_listed_file_may_not_be_a_link(bundle: Path, tmp_path: Path) -> None:
    (bundle / "payouts.txt").rename(tmp_path / "elsewhere")
    (bundle / "payouts.txt").symlink_to(tmp_path / "elsewhere")
    assert set(failing(bundle)) == {"files", "digests", "totals"}


@pytest.mark.parametrize("name", ["SHA256SUMS", "SHA256SUMS.checker.p7s", "maker.crt", "ca.pem", "manifest.json"])
def test_a_missing_file_is_named(bundle: Path, name: str) -> None:
    (bundle / name).unlink()
    assert name in failing(bundle)["files"]


def test_a_bundle_without_approvals_fails_by_its_signatures(tmp_path: Path, make_contents: MakeContents) -> None:
    write_bundle(tmp_path / "b", make_contents())
    assert {"signature_maker", "signature_checker", "two_people"} <= set(failing(tmp_path / "b"))


def test_maker_and_checker_are_two_people_with_two_keys(bundle: Path, rehearsal_keys: Path) -> None:
    sums = (bundle / "SHA256SUMS").read_bytes()
    maker = signer(rehearsal_keys, "maker")
    add_approval(bundle, "checker", maker.sign(sums), (bundle / "maker.crt").read_bytes())
    assert "bundle.role" in failing(bundle)["two_people"]


@pytest.mark.parametrize(("operator", "own_key"), [("F1", False), ("L1", True)])
def test_a_checkers_certificate_for_the_makers_key_or_person_is_refused(
    bundle: Path, rehearsal_keys: Path, operator: str, own_key: bool
) -> None:
    ca_key, maker_key = private_key(rehearsal_keys, "ca"), private_key(rehearsal_keys, "maker")
    ca = certificates.read_pem((rehearsal_keys / "ca.pem").read_bytes(), subject="ca")
    key = ec.generate_private_key(ec.SECP256R1()) if own_key else maker_key
    certificate = certificates.make_signer(
        key.public_key(),
        ca,
        ca_key,
        operator_code=operator,
        role="checker",
        division="520203",
        rehearsal=True,
        now=datetime(2022, 1, 5, tzinfo=UTC),
    )
    sums = (bundle / "SHA256SUMS").read_bytes()
    signature = sign_cms(sums, certificate, PemKey(key).sign, datetime(2022, 8, 9, tzinfo=UTC))
    add_approval(bundle, "checker", signature, certificates.pem(certificate))
    refused = failing(bundle)
    assert set(refused) == {"two_people"}
    assert "bundle.one_person" in refused["two_people"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("payments", Money(3, 152902)),
        ("bank", Money(3, 132900)),
        ("unpayable", Money(0, 0)),
        ("components", {"dibao": 152900}),
        ("bookings", 2),
        ("changes", 1),
        ("grain", manifest.Grain(1, 15000)),
        ("grain", manifest.Grain(0, 0)),
        ("unit_number", "8520203001"),
        ("banks", ()),
        ("pay_on", date(2022, 8, 11)),
        ("files", {}),
    ],
)
def test_signed_figures_that_do_not_agree_with_the_files_are_found(
    bundle: Path, rehearsal_keys: Path, field: str, value: object
) -> None:
    read = manifest.read_manifest((bundle / "manifest.json").read_bytes())
    forged = manifest.write_manifest(msgspec.structs.replace(read, **{field: value}))
    sign_again(bundle, rehearsal_keys, {"manifest.json": forged})
    assert "totals" in failing(bundle)
    assert not {"digests", "signature_maker", "signature_checker"} & set(failing(bundle))


@pytest.mark.parametrize(
    "changes",
    [
        {"batch_number": 2},
        {"count": 3},
        {"amount_fen": 132901},
        {"code": "postal"},
        {"file": "roll.xlsx"},
        {"profile": ""},
        {"profile": shipped_profiles()["postal"].text},
    ],
)
def test_signed_figures_of_a_bank_that_its_file_does_not_have_are_found(
    bundle: Path, rehearsal_keys: Path, changes: dict[str, object]
) -> None:
    read = manifest.read_manifest((bundle / "manifest.json").read_bytes())
    forged = msgspec.structs.replace(read, banks=(msgspec.structs.replace(read.bank_files[0], **changes),))
    sign_again(bundle, rehearsal_keys, {"manifest.json": manifest.write_manifest(forged)})
    assert set(failing(bundle)) == {"totals"}


@pytest.mark.parametrize(
    ("name", "was", "becomes"),
    [
        ("payouts.xml", b"<NbOfTxs>2<", b"<NbOfTxs>3<"),
        ("payouts.xml", b"<CtrlSum>1329.00<", b"<CtrlSum>1329.01<"),
        ("payouts.xml", b'"CNY">443.00<', b'"CNY">443.01<'),
        ("payouts.xml", b"-2</EndToEndId>", b"-3</EndToEndId>"),
        ("payouts.xml", b"<Cd>BBAN</Cd>", b"<Cd>IBAN</Cd>"),
        ("payouts.xml", b"</Document>\n", b"</Document>\n<Document/>"),
        ("payouts.txt", b"|443.00|", b"|444.00|"),
        ("roll.xlsx", b"<v>443.00</v>", b"<v>444.00</v>"),
        ("posting.xlsx", b"<v>1529.01</v>", b"<v>1529.02</v>"),
        ("posting.html", b">443.00<", b">444.00<"),
        ("application.html", b">1529.01<", b">1529.02<"),
    ],
)
def test_a_signed_file_whose_figures_disagree_is_found(
    bundle: Path, rehearsal_keys: Path, name: str, was: bytes, becomes: bytes
) -> None:
    forged = replaced(name, (bundle / name).read_bytes(), was, becomes)
    read = manifest.read_manifest((bundle / "manifest.json").read_bytes())
    entry = manifest.FileEntry(digest_list.sha256(forged), len(forged))
    stated = manifest.write_manifest(msgspec.structs.replace(read, files={**read.files, name: entry}))
    sign_again(bundle, rehearsal_keys, {"manifest.json": stated, name: forged})
    assert set(failing(bundle)) == {"totals"}


def test_a_national_digest_that_is_wrong_is_found(bundle: Path, rehearsal_keys: Path) -> None:
    sm3 = (bundle / "SM3SUMS").read_bytes()
    sign_again(bundle, rehearsal_keys, {})
    assert (bundle / "SM3SUMS").read_bytes() == sm3
    forged = (b"1" if sm3[:1] == b"0" else b"0") + sm3[1:]
    (bundle / "SM3SUMS").write_bytes(forged)
    listed = digest_list.read_digest_list((bundle / "SHA256SUMS").read_bytes())
    sums = digest_list.write_digest_list(listed | {"SM3SUMS": digest_list.sha256(forged)})
    (bundle / "SHA256SUMS").write_bytes(sums)
    for role in ("maker", "checker"):
        (bundle / f"SHA256SUMS.{role}.p7s").write_bytes(signer(rehearsal_keys, role).sign(sums))
    assert set(failing(bundle)) == {"digests", "totals"}
    assert "SM3SUMS" in failing(bundle)["digests"]


def test_a_manifest_that_says_a_key_twice_is_refused(bundle: Path, rehearsal_keys: Path) -> None:
    data = (bundle / "manifest.json").read_bytes().replace(b"{", b'{"month": "2099-01",', 1)
    sign_again(bundle, rehearsal_keys, {"manifest.json": data})
    assert "manifest.malformed" in failing(bundle)["totals"]


def test_rehearsal_marks_must_agree(
    tmp_path: Path, make_contents: MakeContents, make_bundle: MakeBundle, rehearsal_keys: Path
) -> None:
    folder = make_bundle(tmp_path / "b", make_contents(rehearsal=False), rehearsal_keys)
    assert set(failing(folder)) == {"rehearsal"}
    assert "maker.crt" in failing(folder)["rehearsal"]


def test_the_signer_outside_is_any_object_that_signs(bundle: Path, rehearsal_keys: Path) -> None:
    outside = PemSigner.load(rehearsal_keys, "checker", None)
    signature = outside.sign((bundle / "SHA256SUMS").read_bytes())
    add_approval(bundle, "checker", signature, certificates.pem(outside.certificate))
    assert failing(bundle) == {}


def test_no_folder_is_a_wrong_call(tmp_path: Path) -> None:
    with pytest.raises(Misused):
        check_bundle(tmp_path / "none", trust_ca_pem=None)
