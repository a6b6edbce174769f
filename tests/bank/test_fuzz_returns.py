"""Whatever a return file holds: a verdict or a refusal, never another exception, never a posting it does not say."""

from __future__ import annotations

import random

from county_at_bank import County
from fuzzing import Tally, run


def test_a_damaged_return_file_ends_in_verdicts_or_a_refusal_and_posts_nothing_it_does_not_say(
    county: County,
) -> None:
    tally = Tally()
    run(county, random.Random("returns"), 60, tally, "returns")
    assert tally.wrong == []
    assert tally.posted > 0
    assert tally.refused > 0
