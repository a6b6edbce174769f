"""The banks' batch files: every name survives them, widths are bytes, and no altered file is read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from bundles_made import payment
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import IntegrityBroken, Refused
from ledger.payfile.bank_profile import Profile, parse_profile, shipped_profiles
from ledger.payfile.bank_text import BankRow, FileIdentity, read_bank_text, write_bank_text
from ledger.payfile.contents import Account, Payment, PaymentLine

PROFILES = shipped_profiles()
AGENT, POSTAL = PROFILES["agent"], PROFILES["postal"]
IDENTITY = FileIdentity(date(2022, 8, 10), "8520203001", 2, "农村低保")
NAMES = st.text(
    st.characters(
        exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"], exclude_characters="|\ufffe\uffff", codec="gb18030"
    ),
    min_size=1,
    max_size=15,
).filter(lambda text: text.strip() == text)
PEOPLE = st.lists(
    st.tuples(NAMES, st.integers(1, 10**9), st.from_regex(r"[0-9]{6,32}", fullmatch=True)), max_size=5
)


def written(*payments: Payment, profile: Profile = AGENT) -> bytes:
    amount_fen = sum(payment.amount_fen for payment in payments)
    return b"".join(write_bank_text(payments, profile, IDENTITY, count=len(payments), amount_fen=amount_fen))


def read(data: bytes, profile: Profile = AGENT) -> list[BankRow]:
    return list(read_bank_text(data.splitlines(keepends=True), profile, IDENTITY, name="payouts.txt"))


def changed(profile: Profile, was: str, becomes: str) -> Profile:
    assert was in profile.text
    return parse_profile(profile.text.replace(was, becomes), place="test")


def people(payments: Sequence[tuple[str, int, str]]) -> list[Payment]:
    return [payment(f"C{n}", fen, name=name, account=account) for n, (name, fen, account) in enumerate(payments)]


def test_the_agents_file_is_laid_out_as_the_bank_reads_it() -> None:
    data = written(payment("C1", 44300), payment("C2", 5, name="䶮㛃𠰻"))
    assert data.decode("gb18030") == (
        "20220810|8520203001|2|443.05\r\n"
        "1|张三|443.00|6217990000000000018|8520203001|1|11010519491231002X|2\r\n"
        "2|䶮㛃𠰻|0.05|6217990000000000018|8520203001|1|11010519491231002X|2\r\n"
    )


def test_a_fixed_width_file_counts_bytes_not_characters() -> None:
    lines = written(payment("C1", 44300), payment("C2", 5, name="䶮㛃𠰻"), profile=POSTAL).split(b"\r\n")
    assert lines.pop() == b""
    assert [len(line) for line in lines] == [32, 155, 155, 27]
    header, first, second, trailer = lines
    assert header == b"H8520203001          20220810002"
    assert first.startswith(
        b"D000000016217990000000000018             \xd5\xc5\xc8\xfd" + b" " * 56 + b"000000000044300"
    )
    assert second[41:101] == "䶮㛃𠰻".encode("gb18030").ljust(60)
    assert first.decode("gb18030").rstrip().endswith("111010519491231002X农村低保")
    assert trailer == b"T00000002000000000000044305"


def test_the_bank_compares_the_account_holders_name() -> None:
    carer = Payment(
        "p", "C1", None, "张三", None, Account("622848000000", "李四"), 1, (PaymentLine("dibao", "", 1),)
    )
    for profile in PROFILES.values():
        assert read(written(carer, profile=profile), profile) == [BankRow(1, "李四", 1, "622848000000", None)]


@settings(deadline=None)
@given(PEOPLE, st.sampled_from(sorted(PROFILES)))
def test_what_is_written_is_read_back(payments: list[tuple[str, int, str]], code: str) -> None:
    rows = read(written(*people(payments), profile=PROFILES[code]), PROFILES[code])
    assert [(row.name, row.amount_fen, row.account) for row in rows] == payments


@settings(deadline=None)
@given(PEOPLE)
def test_every_line_of_a_fixed_width_file_has_its_bytes(payments: list[tuple[str, int, str]]) -> None:
    header, *lines, trailer = written(*people(payments), profile=POSTAL).split(b"\r\n")[:-1]
    assert {len(line) for line in lines} <= {155}
    assert (len(header), len(trailer)) == (32, 27)


@pytest.mark.parametrize("profile", [AGENT, POSTAL])
@pytest.mark.parametrize(
    "name", ["张\n三", "张\r三", "张\t三", "张\u202e三", "张\u2028三", "张\ud800三", "\x7f", "\uffff"]
)
def test_a_name_with_an_invisible_character_is_refused(name: str, profile: Profile) -> None:
    with pytest.raises(Refused) as caught:
        written(payment("C1", 100, name=name), profile=profile)
    assert caught.value.code == "payfile.character"
    assert name not in str(caught.value)


def test_a_separator_in_a_name_is_refused_by_the_bank_that_uses_it_alone() -> None:
    with pytest.raises(Refused, match=r"payfile\.character"):
        written(payment("C1", 100, name="张|三"))
    assert read(written(payment("C1", 100, name="张|三"), profile=POSTAL), POSTAL)[0].name == "张|三"
    with_semicolons = changed(AGENT, 'separator = "|"', 'separator = ";"')
    assert (
        read(written(payment("C1", 100, name="张|三"), profile=with_semicolons), with_semicolons)[0].name
        == "张|三"
    )


def test_a_name_that_does_not_fit_is_refused_not_cut() -> None:
    fits = payment("C1", 100, name="张" * 30)
    assert read(written(fits, profile=POSTAL), POSTAL)[0].name == "张" * 30
    for name in ("张" * 31, "𠰻" * 16, "张" * 29 + "𠰻"):
        with pytest.raises(Refused) as caught:
            written(payment("C1", 100, name=name), profile=POSTAL)
        assert caught.value.code == "payfile.width"
        assert name not in str(caught.value)


def test_a_character_the_banks_encoding_has_not_is_refused_by_number() -> None:
    gbk = changed(AGENT, '"gb18030"', '"gbk"')
    assert read(written(payment("C1", 100), profile=gbk), gbk)[0].name == "张三"
    with pytest.raises(Refused) as caught:
        written(payment("C1", 100, name="㛃三"), profile=gbk)
    assert (caught.value.code, caught.value.found) == ("payfile.encoding", "U+36C3")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (payment("C1", 100, name=" "), "payfile.empty"),
        (payment("C1", 0), "payfile.amount"),
        (payment("C1", 100, account="12345"), "payfile.account"),
        (payment("C1", 100, account="１２３４５６"), "payfile.account"),
    ],
)
def test_what_no_bank_can_pay_is_refused(changed: Payment, code: str) -> None:
    with pytest.raises(Refused) as caught:
        written(changed)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("was", "becomes", "code"),
    [
        ("|2|1443.00\r", "|3|1443.00\r", "bank_text.total"),
        ("|2|1443.00\r", "|2|1443.01\r", "bank_text.total"),
        ("20220810", "20220811", "bank_text.total"),
        ("\r\n2|", "\r\n3|", "bank_text.sequence"),
        ("|1000.00|", "|1000.0|", "bank_text.line"),
        ("|1000.00|", "|0.00|", "bank_text.line"),
        ("|1000.00|", "|01000.00|", "bank_text.line"),
        ("|2\r\n2", "|2|\r\n2", "bank_text.line"),
        ("|2\r\n2", "|3\r\n2", "bank_text.line"),
        ("\r\n2", "\n2", "bank_text.line"),
        ("|8520203001|1|", "|8520203002|1|", "bank_text.line"),
        ("|8520203001|2|", "|8520203002|2|", "bank_text.total"),
    ],
)
def test_an_altered_file_is_not_read(was: str, becomes: str, code: str) -> None:
    text = written(payment("C1", 44300), payment("C2", 100000)).decode("gb18030")
    assert was in text
    with pytest.raises(IntegrityBroken) as caught:
        read(text.replace(was, becomes, 1).encode("gb18030"))
    assert caught.value.code == code


def test_any_byte_of_a_fixed_width_file_counts() -> None:
    data = written(payment("C1", 44300), payment("C2", 100000), profile=POSTAL)
    for place in range(0, len(data), 7):
        for other in (0x20, 0x30, 0x39, data[place] ^ 1):
            if other == data[place]:
                continue
            altered = data[:place] + bytes([other]) + data[place + 1 :]
            # A name, an account or an ID number may become another one: what it pays and to how many may not.
            try:
                rows = read(altered, POSTAL)
            except IntegrityBroken:
                continue
            assert [row.amount_fen for row in rows] == [44300, 100000]


@pytest.mark.parametrize(
    "data", [b"", b"\r\n", b"\xff\xff\r\n", b"20220810|u|0|0.00", b"20220810|u|0|0.00\r\n\r\n"]
)
def test_what_is_no_batch_file_is_not_read(data: bytes) -> None:
    for profile in PROFILES.values():
        with pytest.raises(IntegrityBroken):
            read(data, profile)
