"""Keys of a real ledger over the years: signers added, keys replaced and revoked, and what they signed before."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import CommandLine, enrol, standard

from ledger.payfile.certificates import pem
from ledger.payfile.keys import Authority, new_key
from ledger.payfile.pkcs8 import plain_pem
from ledger.values.month import Month, day_of

TODAY = day_of(datetime.now(UTC))
MONTH = Month.of(TODAY)
CA = {"LEDGER_PASSPHRASE_CA": "correct horse ca"}
MAKER = {"LEDGER_PASSPHRASE_MAKER": "correct horse maker"}
CHECKER = {"LEDGER_PASSPHRASE_CHECKER": "correct horse checker"}


def opened_with(passphrases: dict[str, str]) -> dict[str, str]:
    """The passphrase of the key a command signs with."""
    (passphrase,) = passphrases.values()
    return {"LEDGER_PASSPHRASE": passphrase}


@pytest.fixture(scope="module")
def ledger(make_installation: Callable[..., CommandLine]) -> CommandLine:
    """A real ledger with keys of M1 and K1 and a frozen rural roll."""
    made = make_installation()
    confirmed = (MONTH - 1).first_day.isoformat()
    assert made("record", made.facts("a.jsonl", standard(), enrol("C1", "P1", confirmed)), "--yes").code == 0
    ran = made("keys", "init", "--maker", "M1", "--checker", "K1", "--yes", env=CA | MAKER | CHECKER)
    assert ran.code == 0, ran.err
    assert made("close-month", MONTH.text, "--yes").code == 0
    return made


def listed(ledger: CommandLine) -> dict[str, dict[str, Any]]:
    """The keys by operator, the newest of each."""
    return {row["operator"]: row for row in ledger("keys", "list", "--output", "json").json}


def approve(ledger: CommandLine, role: str, *options: str | Path, env: dict[str, str]) -> Any:
    return ledger("approve", MONTH.text, "--role", role, *options, "--yes", env=env)


def openssl_signature(ledger: CommandLine, certificate: Path, key: Path, out: Path, passphrase: str = "") -> Path:
    sums = ledger.home / "bundles" / "520203" / MONTH.text / "dibao_rural" / "SHA256SUMS"
    subprocess.run(
        ["openssl", "cms", "-sign", "-binary", "-in", sums, "-signer", certificate, "-inkey", key,
         "-passin", f"pass:{passphrase}", "-md", "sha256", "-outform", "DER", "-nocerts", "-out", out],
        check=True, capture_output=True,
    )  # fmt: skip
    return out


def bundle(ledger: CommandLine) -> Path:
    return ledger.home / "bundles" / "520203" / MONTH.text / "dibao_rural"


def the_first_keys_are_events_too(ledger: CommandLine, _: Path) -> None:
    rows = listed(ledger)
    assert {(row["operator"], row["role"], row["state"]) for row in rows.values()} == {
        ("M1", "maker", "in_use"), ("K1", "checker", "in_use"),
    }  # fmt: skip
    (event,) = ledger("history", rows["M1"]["key"], "--output", "json").json
    assert (event["event"], event["fields"]["operator"]) == ("key.certified", "M1")


def a_new_signer_is_certified_by_the_same_ca(ledger: CommandLine, _: Path) -> None:
    refused = ledger("keys", "add", "--role", "maker", "--name", "M2", "--yes", env=MAKER)
    assert (refused.code, "keys.passphrase_needed" in refused.err) == (2, True)
    ran = ledger("keys", "add", "--role", "maker", "--name", "M2", "--yes", env=CA | MAKER)
    assert ran.code == 0, ran.err
    row = listed(ledger)["M2"]
    signing = ledger.home / "keys" / "signing"
    subprocess.run(
        ["openssl", "verify", "-CAfile", signing / "ca.pem", signing / row["file"]],
        check=True,
        capture_output=True,
    )
    assert b"ENCRYPTED" in (signing / row["file"]).with_suffix(".key").read_bytes()


def of_several_signers_one_is_named(ledger: CommandLine, _: Path) -> None:
    ran = approve(ledger, "maker", env=opened_with(MAKER))
    assert (ran.code, "key.several_signers" in ran.err) == (2, True)
    assert approve(ledger, "maker", "--signer", "M2", env=opened_with(MAKER)).code == 0
    assert approve(ledger, "checker", env=opened_with(CHECKER)).code == 0


def a_signature_of_a_key_revoked_since_does_not_close(ledger: CommandLine, _: Path) -> None:
    key = listed(ledger)["M2"]["key"]
    ran = ledger(
        "keys", "revoke", key[:14], "--reason", "key_compromise", "--note", "王五的电脑被盗", "--yes", "--output",
        "json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert f"signed and not closed: dibao_rural of 520203, {MONTH}" in ran.err
    assert {row["operator"]: row["state"] for row in ran.json}["M2"] == "revoked"
    closed = ledger("close-month", MONTH.text, "--yes")
    assert (closed.code, "key.revoked" in closed.err, "--freeze-again" in closed.err) == (3, True, True)
    again = ledger("keys", "revoke", key, "--reason", "superseded", "--yes")
    assert (again.code, "key.revoked" in again.err) == (3, True)
    told = ledger("history", key).out
    assert "key_compromise" in told
    assert "王五" not in told


def a_revoked_key_signs_nothing(ledger: CommandLine, tmp_path: Path) -> None:
    assert ledger("close-month", MONTH.text, "--freeze-again", "--yes").code == 0
    here = approve(ledger, "maker", "--signer", "M2", env=opened_with(MAKER))
    assert (here.code, "key.none_in_use" in here.err) == (3, True)
    certificate = ledger.home / "keys" / "signing" / listed(ledger)["M2"]["file"]
    signature = openssl_signature(
        ledger, certificate, certificate.with_suffix(".key"), tmp_path / "s", "correct horse maker"
    )
    there = approve(ledger, "maker", "--signature", signature, "--certificate", certificate, env={})
    assert (there.code, "key.revoked" in there.err) == (3, True)


def a_revoked_key_is_not_certified_anew(ledger: CommandLine, tmp_path: Path) -> None:
    key = ledger.home / "keys" / "signing" / Path(listed(ledger)["M2"]["file"]).with_suffix(".key")
    request = tmp_path / "again.csr"
    subprocess.run(
        ["openssl", "req", "-new", "-key", key, "-passin", "pass:correct horse maker", "-subj", "/CN=M9", "-out",
         request],
        check=True, capture_output=True,
    )  # fmt: skip
    ran = ledger("keys", "add", "--role", "maker", "--name", "M9", "--csr", request, "--yes", env=CA)
    assert (ran.code, "key.revoked" in ran.err) == (3, True)


def a_certificate_nobody_recorded_is_not_known(ledger: CommandLine, tmp_path: Path) -> None:
    """Whoever has the CA's key can write certificates; the log has to say that one was."""
    authority = Authority(ledger.home / "keys" / "signing", "correct horse ca")
    key = new_key()
    certificate = authority.certify(key.public_key(), name="M8", role="maker", now=datetime.now(UTC))
    (tmp_path / "m8.crt").write_bytes(pem(certificate))
    (tmp_path / "m8.key").write_bytes(plain_pem(key))
    signature = openssl_signature(ledger, tmp_path / "m8.crt", tmp_path / "m8.key", tmp_path / "s")
    ran = approve(ledger, "maker", "--signature", signature, "--certificate", tmp_path / "m8.crt", env={})
    assert (ran.code, "key.unknown" in ran.err) == (3, True)


def a_key_made_elsewhere_is_certified_by_its_request(ledger: CommandLine, tmp_path: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout",
         tmp_path / "m3.key", "-subj", "/CN=whoever", "-out", tmp_path / "m3.csr"],
        check=True, capture_output=True,
    )  # fmt: skip
    ran = ledger("keys", "add", "--role", "maker", "--name", "M3", "--csr", tmp_path / "m3.csr", "--yes", env=CA)
    assert ran.code == 0, ran.err
    certificate = ledger.home / "keys" / "signing" / listed(ledger)["M3"]["file"]
    assert not certificate.with_suffix(".key").exists()
    signature = openssl_signature(ledger, certificate, tmp_path / "m3.key", tmp_path / "s")
    signed = approve(ledger, "maker", "--signature", signature, "--signer", "M3", env={})
    assert signed.code == 0, signed.err


def a_replaced_key_signs_nothing_more(ledger: CommandLine, tmp_path: Path) -> None:
    nobody = ledger("keys", "rotate", "--role", "checker", "--name", "K9", "--yes", env=CA | CHECKER)
    assert (nobody.code, "key.none_to_replace" in nobody.err) == (3, True)
    ran = ledger("keys", "rotate", "--role", "checker", "--name", "K1", "--yes", env=CA | CHECKER)
    assert ran.code == 0, ran.err
    rows = ledger("keys", "list", "--output", "json").json
    assert [row["state"] for row in rows if row["operator"] == "K1"] == ["retired", "in_use"]
    old = ledger.home / "keys" / "signing" / "checker.crt"
    signature = openssl_signature(ledger, old, old.with_suffix(".key"), tmp_path / "s", "correct horse checker")
    refused = approve(ledger, "checker", "--signature", signature, "--certificate", old, env={})
    assert (refused.code, "key.retired" in refused.err) == (3, True)


def what_a_replaced_key_signed_stands(ledger: CommandLine, _: Path) -> None:
    """M3 signed with the old key: the close takes it, and the checker's new key signs."""
    assert ledger("keys", "rotate", "--role", "maker", "--name", "M3", "--yes", env=CA | MAKER).code == 0
    assert approve(ledger, "checker", env=opened_with(CHECKER)).code == 0
    ran = ledger("close-month", MONTH.text, "--yes", "--output", "json")
    assert [batch["state"] for batch in ran.json["batches"]] == ["closed"] * 4
    assert ledger("replay", MONTH.text).code == 0


def closed_months_stand_when_their_keys_are_revoked(ledger: CommandLine, _: Path) -> None:
    rows = [row for row in ledger("keys", "list", "--output", "json").json if row["operator"] == "M3"]
    ran = ledger("keys", "revoke", rows[0]["fingerprint"], "--reason", "affiliation_changed", "--yes")
    assert ran.code == 0, ran.err
    verified = ledger("verify", "--output", "json")
    assert (verified.code, [row for row in verified.json if not row["ok"]]) == (0, [])
    assert ledger("payfile", "verify", bundle(ledger)).code == 0


def the_list_of_revoked_certificates_is_what_stock_openssl_asks(ledger: CommandLine, _: Path) -> None:
    ran = ledger("keys", "crl", "--out", bundle(ledger).parent / "crl.pem", env=CA)
    assert ran.code == 0, ran.err
    assert ran.err.startswith("2 revoked certificates: ")
    text = (bundle(ledger) / "VERIFY.txt").read_text("utf-8-sig")
    asked = [line.strip() for line in text.splitlines() if "crl" in line and line.startswith("    ")]
    shown, maker, checker = (
        subprocess.run(["sh", "-c", line], cwd=bundle(ledger), capture_output=True, text=True, check=False)
        for line in asked
    )
    assert shown.stderr.startswith("verify OK")
    assert re.findall("(Key Compromise|Affiliation Changed)", shown.stdout) == [
        "Key Compromise",
        "Affiliation Changed",
    ]
    assert (maker.returncode != 0, "certificate revoked" in maker.stderr) == (True, True)
    assert (checker.returncode, checker.stdout) == (0, "checker.crt: OK\n")


STORY = (
    the_first_keys_are_events_too,
    a_new_signer_is_certified_by_the_same_ca,
    of_several_signers_one_is_named,
    a_signature_of_a_key_revoked_since_does_not_close,
    a_revoked_key_signs_nothing,
    a_revoked_key_is_not_certified_anew,
    a_certificate_nobody_recorded_is_not_known,
    a_key_made_elsewhere_is_certified_by_its_request,
    a_replaced_key_signs_nothing_more,
    what_a_replaced_key_signed_stands,
    closed_months_stand_when_their_keys_are_revoked,
    the_list_of_revoked_certificates_is_what_stock_openssl_asks,
)


def test_keys_over_the_years(ledger: CommandLine, tmp_path: Path) -> None:
    """The steps are rules, and come in this order: each finds what those before it left."""
    for step in STORY:
        step(ledger, tmp_path)


@pytest.mark.parametrize(
    ("role", "name", "code"),
    [("maker", "M1", "key.has_one"), ("checker", "M1", "keys.one_operator"), ("maker", "M 3", "keys.operator")],
)
def test_one_key_a_person_and_one_role(ledger: CommandLine, role: str, name: str, code: str) -> None:
    ran = ledger("keys", "add", "--role", role, "--name", name, "--yes", env=CA | MAKER | CHECKER)
    assert (ran.code, ran.err.startswith(f"{code}: ")) == (3, True)


@pytest.mark.parametrize(
    ("text", "code"), [("no request", "request.malformed"), (None, "request.not_signed"), ("weak", "request.weak")]
)
def test_a_request_that_proves_nothing(ledger: CommandLine, tmp_path: Path, text: str | None, code: str) -> None:
    path = tmp_path / "r.csr"
    kind = ("rsa:1024",) if text == "weak" else ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")
    subprocess.run(
        ["openssl", "req", "-new", "-newkey", *kind, "-noenc", "-keyout", tmp_path / "k", "-subj", "/CN=M4",
         "-out", path, "-outform", "DER" if text is None else "PEM"],
        check=True, capture_output=True,
    )  # fmt: skip
    if text is None:  # one letter of its name is another one's
        (tmp_path / "der").write_bytes(path.read_bytes().replace(b"M4", b"M5"))
        subprocess.run(
            ["openssl", "req", "-inform", "DER", "-in", tmp_path / "der", "-out", path], check=True,
            capture_output=True,
        )  # fmt: skip
    elif text != "weak":
        path.write_text(text)
    ran = ledger("keys", "add", "--role", "maker", "--name", "M4", "--csr", path, "--yes", env=CA)
    assert (ran.code, ran.err.startswith(f"{code}: ")) == (3 if text == "weak" else 5, True)


def test_a_fingerprint_names_one_key(ledger: CommandLine) -> None:
    for asked, code in (("0" * 64, "key.unknown"), ("xyz", "key.fingerprint")):
        ran = ledger("keys", "revoke", asked, "--reason", "superseded", "--yes")
        assert (ran.code, ran.err.startswith(f"{code}: ")) == (3 if code == "key.unknown" else 2, True)


def test_doctor_speaks_of_certificates_before_they_end(ledger: CommandLine) -> None:
    rows = {row["check"]: row for row in ledger("doctor", "--output", "json").json}
    assert rows["signing_keys"]["ok"], rows["signing_keys"]
