"""The relation graph: a person's relatives on a day, stated and derived; only his neighbourhood is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from ledger.kinship.codes import KinClass, codes_of_either_side
from ledger.kinship.relations import Kinship, StatedRelation, order

_C = KinClass
_RULES: tuple[tuple[KinClass, KinClass, KinClass], ...] = (
    (_C.PARENT, _C.PARENT, _C.GRANDPARENT),
    (_C.CHILD, _C.CHILD, _C.GRANDCHILD),
    (_C.PARENT, _C.CHILD, _C.SIBLING),
    (_C.PARENT, _C.GRANDPARENT, _C.GREAT_GRANDPARENT),
    (_C.CHILD, _C.GRANDCHILD, _C.GREAT_GRANDCHILD),
    (_C.PARENT, _C.SIBLING, _C.UNCLE_AUNT),
    (_C.SIBLING, _C.CHILD, _C.NEPHEW_NIECE),
    (_C.UNCLE_AUNT, _C.CHILD, _C.COUSIN),
    (_C.SPOUSE, _C.PARENT, _C.PARENT_IN_LAW),
    (_C.CHILD, _C.SPOUSE, _C.CHILD_IN_LAW),
    (_C.SIBLING, _C.SPOUSE, _C.SIBLING_IN_LAW),
    (_C.SPOUSE, _C.SIBLING, _C.SIBLING_IN_LAW),
    # The three above whose other way round is not above: what holds from one side holds from the other.
    (_C.GRANDPARENT, _C.PARENT, _C.GREAT_GRANDPARENT),
    (_C.GRANDCHILD, _C.CHILD, _C.GREAT_GRANDCHILD),
    (_C.PARENT, _C.NEPHEW_NIECE, _C.COUSIN),
)
"""The first's second is the third: all that is derived. A sibling's sibling or parent, a spouse's child and a
parent's spouse are missing on purpose. No class is needed for its own parts, so that recursion ends."""

_PARTS: dict[KinClass, tuple[tuple[KinClass, KinClass], ...]] = {
    result: tuple((first, second) for first, second, into in _RULES if into is result)
    for result in dict.fromkeys(into for _, _, into in _RULES)
}

Nearest = dict[str, Kinship]
"""The shortest kinship to each other person."""


class KinGraph:
    """All stated relations; asked about one person or pair at a time, for 100,000 persons and more.

    Raises:
        ValueError: when made with a relation whose code is unknown. One to oneself is left out.
    """

    def __init__(self, relations: Iterable[StatedRelation]) -> None:
        self._at: dict[str, list[Kinship]] = defaultdict(list)
        for stated in relations:
            if stated.person != stated.to_person:
                for person in (stated.person, stated.to_person):
                    self._at[person].append(Kinship.of(stated, person))

    def relatives(self, person: str, on: date) -> dict[str, list[Kinship]]:
        """Everyone who is anything to a person on a day, with what he is, the shortest chain first.

        A person is listed with every stated relation in force, and with the shortest chain of each class that
        can be derived, also where the same class is stated: scope judges the two differently.
        """
        return self._relatives(person, on, _PARTS)

    def _relatives(self, person: str, on: date, derivable: Iterable[KinClass]) -> dict[str, list[Kinship]]:
        neighbourhood = _Neighbourhood(self._at, on)
        found: dict[str, list[Kinship]] = defaultdict(list)
        for kinship in neighbourhood.stated(person):
            found[kinship.other].append(kinship)
        for class_ in derivable:
            for other, kinship in neighbourhood.derived(person, class_).items():
                found[other].append(kinship)
        return {other: sorted(kinships, key=order) for other, kinships in found.items()}

    def close_relatives(self, person: str, on: date, scope: frozenset[str]) -> dict[str, Kinship]:
        """Everyone in a `kin_scope` for a person on a day, with the shortest kinship that is."""
        derivable = [class_ for class_ in _PARTS if not codes_of_either_side(class_).isdisjoint(scope)]
        nearest = {
            other: next((kinship for kinship in kinships if kinship.in_scope(scope)), None)
            for other, kinships in self._relatives(person, on, derivable).items()
        }
        return {other: kinship for other, kinship in nearest.items() if kinship is not None}

    def in_scope(self, a: str, b: str, on: date, scope: frozenset[str]) -> Kinship | None:
        """The shortest proof that two persons are close relatives in a `kin_scope` on a day, else None.

        The same for `a, b` as for `b, a`, read from `a`. Nobody is his own relative.
        """
        return self.close_relatives(a, on, scope).get(b)


class _Neighbourhood:
    """One day's graph around a person, each answer worked out once."""

    def __init__(self, at: dict[str, list[Kinship]], on: date) -> None:
        self._at = at
        self._on = on
        self._derived: dict[tuple[str, KinClass], Nearest] = {}
        self._nearest: dict[tuple[str, KinClass], Nearest] = {}

    def stated(self, person: str) -> Iterator[Kinship]:
        """The stated relations in force, from this person's side."""
        for kinship in self._at.get(person, ()):
            if kinship.stated is not None and kinship.stated.holds_on(self._on):
                yield kinship

    def derived(self, person: str, class_: KinClass) -> Nearest:
        """Those who are derived to be of a class to a person."""
        known = self._derived.get((person, class_))
        if known is None:
            known = self._derived[person, class_] = _shortest(self._derivations(person, class_))
        return known

    def _derivations(self, person: str, class_: KinClass) -> Iterator[Kinship]:
        for first_class, second_class in _PARTS.get(class_, ()):
            for first in self._of(person, first_class).values():
                for second in self._of(first.other, second_class).values():
                    if second.other != person:
                        yield Kinship.derive(class_, first, second)

    def _of(self, person: str, class_: KinClass) -> Nearest:
        """Those who are of a class to a person, stated or derived."""
        known = self._nearest.get((person, class_))
        if known is None:
            stated = [kinship for kinship in self.stated(person) if kinship.class_ is class_]
            known = _shortest([*stated, *self.derived(person, class_).values()])
            self._nearest[person, class_] = known
        return known


def _shortest(kinships: Iterable[Kinship]) -> Nearest:
    nearest: Nearest = {}
    for kinship in kinships:
        best = nearest.get(kinship.other)
        if best is None or order(kinship) < order(best):
            nearest[kinship.other] = kinship
    return nearest
