"""A sample is drawn again by anybody: from the population's lines and the seed alone, without our code."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.closing.order import PROGRAMMES
from ledger.closing.returning import Named, record_returns
from ledger.closing.steps import advance
from ledger.domain.sample import UNKNOWN, Unit, draw, population_digest, population_lines, township_of
from ledger.errors import Refused
from ledger.intake.reading import read_facts
from ledger.recording import record
from ledger.store.embedded import ServerAddress
from ledger.supervising.drawing import drawn_sample
from ledger.supervising.inspecting import inspection, record_sample
from ledger.values.month import Month
from projections.installation import Installation
from projections.throw_away import ThrowAwayLedgers

DIVISION, APRIL, MAY = "520203", Month.parse("2022-04"), Month.parse("2022-05")


def unit(number: int, programme: str = "dibao_rural", township: str = "520203101", fen: int = 44300) -> Unit:
    return Unit(
        APRIL, DIVISION, programme, f"C{number}", township, fen, (f"payout/2022-04/520203/C{number}/household@1",)
    )


strata = st.tuples(
    st.sampled_from(["dibao_rural", "dibao_urban", "tekun"]), st.sampled_from(["520203101", "520203102", "-"])
)
populations = st.lists(st.tuples(strata, st.integers(1, 10**6)), min_size=1, max_size=60).map(
    lambda rows: [unit(number, *stratum, fen) for number, (stratum, fen) in enumerate(rows)]
)


def drawn_by_hand(lines: list[str], size: int, seed: str) -> set[tuple[str, str]]:
    """What docs and docstrings say, from the printed population: fractions, no code of ours."""
    digest = hashlib.sha256("".join(f"{line}\n" for line in sorted(lines, key=str.encode)).encode()).hexdigest()

    def lot(*words: str) -> str:
        return hashlib.sha256("\t".join((seed, digest, *words)).encode()).hexdigest()

    members: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        _, _, programme, case, township, _ = line.split("\t")
        members.setdefault((programme, township), []).append(case)
    everybody = sorted(((p, c) for (p, _), cases in members.items() for c in cases), key=lambda one: lot(*one))
    if size < len(members):
        return set(everybody[:size])
    size = min(size, len(lines))
    ones: set[tuple[str, str]] = set()
    while True:
        rest = {s: len(cases) for s, cases in members.items() if s not in ones}
        quota = {s: Fraction((size - len(ones)) * n, sum(rest.values())) for s, n in rest.items()}
        if not (below := {s for s, share in quota.items() if share < 1}):
            break
        ones |= below
    shares = dict.fromkeys(ones, 1) | {s: int(share) for s, share in quota.items()}
    missing = size - sum(shares.values())
    for s in sorted(quota, key=lambda s: (int(quota[s]) - quota[s], lot(*s)))[:missing]:
        shares[s] += 1
    return {
        (programme, case)
        for (programme, township), cases in members.items()
        for case in sorted(cases, key=lambda case: lot(programme, case))[: shares[programme, township]]
    }


@given(units=populations, size=st.integers(1, 70), seed=st.sampled_from(["7", "20220801", "二十"]))
def test_it_is_what_anybody_draws_by_hand(units: list[Unit], size: int, seed: str) -> None:
    found = draw(units, size, seed)
    assert {(u.programme, u.case) for u in found.drawn} == drawn_by_hand(population_lines(units), size, seed)


@given(units=populations, size=st.integers(1, 70))
def test_every_stratum_is_in_it_where_its_size_allows(units: list[Unit], size: int) -> None:
    found = draw(units, size, "7")
    assert len(found.drawn) == len({u.case for u in found.drawn}) == min(size, len(units))
    counted = Counter(u.stratum for u in found.drawn)
    assert {(s.programme, s.township): s.drawn for s in found.strata if s.drawn} == counted
    if size >= len(found.strata):
        assert counted.keys() == {u.stratum for u in units}


@given(data=st.data(), units=populations, size=st.integers(1, 70))
def test_the_order_in_which_the_population_is_read_counts_for_nothing(
    data: st.DataObject, units: list[Unit], size: int
) -> None:
    assert draw(data.draw(st.permutations(units)), size, "7").drawn == draw(units, size, "7").drawn


def test_shares_are_in_proportion() -> None:
    units = (
        [unit(n) for n in range(90)] + [unit(n, township="520203102") for n in range(90, 99)] + [unit(99, "tekun")]
    )
    found = draw(units, 20, "7")
    assert [(s.programme, s.township, s.units, s.drawn) for s in found.strata] == [
        ("dibao_rural", "520203101", 90, 17), ("dibao_rural", "520203102", 9, 2), ("tekun", "520203101", 1, 1),
    ]  # fmt: skip


def test_another_seed_draws_others() -> None:
    units = [unit(n) for n in range(100)]
    assert draw(units, 10, "7").drawn != draw(units, 10, "8").drawn


def test_another_amount_is_another_population_and_another_draw() -> None:
    units = [unit(n) for n in range(100)]
    changed = [*units[:-1], unit(99, fen=44301)]
    assert population_digest(changed) != population_digest(units)
    assert [u.case for u in draw(changed, 10, "7").drawn] != [u.case for u in draw(units, 10, "7").drawn]


@pytest.mark.parametrize(
    ("village", "township"),
    [
        ("520203101201", "520203101"),
        ("520203101", "520203101"),
        *((village, UNKNOWN) for village in ("52020310", "大山村", "５２０２０３１０１２０１", None)),
    ],
)
def test_a_township_is_the_first_nine_digits_of_a_village_code(village: str | None, township: str) -> None:
    assert township_of(village) == township


@pytest.fixture(scope="module")
def county(
    server: ServerAddress, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[Installation]:
    """April is closed: twelve households in two townships, a destitute person with a carer, a relief."""
    folder = tmp_path_factory.mktemp("sampled")
    ledgers = ThrowAwayLedgers(server.conninfo, folder, label=f"sampled_{worker_id}")
    with ledgers.fresh(DIVISION) as installation:
        installation.ledger.set_rehearsal_day(date(2022, 4, 8))
        tekun = household(20, "520203102201") | {
            "programme": "tekun",
            "care": {"tier": "full", "mode": "scattered", "carer": "P99", "carer_account": {"number": "77777799"}},
        }
        relief = {
            "fact": "relief", "relief": "R1", "person": "P98", "kind": "urgent", "cause": "火灾", "amount": "700.00",
            "level": "township", "decided_on": "2022-04-02",
        }  # fmt: skip
        take(
            installation,
            folder,
            standard("dibao_rural", "5316.00", "year"),
            standard("tekun_basic", "1013.00", "month"),
            standard("tekun_care_full", "1760.00", "month"),
            {"fact": "opening", "month": "2022-04"},
            *(household(n, "520203101201" if n < 9 else "520203102201") for n in range(1, 13)),
            tekun,
            relief,
            {"fact": "inspection", "inspection": "I1", "kind": "ad_hoc", "on": "2022-04-08", "id": "i1"},
        )
        close(installation, APRIL)
        yield installation


def household(number: int, village: str) -> dict[str, Any]:
    return {
        "fact": "enrol", "case": f"C{number}", "programme": "dibao_rural", "confirmed_on": "2022-03-20",
        "head": f"P{number}", "members": [{"person": f"P{number}"}], "village": village,
    }  # fmt: skip


def standard(programme: str, amount: str, per: str) -> dict[str, Any]:
    return {"fact": "standard", "programme": programme, "amount": amount, "per": per, "from": "2022-04"}


def take(installation: Installation, folder: Path, *facts: dict[str, Any]) -> None:
    path = folder / "facts.jsonl"
    path.write_text("".join(json.dumps(fact, ensure_ascii=False) + "\n" for fact in facts), encoding="utf-8")
    record(installation.ledger, read_facts(path))


def close(installation: Installation, month: Month) -> None:
    desk, signers = installation.closing_desk(), installation.rehearsal_signers()
    for programme in PROGRAMMES:
        advance(desk, DIVISION, month, programme, signers)


def test_a_case_is_one_unit_with_all_its_payees(county: Installation) -> None:
    found = drawn_sample(county.ledger, DIVISION, APRIL, 1, "7", "tekun")
    (one,) = found.drawn
    assert (one.case, one.township, one.amount_fen) == ("C20", "520203102", 277300)
    assert one.payouts == tuple(f"payout/2022-04/520203/C20/{payee}@1" for payee in ("carer:P99", "person"))


def test_what_happens_later_changes_no_sample_of_a_closed_month(county: Installation, tmp_path: Path) -> None:
    before = drawn_sample(county.ledger, DIVISION, APRIL, 6, "7")
    assert [(s.programme, s.township, s.units, s.drawn) for s in before.strata] == [
        ("dibao_rural", "520203101", 8, 3), ("dibao_rural", "520203102", 4, 1), ("relief", UNKNOWN, 1, 1),
        ("tekun", "520203102", 1, 1),
    ]  # fmt: skip
    county.ledger.set_rehearsal_day(date(2022, 4, 20))
    record_returns(county.ledger, DIVISION, [Named("C1", APRIL)])
    take(
        county, tmp_path, {"fact": "correct", "case": "C2", "village": "520203109201"},
        {"fact": "payout_cancelled", "case": "C1", "month": "2022-04", "on": "2022-04-20", "reason": "已迁出"},
    )  # fmt: skip
    county.ledger.set_rehearsal_day(date(2022, 5, 8))
    close(county, MAY)
    assert drawn_sample(county.ledger, DIVISION, APRIL, 6, "7") == before
    in_may = drawn_sample(county.ledger, DIVISION, MAY, 6, "7")
    assert ("dibao_rural", "520203109") in {(s.programme, s.township) for s in in_may.strata}


def test_an_open_month_has_no_population(county: Installation) -> None:
    with pytest.raises(Refused, match=r"sample\.not_closed"):
        drawn_sample(county.ledger, DIVISION, APRIL + 6, 6, "7")
    with pytest.raises(Refused, match=r"sample\.empty"):
        drawn_sample(county.ledger, DIVISION, APRIL, 6, "7", "dibao_urban")


def test_a_drawing_stands_on_the_inspection_once_and_cannot_be_voided(
    county: Installation, tmp_path: Path
) -> None:
    ledger = county.ledger
    drawn = drawn_sample(ledger, DIVISION, APRIL, 6, "7")
    assert record_sample(ledger, DIVISION, "I1", APRIL, None, drawn)
    assert not record_sample(ledger, DIVISION, "I1", APRIL, None, drawn)
    assert record_sample(ledger, DIVISION, "I1", APRIL, None, drawn_sample(ledger, DIVISION, APRIL, 6, "8"))
    found = inspection(ledger, DIVISION, "I1")
    assert [sampled.seed for sampled in found.samples] == ["7", "8"]
    assert [(one.programme, one.case) for one in found.samples[0].drawn] == [
        (one.programme, one.case) for one in drawn.drawn
    ]
    with pytest.raises(Refused, match=r"void\.not_standing"):
        take(county, tmp_path, {"fact": "void", "of": found.samples[0].ref, "reason": "重抽"})
    with pytest.raises(Refused, match=r"void\.facts_remain"):
        take(county, tmp_path, {"fact": "void", "of": "i1", "reason": "误录"})
