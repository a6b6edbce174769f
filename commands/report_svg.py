"""A report's money as stacked columns, a month each, or a year each where there are many; SVG as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

import msgspec

from commands.report_words import PROGRAMMES, REHEARSAL, period
from ledger.domain.batch import RELIEF
from ledger.domain.case import DIBAO_RURAL, DIBAO_URBAN, TEKUN
from ledger.values.money import format_yuan
from projections.report import Report

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 860, 440, 80, 20, 84, 392
_MOST_MONTHS = 24
_WAN = 1_000_000
"""Ten thousand yuan, in fen."""

_COLOURS = {DIBAO_URBAN: "#1d4e89", DIBAO_RURAL: "#5fa8d3", TEKUN: "#e09f3e", RELIEF: "#9e2a2b"}
_STYLE = (
    "text{font:12px sans-serif;fill:#222}.title{font-size:17px;font-weight:bold}.end{text-anchor:end}"
    ".middle{text-anchor:middle}.grid{stroke:#ddd}.axis{stroke:#444}.mark{fill:#b00020;font-weight:bold}"
)


class _Scale(msgspec.Struct, frozen=True):
    """How high an amount stands, and in which unit it is written."""

    top_fen: int
    step_fen: int
    unit_fen: int

    def y(self, fen: int) -> int:
        """The line of an amount, in pixels from the top."""
        return _BOTTOM - fen * (_BOTTOM - _TOP) // self.top_fen

    def number(self, fen: int) -> str:
        """An amount in the unit, with up to two decimals, cut off."""
        return f"{fen // self.unit_fen}.{fen % self.unit_fen * 100 // self.unit_fen:02d}".rstrip("0").rstrip(".")


def chart(found: Report) -> str:
    """The SVG of what was paid; the same for the same report."""
    columns = _columns(found)
    scale = _scale(max(sum(parts.values()) for parts in columns.values()))
    unit = "万元" if scale.unit_fen == _WAN else "元"
    heading = escape(f"{period(found.first, found.last)}社会救助资金发放金额({unit})")
    mark = f'<text class="mark end" x="{_WIDTH - _RIGHT}" y="28">{REHEARSAL}</text>' if found.rehearsal else ""
    box = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
    room = (_WIDTH - _LEFT - _RIGHT) // len(columns)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img">',
        f"<title>{heading}</title>",
        f'<style>{_STYLE}</style><rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text class="title" x="{_LEFT}" y="28">{heading}</text>{mark}',
        *_legend(),
        *_grid(scale),
    ]
    for number, (label, sums) in enumerate(columns.items()):
        parts += _column(scale, label, sums, _LEFT + room * number + room // 2, min(48, room * 2 // 3))
    parts.append(f'<line class="axis" x1="{_LEFT}" y1="{_BOTTOM}" x2="{_WIDTH - _RIGHT}" y2="{_BOTTOM}"/>')
    return "\n".join([*parts, "</svg>"])


def _legend() -> Iterator[str]:
    for number, (name, colour) in enumerate(_COLOURS.items()):
        x = _LEFT + 110 * number
        yield f'<rect x="{x}" y="44" width="12" height="12" fill="{colour}"/>'
        yield f'<text x="{x + 18}" y="55">{PROGRAMMES[name]}</text>'


def _grid(scale: _Scale) -> Iterator[str]:
    for fen in range(0, scale.top_fen + 1, scale.step_fen):
        y = scale.y(fen)
        yield f'<line class="grid" x1="{_LEFT}" y1="{y}" x2="{_WIDTH - _RIGHT}" y2="{y}"/>'
        yield f'<text class="end" x="{_LEFT - 8}" y="{y + 4}">{scale.number(fen)}</text>'


def _column(scale: _Scale, label: str, sums: Mapping[str, int], middle: int, wide: int) -> Iterator[str]:
    below = 0
    for name, colour in _COLOURS.items():
        fen = sums.get(name, 0)
        lower, y = scale.y(below), scale.y(below + fen)
        below += fen
        if fen:
            told = escape(f"{label} {PROGRAMMES[name]} {format_yuan(fen)} 元")
            place = f'x="{middle - wide // 2}" y="{y}" width="{wide}" height="{lower - y}"'
            yield f'<rect {place} fill="{colour}"><title>{told}</title></rect>'
    if below:
        yield f'<text class="middle" x="{middle}" y="{scale.y(below) - 6}">{scale.number(below)}</text>'
    yield f'<text class="middle" x="{middle}" y="{_BOTTOM + 20}">{label}</text>'


def _scale(highest_fen: int) -> _Scale:
    """A round distance of the lines, so that there are at most six."""
    power = 100
    while 25 * power < highest_fen:
        power *= 10
    step = next(power * factor for factor in (1, 2, 5) if power * factor * 5 >= highest_fen)
    top = step * max(1, -(-highest_fen // step))
    return _Scale(top, step, _WAN if top >= _WAN else 100)


def _columns(found: Report) -> dict[str, Mapping[str, int]]:
    """The sums by programme, of months without a payout too."""
    months = [found.first + n for n in range(found.last.ordinal - found.first.ordinal + 1)]
    if len(months) <= _MOST_MONTHS:
        return {month.text: found.by_month.get(month, {}) for month in months}
    years: dict[str, dict[str, int]] = {f"{month.year}年": {} for month in months}
    for month, sums in found.by_month.items():
        of_year = years[f"{month.year}年"]
        for programme, fen in sums.items():
            of_year[programme] = of_year.get(programme, 0) + fen
    return dict(years)
