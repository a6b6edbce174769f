"""Random histories on the real application: every close is what a naive recomputation of everything says."""

from __future__ import annotations

import os

import pytest
from as_scenario import as_scenario
from held_against import Differs, difference, shortest
from histories import Step, history
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from ledger.store.embedded import ServerAddress
from projections.throw_away import ThrowAwayLedgers

EXAMPLES = int(os.environ.get("LEDGER_PROPERTY_EXAMPLES", "12"))


@pytest.fixture(scope="module")
def ledgers(server: ServerAddress, tmp_path_factory: pytest.TempPathFactory) -> ThrowAwayLedgers:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return ThrowAwayLedgers(server.conninfo, tmp_path_factory.mktemp("property"), label=f"property_{worker}")


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    return history(lambda n: draw(st.integers(0, n - 1)))


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    print_blob=True,
    # A failing history is made shorter by leaving facts out, which needs fewer runs than shrinking its numbers.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example),
)
@given(steps=histories())
def test_a_ledger_pays_what_a_naive_recomputation_says(ledgers: ThrowAwayLedgers, steps: list[Step]) -> None:
    found = difference(steps, ledgers)
    if found is not None:
        note(as_scenario(shortest(steps, found, ledgers), "the shortest history found"))
        raise Differs(found)
