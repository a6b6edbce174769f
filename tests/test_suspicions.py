"""The catalogue of audit queries is whole: each has its number, words, ground, and two scenarios."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ledger.intake.scenario_file import read_scenario
from ledger.store.embedded import ServerAddress
from projections.audit_book import AuditBook
from projections.scenario_run import run
from projections.suspicions import Query, Suspicion, catalogue
from projections.throw_away import ThrowAwayLedgers

SCENARIOS = Path(__file__).parent / "scenarios"


def test_the_queries_are_numbered_from_one_without_a_gap() -> None:
    assert [query.number for query in catalogue().values()] == list(range(1, 40))


@pytest.mark.parametrize("query", catalogue().values(), ids=lambda query: query.slug)
def test_a_query_says_what_it_names_and_why(query: Query) -> None:
    module = query.find.__module__.rpartition(".")[2]
    assert module == query.slug
    assert query.title
    assert query.subjects in {"cases", "persons", "reliefs", "funds", "cases and reliefs"}
    assert query.definition.endswith(".")
    assert query.legal


@pytest.mark.parametrize("kind", ["raised", "just_not"])
@pytest.mark.parametrize("slug", catalogue())
def test_a_query_has_a_scenario_that_raises_it_and_one_that_just_does_not(slug: str, kind: str) -> None:
    text = (SCENARIOS / f"audit_{slug}_{kind}.yaml").read_text(encoding="utf-8")
    wanted = r"\[[^\]]" if kind == "raised" else r"\[\]"
    assert re.search(rf"audit: {slug}, expect: {wanted}", text)


POLICY = """\
scenario: told by the test
division: "520203"
steps:
  - on: 2022-03-10
    record:
      - {fact: standard, programme: dibao_urban, amount: "700.00", per: month, from: 2022-01}
"""
ONE = "confirmed_on: 2022-03-10, head: P1, members: [{person: P1, id_number: '520200195001010012'"


def enrolled(case: str, person: str) -> str:
    """A line that enrols one and the same man, under a code of his."""
    return f"      - {{fact: enrol, case: {case}, programme: dibao_urban, {ONE.replace('P1', person)}}}]}}\n"


@pytest.fixture(scope="module")
def ledgers(server: ServerAddress, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> ThrowAwayLedgers:
    return ThrowAwayLedgers(server.conninfo, tmp_path_factory.mktemp("audited"), label=f"suspicions_{worker_id}")


def rows(ledgers: ThrowAwayLedgers, folder: Path, slug: str, steps: str) -> list[Suspicion]:
    """What a query finds after some steps."""
    path = folder / "told.yaml"
    path.write_text(POLICY + steps, encoding="utf-8")
    scenario = read_scenario(path)
    with ledgers.emptied(scenario.division) as installation:
        assert run(scenario, installation).differences == ()
        ledger = installation.ledger
        book = AuditBook(ledger, ledger.events_log.end() + 1, scenario.steps[-1].on or pytest.fail("no day"))
        return list(catalogue()[slug].find(book))


def test_a_month_paid_twice_over_is_one_row_a_code_and_month(ledgers: ThrowAwayLedgers, tmp_path: Path) -> None:
    steps = (
        enrolled("C1", "P1") + enrolled("C2", "Q1") + '  - {on: 2022-04-08, close: "2022-04"}\n'
        '  - {on: 2022-04-20, record: [{fact: standard, programme: dibao_urban, amount: "750.00", per: month, '
        "from: 2022-04}]}\n"
        '  - {on: 2022-05-08, close: "2022-05", expect: {C1: "800.00", C2: "800.00"}}\n'
    )
    found = rows(ledgers, tmp_path, "person_in_two_cases", steps)
    assert sorted((row.subject, str(row.month), row.because) for row in found) == [
        (person, month, tuple(f"payout/{month}/520203/{case}/household@1" for case in ("C1", "C2")))
        for person in ("P1", "Q1")
        for month in ("2022-04", "2022-05")
    ]


def test_a_birth_date_that_differs_is_proved_by_what_told_it_and_the_number(
    ledgers: ThrowAwayLedgers, tmp_path: Path
) -> None:
    steps = enrolled("C1", "P1") + (
        "      - {fact: correct, person: P1, birth_date: 1950-01-02}\n"
        "      - {fact: correct, person: P1, name: 陈国强}\n"
        "      - {fact: correct, person: P1, birth_date: 1950-01-03}\n"
    )
    (row,) = rows(ledgers, tmp_path, "birth_or_sex_differs", steps)
    assert row.because == ("person/P1@1", "person/P1@5")


def test_wages_that_close_the_gap_are_proved_by_the_fewest_matches(
    ledgers: ThrowAwayLedgers, tmp_path: Path
) -> None:
    steps = enrolled("C1", "P1") + (
        '  - {on: 2022-04-08, close: "2022-04"}\n'
        "  - on: 2022-04-20\n"
        "    record:\n"
        "      - {fact: match, person: P1, dataset: wages, month: 2022-04}\n"
        '      - {fact: match, person: P1, dataset: pension, month: 2022-04, value: "100.00"}\n'
        '      - {fact: match, person: P1, dataset: wages, month: 2022-04, value: "700.00"}\n'
    )
    (row,) = rows(ledgers, tmp_path, "pension_or_wages", steps)
    matches = [ref for ref in row.because if ref.startswith("person/")]
    assert (matches, row.detail) == (["person/P1@5"], "800.00 a month of pension or wages")
