"""Facts about money outside a close: emergency relief, payments made elsewhere, payouts cancelled."""

from __future__ import annotations

from ledger.admission.desk import Desk
from ledger.domain import case as case_events
from ledger.domain import relief as relief_events
from ledger.domain.case import stream as case_stream
from ledger.domain.payout import Payout, PayoutCancelled
from ledger.domain.person import Account, AccountRecorded
from ledger.errors import Refused
from ledger.intake import facts
from ledger.values.month import Month


def relief(desk: Desk, fact: facts.Relief) -> str:
    """Emergency relief under a new code; one over a limit or repeated is recorded too: the money may be out."""
    division = fact.division or ""
    stream = relief_events.stream(division, fact.relief)
    if (known := desk.reliefs.get(stream)) is not None and known.granted is not None:
        raise Refused(
            "relief.known",
            f"relief {fact.relief} of division {division}",
            found="a relief with this code",
            expected="a new code for a new relief",
        )
    same = desk.cases.get(case_stream(division, fact.relief))
    if same is not None and same.known:
        raise Refused(
            "relief.known",
            f"relief {fact.relief} of division {division}",
            found="a case with this code",
            expected="a code that no case has: returns and re-issues name both by their codes",
        )
    ref = desk.next_ref(stream)
    account = _keep(desk, fact.person, fact.account, ref)
    cause = desk.note(fact.person, fact.cause, ref)
    reason = desk.note(fact.person, fact.reason, ref) if fact.reason else None
    return desk.emit(
        relief_events.ReliefGranted, stream, division=division, person=fact.person, kind=fact.kind,
        amount_fen=fact.amount_fen, level=fact.level, decided_on=fact.decided_on, account=account, cause=cause,
        reason=reason,
    ).ref  # fmt: skip


def payout_imported(desk: Desk, fact: facts.PayoutImported) -> str:
    """A payment another system made."""
    file = desk.case(fact.division, fact.case)
    stream = case_stream(file.division, file.case)
    account = _keep(desk, file.heads[-1].person, fact.account, desk.next_ref(stream))
    lines = fact.lines
    imported = lines and case_events.ImportedLines(
        lines.dibao_fen, lines.top_up_fen, lines.subsidy_fen, lines.tekun_basic_fen, lines.tekun_care_fen
    )
    return desk.emit(
        case_events.PaymentImported, stream, month=fact.month, amount_fen=fact.amount_fen, paid_on=fact.on,
        lines=imported, persons=fact.persons, account=account,
    ).ref  # fmt: skip


def payout_cancelled(desk: Desk, fact: facts.PayoutCancelled) -> str:
    """Returned payouts that will not be sent again.

    Raises:
        Refused: `payout.not_returned` where none of the case, month and payee is.
    """
    found = [
        (stream, payout)
        for stream, payout in payouts_of(desk, fact.division or "", fact.case, fact.month)
        if payout.returned and fact.payee in (None, payout.issued.payee.split(":")[0])
    ]
    if not found:
        raise Refused(
            "payout.not_returned",
            f"payouts of {fact.case} for {fact.month}",
            found="none that the bank returned",
            expected="a returned payout that was neither re-issued nor cancelled",
        )
    first: str | None = None
    for stream, payout in found:
        note = desk.note(payout.issued.person, fact.reason, desk.next_ref(stream))
        event = desk.emit(PayoutCancelled, stream, cancelled_on=fact.on, note=note, fact=first)
        first = first or event.ref
    assert first is not None
    return first


def payouts_of(desk: Desk, division: str, code: str, month: Month) -> list[tuple[str, Payout]]:
    """The payouts of a case and closed month that are on the desk, or of a relief that the month's close paid."""
    prefix = f"payout/{month}/{division}/{code}/"
    relief = relief_events.payout_stream(division, code)
    return [
        (stream, payout)
        for stream, payout in sorted(desk.payouts.items())
        if stream.startswith(prefix) or (stream == relief and payout.issued.month == month)
    ]


def _keep(desk: Desk, person: str, account: facts.Account | None, cause: str) -> str | None:
    if account is None:
        return None
    sealed = Account(account.number, account.holder, account.bank)
    return desk.emit_sealed(AccountRecorded, person, sealed, cause, own=False).ref
