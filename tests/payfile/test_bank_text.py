"""The bank's batch file: every name survives it, and no altered file is read."""

from __future__ import annotations

from datetime import date

import pytest
from bundles_made import payment
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import IntegrityBroken, Refused
from ledger.payfile.bank_text import BankRow, bank_order, read_bank_text, write_bank_text
from ledger.payfile.contents import Account, Payment, PaymentLine

PAY_ON = date(2022, 8, 10)
NAMES = st.text(
    st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"], exclude_characters="|"), min_size=1
).filter(str.strip)


def written(*payments: Payment) -> bytes:
    return write_bank_text(payments, pay_on=PAY_ON, unit_number="8520203001", batch_number=2)


def test_the_file_is_laid_out_as_the_bank_reads_it() -> None:
    data = written(payment("C1", 44300), payment("C2", 5, name="䶮㛃𠰻"), payment("C3", 900, account=None))
    assert data.decode("gb18030") == (
        "20220810|8520203001|2|443.05\r\n"
        "1|张三|443.00|6217990000000000018|8520203001|1|11010519491231002X|2\r\n"
        "2|䶮㛃𠰻|0.05|6217990000000000018|8520203001|1|11010519491231002X|2\r\n"
    )


def test_the_agent_number_counts_the_payments_that_have_an_account() -> None:
    payments = [payment("C1", 900, account=None), payment("C2", 1000), payment("C3", 2000)]
    rows = read_bank_text(written(*payments)).rows
    assert [(row.agent_no, row.amount_fen) for row in rows] == [(1, 1000), (2, 2000)]
    assert [row.case for row in bank_order(payments)] == ["C2", "C3"]


def test_the_bank_compares_the_account_holders_name() -> None:
    carer = Payment(
        "p", "C1", None, "张三", None, Account("622848000000", "李四"), 1, (PaymentLine("dibao", "", 1),)
    )
    assert read_bank_text(written(carer)).rows == (BankRow(1, "李四", 1, "622848000000", None),)


@settings(deadline=None)
@given(
    st.lists(st.tuples(NAMES, st.integers(1, 10**9), st.from_regex(r"[0-9]{6,32}", fullmatch=True)), max_size=5)
)
def test_what_is_written_is_read_back(people: list[tuple[str, int, str]]) -> None:
    payments = [
        payment(f"C{number}", amount_fen, name=name, account=account)
        for number, (name, amount_fen, account) in enumerate(people)
    ]
    file = read_bank_text(written(*payments))
    assert [(row.name, row.amount_fen, row.account) for row in file.rows] == people
    assert (file.pay_on, file.unit_number) == (PAY_ON, "8520203001")


@pytest.mark.parametrize(
    "name", ["张|三", "张\n三", "张\r三", "张\t三", "张\u202e三", "张\u2028三", "张\ud800三", "\x7f"]
)
def test_a_name_with_a_separator_or_an_invisible_character_is_refused(name: str) -> None:
    with pytest.raises(Refused) as caught:
        written(payment("C1", 100, name=name))
    assert caught.value.code == "payfile.character"
    assert name not in str(caught.value)


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
        ("|2|1443.00\r", "|3|1443.00\r", "bank_text.header"),
        ("|2|1443.00\r", "|2|1443.01\r", "bank_text.header"),
        ("20220810", "20220832", "bank_text.header"),
        ("\r\n2|", "\r\n3|", "bank_text.sequence"),
        ("|1000.00|", "|1000.0|", "bank_text.line"),
        ("|1000.00|", "|0.00|", "bank_text.line"),
        ("|1000.00|", "|01000.00|", "bank_text.line"),
        ("|2\r\n2", "|2|\r\n2", "bank_text.line"),
        ("|2\r\n2", "|3\r\n2", "bank_text.mixed"),
        ("\r\n2", "\n2", "bank_text.line"),
        ("8520203001|2|", "8520203002|2|", "bank_text.mixed"),
    ],
)
def test_an_altered_file_is_not_read(was: str, becomes: str, code: str) -> None:
    text = written(payment("C1", 44300), payment("C2", 100000)).decode("gb18030")
    assert was in text
    with pytest.raises(IntegrityBroken) as caught:
        read_bank_text(text.replace(was, becomes, 1).encode("gb18030"))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "data", [b"", b"\r\n", b"\xff\xff\r\n", b"20220810|u|0|0.00", b"20220810|u|0|0.00\r\n\r\n"]
)
def test_what_is_no_batch_file_is_not_read(data: bytes) -> None:
    with pytest.raises(IntegrityBroken):
        read_bank_text(data)
