"""A month is in order when ledger, bank and statement agree; until then each difference is listed with its age."""

from __future__ import annotations

from datetime import date

from county_at_bank import DIVISION, JUNE, County, household
from made import camt053, entry, pain002, payment

from ledger.bank.answers import ReturnFile
from ledger.bank.reading import read_returns, read_statement
from ledger.bank.reconciling import Reconciliations, reconcile_month
from ledger.bank.refusals import issue_again, record_refusal
from ledger.bank.returns import record_answers
from ledger.bank.sent import message_of
from ledger.bank.statements import record_statement
from ledger.closing.returning import Named, start_reissue


def answer(county: County, *statuses: str, programme: str = "dibao_rural") -> None:
    message = message_of(county.batch(programme))
    content = pain002(message, [payment(f"{message}-{n}", status) for n, status in enumerate(statuses, 1)])
    read = read_returns(content, "back", county.desk.profiles)
    assert isinstance(read, ReturnFile)
    record_answers(county.desk, DIVISION, read, content, county.installation.from_bank)


def state(county: County, content: bytes) -> None:
    statement = read_statement(content, "statement")
    record_statement(county.desk, DIVISION, statement, content, county.installation.from_bank)


def june(county: County) -> Reconciliations:
    return reconcile_month(county.desk, DIVISION, JUNE)


def kinds(found: Reconciliations) -> list[str]:
    return [item.kind for item in found.open]


def test_a_month_comes_into_order_step_by_step(county: County) -> None:
    message = message_of(county.batch())
    assert kinds(june(county)) == ["no_answer"] * 4 + ["debit_differs"]
    answer(county, "ACSC", "RJCT", "PDNG", "ACSC")
    state(
        county,
        camt053(
            [entry("2022-06-10", "-1772.00", name=message), entry("2022-06-12", "443.00", name=f"{message}-2")]
        ),
    )
    found = june(county)
    assert [(item.kind, item.subject.split("/")[3]) for item in found.open] == [
        ("returned", "C2"),
        ("unknown", "C3"),
    ]
    assert {(found.today - item.since).days for item in found.open} == {0}
    county.on(6, 25)
    assert {(june(county).today - item.since).days for item in found.open} == {5}
    answer(county, "ACSC", "RJCT", "ACSC", "ACSC")
    start_reissue(county.desk, DIVISION, [Named("C2", JUNE)])
    county.close("reissue-1")
    assert kinds(june(county)) == ["debit_differs", "no_answer"]
    answer(county, "ACSC", programme="reissue-1")
    state(county, b"date,amount,direction,reference\n2022-06-25,443.00,debit,\n")
    found = june(county)
    assert kinds(found) == []
    assert [(one.batch.sum_fen(), one.debit_fen, one.credit_fen) for one in found.batches] == [
        (177200, 177200, 44300), (44300, 44300, 0),
    ]  # fmt: skip


def test_other_texts_of_a_statement_are_not_recorded(county: County) -> None:
    message = message_of(county.batch())
    text = f"付 王秀英 6217000000000000012 {message}-1"
    content = camt053([entry("2022-06-10", "-443.00", text=text), entry("2022-06-11", "5.00", text="利息 张三")])
    state(county, content)
    [recorded] = county.ledger.events_log.below("statement/")
    assert [(line.booked_on, line.amount_fen, line.names) for line in recorded.event.lines] == [  # type: ignore[attr-defined]
        (date(2022, 6, 10), -44300, (f"{message}-1",)), (date(2022, 6, 11), 500, ()),
    ]  # fmt: skip
    end = county.ledger.events_log.end()
    state(county, content)
    assert county.ledger.events_log.end() == end


def test_a_file_refused_whole_is_open_until_its_successor_is_answered_and_debited(county: County) -> None:
    record_refusal(county.ledger, DIVISION, JUNE, "dibao_rural", "AM10")
    assert kinds(june(county)) == ["refused_whole"] * 4
    issue_again(county.desk, DIVISION, JUNE, "dibao_rural")
    assert kinds(june(county)) == ["refused_whole"] * 4
    county.close("dibao_rural")
    assert kinds(june(county)) == ["no_answer"] * 4 + ["debit_differs"]
    answer(county, *["ACSC"] * 4)
    state(county, camt053([entry("2022-06-20", "-1772.00", name=message_of(county.batch()))]))
    assert kinds(june(county)) == []


def test_what_never_went_to_the_bank_is_neither_debited_nor_forgotten(county: County) -> None:
    county.take(household(5) | {"account": None, "confirmed_on": "2022-06-20"})
    july = JUNE + 1
    county.on(7, 8)
    batch = county.close("dibao_rural", july)
    [found] = reconcile_month(county.desk, DIVISION, july).batches
    assert (found.batch.sum_fen(), found.batch.debit_fen, len(found.batch.lines)) == (5 * 44300, 4 * 44300, 5)
    assert [item.kind for item in found.open].count("unpayable") == 1
    assert batch.closed is not None
