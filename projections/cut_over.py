"""A frozen roll against the old system's last list: the proof of a county's first close, household by household."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from ledger.closing.order import PROGRAMMES
from ledger.closing.parties import Party
from ledger.comparing import ONLY_NEW, ONLY_OLD, Difference, Listed, Reason, differences, plain
from ledger.domain.batch import RELIEF
from ledger.domain.person import PersonFile
from ledger.entitlement.due import DIBAO, TEKUN_BASIC, TOP_UP
from ledger.entitlement.entitled import due
from ledger.entitlement.household import Household
from ledger.entitlement.roll import RollRow
from ledger.entitlement.rule_book import RuleBook
from ledger.intake.old_list import OldList
from ledger.values.identifiers import eighteen_digits
from ledger.values.money import format_yuan
from ledger.values.month import Month
from projections.installation import Installation
from projections.views import Progress

_BASES = (DIBAO, TEKUN_BASIC)


class Comparison(msgspec.Struct, frozen=True):
    """What a roll differs in from an old list. `frozen` are the programmes whose roll is frozen, of those compared."""

    old_households: int
    new_households: int
    old_fen: int
    new_fen: int
    differences: tuple[Difference, ...]
    frozen: tuple[str, ...]

    @property
    def same(self) -> int:
        """The households that are the same on both lists."""
        return self.old_households - sum(1 for one in self.differences if one.old is not None)

    def total_fen(self, kind: str) -> int:
        """What the differences of a kind add to the old list's total."""
        return sum(one.new_fen - one.old_fen for one in self.differences if one.kind == kind)


def compare(
    installation: Installation,
    division: str,
    month: Month,
    programmes: Sequence[str],
    old: OldList,
    step: Progress | None = None,
) -> Comparison:
    """Sets the rolls of a month, as frozen or as closing it now would pay, against an old list.

    Reliefs are no households' and are left out. Bookings without money count as nothing on our side.
    """
    ours: list[Listed] = []
    frozen: list[str] = []
    now = installation.rolls.views.catch_up() + 1
    before: dict[str, int] = {}
    for programme in (name for name in PROGRAMMES if name != RELIEF):
        frozen_at = installation.ledger.batch(division, month, programme).frozen_at
        before[programme] = now if frozen_at is None else frozen_at
        if programme not in programmes:
            continue
        roll = installation.rolls.shown(division, programme, month, step)
        frozen += [] if frozen_at is None else [programme]
        rows: dict[str, list[RollRow]] = {}
        for row in roll.rows:
            if row.amount_fen:
                rows.setdefault(row.case, []).append(row)
        files = installation.rolls.case_files
        households = files.households(division, programme, before[programme], only=sorted(rows))
        ours += [_listed(household, rows[household.case.case], month) for household in households]
    found = differences(old.households, ours)
    explained = tuple(_explained(installation, division, month, before, found))
    comparison = Comparison(
        len(old.households), len(ours), sum(one.total_fen or 0 for one in old.households),
        sum(one.total_fen or 0 for one in ours), explained, tuple(frozen),
    )  # fmt: skip
    if all(one.total_fen is not None for one in old.households):
        explained_fen = sum(one.new_fen - one.old_fen for one in explained)
        assert comparison.old_fen + explained_fen == comparison.new_fen
    return comparison


def _listed(household: Household, rows: Sequence[RollRow], month: Month) -> Listed:
    """A household as our roll pays it, all its payees together."""
    party = Party.of(household)
    sums: dict[str, int] = {}
    for row in rows:
        for line in row.lines:
            sums[line.component] = sums.get(line.component, 0) + line.amount_fen
    head = household.head(month)
    living = next((row for row in rows if row.payee == household.living), rows[0])
    account = party.account(living.account)
    return Listed(
        place=household.case.case,
        name=_name(household.person(head)),
        id_number=_key(household.person(head)),
        insured=rows[0].insured,
        base_fen=sum(fen for component, fen in sums.items() if component in _BASES),
        top_up_fen=sums.get(TOP_UP, 0),
        total_fen=sum(sums.values()),
        account=account.number if account else None,
        holder=plain(account.holder) if account and account.holder else None,
        members={key: _name(file) for file, key in _insured(household, month)},
        programme=household.case.programme,
        others_fen={component: fen for component, fen in sums.items() if component not in (*_BASES, TOP_UP)},
    )


def _insured(household: Household, month: Month) -> Iterator[tuple[PersonFile, str]]:
    for stay in household.insured(month):
        file = household.person(stay.person)
        key = _key(file)
        if key is not None:
            yield file, key


def _explained(
    installation: Installation,
    division: str,
    month: Month,
    before: Mapping[str, int],
    found: Sequence[Difference],
) -> Iterator[Difference]:
    """The differences, those on one list only with what is known here about them."""
    wanted = {one.old.id_number for one in found if one.kind == ONLY_OLD and one.old and one.old.id_number}
    known: dict[str, list[str]] = {}
    if wanted:
        for programme, position in before.items():
            rules = installation.ledger.rule_book(division, before=position)
            for household in installation.rolls.case_files.households(division, programme, position):
                for key in _keys(household) & wanted:
                    known.setdefault(key, []).append(_state(household, rules, month))
    for one in found:
        if one.kind == ONLY_OLD and one.old is not None:
            states = known.get(one.old.id_number or "", ["nobody with this ID number is on our books"])
            reasons = tuple(Reason("missing_here", None, state) for state in states)
            yield msgspec.structs.replace(one, reasons=(*one.reasons, *reasons))
        elif one.kind == ONLY_NEW and one.new is not None:
            yield msgspec.structs.replace(one, reasons=(Reason("missing_there", None, "not on the old list"),))
        else:
            yield one


def _keys(household: Household) -> set[str]:
    return {key for stay in household.stays if (key := _key(household.person(stay.person))) is not None}


def _state(household: Household, rules: RuleBook, month: Month) -> str:
    """Why a household that is known here is not paid as the old list has it."""
    case = household.case
    named = f"case {case.case} ({case.programme})"
    if case.hold() is not None:
        return f"{named}: held"
    owed = due(household, rules, month)
    if owed.nothing is not None:
        last = case.last_month()
        when = f" with {last}" if last is not None and last < month else ""
        when = when or (f", first month {case.first_month}" if month < case.first_month else "")
        return f"{named}: {owed.nothing}{when}"
    return f"{named}: due {format_yuan(owed.total_fen)} for {month}, not matched with this line"


def _name(file: PersonFile) -> str | None:
    name = file.current.name
    return plain(name) if name else None


def _key(file: PersonFile) -> str | None:
    number = file.current.id_number
    return eighteen_digits(number) if number else None
