"""The Chinese of the published tables: titles, headings, programmes; and a report's rows as people read them."""

from __future__ import annotations

from typing import Any

from commands.rendering import kilograms
from ledger.domain.batch import RELIEF
from ledger.domain.case import DIBAO_RURAL, DIBAO_URBAN, TEKUN
from ledger.values.money import format_yuan
from ledger.values.month import Month
from projections.report import Report, ReportRow

PROGRAMMES = {
    DIBAO_URBAN: "城市低保", DIBAO_RURAL: "农村低保", TEKUN: "特困供养", RELIEF: "临时救助", None: "合计",
}  # fmt: skip
HEADINGS = {
    "division": "区划", "programme": "项目", "households": "期末户数", "persons": "期末人数",
    "person_months": "人次", "amount": "发放金额(元)", "mean": "人月均(元)", "top_up": "其中分类施保金",
    "arrears": "其中补发", "recovery": "其中追回", "returned": "退票未重发", "grain_kg": "救助粮(千克)",
    "relief_times": "临时救助人次",
}  # fmt: skip
ALL = "全部"
REHEARSAL = "REHEARSAL 演练"


def title(found: Report) -> str:
    """`2022年1—7月社会救助资金发放情况`."""
    return f"{period(found.first, found.last)}社会救助资金发放情况"


def period(first: Month, last: Month) -> str:
    """`2022年7月`, `2022年1—7月`, `2021年4月—2022年12月`."""
    if first == last:
        return f"{last.year}年{last.number}月"
    if first.year == last.year:
        return f"{last.year}年{first.number}—{last.number}月"
    return f"{first.year}年{first.number}月—{last.year}年{last.number}月"


def row(of: ReportRow) -> dict[str, Any]:
    """A row by its stable names; amounts in yuan."""
    figures = of.figures
    return {
        "division": of.division,
        "programme": of.programme,
        "households": figures.households,
        "persons": figures.persons,
        "person_months": figures.person_months,
        "amount": format_yuan(figures.issued_fen),
        "mean": None if figures.mean_fen is None else format_yuan(figures.mean_fen),
        "top_up": format_yuan(figures.top_up_fen),
        "arrears": format_yuan(figures.arrears_fen),
        "recovery": format_yuan(figures.recovery_fen),
        "returned": format_yuan(figures.returned_fen),
        "grain_kg": kilograms(figures.grain_g),
        "relief_times": figures.relief_times,
    }


def read_by_people(of: ReportRow) -> dict[str, Any]:
    """The same row under its Chinese headings."""
    named = row(of) | {"division": of.division or ALL, "programme": PROGRAMMES[of.programme]}
    return {HEADINGS[name]: value for name, value in named.items()}
