"""GB/T 4761-2008 relation codes: the class of each, and what a class is seen from the other side."""

from __future__ import annotations

from enum import StrEnum


class KinClass(StrEnum):
    """What one person is to another, as far as the filing of close relatives tells them apart."""

    SPOUSE = "spouse"
    CHILD = "child"
    CHILD_IN_LAW = "child_in_law"
    GRANDCHILD = "grandchild"
    GRANDCHILD_IN_LAW = "grandchild_in_law"
    GREAT_GRANDCHILD = "great_grandchild"
    PARENT = "parent"
    PARENT_IN_LAW = "parent_in_law"
    GRANDPARENT = "grandparent"
    SPOUSES_GRANDPARENT = "spouses_grandparent"
    GREAT_GRANDPARENT = "great_grandparent"
    SIBLING = "sibling"
    SIBLING_IN_LAW = "sibling_in_law"
    UNCLE_AUNT = "uncle_aunt"
    COUSIN = "cousin"
    NEPHEW_NIECE = "nephew_niece"


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


CODES_OF: dict[KinClass, frozenset[str]] = {
    KinClass.SPOUSE: _codes("10 11 12"),
    KinClass.CHILD: _codes("20 21 22 23 24 25 26 27 29 30 31 32 33 34 35 36 37 39"),
    KinClass.CHILD_IN_LAW: _codes("28 38"),
    KinClass.GRANDCHILD: _codes("40 41 42 43 44 49"),
    KinClass.GRANDCHILD_IN_LAW: _codes("45 46"),
    KinClass.GREAT_GRANDCHILD: _codes("47 48"),
    KinClass.PARENT: _codes("50 51 52 57 58 59"),
    KinClass.PARENT_IN_LAW: _codes("53 54 55 56"),
    KinClass.GRANDPARENT: _codes("60 61 62 63 64 69"),
    KinClass.SPOUSES_GRANDPARENT: _codes("65 68"),
    KinClass.GREAT_GRANDPARENT: _codes("66 67"),
    KinClass.SIBLING: _codes("70 71 73 75 77 79"),
    KinClass.SIBLING_IN_LAW: _codes("72 74 76 78"),
    KinClass.UNCLE_AUNT: _codes("81 82 83 84 85 86 87 88 89 90"),
    KinClass.COUSIN: _codes("91 92"),
    KinClass.NEPHEW_NIECE: _codes("93 94 95 96"),
}
"""Every code that has a class, by class."""

_CLASSLESS = _codes("01 02 03 80 97 98 99")
_CLASS_OF = {code: kin_class for kin_class, codes in CODES_OF.items() for code in codes}

_PAIRS = (
    (KinClass.CHILD, KinClass.PARENT),
    (KinClass.GRANDCHILD, KinClass.GRANDPARENT),
    (KinClass.CHILD_IN_LAW, KinClass.PARENT_IN_LAW),
    (KinClass.GRANDCHILD_IN_LAW, KinClass.SPOUSES_GRANDPARENT),
    (KinClass.GREAT_GRANDCHILD, KinClass.GREAT_GRANDPARENT),
    (KinClass.UNCLE_AUNT, KinClass.NEPHEW_NIECE),
    *((own, own) for own in (KinClass.SPOUSE, KinClass.SIBLING, KinClass.SIBLING_IN_LAW, KinClass.COUSIN)),
)
INVERSE: dict[KinClass, KinClass] = dict(_PAIRS) | {second: first for first, second in _PAIRS}
"""What the person a relation starts from is to the one it leads to."""

NATIONAL_SCOPE = _codes(
    "10 11 12 20 21 22 23 24 25 26 27 29 30 31 32 33 34 35 36 37 39 41 42 43 44"
    " 51 52 57 58 61 62 63 64 71 73 75 77"
)
"""Close relatives where no `kin_scope` policy says otherwise (Civil Code art. 1045). A set, not a range."""


def is_relation_code(code: str) -> bool:
    """Whether it is a relation code the ledger knows, with a class or without (01–03, 80, 97–99)."""
    return code in _CLASS_OF or code in _CLASSLESS


def class_of(code: str) -> KinClass | None:
    """The class of a known code; None for those that have none.

    Raises:
        ValueError: for a code `is_relation_code` does not know.
    """
    if not is_relation_code(code):
        raise ValueError(f"a GB/T 4761-2008 relation code such as 10, 20 or 52, not {code!r}")
    return _CLASS_OF.get(code)


def codes_of_either_side(class_: KinClass) -> frozenset[str]:
    """All codes two persons of this class may have, seen from the one or from the other."""
    return CODES_OF[class_] | CODES_OF[INVERSE[class_]]
