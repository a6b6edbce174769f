"""Returns, re-issues and reliefs in a rehearsal: the bank's list, batches of their own, their history."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import CommandLine, enrol, standard

LISTED = "编号,月份,金额,原因\nC1,2022-06,443.00,AC04\nR1,2022-06,,户名不符\n"


@pytest.fixture(scope="module")
def closed(make_installation: Callable[..., CommandLine]) -> CommandLine:
    """June is closed for C1 and C2; the relief R1 was paid at once before, R2 is not paid yet."""
    ledger = make_installation("--rehearsal")
    relief = {
        "fact": "relief", "person": "P9", "kind": "urgent", "cause": "火灾", "amount": "700.00",
        "level": "township", "decided_on": "2022-05-30", "account": {"number": "77777777"},
    }  # fmt: skip
    facts = ledger.facts(
        "county.jsonl",
        standard(),
        enrol("C1", "P1", "2022-05-18"),
        enrol("C2", "P2", "2022-05-18"),
        relief | {"relief": "R1"},
        {"fact": "official", "official": "O1", "person": "P8", "role": "case_handler", "unit": "520203001",
         "from": "2020-01-01"},
        {"fact": "filing", "official": "O1", "case": "C1", "on": "2022-05-20"},
        {"fact": "application", "application": "A1", "person": "P1", "programme": "dibao_rural",
         "applied_on": "2022-05-01", "case": "C1", "outcome": "granted", "decided_on": "2022-05-18"},
        {"fact": "alert", "alert": "L1", "person": "P1", "dataset": "vehicle", "side": "over_inclusion",
         "on": "2022-05-20"},
        {"fact": "appropriation", "fund": "F1", "programme": "dibao_rural", "source": "province",
         "amount": "100000.00", "on": "2022-05-20"},
        {"fact": "inspection", "inspection": "I1", "kind": "regular", "on": "2022-05-20", "scope": "全县"},
        {"fact": "grain_stock", "unit": "大河镇", "kg": "500", "on": "2022-05-20", "direction": "in"},
    )  # fmt: skip
    assert ledger("--on", "2022-06-01", "record", facts, "--yes").code == 0
    paid = ledger("--on", "2022-06-02", "pay-relief", "R1", "--yes", "--output", "json")
    assert paid.code == 0, paid.err
    assert (paid.json["programme"], paid.json["amount"], paid.json["state"]) == ("relief-R1", "700.00", "closed")
    later = ledger.facts("later.jsonl", relief | {"relief": "R2", "decided_on": "2022-06-02"})
    assert ledger("--on", "2022-06-02", "close-month", "2022-06", "--yes").code == 0
    assert ledger("--on", "2022-06-09", "record", later, "--yes").code == 0
    return ledger


def listed(ledger: CommandLine, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = ledger.home.parent / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.fixture(scope="module")
def returned(closed: CommandLine) -> CommandLine:
    """The bank's list, as a Chinese spreadsheet saves it, is recorded."""
    ran = closed("--on", "2022-06-20", "returns", listed(closed, "back.csv", LISTED, "gb18030"), "--yes")
    assert (ran.out, ran.code) == ("back.csv: 2 payouts returned, 1143.00 yuan.\n", 0)
    assert "C1 2022-06 household 443.00: AC04" in ran.err
    return closed


@pytest.fixture(scope="module")
def sent_again(returned: CommandLine) -> CommandLine:
    """The list is sent again as it is; a rehearsal signs and closes at once."""
    path = returned.home.parent / "back.csv"
    ran = returned("--on", "2022-06-25", "reissue", "--file", path, "--yes", "--output", "json")
    assert ran.code == 0, ran.err
    assert (ran.json["programme"], ran.json["payouts"], ran.json["amount"], ran.json["state"]) == (
        "reissue-1", 2, "1143.00", "closed",
    )  # fmt: skip
    return returned


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("case,month,reason\nC1,2022-06,AC04\nC1,2022-13,AC04\n", "list.malformed: bad.csv line 3, month"),
        ("case,month,reason\nC1,2022-06,\n", "list.malformed: bad.csv line 2, reason"),
        ("case,month,reason\nC1,2022-06,账号6228480012345678\n", "list.malformed: bad.csv line 2, reason"),
        ("case,month,amount,reason\nC1,2022-06,-1,x\n", "list.malformed: bad.csv line 2, amount"),
        ("case,month,sum\nC1,2022-06,x\n", "file.header: bad.csv line 1"),
        ("case,month,reason\nC1,2022-06\n", "file.row: bad.csv line 2"),
        ("case,month,reason\nC1,2022-06,x\n\nC9,2022-06,x\n", "payout.not_out: bad.csv line 4: C9 of division"),
        ("case,month,amount,reason\nC1,2022-06,443.00,x\nC1,2022-06,,x\n",
         "payout.named_twice: bad.csv line 3: payout/2022-06/520203/C1/household"),
    ],
)  # fmt: skip
def test_a_list_is_taken_whole_or_not_at_all(closed: CommandLine, text: str, refusal: str) -> None:
    ran = closed("returns", listed(closed, "bad.csv", text), "--yes")
    assert (ran.out, ran.code) == ("", 3)
    assert refusal in ran.err
    assert "6228480012345678" not in ran.err


def test_the_same_list_again_changes_nothing_and_says_so(returned: CommandLine) -> None:
    ran = returned("returns", returned.home.parent / "back.csv")
    assert (ran.out, ran.code) == ("back.csv was recorded before, byte for byte: nothing changed.\n", 0)
    other = listed(returned, "other.csv", "case,month,reason\nC1,2022-06,AC04\n")
    ran = returned("returns", other, "--yes")
    assert (ran.code, "payout.not_out" in ran.err) == (3, True)


@pytest.mark.parametrize(
    ("args", "code", "refusal"),
    [
        (("C2", "2022-06"), 3, "payout.not_returned: C2"),
        ((), 2, "reissue.nothing"),
        (("C1", "2022-06", "--amount", "x"), 2, "reissue.amount"),
        (("C1", "2022-06", "--file", "x.csv"), 2, "reissue.both"),
    ],
)
def test_what_is_not_sent_again(returned: CommandLine, args: tuple[str, ...], code: int, refusal: str) -> None:
    ran = returned("reissue", *args, "--yes")
    assert (ran.code, refusal in ran.err) == (code, True), ran.err


def test_what_was_sent_again_is_not_sent_a_third_time(sent_again: CommandLine) -> None:
    ran = sent_again("reissue", "C1", "2022-06", "--yes")
    assert (ran.code, "payout.not_returned: C1" in ran.err) == (3, True)


def test_batches_paid_apart_are_shown_and_replayed_by_name(sent_again: CommandLine) -> None:
    rows = sent_again("roll", "2022-06", "--programme", "reissue-1", "--output", "json").json
    assert [(row["case"], row["amount"]) for row in rows] == [("C1", "443.00"), ("R1", "700.00")]
    replayed = sent_again("replay", "2022-06", "--output", "json").json
    assert [row["programme"] for row in replayed if row["payouts"]] == ["dibao_rural", "reissue-1", "relief-R1"]
    assert all(row["ok"] for row in replayed)
    unknown = sent_again("close-month", "2022-06", "--programme", "reissue-9", "--yes")
    assert (unknown.code, "batch.unknown: batch/520203/2022-06/reissue-9" in unknown.err) == (3, True)
    assert sent_again("roll", "2022-06", "--programme", "nothing").code == 2
    assert sent_again("verify").code == 0


def test_a_relief_is_paid_once(closed: CommandLine) -> None:
    ran = closed("pay-relief", "R1", "--yes")
    assert (ran.code, "relief.paid: relief R1" in ran.err) == (3, True)
    assert closed("pay-relief", "R9", "--yes").code == 3


def test_a_relief_is_explained(sent_again: CommandLine) -> None:
    told = sent_again("explain", "2022-06", "R1", "--output", "json").json
    assert (told["programme"], told["closed"], told["amount"], told["payee"]) == (
        "relief-R1", True, "700.00", "person",
    )  # fmt: skip
    assert told["lines"][0]["arithmetic"] == ["urgent relief, decided on 2022-05-30 by the township"]
    assert told["lines"][0]["facts"][0]["ref"] == "relief/520203/R1@1"
    notes = " ".join(told["notes"])
    assert "came back (户名不符), known on 2022-06-20" in notes
    assert "sent again with 520203/2022-06/reissue-1 on 2022-06-25" in notes
    assert "not paid yet" in sent_again("explain", "2022-06", "R2").out
    other = sent_again("explain", "2022-01", "R1")
    assert (other.code, "relief.other_month" in other.err) == (3, True)


def test_a_case_tells_what_names_it_and_where_its_money_went(sent_again: CommandLine) -> None:
    rows = sent_again("history", "C1", "--output", "json").json
    events = [row["event"] for row in rows]
    assert {"official.filed", "application.recorded", "alert.raised"} <= set(events)
    assert events[-3:] == ["payout.issued", "payout.returned", "payout.reissued"]
    assert rows[-1]["fields"]["batch"] == "batch/520203/2022-06/reissue-1"


@pytest.mark.parametrize(
    ("code", "first", "last"),
    [
        ("R1", "person.account_recorded", "payout.reissued"),
        ("O1", "official.term_recorded", "official.filed"),
        ("A1", "application.recorded", "application.recorded"),
        ("L1", "person.noted", "alert.raised"),
        ("F1", "fund.appropriated", "fund.appropriated"),
        ("I1", "person.noted", "inspection.recorded"),
        ("大河镇", "store.moved", "store.moved"),
        ("P8", "official.term_recorded", "official.filed"),
    ],
)
def test_codes_resolve(sent_again: CommandLine, code: str, first: str, last: str) -> None:
    ran = sent_again("history", code, "--output", "json")
    assert ran.code == 0, ran.err
    assert [ran.json[0]["event"], ran.json[-1]["event"]] == [first, last]
    assert "火灾" not in ran.out
