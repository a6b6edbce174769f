"""What the text says must be refused, judged naively: nothing of it may ever have been taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from naive_facts import Known, cases, decided, first_month, grace, insured, month, stays


def double_insured(k: Known, months: Iterable[int]) -> set[tuple[str, int]]:
    """Persons insured in two cases in one month; a suspended case stands, a stopped one does not."""
    found: set[tuple[str, int]] = set()
    seen: set[tuple[str, int]] = set()
    for case in cases(k):
        ends = min((month(day) for day, _, _ in decided(k, case, "stop")), default=10**6)
        ends = min(ends, (grace(k, case) or (0, 10**6))[1])
        for m in months:
            for person in insured(k, case, m) if first_month(k, case) <= m <= ends else ():
                (found if (person, m) in seen else seen).add((person, m))
    return found


_CONTRADICTED: Mapping[tuple[str, ...], Callable[[Sequence[str]], bool]] = {
    ("hold", "release"): lambda order: _alternates(order, "hold", "release"),
    ("suspend", "resume"): lambda order: _alternates(order, "suspend", "resume"),
}


def contradicted(k: Known, case: str) -> bool:
    """Whether the decisions of a case cannot stand together: what the rules say is refused."""
    for kinds, stands in _CONTRADICTED.items():
        if not stands([kind for _, _, kind in decided(k, case, *kinds)]):
            return True
    stops, over = decided(k, case, "stop"), (grace(k, case) or (0, 10**6))[1]
    return (
        len(stops) > 1
        or len(decided(k, case, "grace")) > 1
        or any((day, place) > stops[0][:2] for day, place, _ in decided(k, case, "suspend", "grace") if stops)
        or any(month(day) > over for day, _, _ in decided(k, case, "suspend"))
    )


def ended(k: Known, case: str, day: date) -> bool:
    """Stopped, the grace over, or the last member gone: such a case takes no join."""
    over = (grace(k, case) or (0, 10**6))[1]
    gone = all(last < month("9999-12-31") for _, _, last in stays(k, case))
    return bool(decided(k, case, "stop")) or month(day) > over or gone


def _alternates(order: Sequence[str], first: str, second: str) -> bool:
    return all(kind == (first, second)[n % 2] for n, kind in enumerate(order))
