"""A verdict on each line of a return file, from the file and the payouts alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from ledger.bank.answers import OUTCOMES, RETURNED, SETTLED, UNKNOWN, Answer, Key
from ledger.domain.payout import Payout
from ledger.values.money import format_yuan

UNKNOWN_BATCH, REFUSED_WHOLE, UNMATCHED = "unknown_batch", "refused_whole", "unmatched"
OVER, UNDER, OTHER_ACCOUNT = "over_amount", "under_amount", "other_account"
SENT_AGAIN, CANCELLED = "sent_again", "cancelled"
ALREADY_SETTLED, ALREADY_RETURNED, ALREADY_UNKNOWN = "already_settled", "already_returned", "already_unknown"
DUPLICATE, CONTRADICTORY = "duplicate", "contradictory"

POSTED = frozenset(OUTCOMES)
"""The verdicts that are recorded with a payout; for every other one nothing is."""


class Sent(msgspec.Struct, frozen=True):
    """A payout as it went to the bank: with which batch, to which account number (None: not compared).

    `batch` None: the answer names no file, so that it is about the one time the payout was sent, if it was one.
    """

    payout: Payout
    batch: str | None = None
    account: str | None = None

    @property
    def amount_fen(self) -> int:
        """What was sent."""
        return self.payout.issued.amount_fen


class SentFile(msgspec.Struct, frozen=True):
    """A file of ours by what a bank calls its payments; `refused`: the bank refused it whole, it is dead."""

    payments: Mapping[Key, Sequence[Sent]]
    refused: bool = False


class Judged(msgspec.Struct, frozen=True):
    """A line with its verdict; `detail` says why, without anything personal."""

    answer: Answer
    verdict: str
    payout: Payout | None = None
    detail: str = ""

    @property
    def posted(self) -> bool:
        """Whether it is recorded with the payout."""
        return self.verdict in POSTED


def judge(answers: Sequence[Answer], files: Mapping[str, SentFile]) -> list[Judged]:
    """The verdicts, in the order of the lines; `files` by what the bank calls them.

    Of several lines about one payout the first counts where all say the same, the others are duplicates; where
    they do not, none counts.
    """
    alone = [_alone(answer, files) for answer in answers]
    said: dict[str, list[Judged]] = {}
    for judged in alone:
        if judged.payout is not None:
            said.setdefault(judged.payout.issued.originator_id, []).append(judged)
    return [_among(judged, said) for judged in alone]


def _among(judged: Judged, said: Mapping[str, Sequence[Judged]]) -> Judged:
    if judged.payout is None:
        return judged
    others = said[judged.payout.issued.originator_id]
    first = others[0]
    if len({other.answer.said for other in others}) > 1:
        lines = ", ".join(str(other.answer.line) for other in others[:5])
        return _with(judged, CONTRADICTORY, f"lines {lines} do not say the same of it")
    if judged is not first:
        return _with(judged, DUPLICATE, f"line {first.answer.line} says the same")
    return judged


def _with(judged: Judged, verdict: str, detail: str) -> Judged:
    return Judged(judged.answer, verdict, judged.payout, detail)


def _alone(answer: Answer, files: Mapping[str, SentFile]) -> Judged:
    file = files.get(answer.batch)
    if file is None:
        return Judged(answer, UNKNOWN_BATCH, detail="no file of this division went out under that name")
    found = list(file.payments.get(answer.key, ()))
    if len(found) > 1 and answer.amount_fen is not None:
        found = [sent for sent in found if sent.amount_fen == answer.amount_fen] or found
    if not found:
        return Judged(answer, UNMATCHED, detail="no such payment was sent")
    if len(found) > 1:
        return Judged(answer, UNMATCHED, detail=f"it names {len(found)} payments, and no amount tells them apart")
    return _of_payment(answer, found[0], refused=file.refused)


def _of_payment(answer: Answer, sent: Sent, *, refused: bool) -> Judged:
    payout = sent.payout
    if refused:
        return Judged(answer, REFUSED_WHOLE, payout, "the bank refused the file it went out with")
    if answer.amount_fen is not None and answer.amount_fen != sent.amount_fen:
        verdict = OVER if answer.amount_fen > sent.amount_fen else UNDER
        detail = f"{format_yuan(answer.amount_fen)}, and {format_yuan(sent.amount_fen)} was sent"
        return Judged(answer, verdict, payout, detail)
    if None not in (answer.account, sent.account) and answer.account != sent.account:
        return Judged(answer, OTHER_ACCOUNT, payout, "the account is not the one it was sent to")
    verdict, detail = _by_state(answer.outcome, sent)
    return Judged(answer, verdict, payout, detail)


def _by_state(outcome: str, sent: Sent) -> tuple[str, str]:
    """What an answer means for a payout as it stands: money that came back after it was settled is returned."""
    payout = sent.payout
    if payout.cancellation is not None:
        return CANCELLED, "it was cancelled"
    if sent.batch is None and payout.reissues:
        return SENT_AGAIN, "it was sent more than once: name the batch that is meant"
    if sent.batch not in (None, payout.batch):
        return SENT_AGAIN, f"it was sent again since, with {payout.batch.partition('/')[2]}"
    if payout.returned:
        return ALREADY_RETURNED, "it is recorded as returned"
    if payout.settled and outcome != RETURNED:
        return ALREADY_SETTLED, "it is recorded as settled"
    if payout.unknown and outcome == UNKNOWN:
        return ALREADY_UNKNOWN, "it is recorded as unknown"
    return outcome, ""


__all__ = ["POSTED", "RETURNED", "SETTLED", "UNKNOWN", "Judged", "Sent", "SentFile", "judge"]
