"""Random histories as double-entry books: beancount accepts them, and their balances are the payouts' to the fen."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest
from beancount import loader
from beancount.core.data import Transaction
from held_against import run
from histories import Step, history
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from naive_facts import COUNTY

from ledger.closing.issuing import folded
from ledger.domain.fund import programme_of
from ledger.intake.reading import read_facts
from ledger.recording import record
from ledger.store.embedded import ServerAddress
from ledger.values.money import format_yuan
from projections.installation import Installation
from projections.journal import Journal
from projections.journal_formats import beancount
from projections.throw_away import ThrowAwayLedgers

EXAMPLES = max(1, int(os.environ.get("LEDGER_PROPERTY_EXAMPLES", "12")) // 3)


@pytest.fixture(scope="module")
def ledgers(server: ServerAddress, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> ThrowAwayLedgers:
    return ThrowAwayLedgers(server.conninfo, tmp_path_factory.mktemp("books"), label=f"books_{worker_id}")


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    return history(lambda n: draw(st.integers(0, n - 1)))


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=(
        HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example,
        HealthCheck.function_scoped_fixture,
    ),
)  # fmt: skip
@given(
    steps=histories(),
    allotted_fen=st.lists(st.integers(1, 10_000_00), min_size=1, max_size=3),
    detail=st.booleans(),
)
def test_the_books_of_any_history_balance_and_are_the_payouts(
    ledgers: ThrowAwayLedgers, tmp_path: Path, steps: list[Step], allotted_fen: list[int], detail: bool
) -> None:
    with ledgers.fresh(COUNTY) as installation:
        run(steps, installation)
        appropriate(installation, tmp_path, allotted_fen)
        journal = Journal(installation.ledger, installation.funds, COUNTY, detail=detail)
        entries, errors, _ = loader.load_string("\n".join(beancount(journal, rehearsal=True)))
        assert [error.message for error in errors] == []
        held = balances(entries)
        out, back, cancelled = payouts(installation)
        programmes = {account.rpartition(":")[2] for account in held if account.startswith("Expenses")}
        for named in programmes | {account_name(programme) for programme in (*out, *back, *cancelled)}:
            programme = next(p for p in (*out, *back, *cancelled) if account_name(p) == named)
            given_fen = sum(allotted_fen[1:]) if programme == "dibao_rural" else 0
            assert held[f"Expenses:Assistance:{COUNTY}:{named}"] == out[programme] + back[programme]
            assert held[f"Liabilities:Returned:{COUNTY}:{named}"] == -back[programme]
            assert held[f"Liabilities:Payable:{COUNTY}:{named}"] == 0
            cash = held[f"Assets:Funds:{COUNTY}:{named}"] + held[f"Assets:Bank:{COUNTY}:{named}"]
            assert cash == given_fen - out[programme]
            assert held[f"Assets:Bank:{COUNTY}:{named}"] == back[programme]


def appropriate(installation: Installation, folder: Path, amounts_fen: list[int]) -> None:
    """Appropriations for rural dibao on the last day; the first of them is voided."""
    installation.ledger.clear_rehearsal_day()
    day = installation.ledger.last_recorded_at().date().isoformat()
    facts = [
        {"fact": "appropriation", "fund": "F1", "programme": "dibao_rural", "source": "county", "on": day,
         "id": f"given{n}", "amount": format_yuan(fen), "division": COUNTY}
        for n, fen in enumerate(amounts_fen)
    ]  # fmt: skip
    facts.append({"fact": "void", "of": "given0", "reason": "误录", "division": COUNTY})
    path = folder / "funds.jsonl"
    path.write_text("".join(json.dumps(fact) + "\n" for fact in facts), "utf-8")
    record(installation.ledger, read_facts(path))


def balances(entries: list[object]) -> dict[str, int]:
    """What each account holds in the end, in fen, by beancount's own reading."""
    held: dict[str, int] = defaultdict(int)
    for entry in entries:
        for posting in entry.postings if isinstance(entry, Transaction) else ():
            fen = posting.units.number.scaleb(2)
            assert fen == int(fen)
            held[posting.account] += int(fen)
    return held


def payouts(installation: Installation) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """The money of payouts that are out, with the bank again, and cancelled, by programme; folded from the log."""
    found: tuple[dict[str, int], ...] = (defaultdict(int), defaultdict(int), defaultdict(int))
    for payout in folded(installation.ledger.events_log.below("payout/")):
        state = 2 if payout.cancellation else int(payout.returned)
        found[state][programme_of(payout.issued.programme)] += payout.issued.amount_fen
    return found  # type: ignore[return-value]


def account_name(programme: str) -> str:
    return "".join(word.capitalize() for word in programme.split("_"))
