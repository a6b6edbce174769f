"""Close relatives on the command line: the graph around a person, the filing register, the chain an audit names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from conftest import CommandLine, enrol, standard

ONE = "11010519491231002X"


def official(code: str, person: str, **changes: Any) -> dict[str, Any]:
    """A member of a village committee of the county."""
    return {
        "fact": "official", "official": code, "person": person, "role": "village_committee",
        "unit": "520203101201", "from": "2021-01-01",
    } | changes  # fmt: skip


def relation(person: str, to_person: str, code: str, **changes: Any) -> dict[str, Any]:
    """What `to_person` is to `person`."""
    return {"fact": "relation", "person": person, "to_person": to_person, "code": code} | changes


@pytest.fixture(scope="module")
def county(make_installation: Callable[..., CommandLine]) -> CommandLine:
    """P1's brother Q1 sits on the village committee: both are children of M1. June 2022 is paid without a filing."""
    ledger = make_installation("--rehearsal")
    facts = ledger.facts(
        "kin.jsonl",
        standard(),
        {"fact": "opening", "month": "2022-06"},
        enrol("C1", "P1", "2022-05-18"),
        enrol("C2", "P2", "2022-05-18", members=[{"person": "P2"}, {"person": "P3", "relation": "20"}]),
        official("O1", "Q1"),
        official("O2", "Q2", unit="520204101201"),
        official("O3", "Q3", unit="民政局"),
        official("O4", "Q4", to="2022-05-31"),
        official("O5", "Q1", role="case_handler"),
        relation("P1", "M1", "52"),
        relation("M1", "Q1", "20"),
        relation("Q1", "W1", "12", **{"from": "2022-06-01", "to": "2022-06-30"}),
        relation("W1", "P2", "51"),
        {"fact": "correct", "person": "P9", "id_number": ONE},
        relation("P9", "U1", "99"),
        {"fact": "declaration", "official": "O3", "on": "2021-06-01", "nil": True},
    )
    recorded = ledger("--on", "2022-06-01", "record", facts, "--yes")
    assert recorded.code == 0, recorded.err
    closed = ledger("--on", "2022-06-08", "close-month", "2022-06", "--yes")
    assert closed.code == 0, closed.err
    later = ledger.facts(
        "filings.jsonl",
        {"fact": "filing", "official": "O1", "case": "C1", "on": "2022-06-02"},
        {"fact": "filing", "official": "O1", "case": "C2", "on": "2022-06-09"},
        {"fact": "home_visit", "case": "C1", "on": "2022-06-09"},
        {"fact": "home_visit", "case": "C2", "on": "2022-06-07"},
    )
    recorded = ledger("--on", "2022-06-09", "record", later, "--yes")
    assert recorded.code == 0, recorded.err
    return ledger


def test_the_audit_names_the_chain_the_term_and_the_payout(county: CommandLine) -> None:
    ran = county("audit", "relative_not_filed", "--output", "json")
    assert ran.code == 4
    assert ran.json == [
        {
            "query": "relative_not_filed", "subject": "C1", "case": "C1", "division": "520203", "month": "2022-06",
            "amount": "443.00",
            "because": ["person/M1@1", "person/P1@4", "official/O1@1", "payout/2022-06/520203/C1/household@1"],
            "detail": "person P1 paid for: P1 sibling of Q1, derived by a chain of 2 stated links (M1 parent of Q1,"
            " P1 child of M1); Q1, in office as O1 (village_committee); no filing in force on 2022-06-08",
        }
    ]  # fmt: skip


def test_what_was_known_before_the_relation_was_is_judged_by_that(county: CommandLine) -> None:
    ran = county("audit", "relative_not_filed", "filed_not_visited", "--known-at", "2022-06-07")
    assert (ran.out, ran.code) == ("", 0)


def test_the_relatives_of_a_person(county: CommandLine) -> None:
    ran = county("kin", "Q1", "--on", "2022-06-30", "--output", "json")
    assert ran.code == 0, ran.err
    told = {
        (row["relative"], row["kinship"]): (row["derived"], row["links"], row["close"], row["cases"])
        for row in ran.json
    }
    # W1 is a wife in June only; what follows from her is derived, and not in the national set.
    assert told == {
        ("M1", "parent"): (False, 1, True, []),
        ("W1", "spouse"): (False, 1, True, []),
        ("P1", "sibling"): (True, 2, True, ["520203/C1"]),
        ("P2", "parent in law"): (True, 2, False, ["520203/C2"]),
        ("P3", "sibling in law"): (True, 3, False, ["520203/C2"]),
    }
    sister = next(row for row in ran.json if row["relative"] == "P1")
    assert sister["chain"] == [
        {"person": "M1", "to_person": "Q1", "code": "20", "from": None, "to": None, "ref": "person/M1@1"},
        {"person": "P1", "to_person": "M1", "code": "52", "from": None, "to": None, "ref": "person/P1@4"},
    ]
    assert sister["because"] == ["person/M1@1", "person/P1@4"]


def test_a_relation_that_has_ended_leads_nowhere(county: CommandLine) -> None:
    rows = county("kin", "Q1", "--on", "2022-07-01", "--output", "json").json
    assert [row["relative"] for row in rows] == ["M1", "P1"]


def test_as_text_each_relative_is_followed_by_its_proof(county: CommandLine) -> None:
    lines = county("kin", "P9", "--on", "2022-07-01").out.splitlines()
    assert lines == [
        "P1 (also P9) on 2022-07-01; insured in 520203/C1",
        "  M1  parent",
        "      M1 parent of P1, as stated",
        "      from person/P1@4",
        "  U1  relation 99, not close",
        "      U1 relation 99 of P1, as stated",
        "      from person/P9@2",
        "  Q1  sibling; in office as O1 (village_committee)",
        "      Q1 sibling of P1, derived by a chain of 2 stated links (M1 parent of P1, Q1 child of M1)",
        "      from person/P1@4, person/M1@1",
    ]


def test_nobody_is_shown_for_a_code_that_is_no_person_s(county: CommandLine) -> None:
    ran = county("kin", "O1")
    assert ran.code == 3
    assert "kin.unknown: O1" in ran.err
    assert "Q1" in ran.err
    assert county("kin", "P999").code == 3
    assert county("kin", "U1").code == 0


def test_a_csv_has_a_row_a_kinship(county: CommandLine) -> None:
    lines = county("kin", "M1", "--on", "2022-07-01", "--output", "csv").out.splitlines()
    assert lines[0] == "person,relative,kinship,derived,links,close,official,cases,chain,because"
    assert lines[1:] == [
        'M1,P1,child,false,1,true,,520203/C1,"P1 child of M1, as stated",person/P1@4',
        'M1,Q1,child,false,1,true,O1,,"Q1 child of M1, as stated",person/M1@1',
    ]


def test_the_drawing_has_a_box_a_person_and_a_line_a_link(county: CommandLine) -> None:
    ran = county("kin", "Q1", "--on", "2022-06-30", "--output", "svg")
    drawn = ET.fromstring(ran.out)  # our own output
    space = {"svg": "http://www.w3.org/2000/svg"}
    texts = [text.text for text in drawn.findall("svg:text", space)]
    assert len(drawn.findall("svg:rect", space)) == 6
    assert len(drawn.findall("svg:line", space)) == 5
    assert {"Q1", "M1", "W1", "P1", "P2", "P3", "sibling (derived)", "M1→Q1 20", "office O1"} <= set(texts)
    boxes = {(box.get("x"), box.get("y")) for box in drawn.findall("svg:rect", space)}
    assert len(boxes) == 6, "nobody is drawn on top of another"
    assert county("kin", "Q1", "--on", "2022-06-30", "--output", "svg").out == ran.out


def test_a_person_without_relatives(county: CommandLine) -> None:
    ran = county("kin", "Q3", "--output", "json")
    assert (ran.out, ran.code) == ("[]\n", 0)
    assert "0 relatives of Q3" in ran.err


def test_the_filing_register(county: CommandLine) -> None:
    ran = county("register", "--division", "520203", "--output", "json")
    assert ran.code == 0, ran.err
    assert ran.json[:2] == [
        {"kind": "filing", "official": "O1", "case": "C1", "filed_on": "2022-06-02", "recorded_on": "2022-06-09",
         "visited": True, "visited_on": "2022-06-09", "because": ["official/O1@2"]},
        {"kind": "filing", "official": "O1", "case": "C2", "filed_on": "2022-06-09", "recorded_on": "2022-06-09",
         "visited": False, "visited_on": None, "because": ["official/O1@3"]},
    ]  # fmt: skip
    # O2 is the next county's, O4 out of office; a declaration of the year before does not count for O3.
    assert [(row["kind"], row["official"], row["year"]) for row in ran.json[2:]] == [
        ("no_declaration", "O1", 2022),
        ("no_declaration", "O3", 2022),
        ("no_declaration", "O5", 2022),
    ]
    assert "2 filings of 520203, 1 not visited; 3 officials without a declaration in 2022." in ran.err


def test_a_declaration_counts_in_its_year_and_in_every_office_of_the_person(county: CommandLine) -> None:
    # In 2021 O3 declared; O1 and O5 are one person, O4 was in office then.
    rows = county("register", "--as-of", "2021-12-31", "--output", "json").json[2:]
    assert [row["official"] for row in rows] == ["O1", "O4", "O5"]


def test_the_register_as_text(county: CommandLine) -> None:
    lines = county("register").out.splitlines()
    assert lines[0].split() == [
        *("kind", "official", "case", "filed_on", "recorded_on", "visited", "visited_on", "because"),
    ]
    assert lines[2].split() == ["filing", "O1", "C2", "2022-06-09", "2022-06-09", "NO", "official/O1@3"]
    assert len(lines) == 3 + 1 + 4
