"""37 `agent_held_card`: somebody outside the household held its card, and nobody filed it."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.domain.case import CardHeld
from ledger.values.month import Month
from projections.audit_book import AuditBook
from projections.audit_case import AuditedCase
from projections.suspicions import Query, Suspicion, about_case


def find(book: AuditBook) -> Iterator[Suspicion]:
    """Cases paid for a month in which an outsider held the card, not filed by the month's last day."""
    for case in book.known_cases():
        held = _held(book, case)
        for paid in case.paid_for if held else ():
            for card in held:
                if _held_in(card, paid.month) and not _filed_by(card, paid.month):
                    detail = f"held by person {card.holder}, not filed"
                    yield about_case(case, (card.ref, paid.ref), detail, month=paid.month, amount_fen=paid.fen)


def _held(book: AuditBook, case: AuditedCase) -> list[CardHeld]:
    standing = {known.ref for known in case.file.others}
    members = {book.identity(join.person) for join in case.file.joins}
    cards = (recorded.event for recorded in case.events if isinstance(recorded.event, CardHeld))
    return [card for card in cards if card.ref in standing and book.identity(card.holder) not in members]


def _held_in(card: CardHeld, month: Month) -> bool:
    return card.from_on <= month.last_day and (card.to_on is None or card.to_on >= month.first_day)


def _filed_by(card: CardHeld, month: Month) -> bool:
    return card.filed_on is not None and card.filed_on <= month.last_day


QUERY = Query(
    37,
    "agent_held_card",
    "Card held by an outsider",
    "cases",
    "A case was paid for a month while somebody outside it held its card, not filed by the month's last day.",
    "代管存折 (卡): joint inspections",
    find,
)
