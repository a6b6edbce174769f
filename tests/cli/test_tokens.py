"""A maker's key in a PKCS#11 token: asked for, certified and signing, without ever leaving it. Runs with SoftHSM 2."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import CommandLine, enrol, standard

from ledger.values.month import Month, day_of

LIBRARIES = [
    Path(folder) / "softhsm" / "libsofthsm2.so"
    for folder in ("/usr/lib", "/usr/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
                   "/usr/local/lib", "/opt/homebrew/lib")
]  # fmt: skip
LIBRARY = next((path for path in LIBRARIES if path.exists()), None)
if LIBRARY is None or shutil.which("softhsm2-util") is None:
    pytest.skip("SoftHSM 2 is not installed (Debian, Ubuntu: apt install softhsm2)", allow_module_level=True)
pytest.importorskip("pkcs11", reason="the extra pkcs11 is not installed")

MONTH = Month.of(day_of(datetime.now(UTC)))
PIN = {"LEDGER_PASSPHRASE": "87654321"}
CA = {"LEDGER_PASSPHRASE_CA": "correct horse ca"}
MAKER = {"LEDGER_PASSPHRASE_MAKER": "correct horse maker"}
CHECKER = {"LEDGER_PASSPHRASE_CHECKER": "correct horse checker"}
GENERATE = """
import sys, pkcs11
from pkcs11.util.ec import encode_named_curve_parameters
with pkcs11.lib(sys.argv[1]).get_token(token_label="MZ").open(user_pin="87654321", rw=True) as session:
    curve = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
    parameters = session.create_domain_parameters(pkcs11.KeyType.EC, curve, local=True)
    parameters.generate_keypair(label="maker", store=True)
    session.generate_keypair(pkcs11.KeyType.RSA, 2048, label="checker", store=True)
"""


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory, make_installation: Callable[..., CommandLine]) -> CommandLine:
    """A ledger with a frozen roll whose commands find a token with two keys."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\n")
    environment = {"SOFTHSM2_CONF": str(folder / "softhsm2.conf")}
    ledger = make_installation()
    ledger.env |= environment
    for command in (
        ["softhsm2-util", "--init-token", "--free", "--label", "MZ", "--so-pin", "12345678", "--pin", "87654321"],
        [ledger.argv[0], "-c", GENERATE, str(LIBRARY)],
    ):
        subprocess.run(command, env=os.environ | environment, check=True, capture_output=True)
    confirmed = (MONTH - 1).first_day.isoformat()
    assert ledger("record", ledger.facts("a.jsonl", standard(), enrol("C1", "P1", confirmed)), "--yes").code == 0
    made = ledger("keys", "init", "--maker", "M1", "--checker", "K1", "--yes", env=CA | MAKER | CHECKER)
    assert made.code == 0, made.err
    return ledger


def address(key: str) -> str:
    return f"pkcs11:token=MZ;object={key};type=private?module-path={LIBRARY}"


def test_keys_in_tokens_are_certified_sign_and_close(token: CommandLine, tmp_path: Path) -> None:
    """An EC key named on the command line, an RSA key named by a setting; stock openssl verifies both."""
    for role, name in (("maker", "M1"), ("checker", "K1")):
        asked = token("keys", "request", "--key", address(role), "--name", name, env=PIN)
        assert asked.code == 0, asked.err
        (tmp_path / "r.csr").write_text(asked.out)
        ran = token("keys", "rotate", "--role", role, "--name", name, "--csr", tmp_path / "r.csr", "--yes", env=CA)
        assert ran.code == 0, ran.err
    assert token("close-month", MONTH.text, "--yes").code == 0
    wrong = token("approve", MONTH.text, "--role", "maker", "--key", address("checker"), "--yes", env=PIN)
    assert (wrong.code, "keys.mismatch" in wrong.err) == (5, True)
    shut = token(
        "approve", MONTH.text, "--role", "maker", "--key", address("maker"), "--yes",
        env={"LEDGER_PASSPHRASE": "0000"},
    )  # fmt: skip
    assert (shut.code, "PinIncorrect" in shut.err, "0000" in shut.err) == (1, True, False)
    made = token("approve", MONTH.text, "--role", "maker", "--key", address("maker"), "--yes", env=PIN)
    assert made.code == 0, made.err
    by_setting = PIN | {"LEDGER_SIGNER_CHECKER": address("checker")}
    checked = token("approve", MONTH.text, "--role", "checker", "--yes", env=by_setting)
    assert checked.code == 0, checked.err
    closed = token("close-month", MONTH.text, "--yes", "--output", "json")
    assert [batch["state"] for batch in closed.json["batches"]] == ["closed"] * 4
    folder = Path(closed.json["batches"][1]["bundle"])
    lines = (folder / "VERIFY.txt").read_text("utf-8-sig").splitlines()
    commands = [line.strip() for line in lines if "cms -verify" in line and "-attime" not in line]
    ran_by_hand = subprocess.run(
        ["sh", "-e"], input="\n".join(commands), cwd=folder, capture_output=True, text=True, check=False
    )
    assert ran_by_hand.stdout == "5 OK\n6 OK\n"
