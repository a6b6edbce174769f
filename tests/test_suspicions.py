"""The catalogue of audit queries is whole: each has its number, words, ground, and two scenarios."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from projections.suspicions import Query, catalogue

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
