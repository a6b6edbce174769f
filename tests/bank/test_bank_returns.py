"""What a bank says is recorded once, with its file kept; the unknown is never sent again, the refused only whole."""

from __future__ import annotations

import re
import stat
from hashlib import sha256

import pytest
from county_at_bank import DIVISION, JUNE, County, account
from made import pain002, payment, text

from ledger.bank.answers import ReturnFile
from ledger.bank.reading import read_returns
from ledger.bank.refusals import issue_again, record_refusal
from ledger.bank.returns import Answered, plan_answers, record_answers
from ledger.bank.sent import message_of, payment_ids
from ledger.closing.returning import Named, record_returns, start_reissue
from ledger.domain.bank_files import ReturnsRecorded
from ledger.errors import Refused
from projections.verification import verify


def record(county: County, content: bytes) -> Answered:
    read = read_returns(content, "back", county.desk.profiles)
    assert isinstance(read, ReturnFile)
    return record_answers(county.desk, DIVISION, read, content, county.installation.from_bank)


def report(county: County, *statuses: str, programme: str = "dibao_rural", **more: str) -> bytes:
    """A status report on the first payments of a batch."""
    message = message_of(county.batch(programme))
    payments = [
        payment(f"{message}-{n}", status, "443.00", reason="AC04" if status == "RJCT" else "", account=account(n))
        for n, status in enumerate(statuses, 1)
    ]
    return pain002(message, payments, **more)


def test_each_line_is_recorded_with_its_payout_and_the_file_kept_once(county: County) -> None:
    content = report(county, "ACSC", "RJCT", "PDNG", count="4", amount="1772.00", status="PART")
    planned = record(county, content)
    assert planned.verdicts == {"settled": 1, "returned": 1, "unknown": 1}
    states = [(p.settled, p.returned, p.unknown) for p in map(county.payout, ("C1", "C2", "C3", "C4"))]
    assert states == [(True, False, False), (False, True, False), (False, False, True), (False, False, False)]
    kept = county.installation.from_bank / sha256(content).hexdigest()
    assert (kept.read_bytes(), stat.S_IMODE(kept.stat().st_mode)) == (content, 0o600)
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    [recorded] = county.ledger.history(f"returns/{kept.name}")
    assert isinstance(recorded.event, ReturnsRecorded)
    assert (recorded.event.verdicts, recorded.event.returned_fen) == (
        {"returned": 1, "settled": 1, "unknown": 1}, 44300,
    )  # fmt: skip
    end = county.ledger.events_log.end()
    assert record(county, content).already
    assert county.ledger.events_log.end() == end
    assert all(verdict.ok for verdict in verify(county.installation))


def test_lines_that_are_not_clean_are_listed_and_nothing_is_recorded_for_them(county: County) -> None:
    message = message_of(county.batch())
    lines = [
        payment(f"{message}-1", "ACSC", "443.00"),
        payment(f"{message}-1", "ACSC", "443.00"),
        payment(f"{message}-2", "RJCT", "443.01"),
        payment(f"{message}-3", "RJCT", "442.99"),
        payment(f"{message}-4", "RJCT", "443.00", account=account(1)),
        payment(f"{message}-5", "RJCT", "443.00"),
    ]
    planned = record(county, pain002(message, lines))
    assert [judged.verdict for judged in planned.judged] == [
        "settled", "duplicate", "over_amount", "under_amount", "other_account", "unmatched",
    ]  # fmt: skip
    assert [county.payout(f"C{n}").version for n in (1, 2, 3, 4)] == [2, 1, 1, 1]


def test_a_file_of_which_nothing_can_be_recorded_leaves_no_trace(county: County) -> None:
    end = county.ledger.events_log.end()
    planned = record(county, pain002("F9", [payment("F9-1", "RJCT", "443.00")]))
    assert planned.verdicts == {"unknown_batch": 1}
    assert county.ledger.events_log.end() == end
    assert not county.installation.from_bank.exists()


@pytest.mark.parametrize("totals", [{"count": "3"}, {"amount": "1772.01"}])
def test_a_report_that_counts_our_file_otherwise_than_it_was_sent_is_refused(
    county: County, totals: dict[str, str]
) -> None:
    with pytest.raises(Refused, match=r"returns\.totals: back line 1"):
        record(county, report(county, "ACSC", **totals))


def test_a_file_settled_whole_settles_every_payment_that_it_does_not_name(county: County) -> None:
    planned = record(county, report(county, "RJCT", count="4", amount="1772.00", status="ACSC"))
    assert planned.verdicts == {"settled": 3, "returned": 1}
    assert (county.payout("C1").returned, county.payout("C4").settled) == (True, True)


def test_the_unknown_is_not_sent_again_before_the_bank_says_more(county: County) -> None:
    record(county, report(county, "PDNG"))
    with pytest.raises(Refused, match=r"payout\.outcome_unknown"):
        start_reissue(county.desk, DIVISION, [Named("C1", JUNE)])
    record(county, report(county, "RJCT"))
    assert start_reissue(county.desk, DIVISION, [Named("C1", JUNE)]).programme == "reissue-1"
    county.close("reissue-1")
    assert all(verdict.ok for verdict in verify(county.installation)), "what is unknown or settled moves no money"


def test_an_old_report_does_not_touch_what_was_sent_again(county: County) -> None:
    record(county, report(county, "RJCT"))
    start_reissue(county.desk, DIVISION, [Named("C1", JUNE)])
    county.close("reissue-1")
    message = message_of(county.batch())
    late = pain002(
        message, [payment(f"{message}-1", "RJCT", "443.00", words="又退"), payment(f"{message}-2", "ACSC")]
    )
    assert [judged.verdict for judged in record(county, late).judged] == ["sent_again", "settled"]
    assert record(county, report(county, "ACSC", programme="reissue-1")).verdicts == {"settled": 1}
    assert county.payout("C1").settled


TABLE = "case,month,amount,outcome,reason,batch\n{}total,{},{},,,\n"


def test_a_banks_table_is_judged_and_its_total_row_counts(county: County) -> None:
    rows = "C1,2022-06,443.00,成功,,2022-06/dibao_rural\nC2,2022-06,443.00,退票,户名不符,2022-06/dibao_rural\n"
    rows += "C3,2022-06,443.00,处理中,,\nC9,2022-06,1.00,失败,户名不符,\nC4,2022-06,443.00,成功,,2022-05/tekun\n"
    with pytest.raises(Refused, match=r"returns\.totals: back line 7"):
        record(county, TABLE.format(rows, 5, "1773.01").encode())
    planned = record(county, TABLE.format(rows, 5, "1773.00").encode("gb18030"))
    assert [judged.verdict for judged in planned.judged] == [
        "settled", "returned", "unknown", "unmatched", "unknown_batch",
    ]  # fmt: skip
    returned = county.ledger.history(county.payout("C2").issued.originator_id)[-1].event
    assert (returned.reason, returned.iso) == ("户名不符", "BE01")  # type: ignore[attr-defined]


def test_a_file_refused_whole_is_written_again_for_two_to_sign_and_paid_once(county: County) -> None:
    desk, signers = county.desk, county.installation.rehearsal_signers()
    first = message_of(county.batch())
    with pytest.raises(Refused, match=r"batch\.not_refused"):
        issue_again(desk, DIVISION, JUNE, "dibao_rural")
    planned = record(county, report(county, "RJCT", "RJCT", status="RJCT", reason="AM10"))
    assert planned.verdicts == {"refused_whole": 2}
    refused = county.batch().refused
    assert (refused and refused.reason, refused and refused.iso) == ("AM10", "AM10")
    assert county.payout("C1").version == 1
    with pytest.raises(Refused, match=r"payout\.not_with_bank"):
        record_returns(county.ledger, DIVISION, [Named("C1", JUNE)])
    with pytest.raises(Refused, match=r"batch\.refused_already"):
        record_refusal(county.ledger, DIVISION, JUNE, "dibao_rural", "AM10")
    county.on(6, 21)
    again = issue_again(desk, DIVISION, JUNE, "dibao_rural")
    assert (again.file_number, again.unsigned, str(again.pay_on)) == (2, True, "2022-06-21")
    assert all(verdict.ok for verdict in verify(county.installation))
    with pytest.raises(Refused, match=r"batch\.not_with_bank"):  # nor a third file before the second is signed
        issue_again(desk, DIVISION, JUNE, "dibao_rural")
    signed = county.close("dibao_rural")
    assert (signed.unsigned, signed.next_role(), len(signers)) == (False, None, 2)
    assert message_of(signed) != first
    assert desk.folder(signed).name == "dibao_rural@2"
    late = pain002(first, [payment(f"{first}-1", "ACSC", "443.00")])
    assert record(county, late).verdicts == {"unknown_batch": 1}
    assert record(county, report(county, "ACSC", "ACSC", "ACSC", "RJCT")).verdicts == {"settled": 3, "returned": 1}
    with pytest.raises(Refused, match=r"batch\.answered"):
        record_refusal(county.ledger, DIVISION, JUNE, "dibao_rural", "AM10")
    assert all(verdict.ok for verdict in verify(county.installation))


def test_a_file_of_which_a_payment_was_settled_is_not_refused_whole(county: County) -> None:
    record(county, report(county, "ACSC"))
    message = message_of(county.batch())
    with pytest.raises(Refused, match=r"batch\.answered"):
        record(county, pain002(message, status="RJCT"))
    with pytest.raises(Refused, match=r"returns\.malformed"):
        record(county, report(county, "PDNG", status="RJCT"))


def text_of_june(
    county: County, *lines: list[str], unit: str = "REHEARSAL", day: str = "20220610", number: str = "1"
) -> bytes:
    paid, failed = ([f for f in lines if f[4] == status] for status in ("成功", "失败"))
    header = [
        day,
        unit,
        number,
        str(len(paid)),
        f"{443 * len(paid)}.00",
        str(len(failed)),
        f"{443 * len(failed)}.00",
    ]
    return text(header, lines)


def test_a_banks_own_text_is_about_the_file_of_its_day_unit_and_payments(county: County) -> None:
    lines = [
        ["1", "王秀英", "443.00", account(1), "成功", ""],
        ["2", "王秀英", "443.00", account(2), "失败", "已销户"],
        ["3", "王秀英", "443.00", account(4), "失败", "已销户"],
    ]
    planned = record(county, text_of_june(county, *lines))
    assert [judged.verdict for judged in planned.judged] == ["settled", "returned", "other_account"]
    returned = county.ledger.history(county.payout("C2").issued.originator_id)[-1].event
    assert (returned.reason, returned.iso) == ("已销户", "AC04")  # type: ignore[attr-defined]
    for strange in ({"unit": "000000"}, {"day": "20220611"}, {"number": "2"}):
        assert record(county, text_of_june(county, lines[0], **strange)).verdicts == {"unknown_batch": 1}


def test_a_file_written_again_on_one_day_takes_no_number_that_was_refused(county: County) -> None:
    record_refusal(county.ledger, DIVISION, JUNE, "dibao_rural", "代理次数错误")
    issue_again(county.desk, DIVISION, JUNE, "dibao_rural")
    second = county.close("dibao_rural")
    record_refusal(county.ledger, DIVISION, JUNE, "dibao_rural", "代理次数错误")
    third = issue_again(county.desk, DIVISION, JUNE, "dibao_rural")
    numbers = [held["agent"] for day, held in third.numbers_held if day == second.pay_on]
    assert (second.pay_on == third.pay_on, len(numbers), len(set(numbers))) == (True, 2, 2)
    assert message_of(second) != message_of(third)


def test_the_ids_that_answers_name_are_those_of_payouts_xml(county: County) -> None:
    sent = (county.desk.folder(county.batch()) / "payouts.xml").read_text("utf-8")
    assert re.findall(r"<MsgId>(.+)</MsgId>", sent) == [message_of(county.batch())]
    ids = [name for name, _ in payment_ids(county.desk, county.batch())]
    assert re.findall(r"<EndToEndId>(.+?)</EndToEndId>", sent) == ids


def test_a_plan_records_nothing(county: County) -> None:
    end = county.ledger.events_log.end()
    read = read_returns(report(county, "ACSC"), "back", county.desk.profiles)
    assert isinstance(read, ReturnFile)
    assert plan_answers(county.desk, DIVISION, read).verdicts == {"settled": 1}
    assert county.ledger.events_log.end() == end
