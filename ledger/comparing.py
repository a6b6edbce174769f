"""Two lists of the same households set side by side: who is on which, and in what they differ. Pure.

Households are matched by the head's ID number (15 digits equal their 18-digit form), then by a member's (the head was
named anew), then by the account (the ID number was corrected). Every personal value in a difference is masked.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from ledger.values.identifiers import mask
from ledger.values.money import format_yuan

ONLY_OLD, ONLY_NEW, DIFFERS = "only_old", "only_new", "differs"
KINDS = (ONLY_OLD, ONLY_NEW, DIFFERS)

_BY_MEMBER, _BY_ACCOUNT = "member", "account"


class Listed(msgspec.Struct, frozen=True):
    """A household as one list has it; what the list does not say is None. ID numbers are in their 18-digit form.

    `place` is the line of the old list, or the case. `members` are names by ID number, the head's too; None where the
    list names the head alone. `others_fen` are components that only our roll tells apart (`arrears`, `subsidy`).
    """

    place: str
    name: str | None
    id_number: str | None
    insured: int | None = None
    base_fen: int | None = None
    top_up_fen: int | None = None
    total_fen: int | None = None
    account: str | None = None
    holder: str | None = None
    members: Mapping[str, str | None] | None = None
    programme: str | None = None
    others_fen: Mapping[str, int] = {}


class Reason(msgspec.Struct, frozen=True):
    """What is another on either side (`base`, `insured`, `account`, …), or why there is nothing on one."""

    what: str
    old: str | None
    new: str | None


class Difference(msgspec.Struct, frozen=True):
    """A household that is not the same on both lists; amounts in fen, 0 where a list does not have it."""

    kind: str
    old: Listed | None
    new: Listed | None
    reasons: tuple[Reason, ...]

    @property
    def old_fen(self) -> int:
        """What the old list pays it."""
        return (self.old.total_fen or 0) if self.old else 0

    @property
    def new_fen(self) -> int:
        """What our roll pays it."""
        return (self.new.total_fen or 0) if self.new else 0


def differences(old: Sequence[Listed], new: Sequence[Listed]) -> list[Difference]:
    """Every household that differs, in the order of the old list, then those only ours has.

    Household by household the amounts add up: what the old list pays, and these differences, is what ours pays.
    """
    pairs = _matched(old, new)
    taken = {id(ours) for ours, _ in pairs.values()}
    first: dict[str, Listed] = {}
    found = []
    for number, theirs in enumerate(old):
        before = first.setdefault(theirs.id_number, theirs) if theirs.id_number else theirs
        if number not in pairs:
            twice = (
                (Reason("listed_twice", f"{before.place}, {theirs.place}", None),) if before is not theirs else ()
            )
            found.append(Difference(ONLY_OLD, theirs, None, twice))
            continue
        ours, how = pairs[number]
        reasons = tuple(_reasons(theirs, ours, how))
        if reasons:
            found.append(Difference(DIFFERS, theirs, ours, reasons))
    return found + [Difference(ONLY_NEW, None, ours, ()) for ours in new if id(ours) not in taken]


def _matched(old: Sequence[Listed], new: Sequence[Listed]) -> dict[int, tuple[Listed, str]]:
    """By the place of each old household our one, and what they were matched by; each household once."""
    pairs: dict[int, tuple[Listed, str]] = {}
    left = list(new)
    for how, keys_old, keys_new in (
        ("", _head, _head),
        (_BY_MEMBER, _head, _everybody),
        (_BY_MEMBER, _everybody, _head),
        (_BY_ACCOUNT, _account, _account),
    ):
        known: dict[str, list[Listed]] = {}
        for ours in left:
            for key in keys_new(ours):
                known.setdefault(key, []).append(ours)
        taken: set[int] = set()
        for number, theirs in enumerate(old):
            if number in pairs:
                continue
            candidates = (ours for key in keys_old(theirs) for ours in known.get(key, ()) if id(ours) not in taken)
            match = next(candidates, None)
            if match is not None:
                taken.add(id(match))
                pairs[number] = match, how
        left = [ours for ours in left if id(ours) not in taken]
    return pairs


def _head(one: Listed) -> Iterable[str]:
    return (one.id_number,) if one.id_number else ()


def _everybody(one: Listed) -> Iterable[str]:
    return one.members or ()


def _account(one: Listed) -> Iterable[str]:
    return (one.account,) if one.account else ()


def _reasons(old: Listed, new: Listed, how: str) -> Iterator[Reason]:
    if how == _BY_MEMBER:
        yield Reason("head", _masked(old.id_number), _masked(new.id_number))
    elif how == _BY_ACCOUNT:
        yield Reason("id_number", _masked(old.id_number), _masked(new.id_number))
    elif _other(old.name, new.name):
        yield Reason("name", _masked(old.name), _masked(new.name))
    if _other(old.insured, new.insured):
        yield Reason("insured", str(old.insured), str(new.insured))
    yield from _amounts(old, new)
    for what, theirs, ours in (("account", old.account, new.account), ("holder", old.holder, new.holder)):
        if theirs is not None and theirs != ours:
            yield Reason(what, _masked(theirs), _masked(ours))
    if old.members is not None and new.members is not None:
        yield from (Reason("member", _masked(key), None) for key in old.members if key not in new.members)
        yield from (Reason("member", None, _masked(key)) for key in new.members if key not in old.members)
        for key, name in old.members.items():
            if key in new.members and key != old.id_number and _other(name, new.members[key]):
                yield Reason("name", _masked(name), _masked(new.members[key]))


def _amounts(old: Listed, new: Listed) -> Iterator[Reason]:
    """The components that differ; where the sums do, what only ours tells apart, and the sum where that is not all."""
    told = 0
    for what, theirs, ours in (
        ("base", old.base_fen, new.base_fen),
        ("top_up", old.top_up_fen, new.top_up_fen),
    ):
        if theirs is not None and theirs != ours:
            told += (ours or 0) - theirs
            yield Reason(what, format_yuan(theirs), format_yuan(ours or 0))
    if old.total_fen is None or new.total_fen is None or old.total_fen == new.total_fen:
        return
    others = new.others_fen.items()
    yield from (Reason(what, None, format_yuan(fen)) for what, fen in others)
    if told + sum(fen for _, fen in others) != new.total_fen - old.total_fen:
        yield Reason("total", format_yuan(old.total_fen), format_yuan(new.total_fen))


def plain(text: str) -> str:
    """A text as compared: one form of each character, no blanks; names are typed with blanks to fill a column."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _other(old: object, new: object) -> bool:
    """Whether both lists say something, and not the same."""
    return old is not None and new is not None and old != new


def _masked(value: str | None) -> str | None:
    return mask(value) if value else None
