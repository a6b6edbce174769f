"""A finding goes its way one step at a time, is never opened twice, and knows what came back of its money."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.closing.order import PROGRAMMES
from ledger.closing.returning import Named, record_returns
from ledger.closing.steps import advance, freeze_roll
from ledger.domain.event import Origin, Recorded
from ledger.domain.finding import CameBack, FindingEvent, Found, stream
from ledger.domain.finding_file import Finding, Step
from ledger.errors import Refused
from ledger.intake.reading import read_facts
from ledger.recording import record
from ledger.replaying import replay
from ledger.store.embedded import ServerAddress
from ledger.supervising.findings import Said, Suspected, came_back, finding, open_findings, take_step
from ledger.values.month import Month
from projections.audit_book import AuditBook
from projections.follow_up import came_back_of, follow_up, suspected
from projections.history import history, told
from projections.installation import Installation
from projections.suspicions import catalogue
from projections.throw_away import ThrowAwayLedgers
from projections.verification import verify

DIVISION, DAY, PAPER = "520203", date(2022, 5, 20), "9f" * 32
APRIL, MAY, JUNE = (Month.parse(f"2022-0{n}") for n in (4, 5, 6))
NAME = stream(DIVISION, "paid_after_death", "C1", "C1")
PAID = {month: f"payout/{month}/520203/C1/household@1" for month in (APRIL, MAY, JUNE)}


def found(month: Month, fen: int = 44300, death: str = "case/520203/C1@2") -> Found:
    return Found((death, PAID[month]), month, fen)


def step(**said: Any) -> Step:
    return Step(
        Origin("经办人甲"),
        DAY,
        **{"happened_on": DAY, "due_on": DAY, "evidence": (PAPER,), "note": "person/office-520203@1"} | said,
    )


def opened(standing: Finding, *rows: Found, inspection: str | None = None, **said: Any) -> FindingEvent | None:
    return standing.open(
        step(**said), division=DIVISION, query="paid_after_death", subject="C1", case="C1", found=rows,
        inspection=inspection,
    )  # fmt: skip


def after(standing: Finding, *events: FindingEvent | None) -> Finding:
    for event in events:
        assert event is not None
        standing = standing.after(Recorded(standing.version + 1, event))
    return standing


BACK = CameBack(PAID[JUNE], 10000)
ACTS: dict[str, Callable[[Finding], FindingEvent | None]] = {
    "open": lambda f: opened(f, found(MAY)),
    "more": lambda f: opened(f, found(APRIL), found(MAY)),
    "confirm": lambda f: f.confirm(step(), 20000),
    "dismiss": lambda f: f.dismiss(step()),
    "order": lambda f: f.order(step()),
    "report": lambda f: f.report(step()),
    "link": lambda f: f.recover(step(), [BACK]),
    "cash": lambda f: f.recover(step(), [], 10000),
    "close": lambda f: f.close(step()),
    "write_off": lambda f: f.close(step(), write_off=True),
    "reopen": lambda f: f.reopen(step()),
}
ALLOWED = {
    "": {"open", "more"},
    "suspected": {"open", "more", "confirm", "dismiss"},
    "confirmed": {"open", "more", "confirm", "dismiss", "order", "link", "cash"},
    "ordered": {"open", "more", "confirm", "order", "report", "link", "cash"},
    "reported": {"open", "more", "confirm", "order", "link", "cash", "write_off"},
    "closed": {"open", "more", "reopen"},
    "dismissed": {"open", "more", "reopen"},
}
"""What may follow; beside it a finding whose money is back may be closed once it is ruled, and linked money once."""
BECOMES = {
    "confirm": "confirmed", "dismiss": "dismissed", "order": "ordered", "report": "reported", "close": "closed",
    "write_off": "closed", "reopen": "suspected",
}  # fmt: skip


@settings(max_examples=300)
@given(names=st.lists(st.sampled_from(sorted(ACTS)), max_size=25))
def test_a_finding_goes_one_step_at_a_time(names: list[str]) -> None:
    standing, linked, recovered, ruled = Finding(NAME), False, 0, 0
    known: set[Month] = set()
    for name in names:
        paid_back = 0 < ruled <= recovered and standing.status in ("confirmed", "ordered", "reported")
        may = name in ALLOWED[standing.status] and not (name == "link" and linked)
        may |= name in ("close", "write_off") and paid_back
        if not may:
            with pytest.raises(Refused, match=r"^finding\."):
                ACTS[name](standing)
            continue
        event = ACTS[name](standing)
        news = {"open": {MAY}, "more": {APRIL, MAY}}.get(name, set()) - known
        assert (event is None) == (name in ("open", "more") and not news)
        if event is None:
            continue
        was, standing = standing, after(standing, event)
        linked |= name == "link"
        recovered += 10000 if name in ("link", "cash") else 0
        ruled = 20000 if name == "confirm" else ruled
        known |= news
        ended = was.status in ("", "closed", "dismissed")
        expected = "suspected" if name in ("open", "more") and ended else BECOMES.get(name, was.status)
        expected = was.status if name == "confirm" and was.status != "suspected" else expected
        assert standing.status == expected
        assert standing.reopened == was.reopened + (ended and bool(was.status))
        assert (standing.recovered_fen, standing.months) == (recovered, known)
        assert standing.suspected_fen == 44300 * len(known)
        if standing.status == "closed":
            assert standing.written_off_fen == standing.left_fen == max(0, ruled - recovered)


CONFIRMED = after(
    Finding(NAME),
    opened(Finding(NAME), found(MAY)),
    after(Finding(NAME), opened(Finding(NAME), found(MAY))).confirm(step(), 20000),
)
ORDERED = after(CONFIRMED, CONFIRMED.order(step()))
LATE = date(2022, 5, 21)


@pytest.mark.parametrize(
    ("code", "act"),
    [
        ("finding.deadline", lambda: opened(Finding(NAME), found(MAY), due_on=None)),
        ("finding.deadline", lambda: opened(Finding(NAME), found(MAY), due_on=date(2022, 5, 19))),
        ("finding.deadline", lambda: CONFIRMED.order(step(due_on=None))),
        ("finding.in_the_future", lambda: CONFIRMED.order(step(happened_on=LATE, due_on=LATE))),
        ("finding.no_reason", lambda: CONFIRMED.dismiss(step(note=None))),
        ("finding.no_evidence", lambda: ORDERED.report(step(evidence=()))),
        ("finding.no_evidence", lambda: ORDERED.recover(step(evidence=()), [], 10000)),
        ("finding.nothing_back", lambda: ORDERED.recover(step(), [])),
        ("finding.linked_already", lambda: ORDERED.recover(step(), [BACK, BACK])),
        ("finding.not_recovered", lambda: after(ORDERED, ORDERED.report(step())).close(step())),
        ("finding.no_reason", lambda: after(ORDERED, ORDERED.report(step())).close(step(note=None), write_off=True)),
        ("finding.unknown", lambda: Finding(NAME).confirm(step(), 0)),
    ],
)  # fmt: skip
def test_a_step_that_lacks_something_is_refused(code: str, act: Callable[[], object]) -> None:
    with pytest.raises(Refused) as refused:
        act()
    assert refused.value.code == code


def test_two_dead_in_one_household_are_one_payout_once() -> None:
    standing = after(Finding(NAME), opened(Finding(NAME), found(MAY), found(MAY, death="case/520203/C1@3")))
    assert standing.suspected_fen == 44300


def test_a_larger_amount_or_another_proof_is_news_and_money_back_is_none() -> None:
    assert CONFIRMED.news([found(MAY, 44301)])
    assert CONFIRMED.news([found(MAY, death="case/520203/C1@9")])
    assert not CONFIRMED.news([found(MAY, 100)])
    evened_out = Found((*found(MAY).because, BACK.ref), MAY, 100)
    assert CONFIRMED.news([evened_out])
    assert not after(CONFIRMED, CONFIRMED.recover(step(), [BACK])).news([evened_out])


def test_an_inspection_that_comes_upon_an_open_finding_is_named_with_it_and_puts_nothing_off() -> None:
    standing = after(CONFIRMED, opened(CONFIRMED, found(MAY), inspection="I1", due_on=LATE))
    assert (standing.inspections, standing.due_on, len(standing.found)) == (("I1",), DAY, 1)
    assert opened(standing, found(MAY), inspection="I1") is None


def test_a_person_is_one_finding_in_each_case() -> None:
    names = {stream(DIVISION, "person_in_two_cases", "P1", case) for case in ("C1", "C2")}
    assert names == {f"finding/520203/person_in_two_cases/P1/{case}" for case in ("C1", "C2")}


@pytest.fixture(scope="module")
def ledgers(server: ServerAddress, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> ThrowAwayLedgers:
    return ThrowAwayLedgers(server.conninfo, tmp_path_factory.mktemp("found"), label=f"found_{worker_id}")


@pytest.fixture
def county(ledgers: ThrowAwayLedgers, tmp_path: Path) -> Iterator[Installation]:
    """April and May are closed for C1 (two persons) and C2; on 20 May a death of 17 April became known in C1."""
    with ledgers.emptied(DIVISION) as installation:
        installation.ledger.set_rehearsal_day(date(2022, 4, 8))
        take(
            installation,
            tmp_path,
            {"fact": "opening", "month": "2022-04"},
            STANDARD,
            household("1", 2),
            household("2", 1),
        )
        month_closed(installation, APRIL)
        installation.ledger.set_rehearsal_day(date(2022, 5, 8))
        month_closed(installation, MAY)
        installation.ledger.set_rehearsal_day(DAY)
        take(installation, tmp_path, leave("2022-04-17") | {"id": "death"})
        yield installation


STANDARD = {"fact": "standard", "programme": "dibao_rural", "amount": "5316.00", "per": "year", "from": "2022-04"}
SAID = Said(due_on=date(2022, 7, 1), evidence=(PAPER,))


def household(number: str, members: int) -> dict[str, Any]:
    return {
        "fact": "enrol", "case": f"C{number}", "programme": "dibao_rural", "confirmed_on": "2022-03-20",
        "head": f"P{number}1", "members": [{"person": f"P{number}{n}"} for n in range(1, members + 1)],
        "account": {"number": f"7777777{number}"},
    }  # fmt: skip


def leave(day: str) -> dict[str, Any]:
    return {"fact": "leave", "case": "C1", "person": "P12", "date": day, "reason": "death"}


def take(installation: Installation, folder: Path, *facts: dict[str, Any]) -> None:
    path = folder / "facts.jsonl"
    path.write_text("".join(json.dumps(fact, ensure_ascii=False) + "\n" for fact in facts), encoding="utf-8")
    record(installation.ledger, read_facts(path))


def month_closed(installation: Installation, month: Month) -> None:
    desk, signers = installation.closing_desk(), installation.rehearsal_signers()
    for programme in PROGRAMMES:
        advance(desk, DIVISION, month, programme, signers)


def named(installation: Installation, query: str = "paid_after_death") -> list[Suspected]:
    ledger = installation.ledger
    return suspected(catalogue()[query], AuditBook(ledger, ledger.events_log.end() + 1, ledger.now().date()))


def take_up(installation: Installation, **changes: Any) -> list[str]:
    """What opening all that the query names now does to each."""
    planned = open_findings(installation.ledger, named(installation), SAID, **changes)
    return [one.event.TOPIC if one.event is not None else "nothing" for one in planned]


def linked(installation: Installation, *refs: str) -> None:
    ledger = installation.ledger
    take_step(ledger, NAME, Said(), lambda f, s: f.recover(s, came_back(ledger, f, refs)))


def test_from_suspicion_to_money_back_and_again(county: Installation, tmp_path: Path) -> None:
    ledger = county.ledger
    assert take_up(county) == ["finding.opened"]
    assert take_up(county) == ["nothing"]
    take_step(ledger, NAME, Said(text="去世未报"), lambda f, s: f.confirm(s, 44300))
    take_step(ledger, NAME, SAID, lambda f, s: f.order(s))
    (row,) = follow_up(county)
    assert (row.finding.suspected_fen, row.finding.left_fen, row.came_back) == (88600, 44300, ())

    ledger.set_rehearsal_day(date(2022, 6, 8))
    month_closed(county, JUNE)
    (row,) = follow_up(county)
    assert [(back.ref, back.amount_fen) for back in row.unlinked] == [(PAID[JUNE], 44300)]
    linked(county, PAID[JUNE])
    take_step(ledger, NAME, Said(), lambda f, s: f.close(s))
    assert follow_up(county) == []
    assert take_up(county) == ["nothing"], "the query names what was paid for ever: known, and settled"

    # The death was in March: April was paid after it too, which nobody knew when the finding was closed.
    take(county, tmp_path, {"fact": "void", "of": "death", "reason": "日期有误"}, leave("2022-03-30"))
    assert take_up(county) == ["finding.reopened"]
    (row,) = follow_up(county)
    assert (row.finding.status, row.finding.reopened, row.age_days) == ("suspected", 1, 0)
    assert row.finding.months == {APRIL, MAY}
    topics = [recorded.event.TOPIC.partition(".")[2] for recorded in history(county, NAME)]
    assert topics == ["opened", "noted", "confirmed", "rectification_ordered", "recovered", "closed", "reopened"]
    assert told(history(county, f"{NAME}@1")[0].event)["found"][0]["amount"] == "886.00"
    assert NAME in {recorded.event.originator_id for recorded in history(county, "C1")}


def test_more_months_go_to_the_finding_that_is_open(county: Installation, tmp_path: Path) -> None:
    assert take_up(county) == ["finding.opened"]
    take(county, tmp_path, {"fact": "void", "of": "death", "reason": "日期有误"}, leave("2022-03-30"))
    assert take_up(county) == ["finding.found_again"]
    assert finding(county.ledger, NAME).months == {APRIL, MAY}
    assert finding(county.ledger, NAME).status == "suspected"


def test_the_list_is_as_of_a_day(county: Installation) -> None:
    assert take_up(county) == ["finding.opened"]
    assert follow_up(county, on=date(2022, 5, 19)) == []
    (row,) = follow_up(county, on=date(2022, 7, 1))
    assert (row.age_days, row.overdue_days) == (42, 0)
    (row,) = follow_up(county, on=date(2022, 7, 4))
    assert (row.age_days, row.overdue_days) == (45, 3)
    assert follow_up(county, division="520204") == []
    assert follow_up(county, inspection="I1") == []


def test_money_back_is_linked_only_where_it_is_the_findings(county: Installation) -> None:
    ledger = county.ledger
    take_up(county)
    take_step(ledger, NAME, Said(), lambda f, s: f.confirm(s, 44300))
    for ref, code in (
        ("payout/2022-09/520203/C1/household@1", "finding.ref_unknown"),
        (PAID[MAY].replace("@1", "@2"), "finding.ref_unknown"),
        (PAID[MAY], "finding.ref_foreign"),  # nothing was taken back by it
        (PAID[MAY].replace("C1", "C2"), "finding.ref_foreign"),
        ("case/520203/C1@1", "finding.ref_foreign"),
    ):
        with pytest.raises(Refused) as refused:
            linked(county, ref)
        assert refused.value.code == code
    ledger.set_rehearsal_day(date(2022, 6, 8))
    month_closed(county, JUNE)
    linked(county, PAID[JUNE])
    with pytest.raises(Refused, match=r"finding\.linked_already"):
        linked(county, PAID[JUNE])


def test_a_cancelled_payout_is_money_back_while_its_cancellation_stands(
    county: Installation, tmp_path: Path
) -> None:
    take_up(county)
    record_returns(county.ledger, DIVISION, [Named("C1", MAY)])
    cancelled = {
        "fact": "payout_cancelled",
        "case": "C1",
        "month": "2022-05",
        "on": "2022-05-20",
        "reason": "已去世",
    }
    take(county, tmp_path, cancelled | {"id": "cancelled"})
    (row,) = follow_up(county)
    assert [(back.ref, back.amount_fen) for back in row.came_back] == [(PAID[MAY].replace("@1", "@3"), 88600)]
    take(county, tmp_path, {"fact": "void", "of": "cancelled", "reason": "误录"})
    assert came_back_of(county, [finding(county.ledger, NAME)]) == {NAME: ()}


def test_findings_change_nothing_that_is_paid_and_no_freeze_waits_for_them(county: Installation) -> None:
    desk, signers = county.closing_desk(), county.rehearsal_signers()
    county.ledger.set_rehearsal_day(date(2022, 6, 8))
    batch = county.ledger.batch(DIVISION, JUNE, "dibao_rural")
    roll = desk.source.roll(DIVISION, "dibao_rural", JUNE)
    take_up(county)
    take_step(county.ledger, NAME, Said(), lambda f, s: f.confirm(s, 44300))
    freeze_roll(desk, batch, roll, read_at=roll.read_at)  # refused if anything came in for the division
    closed = advance(desk, DIVISION, JUNE, "dibao_rural", signers)
    assert closed.closed is not None
    assert closed.closed.totals.amount_fen == 44300
    assert replay(county.ledger, closed, desk.folder(closed)).differences == ()
    assert [verdict for verdict in verify(county) if not verdict.ok] == []


def test_a_finding_is_no_fact_and_cannot_be_voided(county: Installation, tmp_path: Path) -> None:
    take_up(county)
    with pytest.raises(Refused, match=r"void\.not_standing"):
        take(county, tmp_path, {"fact": "void", "of": f"{NAME}@1", "reason": "误录"})
    with pytest.raises(Refused, match=r"fact\.unknown"):
        take(county, tmp_path, {"fact": "finding", "finding": NAME})


def test_an_inspection_must_be_known_to_find_something(county: Installation) -> None:
    with pytest.raises(Refused, match=r"register\.unknown"):
        take_up(county, inspection="I1")
    assert follow_up(county) == []
