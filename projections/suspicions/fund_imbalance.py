"""36 `fund_imbalance`: more paid than was appropriated."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.domain.supervision import Appropriated
from ledger.values.money import format_yuan
from projections.audit_book import AuditBook
from projections.suspicions import Query, Suspicion


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Every fund of a division's programme whose payouts are above all that was appropriated for it.

    Payouts count less what is returned and not re-issued; imports do not count; over all time.
    """
    spent: dict[tuple[str, str], int] = {}
    for payout in book.all_payouts():
        issued = payout.issued
        if not payout.returned and not payout.cancelled:
            key = (issued.division, issued.programme.split("-")[0])
            spent[key] = spent.get(key, 0) + issued.amount_fen
    funds: dict[tuple[str, str], dict[str, list[Appropriated]]] = {}
    for stream, register in book.registers.items():
        for event in register.standing:
            if isinstance(event, Appropriated):
                _, division, fund = stream.split("/")
                funds.setdefault((division, event.programme), {}).setdefault(fund, []).append(event)
    for (division, programme), by_fund in funds.items():
        given = sum(event.amount_fen for events in by_fund.values() for event in events)
        paid = spent.get((division, programme), 0)
        if paid <= given:
            continue
        detail = f"{programme}: {format_yuan(paid)} paid, {format_yuan(given)} appropriated"
        for fund, events in by_fund.items():
            refs = tuple(event.ref for event in events)
            yield Suspicion(fund, division, refs, detail, amount_fen=paid - given)


QUERY = Query(
    36,
    "fund_imbalance",
    "More paid than appropriated",
    "funds",
    "The payouts of a programme, less what is returned and not re-issued, are above what was appropriated for it.",
    "会计档案管理办法; joint inspections of civil affairs and finance",
    find,
)
