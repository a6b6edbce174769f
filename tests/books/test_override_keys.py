"""An override is two people's, under one paper, each with a key that is his own and stands."""

from __future__ import annotations

import pytest
from county_driven import DIVISION, JUNE, PAPER, RURAL, County, signed
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ledger.certifying import certify, key_file, keys_in_use, to_replace
from ledger.closing.overriding import override, plan_override
from ledger.closing.steps import freeze
from ledger.domain.batch import ROLES
from ledger.errors import IntegrityBroken, LedgerError, Refused
from ledger.payfile.keys import Authority, PemKey
from ledger.payfile.signers import KeySigner, Signer
from ledger.revoking import revoke


@pytest.fixture
def frozen(short: County) -> County:
    freeze(short.desk, DIVISION, JUNE, RURAL)
    return short


def revoked(county: County, role: str) -> None:
    [file] = keys_in_use(county.installation.ledger, role)
    revoke(county.installation.ledger, file, reason="key_compromise", note=None)


def allow(county: County, role: str, signature: bytes, *, by: str | None = None) -> None:
    """What somebody brings as the signature of a role, beside the certificate of `by`."""
    batch = county.installation.ledger.batch(DIVISION, JUNE, RURAL)
    override(
        county.desk, batch, role, PAPER, signature, county.installation.rehearsal_signers()[by or role].certificate
    )


def allowed(county: County) -> list[str]:
    """The roles whose signatures stand on record."""
    return [one.role for one in county.installation.ledger.batch(DIVISION, JUNE, RURAL).allowed]


def said(county: County, role: str) -> bytes:
    return plan_override(county.desk, county.installation.ledger.batch(DIVISION, JUNE, RURAL), role, PAPER)[1]


def certified_anew(county: County, key_of: str, role: str) -> Signer:
    """A role's own key, certified by the CA's keeper for a second person and a role, past the ledger."""
    installation = county.installation
    own = load_pem_private_key((installation.keys_folder / f"{key_of}.key").read_bytes(), None)
    assert isinstance(own, EllipticCurvePrivateKey)
    key, authority = PemKey(own), Authority(installation.keys_folder, None)
    certificate = authority.certify(key.public_key, name="Z9", role=role, now=installation.ledger.now())
    return KeySigner(certificate, key, where=key_of)


def test_one_key_under_two_certificates_is_one_key(frozen: County) -> None:
    batch = signed(frozen, "maker")
    twice = certified_anew(frozen, "maker", "checker")
    with pytest.raises(Refused, match=r"batch\.same_key"):
        override(frozen.desk, batch, "checker", PAPER, twice.sign(said(frozen, "checker")), twice.certificate)
    assert allowed(frozen) == ["maker"]


def test_a_certificate_that_the_ledger_does_not_know_allows_nothing(frozen: County) -> None:
    foreign = certified_anew(frozen, "checker", "maker")
    batch = frozen.installation.ledger.batch(DIVISION, JUNE, RURAL)
    with pytest.raises(Refused, match=r"key\.unknown"):
        override(frozen.desk, batch, "maker", PAPER, foreign.sign(said(frozen, "maker")), foreign.certificate)
    assert allowed(frozen) == []


@pytest.mark.parametrize("role", ["maker", "checker"])
def test_a_revoked_key_allows_nothing(frozen: County, role: str) -> None:
    signers = frozen.installation.rehearsal_signers()
    if role == "checker":
        signed(frozen, "maker")
    before = allowed(frozen)
    revoked(frozen, role)
    batch = frozen.installation.ledger.batch(DIVISION, JUNE, RURAL)
    with pytest.raises(Refused, match=r"key\.revoked"):
        override(
            frozen.desk, batch, role, PAPER, signers[role].sign(said(frozen, role)), signers[role].certificate
        )
    assert allowed(frozen) == before


@pytest.mark.parametrize("role", ["maker", "checker"])
def test_what_a_key_allowed_before_its_revocation_does_not_close(frozen: County, role: str) -> None:
    """The files are signed with the new key that took its place: only the override is the revoked one's."""
    ledger = frozen.installation.ledger
    signed(frozen, "maker")
    signed(frozen, "checker")
    [old] = keys_in_use(ledger, role)
    name = old.current.operator
    certify(
        ledger, Authority(frozen.installation.keys_folder, None), role=role, name=name, public_key=None,
        passphrase=None, replacing=to_replace(ledger, role, name),
    )  # fmt: skip
    revoke(ledger, key_file(ledger, old.fingerprint), reason="key_compromise", note=None)
    with pytest.raises(Refused, match=r"key\.revoked"):
        frozen.close("2022-06-08", "2022-06", RURAL)
    batch = ledger.batch(DIVISION, JUNE, RURAL)
    assert ({one.role for one in batch.approvals}, batch.closed) == (set(ROLES), None)
    freeze(frozen.desk, DIVISION, JUNE, RURAL)
    signed(frozen, "maker")
    signed(frozen, "checker")
    frozen.close("2022-06-08", "2022-06", RURAL)
    assert ledger.batch(DIVISION, JUNE, RURAL).closed


def test_a_wrong_signature_allows_nothing_and_leaves_no_trace(frozen: County) -> None:
    signed(frozen, "maker")
    signers = frozen.installation.rehearsal_signers()
    right, text = signers["checker"].sign(said(frozen, "checker")), said(frozen, "checker")
    wrong = {
        "of the maker": signers["maker"].sign(text),
        "of another amount": signers["checker"].sign(text.replace(b"386.00", b"3860.00")),
        "of the payout files": signers["checker"].sign(b"SHA256SUMS"),
        "of nothing": b"",
        "cut": right[:-1],
        "of one bit more": right[:-1] + bytes([right[-1] ^ 1]),
    }
    for what, signature in wrong.items():
        with pytest.raises(LedgerError, match=r"signature\.") as caught:
            allow(frozen, "checker", signature)
        assert isinstance(caught.value, IntegrityBroken), what
    assert allowed(frozen) == ["maker"]
    allow(frozen, "checker", right)
    assert allowed(frozen) == ["maker", "checker"]


def test_maker_and_checker_allow_it_under_one_paper(frozen: County) -> None:
    signed(frozen, "maker")
    with pytest.raises(Refused, match=r"fund\.other_document"):
        signed(frozen, "checker", "六财社〔2022〕6号")
    assert allowed(frozen) == ["maker"]
