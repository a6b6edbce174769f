"""Contents, keys and approved bundles that the tests of the payout bundle share."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from bundles_made import MakeBundle, MakeContents, booking, payment, signer

from ledger.payfile import certificates
from ledger.payfile.bank_profile import shipped_profiles
from ledger.payfile.contents import BundleContents, Change, GrainAllocation, Payer
from ledger.payfile.folder import add_approval, add_trust, write_bundle
from ledger.payfile.keys import fingerprint, init_keys
from ledger.payfile.names import ROLES
from ledger.values.month import Month


@pytest.fixture(scope="session")
def rehearsal_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the keys of a rehearsal."""
    folder = tmp_path_factory.mktemp("rehearsal") / "keys"
    init_keys(
        folder,
        division="520203",
        rehearsal=True,
        passphrases=None,
        now=datetime(2022, 1, 5, tzinfo=UTC),
        maker="L1",
        checker="F1",
    )
    return folder


@pytest.fixture(scope="session")
def old_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of a real ledger made in January 2012; the signers' certificates ended in January 2015."""
    folder = tmp_path_factory.mktemp("old") / "keys"
    init_keys(
        folder,
        division="520203",
        rehearsal=False,
        passphrases={"ca": "口令 ca", "maker": "口令 maker", "checker": "口令 checker"},
        now=datetime(2012, 1, 5, tzinfo=UTC),
        maker="L1",
        checker="F1",
    )
    return folder


@pytest.fixture
def make_contents(rehearsal_keys: Path) -> MakeContents:
    """Contents of a small rehearsal batch, with fields changed by name."""
    ca = certificates.read_pem((rehearsal_keys / "ca.pem").read_bytes(), subject="ca")

    def make(**changes: object) -> BundleContents:
        contents = BundleContents(
            division="520203",
            programme="dibao_rural",
            month=Month.parse("2022-07"),
            rehearsal=True,
            roll_digest="ab" * 32,
            pay_on=date(2022, 8, 10),
            frozen_at=datetime(2022, 8, 5, 1, 2, 3, 456, tzinfo=UTC),
            batch_numbers={"agent": 1, "postal": 1},
            payer=Payer("水城区民政局", "5200000000001"),
            banks=(shipped_profiles()["agent"],),
            unit_number="8520203001",
            ca_fingerprint=fingerprint(ca),
            payments=(
                payment("C1", 44300),
                payment("C2", 88600, name="䶮㛃𠰻"),
                payment("C3", 20001, name="李四", account=None),
            ),
            bookings=(booking("C4"),),
            grain=(GrainAllocation("C1", "张三", "520203001001", 2, 30000),),
            changes=(
                Change("C1", "张三", ("new",), 0, 44300, ""),
                Change("C9", "王五", ("ended", "recovered"), 20000, 0, "迁出"),
            ),
        )
        return msgspec.structs.replace(contents, **changes)

    return make


@pytest.fixture
def make_bundle() -> MakeBundle:
    """Writes a bundle and gives it both approvals and the CA of a folder of keys."""

    def make(folder: Path, contents: BundleContents, keys: Path) -> Path:
        sums = write_bundle(folder, contents)
        add_trust(folder, (keys / "ca.pem").read_bytes())
        for role in ROLES:
            add_approval(folder, role, signer(keys, role).sign(sums), (keys / f"{role}.crt").read_bytes())
        return folder

    return make


@pytest.fixture
def bundle(tmp_path: Path, make_contents: MakeContents, make_bundle: MakeBundle, rehearsal_keys: Path) -> Path:
    """An approved bundle of the small rehearsal batch."""
    return make_bundle(tmp_path / "bundle", make_contents(), rehearsal_keys)


@pytest.fixture
def old_bundle(tmp_path: Path, make_contents: MakeContents, make_bundle: MakeBundle, old_keys: Path) -> Path:
    """An approved bundle of a real ledger, paid in February 2012."""
    ca = certificates.read_pem((old_keys / "ca.pem").read_bytes(), subject="ca")
    contents = make_contents(rehearsal=False, pay_on=date(2012, 2, 10), ca_fingerprint=fingerprint(ca))
    return make_bundle(tmp_path / "old", contents, old_keys)
