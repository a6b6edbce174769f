"""A bank's own return text is read as its profile declares, its totals those of its lines, or refused whole."""

from __future__ import annotations

from datetime import date

import pytest
from made import text

from ledger.bank.answers import ReturnFile, TextIdentity
from ledger.bank.profile_text import read_profile_text
from ledger.bank.reading import read_returns
from ledger.errors import Misused, Refused
from ledger.payfile.bank_profile import FIRST, shipped_profiles

PROFILES = shipped_profiles()
HEADER = ["20220610", "000000", "2", "1", "443.00", "1", "400.00"]
LINES = [
    ["1", "王秀英", "443.00", "7777771", "成功", ""],
    ["2", "㛃秀英", "400.00", "7777772", "失败", "户名不符"],
    ["3", "李四", "1.00", "7777773", "处理中", ""],
]


def read(content: bytes, code: str = "agent") -> ReturnFile:
    return read_profile_text(content, "back.txt", PROFILES[code])


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig"])
def test_lines_are_read_by_their_columns(encoding: str) -> None:
    found = read(text(HEADER, LINES, encoding=encoding))
    assert found.text == TextIdentity("agent", date(2022, 6, 10), "000000", 2)
    assert [(a.key, a.outcome, a.amount_fen, a.reason, a.iso, a.account) for a in found.answers] == [
        (("number", "1"), "settled", 44300, "成功", None, "7777771"),
        (("number", "2"), "returned", 40000, "户名不符", "BE01", "7777772"),
        (("number", "3"), "unknown", 100, "处理中", None, "7777773"),
    ]


def fixed(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("gb18030")


def row(number: int, name: str, fen: int, account: str, status: str) -> str:
    width = 60 - len(name.encode("gb18030")) + len(name)
    return f"D{number:08d}{account:<32}{name:<{width}}{fen:015d}{status}"


HEAD = f"H{'000000':<20}20220610002"
POSTAL = row(1, "王秀英", 44300, "7777771", "00"), row(2, "李四", 40000, "7777772", "03")
TAIL = f"T{1:08d}{44300:018d}{1:08d}{40000:018d}"


def test_fixed_widths_are_bytes_and_a_status_can_be_the_reason() -> None:
    found = read(fixed(HEAD, *POSTAL, TAIL), "postal")
    assert found.text == TextIdentity("postal", date(2022, 6, 10), "000000", 2)
    assert [(a.key[1], a.outcome, a.amount_fen, a.iso) for a in found.answers] == [
        ("1", "settled", 44300, None), ("2", "returned", 40000, "AC04"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (text([*HEADER[:3], "2", *HEADER[4:]], LINES), "returns.totals"),
        (text([*HEADER[:4], "443.01", *HEADER[5:]], LINES), "returns.totals"),
        (text([*HEADER[:6], "400.01"], LINES), "returns.totals"),
        (text(HEADER, LINES[:1]), "returns.totals"),
        (text(HEADER, [*LINES, LINES[0][:5]]), "returns.malformed"),
        (text(HEADER, [[*LINES[0][:4], "完成", ""]]), "returns.malformed"),
        (text(HEADER, [[*LINES[0][:4], "失败", "账号6228480012345678不存在"]]), "returns.malformed"),
        (text(HEADER, [["x", *LINES[0][1:]]]), "returns.malformed"),
        (text(HEADER, [[*LINES[0][:2], "443.001", *LINES[0][3:]]]), "returns.malformed"),
        (text(["20220631", *HEADER[1:]], LINES), "returns.malformed"),
        (text(HEADER, LINES).replace(b"\r\n", b"\0"), "file.binary"),
        (b"", "file.empty"),
        (b"\xff\xff", "file.encoding"),
    ],
)
def test_a_text_that_does_not_add_up_or_cannot_be_read_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read(content)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "lines", [(HEAD, *POSTAL), (HEAD, POSTAL[0][:-1], TAIL), (HEAD, "X" + POSTAL[0][1:], TAIL)]
)
def test_a_line_of_another_width_or_mark_is_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match=r"returns\.malformed"):
        read(fixed(*lines), "postal")


def test_a_profile_that_does_not_say_how_the_bank_answers_reads_nothing() -> None:
    with pytest.raises(Misused, match=r"bank_profile\.no_returns"):
        read_profile_text(b"x", "back.txt", FIRST)


def test_the_text_of_another_bank_than_the_default_is_refused_and_told_how_to_be_read() -> None:
    profiles, said = [PROFILES["agent"], PROFILES["postal"]], fixed("H")
    for known, hint in (
        (profiles, "It was read as the text of agent; --bank names another: postal."),
        (profiles[:1], ""),
    ):
        with pytest.raises(Refused, match=r"returns\.malformed") as caught:
            read_returns(said, "back.txt", known)
        assert caught.value.hint == hint
