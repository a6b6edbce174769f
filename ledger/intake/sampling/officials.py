"""Officials of a sample, their relatives on the books, and what is filed, visited and declared about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from ledger.intake.sampling import names
from ledger.intake.sampling.chance import seeded
from ledger.intake.sampling.households import Household
from ledger.intake.sampling.register import Register
from ledger.intake.sampling.standards import Fact
from ledger.values.month import Month, age_on

COMMITTEE_MEMBERS = 5
"""7,000 in about 1,400 villages and residents' committees."""
_COUNTY_HANDLERS = 4
_TOWNSHIP_HANDLERS = 3
RELATED_PER_MILLE = 22
"""Some 2,000 of 91,221 households."""
_NOT_FILED = 5
_NOT_VISITED = 5
_BY_A_PARENT = 5
"""So many in a hundred are found only through a parent whom both have: nobody declared them as such."""
_OLD = 62


@dataclass(frozen=True, slots=True)
class Official:
    """A case handler or a member of a village or residents' committee; `unit` is a division's code."""

    code: str
    unit: str
    role: str

    @property
    def person(self) -> str:
        """The official's person code."""
        return f"P{self.code}"


def officials(register: Register) -> Iterator[Official]:
    """Those whom the enrolments name as handlers, then the committees of all villages."""
    places = register.composer.places
    for number in range(_COUNTY_HANDLERS):
        yield Official(f"H{places.division}{number + 1}", places.division, "case_handler")
    villages = list(places.everywhere())
    for township in dict.fromkeys(village[:9] for village in villages):
        for number in range(_TOWNSHIP_HANDLERS):
            yield Official(f"H{township}{number}", township, "case_handler")
    for village in villages:
        for number in range(COMMITTEE_MEMBERS):
            yield Official(f"V{village}{number + 1}", village, "village_committee")


def official_facts(
    register: Register, seed: int, first: Month, known_on: date, *, tidy: bool = False
) -> Iterator[Fact]:
    """Terms of office, relatives on the books with their filings and visits, the year's declarations."""
    division = register.composer.division
    rng = seeded(seed, division, "officials")
    for official in officials(register):
        name = names.surname(rng) + names.given_name(rng, rng.choice(("male", "male", "female")))
        since = date(first.year - 1 - rng.randrange(3), 1 + rng.randrange(12), 1 + rng.randrange(28))
        yield {
            "fact": "official", "division": division, "official": official.code, "person": official.person,
            "name": name, "role": official.role, "unit": official.unit, "from": since.isoformat(),
        }  # fmt: skip
    related = set()
    for household, official in _related(register, seed, tidy=tidy):
        related.add(official.code)
        yield from _relatives(division, household, official, rng)
        yield from _filed(division, household, official, known_on, rng, tidy=tidy)
    yield from _declared(register, related, known_on)


def declaration_facts(register: Register, seed: int, on: date, *, tidy: bool = False) -> Iterator[Fact]:
    """Every official's yearly declaration, mostly a nil return."""
    return _declared(register, {official.code for _, official in _related(register, seed, tidy=tidy)}, on)


def _declared(register: Register, related: set[str], on: date) -> Iterator[Fact]:
    for official in officials(register):
        yield {
            "fact": "declaration", "division": register.composer.division, "official": official.code,
            "on": on.isoformat(), "nil": official.code not in related,
        }  # fmt: skip


def _related(register: Register, seed: int, *, tidy: bool = False) -> Iterator[tuple[Household, Official]]:
    """Households on the books at the opening, each with the official whose relative its head is.

    Tidily a township's handler of relatives is never the one who accepted or audited the household.
    """
    composer = register.composer
    rng = seeded(seed, composer.division, "related")
    count = max(1, register.founding * RELATED_PER_MILLE // 1000)
    for number in rng.sample(range(register.founding), count):
        household = composer.founding(number)
        if rng.randrange(100) < 75:
            code = f"V{household.village}{rng.randrange(COMMITTEE_MEMBERS) + 1}"
            yield household, Official(code, household.village, "village_committee")
        else:
            township = household.village[:9]
            handler = rng.randrange(_TOWNSHIP_HANDLERS)
            code = f"H{township}{2 - number % 2 if tidy else handler}"
            yield household, Official(code, township, "case_handler")


def _relatives(division: str, household: Household, official: Official, rng: Random) -> Iterator[Fact]:
    head = household.head
    male = head.sex == "male"
    fact: Fact = {"fact": "relation", "division": division, "person": official.person, "declared_by": "本人申报"}
    if age_on(head.birth_date, household.confirmed_on) >= _OLD:
        yield fact | {"to_person": head.person, "code": "51" if male else "52"}
    elif rng.randrange(100) < _BY_A_PARENT:
        parent = f"{official.person}F{household.number}"
        yield fact | {"to_person": parent, "code": "51"}
        yield fact | {"person": parent, "to_person": head.person, "code": "20" if male else "30"}
    else:
        yield fact | {"to_person": head.person, "code": rng.choice(("71", "73") if male else ("75", "77"))}


def _filed(
    division: str, household: Household, official: Official, known_on: date, rng: Random, *, tidy: bool
) -> Iterator[Fact]:
    if rng.randrange(100) < _NOT_FILED and not tidy:
        return
    on = household.confirmed_on + timedelta(days=rng.randrange(10))
    yield {
        "fact": "filing", "division": division, "official": official.code, "case": household.case,
        "on": min(on, known_on).isoformat(),
    }  # fmt: skip
    if tidy or rng.randrange(100) >= _NOT_VISITED:
        visited = min(on + timedelta(days=5 + rng.randrange(20)), known_on)
        yield {
            "fact": "home_visit", "division": division, "case": household.case, "on": visited.isoformat(),
            "visitors": [f"H{division}1", f"H{division}2"],
        }  # fmt: skip
