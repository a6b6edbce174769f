"""Ledger, bank and statement agree to the fen, or what does not is listed; nothing is counted twice."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.bank.matching import Reconciliation, SentBatch, SentLine, reconcile
from ledger.domain.bank_files import StatementLine

DAY = date(2022, 6, 10)
M1, M2 = "520203202206aaaaaaaaaaaa", "520203202206bbbbbbbbbbbb"


def sent(name: str, message: str, *states: str, resolved: bool = True, fen: int = 44300) -> SentBatch:
    lines = [
        SentLine(
            f"payout/{name}/{n}", f"C{n}", f"{message}-{n}", fen + n, state, DAY,
            resolved=resolved and state == "returned",
        )
        for n, state in enumerate(states, 1)
    ]  # fmt: skip
    return SentBatch(name, message, DAY, tuple(lines))


def line(fen: int, *names: str, day: date = DAY) -> StatementLine:
    return StatementLine(day, fen, names)


def kinds(found: Reconciliation) -> list[str]:
    return [item.kind for one in found.batches for item in one.open] + [item.kind for item in found.unexplained]


def test_what_agrees_leaves_nothing_open() -> None:
    batch = sent("B1", M1, "settled", "returned")
    found = reconcile([batch], [[line(-88603, M1), line(44302, f"{M1}-2")]])
    assert kinds(found) == []
    assert (found.batches[0].debit_fen, found.batches[0].credit_fen) == (88603, 44302)
    assert found.batches[0].credited == {f"{M1}-2": 44302}


@pytest.mark.parametrize(
    "entries",
    [
        [line(-88603), line(44302)],  # no ids: amounts that fit one thing alone
        [line(-44301, f"{M1}-1"), line(-44302, f"{M1}-2"), line(44302, M1)],  # debited payment by payment
    ],
)
def test_amounts_and_parts_are_matched_too(entries: list[StatementLine]) -> None:
    assert kinds(reconcile([sent("B1", M1, "settled", "returned")], [entries])) == []


def test_an_amount_that_fits_two_batches_or_twice_is_matched_with_neither() -> None:
    two = [sent("B1", M1, "settled"), sent("B2", M2, "settled")]
    assert kinds(reconcile(two, [[line(-44301)]])) == ["debit_differs", "debit_differs", "unexplained_entry"]
    one = [sent("B1", M1, "settled")]
    assert kinds(reconcile(one, [[line(-44301), line(-44301)]])) == ["debit_differs", *["unexplained_entry"] * 2]


def test_an_entry_in_two_statements_counts_once() -> None:
    found = reconcile([sent("B1", M1, "settled")], [[line(-44301, M1)], [line(-44301, M1), line(5)]])
    assert kinds(found) == ["unexplained_entry"]


@pytest.mark.parametrize(
    ("state", "kind"),
    [("open", "no_answer"), ("unknown", "unknown"), ("unpayable", "unpayable"), ("refused", "refused_whole")],
)
def test_what_the_bank_has_not_settled_or_returned_is_open(state: str, kind: str) -> None:
    batch = sent("B1", M1, "settled", state)
    found = reconcile([batch], [[line(-batch.debit_fen, M1)]])
    assert kinds(found) == [kind]


def test_returned_money_is_open_until_sent_again_or_cancelled_and_credited() -> None:
    batch = sent("B1", M1, "returned", resolved=False)
    assert kinds(reconcile([batch], [[line(-44301, M1)]])) == ["returned", "credit_differs"]
    assert kinds(reconcile([batch], [[line(-44301, M1), line(44301, f"{M1}-1")]])) == ["returned"]


def test_a_debit_that_differs_by_a_fen_is_said() -> None:
    found = reconcile([sent("B1", M1, "settled")], [[line(-44300, M1)]])
    [item] = found.batches[0].open
    assert (item.kind, item.amount_fen, item.detail) == ("debit_differs", 1, "443.00 debited, 443.01 sent")


def test_the_states_add_up_to_what_was_issued() -> None:
    states = ("settled", "returned", "unknown", "open", "unpayable", "refused")
    batch = sent("B1", M1, *states)
    assert sum(batch.sum_fen(state) for state in states) == batch.sum_fen() == 6 * 44300 + 21
