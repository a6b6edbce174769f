"""Kinship (docs/rules.md R18): what is stated, what follows, what does not, when, and in which scope."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ledger.kinship import (
    CODES_OF,
    INVERSE,
    NATIONAL_SCOPE,
    KinClass,
    KinGraph,
    Kinship,
    StatedRelation,
    class_of,
    is_relation_code,
    relations_to_head,
)

DAY = date(2022, 7, 1)
C = KinClass
GUYUAN = NATIONAL_SCOPE | CODES_OF[C.PARENT_IN_LAW] | CODES_OF[C.CHILD_IN_LAW] | CODES_OF[C.UNCLE_AUNT]


def graph(*lines: str) -> KinGraph:
    """`"A 52 B"`: B is A's 52; days as in `"A 10 B 2020-01-01 -"`, open where `-`. Refs are r0, r1, ..."""

    def stated(number: int, line: str) -> StatedRelation:
        person, code, to_person, *days = line.split()
        since, until = ((None if day == "-" else date.fromisoformat(day)) for day in (*days, "-", "-")[:2])
        return StatedRelation(person, to_person, code, since, until, f"r{number}")

    return KinGraph(stated(number, line) for number, line in enumerate(lines))


def classes(kin: KinGraph, person: str, other: str, on: date = DAY) -> set[KinClass | None]:
    return {kinship.class_ for kinship in kin.relatives(person, on).get(other, ())}


def only(kin: KinGraph, person: str, other: str) -> Kinship:
    (kinship,) = kin.relatives(person, DAY)[other]
    return kinship


def test_every_class_has_an_inverse_whose_inverse_it_is() -> None:
    assert set(INVERSE) == set(KinClass) == set(CODES_OF)
    assert all(INVERSE[INVERSE[class_]] is class_ for class_ in KinClass)


def test_codes_have_one_class_or_none_and_others_are_unknown() -> None:
    assert sum(len(codes) for codes in CODES_OF.values()) == len(frozenset().union(*CODES_OF.values())) == 79
    assert [class_of(code) for code in ("01", "02", "03", "80", "97", "98", "99")] == [None] * 7
    assert class_of("28") is C.CHILD_IN_LAW
    assert not any(is_relation_code(code) for code in ("", "0", "00", "04", "13", "19", "10 ", "100", "甲"))
    with pytest.raises(ValueError, match="GB/T 4761"):
        graph("A 13 B")


def test_in_laws_inside_the_national_ranges_are_out_of_the_national_scope() -> None:
    assert len(NATIONAL_SCOPE) == 37
    assert not NATIONAL_SCOPE & {"28", "38", "40", "45", "50", "53", "56", "59", "60", "65", "69", "72", "79"}


@pytest.mark.parametrize("code", sorted(frozenset().union(*CODES_OF.values())))
def test_a_stated_relation_holds_the_other_way_round_as_the_inverse_class(code: str) -> None:
    kin = graph(f"A {code} B")
    class_ = class_of(code)
    assert class_ is not None
    assert only(kin, "A", "B").class_ is class_
    assert only(kin, "B", "A").class_ is INVERSE[class_]
    assert only(kin, "B", "A").because == ("r0",)
    assert not only(kin, "B", "A").derived


@pytest.mark.parametrize(
    ("first", "second", "class_"),
    [
        ("52", "51", C.GRANDPARENT),
        ("20", "30", C.GRANDCHILD),
        ("52", "20", C.SIBLING),
        ("51", "61", C.GREAT_GRANDPARENT),
        ("61", "51", C.GREAT_GRANDPARENT),  # from the other side: a child's grandchild
        ("20", "41", C.GREAT_GRANDCHILD),
        ("41", "20", C.GREAT_GRANDCHILD),
        ("51", "71", C.UNCLE_AUNT),
        ("71", "20", C.NEPHEW_NIECE),
        ("81", "20", C.COUSIN),
        ("51", "93", C.COUSIN),  # from the other side: an uncle's child
        ("10", "51", C.PARENT_IN_LAW),
        ("20", "12", C.CHILD_IN_LAW),
        ("71", "12", C.SIBLING_IN_LAW),
        ("12", "71", C.SIBLING_IN_LAW),
    ],
)
def test_each_derivation_holds_from_either_side_with_its_chain(first: str, second: str, class_: KinClass) -> None:
    kin = graph(f"A {first} B", f"B {second} X")
    kinship = only(kin, "A", "X")
    assert (kinship.class_, kinship.derived, kinship.because) == (class_, True, ("r0", "r1"))
    assert [(link.person, link.other) for link in kinship.chain] == [("A", "B"), ("B", "X")]
    back = only(kin, "X", "A")
    assert (back.class_, back.because) == (INVERSE[class_], ("r1", "r0"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        *(("10", "20"), ("52", "10")),  # step relations
        *(("71", "73"), ("71", "52")),  # a sibling's sibling, a sibling's parent
        *(("20", "52"), ("20", "71")),  # a child's parent or sibling need be nobody
        *(("10", "10"), ("53", "20"), ("28", "20"), ("72", "20"), ("91", "20"), ("81", "51"), ("93", "20")),
        *(("10", "61"), ("61", "71"), ("97", "52"), ("52", "97"), ("66", "20"), ("41", "10")),
    ],
)
def test_nothing_else_is_derived(first: str, second: str) -> None:
    kin = graph(f"A {first} B", f"B {second} X")
    assert "X" not in kin.relatives("A", DAY)
    assert "A" not in kin.relatives("X", DAY)


def test_nobody_is_his_own_relative() -> None:
    kin = graph("A 52 M", "A 51 F", "M 10 F", "A 10 S", "A 20 K", "S 20 K", "A 71 A")
    assert all(person not in kin.relatives(person, DAY) for person in "AMFSK")
    assert kin.in_scope("A", "A", DAY, NATIONAL_SCOPE) is None


def test_parts_may_be_derived_themselves() -> None:
    kin = graph("A 51 F", "F 52 G", "G 30 U", "U 20 X", "X 12 W", "G 51 H")
    assert classes(kin, "A", "U") == {C.UNCLE_AUNT}
    assert classes(kin, "A", "X") == {C.COUSIN}
    assert classes(kin, "A", "H") == {C.GREAT_GRANDPARENT}
    assert classes(kin, "H", "A") == {C.GREAT_GRANDCHILD}
    assert "W" not in kin.relatives("A", DAY), "a cousin's wife is nothing here"
    cousin = only(kin, "A", "X")
    assert cousin.because == ("r0", "r1", "r2", "r3")
    assert [part.derived for part in cousin.parts] == [True, False]
    assert [link.class_ for link in cousin.chain] == [C.PARENT, C.PARENT, C.CHILD, C.CHILD]


def test_a_derived_sibling_s_spouse_is_a_sibling_in_law_and_his_child_a_nephew() -> None:
    kin = graph("A 52 M", "M 20 B", "B 12 W", "B 20 N", "W 51 F")
    assert classes(kin, "A", "W") == {C.SIBLING_IN_LAW} == classes(kin, "W", "A")
    assert classes(kin, "A", "N") == {C.NEPHEW_NIECE}
    assert classes(kin, "M", "W") == {C.CHILD_IN_LAW}
    assert classes(kin, "B", "F") == {C.PARENT_IN_LAW}
    assert "F" not in kin.relatives("A", DAY)


def test_one_person_may_be_several_things_to_another() -> None:
    kin = graph("A 91 B", "A 12 B", "A 52 M", "M 73 U", "U 30 B")
    assert classes(kin, "A", "B") == {C.SPOUSE, C.COUSIN}
    cousins = [k for k in kin.relatives("A", DAY)["B"] if k.class_ is C.COUSIN]
    assert [k.derived for k in cousins] == [False, True], "stated and derived are judged differently"


def test_the_shortest_chain_is_the_proof() -> None:
    kin = graph("A 52 M", "M 51 G", "G 20 U", "A 51 F", "F 73 U", "U 20 X")
    assert only(kin, "A", "X").because == ("r3", "r4", "r5")


@pytest.mark.parametrize(
    ("day", "holds"),
    [("2019-12-31", False), ("2020-01-01", True), ("2021-06-30", True), ("2021-07-01", False)],
)
def test_both_days_of_a_relation_are_included(day: str, holds: bool) -> None:
    kin = graph("A 10 B 2020-01-01 2021-06-30", "B 51 F", "B 71 S - 2030-01-01")
    on = date.fromisoformat(day)
    assert (classes(kin, "A", "B", on) == {C.SPOUSE}) is holds
    assert (classes(kin, "F", "A", on) == {C.CHILD_IN_LAW}) is holds
    assert (classes(kin, "A", "S", on) == {C.SIBLING_IN_LAW}) is holds


def test_every_link_must_be_in_force_on_the_day() -> None:
    kin = graph("A 10 B - 2021-12-31", "B 51 F 2022-01-01 -")
    days = [date(2021, 12, 31), date(2022, 1, 1)]
    assert all(classes(kin, "A", "F", day) == set() for day in days)
    kin = graph("A 10 B - 2022-01-01", "B 51 F 2022-01-01 -")
    assert [classes(kin, "A", "F", days[1] + timedelta(days=n)) for n in (-1, 0, 1)] == [
        set(),
        {C.PARENT_IN_LAW},
        set(),
    ]


@pytest.mark.parametrize(
    ("line", "scope", "within"),
    [
        ("A 20 B", "20", True),
        ("A 20 B", "21", False),  # another code of its own class is not its code
        ("A 20 B", "50", True),  # B may call A 50: a code of the inverse class
        ("A 28 B", "53", True),
        ("A 28 B", "20", False),
        ("A 79 B", "71", True),  # siblings are siblings from the other side
        ("A 91 B", "92", True),
        ("A 69 B", "61", False),
        ("A 69 B", "41", True),
        ("A 97 B", "97", True),  # no class, but a code
        ("A 97 B", "98", False),
    ],
)
def test_a_stated_relation_is_in_scope_by_its_code_or_one_of_the_inverse_class(
    line: str, scope: str, *, within: bool
) -> None:
    kin = graph(line)
    for one, other in (("A", "B"), ("B", "A")):
        assert (kin.in_scope(one, other, DAY, frozenset({scope})) is not None) is within


def test_a_derived_relation_is_in_scope_by_any_code_of_its_class_from_either_side() -> None:
    kin = graph("A 51 F", "F 51 G")
    within = {code for code in range(100) if kin.in_scope("A", "G", DAY, frozenset({f"{code:02d}"}))}
    assert within == {60, 61, 62, 63, 64, 69, 40, 41, 42, 43, 44, 49}
    assert kin.in_scope("A", "G", DAY, frozenset()) is None


def test_a_relation_out_of_scope_as_stated_may_be_in_scope_as_derived() -> None:
    kin = graph("A 69 G", "A 51 F", "F 51 G")
    proof = kin.in_scope("A", "G", DAY, frozenset({"61"}))
    assert proof is not None
    assert proof.because == ("r1", "r2")


def test_scopes_of_regions() -> None:
    kin = graph("A 12 W", "W 51 F", "A 51 D", "D 73 U", "A 20 K", "K 12 L", "A 71 S")
    assert set(kin.close_relatives("A", DAY, NATIONAL_SCOPE)) == {"W", "D", "K", "S"}
    assert set(kin.close_relatives("A", DAY, GUYUAN)) == {"W", "D", "K", "S", "F", "U", "L"}


def test_a_village_official_s_sister_follows_from_their_common_mother() -> None:
    kin = graph("P30 52 P39", "P39 20 P31")
    proof = kin.in_scope("P30", "P31", date(2021, 3, 1), NATIONAL_SCOPE)
    assert proof is not None
    assert (proof.class_, proof.derived, proof.because) == (C.SIBLING, True, ("r0", "r1"))


def test_an_enrolment_states_what_each_member_is_to_the_head() -> None:
    members = [("P1", "02"), ("P2", "12"), ("P3", "20"), ("P4", "41")]
    kin = KinGraph(relations_to_head("P1", members, "case/520203/C1@1"))
    assert classes(kin, "P2", "P1") == {C.SPOUSE}
    assert classes(kin, "P3", "P1") == {C.PARENT}
    assert "P3" not in kin.relatives("P2", DAY), "the head's son need not be his wife's"
    assert "P4" not in kin.relatives("P3", DAY)
    assert only(kin, "P1", "P4").because == ("case/520203/C1@1",)


def test_a_hundred_thousand_persons_are_no_reason_to_look_at_them_all() -> None:
    lines = (StatedRelation(f"P{n}", f"P{n + 1}", "51", None, None, f"r{n}") for n in range(100_000))
    kin = KinGraph(lines)
    relatives = kin.relatives("P50000", DAY)
    assert set(relatives) == {f"P{50_000 + step}" for step in (-3, -2, -1, 1, 2, 3)}
