"""Who lives together: sizes, ages, what each is to the head, and what entitles them to a top-up."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

_SIZES = (1,) * 395 + (2,) * 270 + (3,) * 175 + (4,) * 105 + (5,) * 40 + (6,) * 9 + (7,) * 4 + (8,) * 2
"""Of a thousand households; the mean is 2.18."""
_SINGLE_INSURED = 25
_NOT_COUNTED = 12


class Role(NamedTuple):
    """A place in a household: sex, age in years, and the GB/T 4761 code of what it is to the head."""

    relation: str
    sex: str
    age: int
    bears_family_name: bool = True
    insured: bool = True
    categories: tuple[str, ...] = ()


def compose(rng: Random) -> list[Role]:
    """The roles of a household, head first; one to eight."""
    size = _SIZES[rng.randrange(1000)]
    roles = _ALONE_OR_TWO[size](rng) if size <= 2 else _family(rng, size)
    return _insured(rng, [_categorised(rng, role, roles) for role in roles])


def spouse(rng: Random, head_sex: str, head_age: int) -> Role:
    """Wife or husband, of adult age."""
    age = max(20, head_age - 4 + rng.randrange(7))
    if head_sex == "male":
        return Role("12", "female", age, bears_family_name=False)
    return Role("11", "male", age, bears_family_name=False)


def child(rng: Random, age: int) -> Role:
    """Son or daughter."""
    return Role("20", "male", age) if rng.randrange(2) else Role("30", "female", age)


def grandchild(rng: Random, age: int) -> Role:
    """A son's son or daughter."""
    return Role("41", "male", age) if rng.randrange(2) else Role("42", "female", age)


def _head(rng: Random, age: int, men_percent: int = 72) -> Role:
    return Role("02", "male" if rng.randrange(100) < men_percent else "female", age)


def _alone(rng: Random) -> list[Role]:
    draw = rng.randrange(1000)
    if draw < 260:
        return [_head(rng, 60 + rng.randrange(29), 58)]
    if draw < 930:
        return [_head(rng, 36 + rng.randrange(24), 76)]
    return [_head(rng, 18 + rng.randrange(18))]


def _two(rng: Random) -> list[Role]:
    draw = rng.randrange(1000)
    if draw < 200:
        head = _head(rng, 57 + rng.randrange(25), 94)
        return [head, spouse(rng, head.sex, head.age)]
    if draw < 340:
        head = _head(rng, 27 + rng.randrange(22), 45)
        return [head, child(rng, 2 + rng.randrange(head.age - 23))]
    if draw < 500:
        head = _head(rng, 33 + rng.randrange(22), 88)
        return [head, _parent(rng, head.age)]
    head = _head(rng, 38 + rng.randrange(20), 92)
    return [head, spouse(rng, head.sex, head.age)]


def _family(rng: Random, size: int) -> list[Role]:
    head = _head(rng, 32 + rng.randrange(27), 84)
    roles = [head]
    if rng.randrange(100) < 78:
        roles.append(spouse(rng, head.sex, head.age))
    elders = max(size - len(roles) - 4, rng.choice((0, 0, 0, 1, 1, 2)))
    for relation in ("52", "51")[: min(elders, size - len(roles))]:
        sex = "female" if relation == "52" else "male"
        roles.append(Role(relation, sex, head.age + 21 + rng.randrange(12), relation == "51"))
    while len(roles) < size:
        roles.append(child(rng, max(1, head.age - 37) + rng.randrange(min(head.age - 21, 17))))
    return roles


_ALONE_OR_TWO = {1: _alone, 2: _two}


def _parent(rng: Random, head_age: int) -> Role:
    age = head_age + 21 + rng.randrange(12)
    if rng.randrange(100) < 68:
        return Role("52", "female", age, bears_family_name=False)
    return Role("51", "male", age)


def _categorised(rng: Random, role: Role, roles: list[Role]) -> Role:
    """The role with the categories that need a fact; those of age follow from the birth date."""
    found = []
    if rng.randrange(1000) < (65 if role.age >= 45 else 20):
        found.append("serious_illness")
    elif rng.randrange(1000) < 40:
        found.append("severe_disability")
    if 16 <= role.age <= 22 and role.relation in ("20", "30") and rng.randrange(100) < 55:
        found.append("student")
    if role.relation == "02" and _raises_alone(roles):
        found.append("single_parent")
    if role.relation == "12" and 20 <= role.age < 45 and any(0 < other.age <= 1 for other in roles):
        found.append("nursing_mother")
    return role._replace(categories=tuple(found)) if found else role


def _raises_alone(roles: list[Role]) -> bool:
    married = any(role.relation in ("11", "12") for role in roles)
    return not married and any(role.age < 17 and role.relation in ("20", "30") for role in roles)


def _insured(rng: Random, roles: list[Role]) -> list[Role]:
    """Some households insure one member alone; some members are away and do not count."""
    if len(roles) > 2 and rng.randrange(1000) < _SINGLE_INSURED:
        alone = rng.randrange(len(roles))
        return [role._replace(insured=number == alone) for number, role in enumerate(roles)]
    return [
        role._replace(insured=False) if number and rng.randrange(1000) < _NOT_COUNTED else role
        for number, role in enumerate(roles)
    ]
