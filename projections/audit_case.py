"""A case as an audit asks of it: as known now, as known when its money was issued, and what it was paid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from ledger.domain.case import Enrolled, MemberJoined, PaymentImported, key
from ledger.domain.case_file import CaseFile
from ledger.domain.event import Event, Recorded
from ledger.domain.payout import RECOVERY
from ledger.entitlement.household import Household
from ledger.values.month import Month
from projections.audit_payouts import AuditedPayout, PaidFor

AllPayouts = Callable[[], Mapping[str, Sequence[AuditedPayout]]]
"""Every payout by case (`division/case`)."""


class AuditedCase:
    """A case: as known now, as known when its money was issued, and what it was paid."""

    def __init__(self, division: str, code: str, events: Sequence[Recorded], payouts: AllPayouts) -> None:
        """`payouts` gets all there are, when the first case is asked for its own."""
        self.division = division
        self.code = code
        self.events = events
        self._all_payouts = payouts
        self._files: dict[int, CaseFile] = {}
        self.file = self.file_at(None)
        self.due_totals: dict[Month, int] = {}
        """What the case is due as known now, for months that were asked for."""

    @property
    def payouts(self) -> Sequence[AuditedPayout]:
        """Its payouts, bookings among them, in the order they were issued."""
        return self._all_payouts().get(key(self.division, self.code), ())

    def file_at(self, before: int | None) -> CaseFile:
        """The case file before a log position (None: as known now)."""
        known = [r for r in self.events if before is None or r.position < before]
        found = self._files.get(len(known))
        if found is None:
            found = CaseFile(self.division, self.code)
            for recorded in known:
                found = found.after(recorded)
            self._files[len(known)] = found
        return found

    @property
    def known(self) -> bool:
        """Whether an enrolment stands."""
        return self.file.known

    def event(self, ref: str) -> Event:
        """The event of a reference in the case's stream."""
        return next(r.event for r in self.events if r.event.ref == ref)

    @cached_property
    def imports(self) -> list[tuple[PaymentImported, int]]:
        """The imported payments that stand, with their log positions."""
        standing = {made.ref for made in self.file.imports}
        return [
            (r.event, r.position)
            for r in self.events
            if isinstance(r.event, PaymentImported) and r.event.ref in standing
        ]

    @cached_property
    def enrolment(self) -> Enrolled:
        """The enrolment that stands."""
        event = self.event(self.file.granted.ref)
        assert isinstance(event, Enrolled)
        return event

    @cached_property
    def paid_for(self) -> list[PaidFor]:
        """Money issued for months: own due and arrears of payouts that went out, imports; oldest month first."""
        found = []
        for payout in self.payouts:
            if not payout.went_out:
                continue
            sums: dict[Month, int] = {}
            for line in payout.issued.lines:
                if line.component != RECOVERY:
                    sums[line.for_month] = sums.get(line.for_month, 0) + line.amount_fen
            issued_on = payout.issued.recorded_on
            found += [
                PaidFor(month, fen, issued_on, payout.frozen_at, payout) for month, fen in sums.items() if fen > 0
            ]
        found += [
            PaidFor(made.month, made.amount_fen, made.paid_on, position + 1, made=made.ref)
            for made, position in self.imports
            if made.amount_fen > 0
        ]
        return sorted(found, key=lambda paid: (paid.month, paid.known_at))

    @cached_property
    def booked(self) -> dict[Month, int]:
        """Per month all that counts as paid, recoveries taken off: closes, bookings too, and imports."""
        sums: dict[Month, int] = {}
        for payout in self.payouts:
            if not payout.cancelled:
                for line in payout.issued.lines:
                    sums[line.for_month] = sums.get(line.for_month, 0) + line.amount_fen
        for made, _ in self.imports:
            sums[made.month] = sums.get(made.month, 0) + made.amount_fen
        return sums

    def payments_of(self, month: Month) -> list[str]:
        """The payouts, bookings and imports that count for a month, by reference; cancelled ones do not."""
        found = [
            payout.issued.ref
            for payout in self.payouts
            if not payout.cancelled and any(line.for_month == month for line in payout.issued.lines)
        ]
        return found + [made.ref for made, _ in self.imports if made.month == month]

    @cached_property
    def everybody(self) -> frozenset[str]:
        """Everybody who was ever recorded as a member, what was voided since included."""
        found: set[str] = set()
        for recorded in self.events:
            event = recorded.event
            if isinstance(event, Enrolled):
                found.update(member.person for member in event.members)
            elif isinstance(event, MemberJoined):
                found.add(event.member.person)
        return frozenset(found)

    def insured_when(self, paid: PaidFor) -> list[str]:
        """The persons money was issued for: those insured in its month by what was known then.

        An import counts the case's insured members whether it still stood or not; the dead too, unless its count
        of persons is the number without them.
        """
        household = Household(self.file_at(paid.known_at), {})
        alive = [stay.person for stay in household.insured(paid.month)]
        if not paid.imported:
            return alive
        dead = [
            stay.person
            for stay in household.stays
            if stay.insured and stay.died and stay.last is not None and stay.last < paid.month
        ]
        imported = self.event(paid.ref)
        assert isinstance(imported, PaymentImported)
        if imported.persons == len(alive):
            return alive
        return list(dict.fromkeys((*alive, *dead)))
