"""A relation as stated, and a kinship as proved: the tree of stated relations that leads to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from ledger.kinship.codes import CODES_OF, INVERSE, KinClass, class_of, codes_of_either_side


@dataclass(frozen=True, slots=True)
class StatedRelation:
    """`to_person` is `code` (GB/T 4761) to `person`, from `from_` to `to`, both days included.

    A None leaves that end open. `ref` is the reference of the event that says so (`person/P30@2`).
    """

    person: str
    to_person: str
    code: str
    from_: date | None
    to: date | None
    ref: str

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return (self.from_ is None or self.from_ <= day) and (self.to is None or day <= self.to)


def relations_to_head(head: str, members: Iterable[tuple[str, str]], ref: str) -> Iterator[StatedRelation]:
    """What an enrolment states: each member (person, code) is that to the head it names, undated."""
    for person, code in members:
        if person != head:
            yield StatedRelation(head, person, code, None, None, ref)


@dataclass(frozen=True, slots=True)
class Kinship:
    """`other` is `class_` to `person`: either stated, one way round or the other, or derived from two parts.

    A stated one has `stated` and no `parts`. A derived one has two `parts`, each stated or itself derived:
    the first from `person` to somebody, the second from him to `other`. `class_` is None where the stated
    code has no class. `refs` are the event references of the stated links, from `person` to `other`.
    """

    person: str
    other: str
    class_: KinClass | None
    stated: StatedRelation | None = None
    parts: tuple[Kinship, ...] = ()
    refs: tuple[str, ...] = ()

    @staticmethod
    def of(stated: StatedRelation, person: str) -> Kinship:
        """A stated relation as seen from one of its two ends."""
        forward = stated.person == person
        there = class_of(stated.code)
        class_ = there if forward or there is None else INVERSE[there]
        other = stated.to_person if forward else stated.person
        return Kinship(person, other, class_, stated, refs=(stated.ref,))

    @staticmethod
    def derive(class_: KinClass, first: Kinship, second: Kinship) -> Kinship:
        """What follows from two kinships, the second beginning where the first ends."""
        parts = (first, second)
        return Kinship(first.person, second.other, class_, parts=parts, refs=first.refs + second.refs)

    @property
    def derived(self) -> bool:
        """Whether nobody stated it."""
        return self.stated is None

    @property
    def chain(self) -> tuple[Kinship, ...]:
        """The stated links that prove it, in order from `person` to `other`; a stated one is its own."""
        return tuple(link for part in self.parts for link in part.chain) or (self,)

    @property
    def because(self) -> tuple[str, ...]:
        """The event references that prove it, each once, in the order of the chain."""
        return tuple(dict.fromkeys(self.refs))

    @property
    def codes(self) -> frozenset[str]:
        """The codes any of which, in a `kin_scope`, puts it in scope (docs/rules.md R18).

        Stated: its own code, and those of the inverse class, which it may have from the other side. Derived:
        all those of its class from either side.
        """
        if self.stated is None:
            return frozenset() if self.class_ is None else codes_of_either_side(self.class_)
        there = class_of(self.stated.code)
        own = frozenset({self.stated.code})
        return own if there is None else own | CODES_OF[INVERSE[there]]

    def in_scope(self, scope: frozenset[str]) -> bool:
        """Whether a `kin_scope` makes them close relatives."""
        return not self.codes.isdisjoint(scope)


def order(kinship: Kinship) -> tuple[int, int, tuple[str, ...], str]:
    """Sorts the shortest chain first, of equals one of fewer events, and always the same one."""
    return len(kinship.refs), len(set(kinship.refs)), kinship.refs, kinship.class_ or ""
