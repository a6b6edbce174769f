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
        held = _held(case)
        for paid in case.paid_for if held else ():
            members = _members(book, case, paid.month)
            for card in held:
                if book.identity(card.holder) in members:
                    continue
                if _held_in(card, paid.month) and not _filed_by(card, paid.month):
                    detail = f"held by person {card.holder}, not filed"
                    yield about_case(case, (card.ref, paid.ref), detail, month=paid.month, amount_fen=paid.fen)


def _held(case: AuditedCase) -> list[CardHeld]:
    standing = {known.ref for known in case.file.others}
    cards = (recorded.event for recorded in case.events if isinstance(recorded.event, CardHeld))
    return [card for card in cards if card.ref in standing]


def _members(book: AuditBook, case: AuditedCase, month: Month) -> set[str]:
    """The members on any day of a month, insured or not, by identity; who was enrolled lived there before."""
    return {
        book.identity(stay.person)
        for join, stay in zip(case.file.joins, case.file.stays(), strict=True)
        if (join.confirmed_on is None or join.confirmed_on <= month.last_day)
        and (stay.left_on is None or stay.left_on >= month.first_day)
    }


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
