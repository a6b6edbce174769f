"""A drawing of a person's relatives: he in the middle, each ring one stated link further out; SVG as text."""

from __future__ import annotations

from html import escape
from math import ceil, cos, pi, sin

from projections.audit_kin import class_name
from projections.kin_view import KinView, Relative

_RING, _BESIDE, _WIDTH, _HEIGHT = 170, 130, 120, 46
"""Pixels: between rings, between neighbours of a ring, and the box of a person."""

_STYLE = (
    "text{font:12px sans-serif;text-anchor:middle;fill:#222}line{stroke:#888}"
    "rect{fill:#fff;stroke:#888}.close{stroke:#222;stroke-width:2}.office{fill:#fde9c8}.self{fill:#dbe9f6}"
    ".code{font-size:10px;fill:#666}"
)


class _Tree:
    """Each relative under the last one on the shortest chain to him."""

    def __init__(self, found: KinView) -> None:
        self.nearest: dict[str, Relative] = {}
        self.below: dict[str, list[str]] = {found.person: []}
        self.links: dict[tuple[str, str], list[str]] = {}
        for relative in found.relatives:
            if relative.person not in self.nearest:
                self.nearest[relative.person] = relative
                self._hang(relative)

    def _hang(self, relative: Relative) -> None:
        for link in relative.kinship.chain:
            if link.other not in self.below:
                self.below[link.other] = []
                self.below[link.person].append(link.other)
            assert link.stated is not None
            labels = self.links.setdefault((link.person, link.other), [])
            label = f"{link.stated.person}→{link.stated.to_person} {link.stated.code}"
            if label not in labels:
                labels.append(label)

    def leaves(self, person: str) -> int:
        """How many ends a branch has: its share of the circle."""
        return sum(map(self.leaves, self.below[person])) or 1

    def depth(self, person: str) -> int:
        """How many rings a branch has."""
        return max((1 + self.depth(below) for below in self.below[person]), default=0)


def drawing(found: KinView) -> str:
    """The SVG of a person's relatives; the same for the same graph."""
    tree = _Tree(found)
    leaves = tree.leaves(found.person)
    ring = max(_RING, ceil(leaves * _BESIDE / (2 * pi)))
    places: dict[str, tuple[int, int]] = {}
    _place(tree, found.person, places, ring=ring, level=0, first=0, leaves=leaves)
    half = tree.depth(found.person) * ring + _WIDTH
    box = f"{-half} {-half} {2 * half} {2 * half}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" width="{2 * half}" height="{2 * half}">',
        f"<title>{escape(f'{found.person}, {found.on}')}</title>",
        f"<style>{_STYLE}</style>",
        *(_line(places[a], places[b], labels) for (a, b), labels in tree.links.items()),
        _box(places[found.person], found.person, [str(found.on)], "self", _marks(found.office, found.cases)),
    ]
    for person, relative in tree.nearest.items():
        derived = " (derived)" if relative.kinship.derived else ""
        words = [f"{class_name(relative.kinship)}{derived}"]
        style = " ".join(["close"] * relative.close + ["office"] * (relative.office is not None))
        parts.append(_box(places[person], person, words, style, _marks(relative.office, relative.cases)))
    return "\n".join([*parts, "</svg>"])


def _place(
    tree: _Tree, person: str, places: dict[str, tuple[int, int]], *, ring: int, level: int, first: int, leaves: int
) -> None:
    """Puts a branch into the sector that begins at a leaf, its own person in the sector's middle."""
    angle = 2 * pi * (first + tree.leaves(person) / 2) / leaves - pi / 2
    places[person] = round(level * ring * cos(angle)), round(level * ring * sin(angle))
    for below in tree.below[person]:
        _place(tree, below, places, ring=ring, level=level + 1, first=first, leaves=leaves)
        first += tree.leaves(below)


def _marks(office: object, cases: tuple[str, ...]) -> list[str]:
    official = getattr(office, "official", None)
    return ([f"office {official}"] if official else []) + ([", ".join(cases)] if cases else [])


def _line(a: tuple[int, int], b: tuple[int, int], labels: list[str]) -> str:
    middle_x, middle_y = (a[0] + b[0]) // 2, (a[1] + b[1]) // 2
    return (
        f'<line x1="{a[0]}" y1="{a[1]}" x2="{b[0]}" y2="{b[1]}"/>'
        f'<text class="code" x="{middle_x}" y="{middle_y}">{escape(", ".join(labels))}</text>'
    )


def _box(at: tuple[int, int], person: str, words: list[str], style: str, marks: list[str]) -> str:
    lines = [person, *words, *marks]
    height = max(_HEIGHT, 16 * len(lines) + 10)
    text = "".join(
        f'<text x="{at[0]}" y="{at[1] - height // 2 + 18 + 16 * number}">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )
    left, top = at[0] - _WIDTH // 2, at[1] - height // 2
    rect = f'<rect class="{style}" x="{left}" y="{top}" width="{_WIDTH}" height="{height}" rx="6"/>'
    return f"{rect}{text}"
