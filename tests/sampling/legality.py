"""A second reading of docs/facts.md and docs/rules.md, without the generator: would a ledger take these files?"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from stdnum import luhn
from stdnum.cn import ric

Fact = dict[str, Any]
_HEADER = {"fact", "id", "division", "recorded_on"}
DIBAO_FIELDS = {
    "opening": {"month"},
    "standard": {"programme", "amount", "per", "from"},
    "top_up_rule": {"programme", "category", "percent", "from"},
    "policy": {"key", "value", "from"},
    "enrol": {
        "case",
        "programme",
        "confirmed_on",
        "head",
        "members",
        "income",
        "village",
        "account",
        "handlers",
        "care",
    },
    "join": {"case", "member", "confirmed_on"},
    "leave": {"case", "person", "date", "reason"},
    "head": {"case", "person", "from"},
    "income": {"case", "income", "decided_on", "from"},
    "category": {"person", "category", "from", "to"},
    "suspend": {"case", "decided_on", "reason"},
    "resume": {"case", "decided_on", "reason"},
    "stop": {"case", "decided_on", "reason"},
    "hold": {"case", "decided_on", "reason"},
    "release": {"case", "decided_on", "reason"},
    "account": {"case", "account"},
    "harvest": {"case", "year", "kg_per_head", "full_ration"},
    "correct": {"case", "person", "name", "village"},
    "void": {"of", "reason"},
}
PROGRAMME_FIELDS = {
    "grace": {"case", "decided_on", "months", "reason"},
    "one_off": {"one_off", "programme", "amount", "month", "document"},
    "payout_imported": {"case", "month", "amount", "on", "persons", "lines"},
    "care": {"case", "tier", "assessed_on", "carer", "carer_account"},
    "discharge": {"case", "on"},
    "relief": {"relief", "person", "kind", "cause", "amount", "level", "decided_on", "account", "reason"},
}
SUPERVISION_FIELDS = {
    "official": {"official", "person", "name", "role", "unit", "from"},
    "relation": {"person", "to_person", "code", "declared_by"},
    "filing": {"official", "case", "on"},
    "home_visit": {"case", "on", "visitors"},
    "declaration": {"official", "on", "nil"},
    "posting": {"case", "stage", "from", "to", "place"},
    "review": {"case", "on", "kind", "outcome", "by"},
    "match": {"person", "dataset", "month", "value"},
    "application": {"application", "person", "programme", "applied_on", "case", "outcome", "decided_on"},
    "monitored": {"person", "household", "from", "reason"},
    "appropriation": {"fund", "programme", "source", "amount", "on", "document"},
    "grain_hand_out": {"case", "month", "kg", "on", "collector"},
    "grain_stock": {"unit", "kg", "on", "direction", "document"},
}
FIELDS = DIBAO_FIELDS | PROGRAMME_FIELDS | SUPERVISION_FIELDS
_MEMBER = {"person", "name", "id_number", "birth_date", "sex", "relation", "insured", "categories"}
_HAPPENED = ("confirmed_on", "decided_on", "date", "assessed_on")
_PAST = (*_HAPPENED, "on", "applied_on")
_RULES = ("opening", "standard", "top_up_rule", "policy")
_NEW_CODES = ("relief", "one_off", "application")
_TOWNSHIP_LIMIT = 1500


class Illegal(AssertionError):
    """The ledger would refuse it."""


def need(ok: object, fact: Fact, why: str) -> None:
    if not ok:
        raise Illegal(f"{why}: {fact}")


class Books:
    """All facts so far, by case; a file is taken whole, then each case it touched is read anew."""

    def __init__(self) -> None:
        self.cases: dict[str, list[Fact]] = {}
        self.case_of: dict[str, str] = {}
        self.ids: dict[str, Fact] = {}
        self.void: set[str] = set()
        self.id_numbers: set[str] = set()
        self.accounts: dict[str, str] = {}
        self.officials: set[str] = set()
        self.codes: set[tuple[str, ...]] = set()
        self.grain_kg: dict[str, int] = defaultdict(int)
        self.today = date.min
        self.counts: dict[str, int] = defaultdict(int)

    def take(self, recorded_on: date, facts: list[Fact]) -> None:
        need(recorded_on >= self.today, {}, "the clock goes back")
        self.today = recorded_on
        touched = {}
        for fact in facts:
            self._shape(fact)
            case = self._case(fact)
            if case is not None:
                touched[case] = fact
        for case, fact in touched.items():
            read_case([f for f in self.cases[case] if f.get("id") not in self.void], fact)

    def _shape(self, fact: Fact) -> None:
        kind = fact["fact"]
        self.counts[kind] += 1
        need(set(fact) <= FIELDS[kind] | _HEADER, fact, "unknown field")
        need(fact["recorded_on"] == self.today.isoformat(), fact, "recorded another day than its file")
        need(all(fact.get(k, "") <= fact["recorded_on"] for k in _PAST), fact, "happens after it is known")
        if "id" in fact:
            need(fact["id"] not in self.ids, fact, "id used before")
            self.ids[fact["id"]] = fact

    def _case(self, fact: Fact) -> str | None:
        """Files the fact under its case; None for rules and what is about no case."""
        kind = fact["fact"]
        if kind in _RULES:
            return None
        if kind in SUPERVISION_FIELDS or kind in _NEW_CODES:
            self._apart(fact)
            return None
        if kind == "void":
            need(fact["of"] in self.ids, fact, "nothing known by this id")
            need(fact["of"] not in self.void, fact, "void already")
            voided = self.ids[fact["of"]]
            need(voided["fact"] not in ("void", "enrol"), fact, "not to be voided")
            self.void.add(fact["of"])
            return voided.get("case") or self.case_of[voided["person"]]
        if kind == "enrol":
            need(fact["case"] not in self.cases, fact, "case known")
            self.cases[fact["case"]] = []
            need((fact["programme"] == "tekun") == ("care" in fact), fact, "care is tekun's")
        if kind in ("care", "discharge"):
            need(self.cases[fact["case"]][0]["programme"] == "tekun", fact, "care of a dibao case")
        for member in [*fact.get("members", ()), *([fact["member"]] if kind == "join" else ())]:
            self._person(fact, member)
        if "account" in fact:
            self._account(fact, fact["account"])
        for carer in (fact, fact.get("care", {})):
            if "carer_account" in carer:
                self._account(fact, carer["carer_account"])
        case = fact.get("case") or self.case_of[fact["person"]]
        need(case in self.cases, fact, "unknown case")
        self.cases[case].append(fact)
        return case

    def _person(self, fact: Fact, member: Fact) -> None:
        need(set(member) <= _MEMBER, fact, "unknown field of a member")
        need(member["person"] not in self.case_of, fact, "person known")
        self.case_of[member["person"]] = fact["case"]
        number = member["id_number"]
        need(ric.is_valid(number), fact, "GB 11643")
        need(number not in self.id_numbers, fact, "ID number used before")
        self.id_numbers.add(number)
        need(ric.get_birth_date(number).isoformat() == member["birth_date"], fact, "birth date")
        need(member["birth_date"] < fact["confirmed_on"], fact, "not born yet")
        need(("female", "male")[int(number[16]) % 2] == member["sex"], fact, "sex")

    def _apart(self, fact: Fact) -> None:
        """What supervision knows, reliefs and subsidies: codes are new, what they name is known."""
        kind = fact["fact"]
        if kind in _NEW_CODES:
            code = (kind, fact["division"], fact[kind])
            need(code not in self.codes, fact, "code known")
            self.codes.add(code)
        if kind == "official":
            self.officials.add(fact["official"])
        if kind in ("filing", "declaration"):
            need(fact["official"] in self.officials, fact, "unknown official")
        if "case" in fact:
            need(fact["case"] in self.cases, fact, "unknown case")
        if kind == "relation":
            need(fact["person"] != fact["to_person"], fact, "related to himself")
        if kind == "posting":
            need(fact["from"] <= fact["to"], fact, "ends before it begins")
        if kind == "relief":
            over = int(fact["amount"].split(".")[0]) > _TOWNSHIP_LIMIT
            need(over == (fact["level"] == "county"), fact, "another level decides this amount")
            if "account" in fact:
                self._account(fact, fact["account"])
        if kind == "grain_hand_out":
            self.grain_kg[fact["case"][1:7]] -= fact["kg"]
        if kind == "grain_stock" and fact["direction"] == "out":
            self.grain_kg[fact["unit"][:6]] += fact["kg"]

    def _account(self, fact: Fact, account: Fact) -> None:
        number = account["number"]
        need(number.isdigit() and 6 <= len(number) <= 32, fact, "account")
        need(not number.startswith("62") or (len(number) == 19 and luhn.is_valid(number)), fact, "card number")
        institution = fact.get("care", {}).get("institution")
        owner = institution or fact.get("case") or fact["relief"]
        need(number not in self.accounts or institution == self.accounts[number], fact, "account used before")
        self.accounts[number] = owner


def read_case(facts: list[Fact], last: Fact) -> None:
    """Reads a case's standing facts from the first; dates must not go back, nothing contradicts."""
    first, *later = facts
    need(first["fact"] == "enrol", first, "something before the enrolment")
    active = {member["person"] for member in first["members"]}
    need(first["head"] in active, first, "the head is no member")
    stopped = suspended = held = False
    day = first["confirmed_on"]
    for fact in later:
        kind = fact["fact"]
        happened = next((fact[key] for key in _HAPPENED if key in fact), day)
        need(happened >= day, fact, f"before the fact before it (reading {last})")
        day = happened
        need(not stopped, fact, "after the stop")
        need(active or kind in ("harvest", "account"), fact, "after the last member left")
        if kind == "leave":
            need(fact["person"] in active, fact, "no active member")
            active.remove(fact["person"])
        elif kind == "join":
            active.add(fact["member"]["person"])
        elif kind in ("head", "category", "correct") and "person" in fact:
            need(fact["person"] in active, fact, "no active member")
        elif kind in ("stop", "grace"):
            stopped = True
        elif kind in ("suspend", "resume"):
            need(suspended == (kind == "resume"), fact, "suspended twice, or resumed without")
            suspended = kind == "suspend"
        elif kind in ("hold", "release"):
            need(held == (kind == "release"), fact, "held twice, or released without")
            held = kind == "hold"
