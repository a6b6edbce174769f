"""Any graph: the relatives found are those of a naive closure over all pairs, with chains as short."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.kinship import INVERSE, KinClass, KinGraph, Kinship, StatedRelation, class_of

C = KinClass
LISTED = {
    (C.PARENT, C.PARENT): C.GRANDPARENT,
    (C.CHILD, C.CHILD): C.GRANDCHILD,
    (C.PARENT, C.CHILD): C.SIBLING,
    (C.PARENT, C.GRANDPARENT): C.GREAT_GRANDPARENT,
    (C.CHILD, C.GRANDCHILD): C.GREAT_GRANDCHILD,
    (C.PARENT, C.SIBLING): C.UNCLE_AUNT,
    (C.SIBLING, C.CHILD): C.NEPHEW_NIECE,
    (C.UNCLE_AUNT, C.CHILD): C.COUSIN,
    (C.SPOUSE, C.PARENT): C.PARENT_IN_LAW,
    (C.CHILD, C.SPOUSE): C.CHILD_IN_LAW,
    (C.SIBLING, C.SPOUSE): C.SIBLING_IN_LAW,
    (C.SPOUSE, C.SIBLING): C.SIBLING_IN_LAW,
}
"""The rules of composition, as codes: what a relation of a relation is."""

DAYS = [date(2022, 1, day) for day in range(1, 6)]
CODES = [
    "10",
    "20",
    "30",
    "51",
    "52",
    "52",
    "61",
    "41",
    "71",
    "81",
    "93",
    "91",
    "28",
    "54",
    "72",
    "66",
    "47",
    "45",
]
Triple = tuple[str, KinClass, str]


@st.composite
def stated(draw: st.DrawFn) -> list[StatedRelation]:
    people = st.sampled_from("ABCDEFG")
    day = st.none() | st.sampled_from(DAYS)
    return [
        StatedRelation(draw(people), draw(people), draw(st.sampled_from(CODES)), draw(day), draw(day), f"r{n}")
        for n in range(draw(st.integers(0, 10)))
    ]


def closure(relations: list[StatedRelation], on: date) -> tuple[set[Triple], dict[Triple, int]]:
    """What is stated; and what is derived, with the length of its shortest chain, until nothing is new."""
    said: set[Triple] = set()
    for relation in relations:
        class_ = class_of(relation.code)
        if class_ and relation.person != relation.to_person and relation.holds_on(on):
            said.add((relation.person, class_, relation.to_person))
            said.add((relation.to_person, INVERSE[class_], relation.person))
    derived: dict[Triple, int] = {}
    while True:
        length = derived | dict.fromkeys(said, 1)
        found = dict(derived)
        for (a, first, b), left in length.items():
            for (b2, second, c), right in length.items():
                class_ = LISTED.get((first, second))
                if b == b2 and a != c and class_:
                    for triple in ((a, class_, c), (c, INVERSE[class_], a)):
                        found[triple] = min(found.get(triple, 99), left + right)
        if found == derived:
            return said, derived
        derived = found


@settings(max_examples=150, deadline=None)
@given(stated(), st.sampled_from(DAYS))
def test_relatives_are_those_of_the_naive_closure(relations: list[StatedRelation], on: date) -> None:
    kin = KinGraph(relations)
    said, derived = closure(relations, on)
    found_said, found_derived = set(), {}
    for person in "ABCDEFG":
        for other, kinships in kin.relatives(person, on).items():
            for kinship in kinships:
                assert kinship.class_
                if kinship.derived:
                    found_derived[person, kinship.class_, other] = len(kinship.chain)
                    proves(kinship, on)
                else:
                    found_said.add((person, kinship.class_, other))
    assert found_said == said
    assert found_derived == derived


def proves(kinship: Kinship, on: date) -> None:
    """A chain is a path of stated relations in force, each seen from the end it is entered by."""
    place = kinship.person
    for link in kinship.chain:
        assert link.person == place
        assert link.stated is not None
        assert link.stated.holds_on(on)
        assert {link.person, link.other} == {link.stated.person, link.stated.to_person}
        place = link.other
    assert place == kinship.other
    assert kinship.refs == tuple(link.stated.ref for link in kinship.chain if link.stated)


@settings(max_examples=100, deadline=None)
@given(stated(), st.sampled_from(DAYS), st.frozensets(st.sampled_from(CODES), max_size=4))
def test_scope_is_the_same_from_either_side(
    relations: list[StatedRelation], on: date, scope: frozenset[str]
) -> None:
    kin = KinGraph(relations)
    for one in "ABCDEFG":
        for other in "ABCDEFG":
            there, back = kin.in_scope(one, other, on, scope), kin.in_scope(other, one, on, scope)
            assert (there is None) == (back is None)
            if there and back:
                assert len(there.chain) == len(back.chain)
