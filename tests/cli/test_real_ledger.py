"""A real ledger: facts of today, a clock nobody sets, two people with two keys between the roll and the close."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import CommandLine, enrol, standard

from ledger.values.month import Month, day_of

TODAY = day_of(datetime.now(UTC))
MONTH = Month.of(TODAY)
CONFIRMED = (MONTH - 1).first_day.isoformat()
PASSPHRASES = {
    "LEDGER_PASSPHRASE_CA": "correct horse ca",
    "LEDGER_PASSPHRASE_MAKER": "correct horse maker",
    "LEDGER_PASSPHRASE_CHECKER": "correct horse checker",
}
SHORT = PASSPHRASES | {"LEDGER_PASSPHRASE_CHECKER": "short"}
MAKER = {"LEDGER_PASSPHRASE": PASSPHRASES["LEDGER_PASSPHRASE_MAKER"]}
CHECKER = {"LEDGER_PASSPHRASE": PASSPHRASES["LEDGER_PASSPHRASE_CHECKER"]}


@pytest.fixture(scope="module")
def recorded(make_installation: Callable[..., CommandLine]) -> CommandLine:
    """Two households known today."""
    ledger = make_installation()
    facts = ledger.facts("today.jsonl", standard(), enrol("C1", "P1", CONFIRMED), enrol("C2", "P2", CONFIRMED))
    ran = ledger("record", facts, "--yes")
    assert ran.code == 0, ran.err
    return ledger


@pytest.fixture(scope="module")
def frozen(recorded: CommandLine) -> CommandLine:
    """Keys are made, the rural roll is frozen; afterwards a death, an account and an income became known."""
    made = recorded("keys", "init", "--maker", "M1", "--checker", "K1", "--yes", env=PASSPHRASES)
    assert made.code == 0, made.err
    ran = recorded("close-month", MONTH.text, "--yes")
    assert ran.code == 0, ran.err
    assert f"Next: `ledger approve {MONTH} --role maker`, then `ledger close-month {MONTH}`." in ran.err
    later = recorded.facts(
        "later.jsonl",
        {"fact": "income", "case": "C2", "income": {"amount": "1.00", "per": "month"},
         "decided_on": TODAY.isoformat()},
        {"fact": "account", "person": "P2", "account": {"number": "77777777"}},
        {"fact": "leave", "case": "C1", "person": "P1", "date": TODAY.isoformat(), "reason": "death"},
    )  # fmt: skip
    assert recorded("record", later, "--yes").code == 0
    return recorded


@pytest.fixture(scope="module")
def made(frozen: CommandLine) -> CommandLine:
    """Civil affairs signed with the key here."""
    ran = frozen("approve", MONTH.text, "--role", "maker", "--yes", env=MAKER)
    assert ran.code == 0, ran.err
    assert "by another person with another key" in ran.err
    return frozen


@pytest.fixture(scope="module")
def checked(made: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """Finance signed with stock openssl."""
    signature = openssl_signature(made, "checker", tmp_path_factory.mktemp("checker") / "checker.p7s")
    ran = made("approve", MONTH.text, "--role", "checker", "--signature", signature, "--yes")
    assert ran.code == 0, ran.err
    assert f"Signed. Next: `ledger close-month {MONTH}`." in ran.err
    return made


def openssl_signature(ledger: CommandLine, role: str, out: Path) -> Path:
    keys = ledger.home / "keys" / "signing"
    sums = ledger.home / "bundles" / "520203" / MONTH.text / "dibao_rural" / "SHA256SUMS"
    subprocess.run(
        ["openssl", "cms", "-sign", "-binary", "-in", sums, "-signer", keys / f"{role}.crt",
         "-inkey", keys / f"{role}.key", "-passin", f"pass:{PASSPHRASES[f'LEDGER_PASSPHRASE_{role.upper()}']}",
         "-md", "sha256", "-outform", "DER", "-nocerts", "-out", out],
        check=True, capture_output=True,
    )  # fmt: skip
    return out


def test_its_clock_is_not_set(recorded: CommandLine) -> None:
    ran = recorded("--on", "2022-01-01", "record", recorded.facts("x.jsonl", standard()), "--yes")
    assert ran.code == 3
    assert ran.err.startswith("clock.real: --on")


def test_nothing_is_closed_without_keys(recorded: CommandLine) -> None:
    ran = recorded("close-month", MONTH.text, "--yes")
    assert ran.code == 3
    assert ran.err.endswith("`ledger keys init` makes them.\n")


@pytest.mark.parametrize(
    ("people", "env", "code"),
    [
        ((), PASSPHRASES, "keys.person_needed"),
        (("--maker", "M1", "--checker", "K1"), {}, "keys.passphrase_needed"),
        (("--maker", "M1", "--checker", "K1"), SHORT, "keys.passphrase_short"),
        (("--maker", "M1", "--checker", "M1"), PASSPHRASES, "keys.one_operator"),
    ],
)  # fmt: skip
def test_keys_are_made_whole_or_not_at_all(
    recorded: CommandLine, people: tuple[str, ...], env: dict[str, str], code: str
) -> None:
    ran = recorded("keys", "init", *people, "--yes", env=env)
    assert ran.code in (2, 3)
    assert ran.err.startswith(f"{code}: ")
    assert not (recorded.home / "keys" / "signing").exists()


def test_files_are_not_signed_before_they_are_written(frozen: CommandLine) -> None:
    ran = frozen("approve", (MONTH + 1).text, "--role", "maker", "--yes", env=MAKER)
    assert ran.code == 3
    assert "batch.not_bundled" in ran.err


def test_the_checker_waits_for_the_maker(frozen: CommandLine) -> None:
    ran = frozen("approve", MONTH.text, "--role", "checker", "--yes", env=CHECKER)
    assert ran.code == 3
    assert "batch.not_its_turn" in ran.err


def test_what_is_signed_is_shown_first_deaths_and_accounts_on_top(frozen: CommandLine) -> None:
    ran = frozen("approve", MONTH.text, "--role", "maker", env=MAKER)
    assert (ran.out, ran.code) == ("", 2)
    shown = [line.strip() for line in ran.err.splitlines()]
    assert f"dibao_rural of 520203, {MONTH}: 2 payouts, 886.00 yuan" in ran.err
    assert "openssl cms -sign -binary -in SHA256SUMS -signer maker.crt" in ran.err
    start = shown.index("Recorded since the freeze and not in these files: 3 facts")
    assert shown[start + 1 : start + 4] == ["1 death: C1", "1 account: C2", "1 income: C2"]
    assert "王秀英" not in ran.err
    assert "77777777" not in ran.err


@pytest.mark.parametrize("env", [{}, {"LEDGER_PASSPHRASE": "not the passphrase"}])
def test_the_key_needs_its_passphrase(frozen: CommandLine, env: dict[str, str]) -> None:
    ran = frozen("approve", MONTH.text, "--role", "maker", "--yes", env=env)
    assert ran.code in (2, 3)
    assert "keys.passphrase" in ran.err


def test_the_checkers_certificate_does_not_make(frozen: CommandLine, tmp_path: Path) -> None:
    signature = openssl_signature(frozen, "checker", tmp_path / "c.p7s")
    certificate = frozen.home / "keys" / "signing" / "checker.crt"
    ran = frozen(
        "approve", MONTH.text, "--role", "maker", "--signature", signature, "--certificate", certificate,
        "--yes",
    )  # fmt: skip
    assert ran.code == 3
    assert "batch.certificate_role" in ran.err


def test_a_file_that_is_no_signature(frozen: CommandLine, tmp_path: Path) -> None:
    missing = frozen("approve", MONTH.text, "--role", "maker", "--signature", tmp_path / "none", "--yes")
    assert (missing.code, "file.unreadable" in missing.err) == (1, True)
    (tmp_path / "junk").write_bytes(b"junk")
    junk = frozen("approve", MONTH.text, "--role", "maker", "--signature", tmp_path / "junk", "--yes")
    assert (junk.code, "signature.malformed" in junk.err) == (5, True)


def test_the_maker_has_signed_once(made: CommandLine) -> None:
    ran = made("approve", MONTH.text, "--role", "maker", "--yes", env=MAKER)
    assert ran.code == 0
    assert f"dibao_rural {MONTH}: signed by the maker already." in ran.err


def test_the_maker_does_not_check_his_own_files(made: CommandLine, tmp_path: Path) -> None:
    signature = openssl_signature(made, "maker", tmp_path / "m.p7s")
    certificate = made.home / "keys" / "signing" / "maker.crt"
    ran = made(
        "approve", MONTH.text, "--role", "checker", "--signature", signature, "--certificate", certificate,
        "--yes",
    )  # fmt: skip
    assert ran.code == 3
    assert "batch.same_person" in ran.err


def test_the_makers_key_under_the_checkers_name(made: CommandLine, tmp_path: Path) -> None:
    signature = openssl_signature(made, "maker", tmp_path / "m.p7s")
    ran = made("approve", MONTH.text, "--role", "checker", "--signature", signature, "--yes")
    assert ran.code == 5
    assert "signature.signer" in ran.err


def test_one_signature_does_not_close(made: CommandLine) -> None:
    ran = made("close-month", MONTH.text, "--yes", "--output", "json")
    assert ran.code == 0
    assert [batch["state"] for batch in ran.json["batches"]] == ["closed", "checker", "closed", "closed"]


def test_with_both_signatures_it_closes_and_verifies(checked: CommandLine) -> None:
    ran = checked("close-month", MONTH.text, "--yes", "--output", "json")
    assert ran.code == 0
    assert [batch["state"] for batch in ran.json["batches"]] == ["closed"] * 4
    bundle = ran.json["batches"][1]["bundle"]
    verified = checked("payfile", "verify", bundle, "--ca", checked.home / "keys" / "signing" / "ca.pem")
    assert (verified.code, verified.err) == (0, "All checks passed.\n")
    assert checked("replay", MONTH.text).code == 0


def test_who_signed_is_history(checked: CommandLine) -> None:
    rows = checked("history", f"batch/520203/{MONTH}/dibao_rural", "--output", "json").json
    signers = [row["fields"]["signer"] for row in rows if row["event"] == "batch.approved"]
    assert signers == ["M1", "K1"]


@pytest.fixture(scope="module")
def returned(checked: CommandLine) -> CommandLine:
    """The month is closed; the bank sent the money of C2 back."""
    assert checked("close-month", MONTH.text, "--yes").code == 0
    path = checked.home.parent / "returns.csv"
    path.write_text(f"case,month,amount,reason\nC2,{MONTH},443.00,AC04\n")
    ran = checked("returns", path, "--yes")
    assert ran.code == 0, ran.err
    return checked


def test_a_batch_paid_apart_waits_for_both_and_is_gone_on_with_by_name(returned: CommandLine) -> None:
    named = ("--programme", "reissue-1")
    started = returned("reissue", "C2", MONTH.text, "--yes", "--output", "json")
    assert started.code == 0, started.err
    assert (started.json["programme"], started.json["amount"], started.json["state"]) == (
        "reissue-1", "443.00", "maker",
    )  # fmt: skip
    assert f"Next: `ledger approve {MONTH} --programme reissue-1 --role maker`" in started.err
    again = returned("reissue", "C2", MONTH.text, "--yes", "--output", "json")
    assert again.json == started.json
    hint = returned("close-month", MONTH.text, "--yes")
    assert "closed already" in hint.err
    assert returned("approve", MONTH.text, "--role", "checker", *named, "--yes", env=CHECKER).code == 3
    signed = returned("approve", MONTH.text, "--role", "maker", *named, "--yes", env=MAKER)
    assert f"`ledger approve {MONTH} --programme reissue-1 --role checker`" in signed.err
    waits = returned("close-month", MONTH.text, *named, "--yes", "--output", "json")
    assert [batch["state"] for batch in waits.json["batches"]] == ["checker"]
    assert returned("approve", MONTH.text, "--role", "checker", *named, "--yes", env=CHECKER).code == 0
    closed = returned("close-month", MONTH.text, *named, "--yes", "--output", "json")
    assert [batch["state"] for batch in closed.json["batches"]] == ["closed"]
    assert returned("replay", MONTH.text, *named).code == 0
    assert returned("reissue", "C2", MONTH.text, "--yes").code == 3


def test_passphrases_are_typed_twice_and_long_enough(make_installation: Callable[..., CommandLine]) -> None:
    """At a terminal; nothing of what is typed is shown."""
    ledger = make_installation()
    typed = iter(["y", "short", "short", *["a long passphrase"] * 6])
    main, end = pty.openpty()
    process = subprocess.Popen(
        [*ledger.argv, "keys", "init", "--maker", "M1", "--checker", "K1"],
        env=ledger.env, stdin=end, stdout=end, stderr=end, start_new_session=True,
    )  # fmt: skip
    os.close(end)
    shown = ""
    while True:
        try:
            part = os.read(main, 4096).decode()
        except OSError:  # the terminal's other end is closed: the command has ended
            break
        shown += part
        if part.endswith(": ") and (answer := next(typed, None)) is not None:
            os.write(main, f"{answer}\n".encode())
    assert process.wait() == 0, shown
    assert "Too short: 5 characters" in shown
    assert "a long passphrase" not in shown
    assert next(typed, None) is None
