"""A statement adds up or is refused, and of what it says only days, amounts and our own ids are taken."""

from __future__ import annotations

from datetime import date

import pytest
from made import camt053, entry

from ledger.bank.reading import read_statement
from ledger.errors import Refused

TABLE = """交易日期,支出,收入,摘要,余额
20220610,886.00,,代发 F1,1.00
2022-06-12,,"443.00",退票 张三,2.00
合计,886.00,443.00,,
"""


@pytest.mark.parametrize(
    "content",
    [
        camt053([entry("2022-06-10", "-886.00", name="F1"), entry("2022-06-12", "443.00")], opening="1000.00",
                closing="557.00"),
        TABLE.encode("gb18030"),
        TABLE.encode("utf-8-sig"),
        "date,amount,direction,reference\n2022/06/10,886.00,debit,F1\n2022.06.12,443.00,贷,x\ntotal,1329.00,,\n".encode(),
    ],
)  # fmt: skip
def test_entries_are_read_with_their_signs(content: bytes) -> None:
    read = read_statement(content, "s")
    assert [(one.booked_on, one.amount_fen) for one in read.entries] == [
        (date(2022, 6, 10), -88600), (date(2022, 6, 12), 44300),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (camt053([entry("2022-06-10", "-886.00")], opening="1000.00", closing="114.01"), "statement.totals"),
        (camt053([entry("2022-06-31", "-886.00")]), "statement.malformed"),
        (camt053([entry("2022-06-10", "-886.001")]), "statement.malformed"),
        (camt053([entry("2022-06-10", "1.00").replace("CRDT", "BOTH")]), "statement.malformed"),
        (camt053([entry("2022-06-10", "1.00").replace("CNY", "EUR")]), "statement.malformed"),
        (TABLE.replace("合计,886.00", "合计,886.01").encode(), "statement.totals"),
        (TABLE.replace("886.00,,代发", "886.00,1.00,代发").encode(), "statement.malformed"),
        (TABLE.replace("20220610", "20220631").encode(), "statement.malformed"),
        (TABLE.replace("支出", "金额").encode(), "file.header"),
        (TABLE.replace(",2.00", "").encode(), "file.row"),
        ("交易日期,支出,收入,摘要\n".encode(), "file.empty"),
    ],
)
def test_a_statement_that_does_not_add_up_or_cannot_be_read_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_statement(content, "s")
    assert refused.value.code == code


def test_an_entry_of_several_payments_is_taken_apart_where_they_add_up_to_it() -> None:
    two = "".join(
        f"<TxDtls><Refs><EndToEndId>{name}</EndToEndId></Refs><Amt Ccy='CNY'>{amount}</Amt></TxDtls>"
        for name, amount in (("F1-1", "443.00"), ("F1-2", "400.00"))
    )
    lump = (
        entry("2022-06-12", "{}")
        .replace("<Cd>BOOK</Cd>", "BOOK")
        .replace("</Ntry>", "<NtryDtls>{}</NtryDtls></Ntry>")
    )
    parts = read_statement(camt053([lump.format("843.00", two)]), "s").entries
    assert [(one.amount_fen, one.texts) for one in parts] == [(44300, ("F1-1",)), (40000, ("F1-2",))]
    [whole] = read_statement(camt053([lump.format("844.00", two)]), "s").entries
    assert (whole.amount_fen, whole.texts) == (84400, ("F1-1", "F1-2"))


def test_what_is_pending_is_not_booked() -> None:
    assert read_statement(camt053([entry("2022-06-10", "1.00").replace("BOOK", "PDNG")]), "s").entries == ()
