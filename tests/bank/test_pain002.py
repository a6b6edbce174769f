"""A bank's status report is read as it stands, or refused whole; nothing in it is obeyed."""

from __future__ import annotations

import pytest
from made import PAIN002, pain002, payment, per_status

from ledger.bank.answers import Answer, Group
from ledger.bank.pain002 import read_pain002
from ledger.errors import Refused

SETTLED, BACK = payment("M1-1", "ACSC", "443.00"), payment("M1-2", "RJCT", "400.00", reason="AC04", words="已销户")


def read(content: bytes) -> tuple[tuple[Answer, ...], tuple[Group, ...]]:
    found = read_pain002(content, "back.xml")
    return found.answers, found.groups


def test_statuses_become_outcomes_and_the_banks_own_words_are_kept() -> None:
    [first, second, third], [group, _] = read(
        pain002("M1", [SETTLED, BACK, payment("M1-3", "PDNG")], count="3", amount="1286.00", status="PART")
    )
    assert (first.outcome, first.amount_fen, first.key, first.batch) == (
        "settled",
        44300,
        ("end_to_end", "M1-1"),
        "M1",
    )
    assert (second.outcome, second.reason, second.iso) == ("returned", "已销户", "AC04")
    assert (third.outcome, third.amount_fen, third.reason) == ("unknown", None, "PDNG")
    assert (group.batch, group.count, group.amount_fen, group.settled, group.refused) == (
        "M1",
        3,
        128600,
        False,
        False,
    )


def test_gb18030_is_read_as_well() -> None:
    prologue = '<?xml version="1.0" encoding="GB18030"?>'
    answers, _ = read(pain002("M1", [BACK], prologue=prologue, encoding="gb18030"))
    assert answers[0].reason == "已销户"


def test_a_file_refused_whole_says_so_of_the_whole() -> None:
    answers, groups = read(pain002("M1", status="RJCT", reason="AM10"))
    assert (answers, [(g.refused, g.settled, g.reason, g.iso) for g in groups]) == (
        (),
        [(True, False, "AM10", "AM10")],
    )


@pytest.mark.parametrize(
    "totals",
    [
        [per_status("ACSC", 2)],
        [per_status("RJCT", 1, "400.01")],
        [per_status("ACSC", 1, "443.00"), per_status("RJCT", 3)],
    ],
)
def test_a_total_that_is_not_that_of_its_lines_refuses_the_file(totals: list[str]) -> None:
    with pytest.raises(Refused, match=r"returns\.totals: back\.xml line 1"):
        read(pain002("M1", [SETTLED, BACK], totals=totals))


def test_a_status_stated_without_its_payments_is_no_contradiction() -> None:
    answers, _ = read(pain002("M1", [BACK], totals=[per_status("ACSC", 998), per_status("RJCT", 1, "400.00")]))
    assert len(answers) == 1


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (pain002("M1", [payment("&b;", "ACSC")], prologue=LAUGHS), "file.xml_doctype"),
        (pain002("M1", [payment("&a;", "ACSC")], prologue=OUTSIDE), "file.xml_doctype"),
        (b'<!DOCTYPE x SYSTEM "http://example.org/x.dtd"><Document/>', "file.xml_doctype"),
        (b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.001.001.09'/>", "file.xml_root"),
        (b"<a/>", "file.xml_root"),
        (f"<Document xmlns='{PAIN002}'>".encode() + b"<a>" * 40, "file.nesting"),
        (f"<Document xmlns='{PAIN002}'><a>".encode(), "file.syntax"),
        (pain002("M1", [payment("&b;", "ACSC")]), "file.syntax"),
        (b"", "file.empty"),
        (pain002("M1", [BACK], encoding="gb18030"), "file.encoding"),
        ("<a/>".encode("utf-16"), "file.encoding"),
        (b'<?xml version="1.0" encoding="EBCDIC-CP-CA"?><a/>', "file.encoding"),
        (pain002("M1", [payment("M1-1", "LOST")]), "returns.malformed"),
        (pain002("M1", [payment("M1-1", "")]), "returns.malformed"),
        (pain002("M1", [payment("M" * 36, "ACSC")]), "returns.malformed"),
        (pain002("M1", [payment("", "ACSC")]), "returns.malformed"),
        (pain002("M1", [payment("M1-1", "ACSC", "443.001")]), "returns.malformed"),
        (pain002("M1", [payment("M1-1", "ACSC", "1e9")]), "returns.malformed"),
        (pain002("M1", [payment("M1-1", "ACSC", "443.00").replace("CNY", "USD")]), "returns.malformed"),
        (pain002("M1", [BACK], count="-1"), "returns.malformed"),
        (pain002("M1", [BACK], status="FINE"), "returns.malformed"),
        (f"<Document xmlns='{PAIN002}'><a/></Document>".encode(), "returns.malformed"),
    ],
)  # fmt: skip
def test_a_broken_or_hostile_file_is_refused_whole(content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read(content)
    assert refused.value.code == code


def test_words_with_somebodys_number_in_them_are_not_kept() -> None:
    [told], _ = read(pain002("M1", [payment("M1-1", "RJCT", reason="AC01", words="账号6228480012345678不存在")]))
    assert (told.reason, told.iso) == ("AC01", "AC01")
