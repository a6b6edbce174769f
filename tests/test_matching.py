"""A department's file concerns the county's own people, raises each alert once, and leaves no trace of anybody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ledger.domain.alert import STATES
from ledger.domain.matching import Limits, MatchSaid, Standing, side_of, together
from ledger.domain.person import Matched, MatchedData, open_private
from ledger.errors import Refused
from ledger.intake.match_columns import usual_columns
from ledger.intake.match_file import MatchFile
from ledger.intake.reading import read_facts
from ledger.recording import record as record_facts
from ledger.store.embedded import ServerAddress
from ledger.values.month import Month
from projections.alerts import standing_alerts
from projections.audit_facts import person_facts
from projections.installation import Installation
from projections.matching import Matching, plan, record
from projections.standings import Question
from projections.throw_away import ThrowAwayLedgers
from projections.verification import verify

DIVISION, JULY = "520203", Month.parse("2022-07")
INSURED, PARTNER, WATCHED, APPLICANT = (
    "11010519491231002X", "110105198001010016", "110105199001010037", "110105197001010054",
)  # fmt: skip
TURNED_DOWN, DEAD, STRANGER = "520203196001010075", "520203194001010017", "110105194912310011"
RURAL = {"fact": "enrol", "programme": "dibao_rural", "confirmed_on": "2022-05-20"}
COUNTY: list[dict[str, Any]] = [
    {"fact": "standard", "programme": "dibao_rural", "amount": "5316.00", "per": "year", "from": "2022-04"},
    {"fact": "enrol", "case": "C0", "programme": "dibao_rural", "confirmed_on": "2022-05-20", "head": "P9",
     "members": [{"person": "P9", "id_number": DEAD}, {"person": "P0"}]},
    {**RURAL, "case": "C1", "head": "P1", "income": {"amount": "3600.00", "per": "year"}, "village": "520203101201",
     "members": [{"person": "P1", "id_number": INSURED}, {"person": "P2", "id_number": PARTNER, "insured": False}]},
    {"fact": "monitored", "person": "P5", "from": "2022-01-01"},
    {"fact": "correct", "person": "P5", "id_number": WATCHED},
    {"fact": "application", "application": "A7", "person": "P7", "programme": "dibao_rural",
     "applied_on": "2022-06-01"},
    {"fact": "correct", "person": "P7", "id_number": APPLICANT},
    {"fact": "application", "application": "A8", "person": TURNED_DOWN, "programme": "dibao_rural",
     "applied_on": "2022-05-01", "outcome": "refused", "decided_on": "2022-06-01"},
    {"fact": "leave", "case": "C0", "person": "P9", "date": "2022-07-02", "reason": "death"},
]  # fmt: skip
OVER, UNDER = "over_inclusion", "under_coverage"


@pytest.fixture(scope="module")
def ledgers(server: ServerAddress, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> ThrowAwayLedgers:
    return ThrowAwayLedgers(server.conninfo, tmp_path_factory.mktemp("ledgers"), label=f"matching_{worker_id}")


@pytest.fixture
def county(ledgers: ThrowAwayLedgers, tmp_path: Path) -> Iterator[Installation]:
    with ledgers.fresh(DIVISION) as installation:
        installation.ledger.set_rehearsal_day(date(2022, 7, 20))
        take(installation, tmp_path, *COUNTY)
        yield installation


def take(installation: Installation, folder: Path, *facts: dict[str, Any]) -> None:
    path = folder / f"facts{len(list(folder.iterdir()))}.jsonl"
    path.write_text("".join(json.dumps(fact, ensure_ascii=False) + "\n" for fact in facts), encoding="utf-8")
    record_facts(installation.ledger, read_facts(path))


def file_of(folder: Path, dataset: str, *rows: str) -> MatchFile:
    path = folder / f"{dataset}{len(list(folder.iterdir()))}.csv"
    path.write_text("\n".join(["id_number,value", *rows]) + "\n", encoding="utf-8")
    return MatchFile(path, dataset, usual_columns(dataset))


def match(installation: Installation, folder: Path, dataset: str, *rows: str, month: Month = JULY) -> Matching:
    file, asked = file_of(folder, dataset, *rows), Question(DIVISION, dataset, month)
    return record(installation, file, asked, plan(installation, file, asked))


def sides(matching: Matching) -> dict[str, str]:
    return {raised.person: raised.side for raised in matching.raised}


def matches_known(installation: Installation) -> list[tuple[str, str | None]]:
    log = installation.ledger.events_log
    return [
        (event.originator_id.removeprefix("person/"), open_private(event, MatchedData).value)
        for recorded in person_facts(installation.ledger, log.end() + 1)
        if isinstance(event := recorded.event, Matched)
    ]


def walk(installation: Installation, folder: Path, code: str) -> None:
    """The alert is cleared, today."""
    day = installation.ledger.now().date().isoformat()
    step = {"fact": "alert_step", "alert": code, "on": day, "outcome": "维持", "evidence": ["核查表"]}
    take(installation, folder, *({**step, "step": name, "by": f"W{n}"} for n, name in enumerate(STATES[1:])))


@pytest.mark.parametrize(
    ("dataset", "value", "expected"),
    [
        ("vehicle", "货车", {"P1": OVER, "P2": OVER, "P7": OVER}),
        ("company", "", {"P1": OVER, "P2": OVER, "P7": OVER}),
        ("fiscal_payroll", "", {"P1": OVER, "P2": OVER, "P7": OVER}),
        ("prison", "在押", {"P1": OVER, "P7": OVER}),
        ("detox", "", {"P1": OVER, "P7": OVER}),
        ("death", "", {"P1": OVER, "P5": UNDER, "P7": OVER, TURNED_DOWN: UNDER}),
        ("property", "1", {}),
        ("property", "2", {"P1": OVER, "P2": OVER, "P7": OVER}),
        ("wages", "300.00", {"P7": OVER}),
        ("wages", "300.01", {"P1": OVER, "P2": OVER, "P7": OVER}),
        ("pension", "", {}),
        ("housing_fund", "0.01", {"P1": OVER, "P2": OVER, "P7": OVER}),
        ("deposits", "5316.00", {}),
        ("deposits", "5316.01", {"P1": OVER, "P2": OVER, "P7": OVER}),
        ("student", "高中", {"P5": UNDER, TURNED_DOWN: UNDER}),
        ("disability", "一级", {"P5": UNDER, TURNED_DOWN: UNDER}),
        ("medical", "住院", {"P5": UNDER, TURNED_DOWN: UNDER}),
    ],
)
def test_a_dataset_raises_its_side_for_whom_it_speaks_against_or_for(
    county: Installation, tmp_path: Path, dataset: str, value: str, expected: dict[str, str]
) -> None:
    everybody = (INSURED, PARTNER, WATCHED, APPLICANT, TURNED_DOWN, DEAD, STRANGER)
    found = match(county, tmp_path, dataset, *(f"{number},{value}" for number in everybody))
    assert sides(found) == expected
    assert found.lines == 7
    assert found.groups == {"drawing": 2, "applying": 1, "outside": 2}, "not the dead, not the stranger"
    assert {person for person, _ in matches_known(county)} == {"P1", "P2", "P5", "P7", TURNED_DOWN}


def test_limits_are_those_of_the_policy_in_force(county: Installation, tmp_path: Path) -> None:
    take(
        county, tmp_path,
        {"fact": "policy", "key": "property_limit", "value": 2, "from": "2022-07"},
        {"fact": "policy", "key": "housing_fund_limit", "value": "500.00", "from": "2022-07"},
    )  # fmt: skip
    assert sides(match(county, tmp_path, "property", f"{INSURED},2")) == {}
    assert sides(match(county, tmp_path, "housing_fund", f"{INSURED},500.00")) == {}


def test_the_lines_of_one_person_are_one_match(county: Installation, tmp_path: Path) -> None:
    match(county, tmp_path, "wages", f"{INSURED},200.00", f"{INSURED.lower()},100.01")
    assert matches_known(county) == [("P1", "300.01")]


def test_the_same_file_again_changes_nothing(county: Installation, tmp_path: Path) -> None:
    file, asked = file_of(tmp_path, "vehicle", f"{INSURED},货车"), Question(DIVISION, "vehicle", JULY)
    assert not record(county, file, asked, plan(county, file, asked)).already
    end = county.ledger.events_log.end()
    assert plan(county, file, asked).matching.already
    record(county, file, asked, plan(county, file, asked))
    assert county.ledger.events_log.end() == end


def test_a_corrected_file_replaces_what_it_says_otherwise_and_raises_nothing_twice(
    county: Installation, tmp_path: Path
) -> None:
    match(county, tmp_path, "wages", f"{INSURED},900.00", f"{PARTNER},800.00")
    found = match(county, tmp_path, "wages", f"{INSURED},950.00", f"{PARTNER},800.00", f"{APPLICANT},700.00")
    assert (found.matches, found.unchanged, found.replaced, found.standing) == (2, 1, 1, 2)
    assert sides(found) == {"P7": OVER}
    assert sorted(matches_known(county)) == [("P1", "950.00"), ("P2", "800.00"), ("P7", "700.00")]


def test_nobody_has_two_open_alerts_of_a_dataset(county: Installation, tmp_path: Path) -> None:
    first = match(county, tmp_path, "vehicle", f"{INSURED},货车")
    june = match(county, tmp_path, "vehicle", f"{INSURED},货车", month=JULY - 1)
    assert (sides(june), june.standing, june.matches) == ({}, 1, 1)
    assert sides(match(county, tmp_path, "company", f"{INSURED},")) == {"P1": OVER}, (
        "another dataset is another matter"
    )
    walk(county, tmp_path, first.raised[0].alert)
    again = match(county, tmp_path, "vehicle", f"{INSURED},货车", "", month=JULY)
    assert (sides(again), again.standing) == ({}, 1), "the month's alert was cleared: it is not raised again"
    county.ledger.set_rehearsal_day(date(2022, 8, 20))
    assert sides(match(county, tmp_path, "vehicle", f"{INSURED},货车", month=JULY + 1)) == {"P1": OVER}


def test_a_voided_alert_may_be_raised_again(county: Installation, tmp_path: Path) -> None:
    code = match(county, tmp_path, "vehicle", f"{INSURED},货车").raised[0].alert
    take(county, tmp_path, {"fact": "void", "of": f"alert/{DIVISION}/{code}@1", "reason": "文件有误"})
    assert [one.alert for one in match(county, tmp_path, "vehicle", f"{INSURED},客车").raised] == [code]


def test_the_same_columns_read_otherwise_are_another_reading(county: Installation, tmp_path: Path) -> None:
    """A wrong column map does not shut a file out."""
    path = tmp_path / "car.csv"
    path.write_text(f"id_number,甲,乙\n{INSURED},货车,客车\n", encoding="utf-8")
    asked = Question(DIVISION, "vehicle", JULY)
    for heading in ("甲", "乙"):
        usual = usual_columns("vehicle")
        columns = type(usual)({**usual.headings, "value": (heading,)})
        file = MatchFile(path, "vehicle", columns)
        assert not record(county, file, asked, plan(county, file, asked)).already
    assert matches_known(county) == [("P1", "客车")]


def test_who_draws_under_another_code_is_not_left_out_of_it(county: Installation, tmp_path: Path) -> None:
    take(county, tmp_path, {"fact": "correct", "person": "P5", "id_number": INSURED})
    found = match(county, tmp_path, "disability", f"{INSURED},一级")
    assert (sides(found), found.groups) == ({}, {"drawing": 1})


def test_watching_counts_in_its_own_months(county: Installation, tmp_path: Path) -> None:
    take(
        county, tmp_path,
        {"fact": "monitored", "person": "P6", "from": "2022-01-01", "to": "2022-06-30"},
        {"fact": "correct", "person": "P6", "id_number": STRANGER},
    )  # fmt: skip
    assert sides(match(county, tmp_path, "medical", f"{STRANGER},住院")) == {}
    assert sides(match(county, tmp_path, "medical", f"{STRANGER},住院", month=JULY - 1)) == {"P6": UNDER}


def test_somebody_who_records_in_between_is_taken_into_account(county: Installation, tmp_path: Path) -> None:
    file, asked = file_of(tmp_path, "vehicle", f"{INSURED},货车"), Question(DIVISION, "vehicle", JULY)
    planned = plan(county, file, asked)
    match(county, tmp_path, "vehicle", f"{INSURED},货车", f"{PARTNER},客车")
    found = record(county, file, asked, planned)
    assert (found.unchanged, found.raised, found.standing) == (1, (), 1)
    assert len(standing_alerts(county.ledger)) == 2


def test_a_month_that_has_not_begun_is_refused(county: Installation, tmp_path: Path) -> None:
    with pytest.raises(Refused) as error:
        match(county, tmp_path, "vehicle", f"{INSURED},货车", month=JULY + 1)
    assert error.value.code == "match.month_ahead"


def test_no_id_number_and_no_dataset_stands_in_clear_in_the_log(county: Installation, tmp_path: Path) -> None:
    match(county, tmp_path, "detox", f"{INSURED},强制隔离戒毒", f"{STRANGER},强制隔离戒毒")
    with county.ledger.datastore.get_connection() as conn:
        rows = conn.execute(
            "SELECT originator_id, convert_from(state, 'UTF8') AS said FROM ledger_events"
        ).fetchall()
    log = "\n".join(f"{row['originator_id']} {row['said']}" for row in rows)
    for word in (INSURED, STRANGER, "detox", "戒毒"):
        assert word not in log
    assert INSURED in everything_stored(county), "the views hold whom we know, in clear"
    assert county.ledger.keys.number_digest(INSURED).hex() not in log
    assert STRANGER not in everything_stored(county)


def everything_stored(county: Installation) -> str:
    """All rows of all tables as text, binary columns too as far as they are text."""
    with county.ledger.datastore.get_connection() as conn:
        tables = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
        rows = [row for table in tables for row in conn.execute(f"SELECT * FROM {table['tablename']}").fetchall()]
    return "\n".join(
        bytes(value).decode(errors="replace") if isinstance(value, bytes | memoryview) else str(value)
        for row in rows
        for value in row.values()
    )


def test_alerts_stop_no_money_and_the_views_stay_whole(county: Installation, tmp_path: Path) -> None:
    before = rolled(county)
    assert ("C1", 28600) in before
    match(county, tmp_path, "death", f"{INSURED},")
    assert rolled(county) == before
    assert all(verdict.ok for verdict in verify(county))


def rolled(county: Installation) -> list[tuple[str, int]]:
    return [(row.case, row.amount_fen) for row in county.rolls.shown(DIVISION, "dibao_rural", JULY).rows]


def test_texts_that_grow_too_long_are_counted() -> None:
    said = [MatchSaid("小型普通客车" + "甲" * n, "贵" * 60 + str(n)) for n in range(20)]
    found = together("vehicle", said, money=False)
    assert found.value is not None
    assert found.detail is not None
    assert (len(found.value) <= 100, found.value[-4:]) == (True, "等20项")
    assert (len(found.detail) <= 400, found.detail[-4:]) == (True, "等20项")


def test_a_person_outside_is_not_accused_of_a_car() -> None:
    assert side_of("vehicle", "货车", Standing(outside=True)) is None
    assert side_of("property", None, Standing(member=True, limits=Limits(properties=1))) is None
