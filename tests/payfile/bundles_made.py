"""Payments, signers and the types of the fixtures that the tests of the payout bundle share."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ledger.payfile.contents import Account, BundleContents, Payment, PaymentLine
from ledger.payfile.digest_list import Digests, digests_of
from ledger.payfile.keys import PemSigner
from ledger.payfile.render import render

TEST_ID = "11010519491231002X"
MakeContents = Callable[..., BundleContents]
MakeBundle = Callable[[Path, BundleContents, Path], Path]


def payment(
    case: str, amount_fen: int, *, name: str = "张三", account: str | None = "6217990000000000018"
) -> Payment:
    """A payment of dibao and a top-up of 1 yuan."""
    return Payment(
        payout=f"payout/2022-07/520203/{case}/household",
        case=case,
        village="520203001001",
        payee_name=name,
        id_number=TEST_ID,
        account=None if account is None else Account(account, name, "农商行"),
        insured=2,
        lines=(
            PaymentLine("dibao", "2022-07", amount_fen - 100),
            PaymentLine("top_up", "2022-07", 100),
        ),
    )


def booking(case: str) -> Payment:
    """A row whose arrears and recovery add up to zero."""
    lines = (PaymentLine("arrears", "2022-05", 500), PaymentLine("recovery", "2022-06", -500))
    return msgspec.structs.replace(payment(case, 100), lines=lines)


def rendered(contents: BundleContents) -> dict[str, bytes]:
    """Every file of a bundle, whole."""
    files: dict[str, bytes] = {}

    def put(name: str, pieces: Iterable[bytes]) -> Digests:
        files[name] = b"".join(pieces)
        return digests_of([files[name]])

    assert render(contents, put) == files["SHA256SUMS"]
    return files


def parts(workbook: bytes) -> dict[str, bytes]:
    """The parts of a workbook, unpacked."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as package:
        return {name: package.read(name) for name in package.namelist()}


def readable(name: str, data: bytes) -> bytes:
    """What a file of a bundle says, unpacked where it is a workbook."""
    return b"".join(parts(data).values()) if name.endswith(".xlsx") else data


def replaced(name: str, data: bytes, was: bytes, becomes: bytes) -> bytes:
    """The file with some bytes of what it says exchanged."""
    assert was in readable(name, data)
    if not name.endswith(".xlsx"):
        return data.replace(was, becomes)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for part, text in parts(data).items():
            package.writestr(part, text.replace(was, becomes))
    return packed.getvalue()


def signer(keys: Path, role: str) -> PemSigner:
    """The signer of a role, with the passphrase `old_keys` gave it."""
    encrypted = b"ENCRYPTED" in (keys / f"{role}.key").read_bytes()
    return PemSigner.load(keys, role, f"口令 {role}" if encrypted else None)


def private_key(keys: Path, role: str) -> EllipticCurvePrivateKey:
    """The key of a role of a rehearsal, to do with it what the ledger does not."""
    key = load_pem_private_key((keys / f"{role}.key").read_bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    return key


def names(folder: Path) -> list[str]:
    """What lies in a folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir())
