"""Keys in the log against what they sign: ended, revoked at the last moment, or used all the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ledger.certifying import examine_keys, keys_in_use
from ledger.closing.desk import Desk, append_to
from ledger.closing.steps import advance, approve, bundle, close, freeze
from ledger.domain.batch import ROLES, Batch
from ledger.entitlement.roll_lines import RollLines
from ledger.errors import Refused
from ledger.intake.reading import read_facts
from ledger.payfile.keys import Authority, PemKey
from ledger.payfile.signers import KeySigner
from ledger.recording import record
from ledger.revoking import revoke
from ledger.store.embedded import ServerAddress
from ledger.store.recorder import Conflict
from ledger.values.month import Month
from projections.installation import Installation
from projections.rolls import Rolls
from projections.throw_away import ThrowAwayLedgers
from projections.verification import verify

DIVISION, RURAL = "520203", "dibao_rural"
DECEMBER = Month.parse("2099-12")
"""The last month in which the certificates of rehearsals are valid."""


@pytest.fixture(scope="module")
def ledgers(server: ServerAddress, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> ThrowAwayLedgers:
    return ThrowAwayLedgers(server.conninfo, tmp_path_factory.mktemp("ledgers"), label=f"keys_{worker_id}")


@pytest.fixture
def county(ledgers: ThrowAwayLedgers, tmp_path: Path) -> Iterator[Installation]:
    """One household that is due for December 2099."""
    facts = [
        {"fact": "opening", "month": "2099-12"},
        {"fact": "standard", "programme": RURAL, "amount": "5316.00", "per": "year", "from": "2099-01"},
        {"fact": "enrol", "case": "C1", "programme": RURAL, "confirmed_on": "2099-10-20", "head": "P1",
         "members": [{"person": "P1"}]},
    ]  # fmt: skip
    path = tmp_path / "facts.jsonl"
    path.write_text("".join(json.dumps(fact) + "\n" for fact in facts))
    with ledgers.emptied(DIVISION) as installation:
        installation.ledger.set_rehearsal_day(date(2099, 10, 31))
        record(installation.ledger, read_facts(path))
        yield installation


def frozen(county: Installation) -> Batch:
    county.ledger.set_rehearsal_day(date(2099, 11, 1))
    desk = county.closing_desk()
    return bundle(desk, freeze(desk, DIVISION, DECEMBER, RURAL))


def sign(county: Installation, batch: Batch, *roles: str) -> Batch:
    for role in roles or ROLES:
        who = county.rehearsal_signers()[role]
        assert batch.sums is not None
        batch = approve(county.closing_desk(), batch, role, who.sign(batch.sums.encode()), who.certificate)
    return batch


def test_the_doctor_speaks_of_a_certificate_sixty_days_before_it_ends(county: Installation) -> None:
    assert examine_keys(county.ledger).found == "2 in use, the first ends on 2099-12-31"
    county.ledger.set_rehearsal_day(date(2099, 11, 1))
    finding = examine_keys(county.ledger)
    assert not finding.ok
    assert "REHEARSAL-M as maker until 2099-12-31" in finding.found
    assert "`ledger keys rotate --role maker --name REHEARSAL-M`" in finding.remedy


def test_a_certificate_that_has_ended_signs_nothing_even_of_a_day_before(county: Installation) -> None:
    """The files are to be paid on 10 December, when it was valid; the signature is given in January."""
    batch = frozen(county)
    signers = county.rehearsal_signers()
    county.ledger.set_rehearsal_day(date(2100, 1, 5))
    with pytest.raises(Refused) as caught:
        approve(
            county.closing_desk(), batch, "maker", signers["maker"].sign((batch.sums or "").encode()),
            signers["maker"].certificate,
        )  # fmt: skip
    assert caught.value.code == "key.expired"
    assert county.rehearsal_signers() == {}


def test_what_was_signed_before_it_ended_is_closed_after(county: Installation) -> None:
    batch = sign(county, frozen(county))
    county.ledger.set_rehearsal_day(date(2100, 1, 5))
    assert close(county.closing_desk(), batch).closed
    assert [verdict for verdict in verify(county) if not verdict.ok] == []


class RevokedWhileRead(Rolls):
    """Rolls during whose reading somebody else revokes the maker's key."""

    def frozen(self, batch: Batch) -> RollLines:
        (file,) = keys_in_use(self._ledger, "maker")
        revoke(self._ledger, file, reason="key_compromise", note=None)
        return super().frozen(batch)


def test_a_key_revoked_while_the_close_looks_does_not_close(county: Installation) -> None:
    batch = sign(county, frozen(county))
    desk: Desk = msgspec.structs.replace(county.closing_desk(), source=RevokedWhileRead(county.ledger))
    with pytest.raises(Conflict):
        close(desk, batch)
    with pytest.raises(Refused) as caught:
        advance(county.closing_desk(), DIVISION, DECEMBER, RURAL, {})
    assert caught.value.code == "key.revoked"


def test_verify_finds_a_close_by_a_revoked_key(county: Installation) -> None:
    """As if a program that does not ask had closed it."""
    batch = sign(county, frozen(county))
    (file,) = keys_in_use(county.ledger, "checker")
    revoke(county.ledger, file, reason="superseded", note=None)
    append_to(county.closing_desk(), batch, [batch.close(county.ledger.origin())])
    found = {verdict.check: verdict for verdict in verify(county)}[f"approvals of {batch.id}"]
    assert (found.ok, found.detail) == (False, f"{file.id} of the checker was revoked before the close")


def test_a_certificate_made_past_the_ledger_gives_no_key_another_role(county: Installation) -> None:
    """Whoever keeps the CA's key certifies the checker's key for somebody else, as maker."""
    batch = frozen(county)
    own = load_pem_private_key((county.keys_folder / "checker.key").read_bytes(), None)
    assert isinstance(own, EllipticCurvePrivateKey)
    key, authority = PemKey(own), Authority(county.keys_folder, None)
    certificate = authority.certify(key.public_key, name="Z9", role="maker", now=county.ledger.now())
    signature = KeySigner(certificate, key, where="Z9").sign((batch.sums or "").encode())
    with pytest.raises(Refused) as caught:
        approve(county.closing_desk(), batch, "maker", signature, certificate)
    assert caught.value.code == "key.unknown"
    assert county.ledger.batch(DIVISION, DECEMBER, RURAL).approvals == ()
