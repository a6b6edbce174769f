"""Every line of a return file gets one verdict, and only a clean one is recorded."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ledger.bank.answers import Answer
from ledger.bank.verdicts import Sent, SentFile, judge
from ledger.domain.event import Event, Recorded
from ledger.domain.payout import (
    Payout,
    PayoutCancelled,
    PayoutIssued,
    PayoutLine,
    PayoutOutcomeUnknown,
    PayoutReissued,
    PayoutReturned,
    PayoutSettled,
)
from ledger.values.month import Month

JUNE = Month.parse("2022-06")
BATCH, AGAIN = "batch/520203/2022-06/dibao_rural", "batch/520203/2022-06/reissue-1"


def payout(code: str = "C1", *kinds: type[Event]) -> Payout:
    header = {"originator_id": f"payout/{JUNE}/520203/{code}/household", "actor": "经办人", "originator_version": 1,
              "recorded_at": datetime(2022, 6, 8, tzinfo=UTC)}  # fmt: skip
    found = Payout.begin(
        PayoutIssued(
            **header, division="520203", case=code, programme="dibao_rural", month=JUNE, payee="household",
            person="P1", account="person/P1@2", insured=1, lines=(PayoutLine("dibao", JUNE, 44300),),
        )
    )  # fmt: skip
    more = {
        PayoutReissued: {"batch": AGAIN},
        PayoutCancelled: {"cancelled_on": JUNE.last_day, "note": "person/P1@3"},
    }
    for kind in kinds:
        found = found.after(Recorded(1, kind(**header, **more.get(kind, {}))))
    return found


def answer(
    line: int = 2, key: str = "C1", outcome: str = "settled", amount_fen: int | None = 44300, **more: str
) -> Answer:
    return Answer(line=line, key=(key,), outcome=outcome, amount_fen=amount_fen, **{"batch": "F1"} | more)


def verdicts(
    answers: list[Answer], *payouts: Payout, batch: str | None = BATCH, refused: bool = False
) -> list[str]:
    payments = {(one.issued.case,): [Sent(one, batch, "7777777")] for one in payouts or (payout(),)}
    return [judged.verdict for judged in judge(answers, {"F1": SentFile(payments, refused=refused)})]


@pytest.mark.parametrize("outcome", ["settled", "returned", "unknown"])
def test_a_line_that_is_clean_is_what_it_says(outcome: str) -> None:
    assert verdicts([answer(outcome=outcome, account="7777777")]) == [outcome]


@pytest.mark.parametrize(
    ("one", "verdict"),
    [
        (answer(batch="F2"), "unknown_batch"),
        (answer(key="C9"), "unmatched"),
        (answer(amount_fen=44301), "over_amount"),
        (answer(amount_fen=44299), "under_amount"),
        (answer(account="7777778"), "other_account"),
        (answer(amount_fen=None), "settled"),
    ],
)
def test_a_line_that_does_not_fit_what_was_sent_is_not_recorded(one: Answer, verdict: str) -> None:
    assert verdicts([one]) == [verdict]


@pytest.mark.parametrize(
    ("known", "outcome", "verdict"),
    [
        ((PayoutSettled,), "settled", "already_settled"),
        ((PayoutSettled,), "unknown", "already_settled"),
        ((PayoutSettled,), "returned", "returned"),  # the payee's bank sent it back later
        ((PayoutOutcomeUnknown,), "unknown", "already_unknown"),
        ((PayoutOutcomeUnknown,), "settled", "settled"),
        ((PayoutOutcomeUnknown,), "returned", "returned"),
        ((PayoutReturned,), "returned", "already_returned"),
        ((PayoutReturned,), "settled", "already_returned"),
        ((PayoutReturned,), "unknown", "already_returned"),
        ((PayoutReturned, PayoutCancelled), "settled", "cancelled"),
        ((PayoutReturned, PayoutReissued), "returned", "sent_again"),
        ((PayoutReturned, PayoutReissued), "settled", "sent_again"),
    ],
)
def test_what_is_known_already_decides_what_a_line_adds(
    known: tuple[type[Event], ...], outcome: str, verdict: str
) -> None:
    assert verdicts([answer(outcome=outcome)], payout("C1", *known)) == [verdict]


def test_what_was_sent_again_is_answered_for_by_the_batch_that_sent_it() -> None:
    again = payout("C1", PayoutReturned, PayoutReissued)
    assert verdicts([answer()], again, batch=AGAIN) == ["settled"]
    assert verdicts([answer()], again, batch=None) == ["sent_again"]
    assert verdicts([answer()], payout(), batch=None) == ["settled"]


def test_of_two_lines_that_say_the_same_the_first_counts_and_of_two_that_do_not_none_does() -> None:
    assert verdicts([answer(2), answer(3), answer(4)]) == ["settled", "duplicate", "duplicate"]
    assert verdicts([answer(2), answer(3, outcome="returned")]) == ["contradictory", "contradictory"]
    assert verdicts([answer(2), answer(3, amount_fen=44299)]) == ["contradictory", "contradictory"]


def test_nothing_of_a_file_refused_whole_is_answered_for_line_by_line() -> None:
    assert verdicts([answer(), answer(3, "C9")], refused=True) == ["refused_whole", "unmatched"]


def test_several_payments_of_one_name_are_told_apart_by_their_amount() -> None:
    sent = [Sent(payout(), BATCH), Sent(payout("C2"), BATCH)]
    [judged] = judge([answer()], {"F1": SentFile({("C1",): sent})})
    assert (judged.verdict, judged.payout) == ("unmatched", None)
