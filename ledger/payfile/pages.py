"""posting.html for the village notice, application.html for finance to sign by hand: pages that print as they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby

from ledger.errors import IntegrityBroken
from ledger.payfile.clerk_sheets import SUM, posting_title, subtitle
from ledger.payfile.contents import BundleContents
from ledger.payfile.figures import NONE, Figures, Money
from ledger.payfile.posted import Posted, Township
from ledger.values.capitals import capitals
from ledger.values.money import format_yuan, parse_yuan

POSTING, APPLICATION = "posting.html", "application.html"

_SIGNATURES = ("民政局经办人", "民政局负责人", "财政局审核人")
_STYLE = """\
@page { size: A4; margin: 18mm 15mm; }
body { font: 12pt/1.5 "SimSun", "SimSun-ExtB", "Songti SC", "Noto Serif CJK SC", serif; color: #000; }
body { max-width: 180mm; margin: 8mm auto; }
h1 { font-size: 18pt; text-align: center; margin: 0 0 2mm; }
h2 { font-size: 13pt; margin: 4mm 0 1mm; }
p { margin: 1mm 0; }
.batch { font-size: 10pt; }
.mark { border: 2px solid #000; text-align: center; font-weight: bold; font-size: 14pt; padding: 1mm; margin: 0 0 4mm; }
table { border-collapse: collapse; width: 100%; margin: 2mm 0; }
th, td { border: 1px solid #000; padding: 1mm 2mm; text-align: left; }
th { background: #e7e6e6; text-align: center; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
td.n, td.yuan, td.sum { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.sums td { font-weight: bold; }
section { break-after: page; margin-bottom: 20mm; }
section:last-child { break-after: auto; }
.signatures { display: flex; gap: 4mm; margin-top: 10mm; break-inside: avoid; }
.signatures div { flex: 1; border: 1px solid #000; height: 42mm; padding: 2mm; display: flex; flex-direction: column; }
.signatures span { margin-top: auto; text-align: right; }
"""
_PRINTED = "@media print { body { margin: 0 1mm; max-width: none; } section { margin: 0; } }\n"
_PRINTED_IN_FORMAT_2 = "@media print { body, section { margin: 0; max-width: none; } }\n"
_READ_MONEY = re.compile(rb'<td class="(yuan|sum)">([^<]*)</td></tr>')


def write_posting_page(contents: BundleContents, cases: Iterable[Posted]) -> Iterator[bytes]:
    """The village notice, a section a village: name, number of members, amount, and nothing else.

    Raises:
        Refused: `payfile.character`, `payfile.formula` for a name no notice may show.
    """
    yield _begin(contents, posting_title(contents))
    for village, group in groupby(cases, key=lambda case: case.village):
        yield _lines(
            f"<section>{_mark(contents)}<h1>{escape(posting_title(contents))}</h1>",
            f"<h2>村(社区)：{escape(village)}</h2>",
            '<p class="batch">公示期：　　　年　　月　　日至　　　年　　月　　日</p>',
            "<table><thead><tr><th>序号</th><th>姓名</th><th>保障人数</th><th>金额(元)</th></tr></thead><tbody>",
        )
        number = persons = fen = 0
        for number, case in enumerate(group, start=1):
            persons, fen = persons + case.members, fen + case.amount_fen
            yield _lines(_cells(number, case.name, case.members, case.amount_fen))
        yield _lines(
            _cells(SUM, f"{number} 户", persons, fen, sums=True),
            "</tbody></table>",
            "<p>对公示内容有异议的，请向村(居)民委员会、乡镇人民政府(街道办事处)或县级民政部门反映。</p>",
            f'<p class="batch">{escape(subtitle(contents))}</p></section>',
        )
    yield b"</body></html>\n"


def write_application(
    contents: BundleContents, figures: Figures, lines: Sequence[Township], bank_files: dict[str, str]
) -> Iterator[bytes]:
    """The payment application (拨款审批表): a line a township, the total in figures and capitals, three signatures."""
    title = f"{contents.month_name}{contents.programme_name}资金拨款审批表"
    total, unpayable = figures.payments, figures.unpayable
    yield _begin(contents, title)
    yield _lines(
        f"{_mark(contents)}<h1>{escape(title)}</h1>",
        f'<p class="batch">申请单位：{escape(contents.payer.name)}　单位编号：{escape(contents.stated_unit)}</p>',
        f'<p class="batch">{escape(subtitle(contents))}</p>',
        "<table><thead><tr><th>序号</th><th>乡镇(街道)</th><th>户数</th><th>人数</th><th>金额(元)</th></tr></thead><tbody>",
    )
    for number, line in enumerate(lines, start=1):
        yield _lines(_cells(number, line.name, line.cases, line.persons, line.amount_fen))
    yield _lines(
        _cells(
            SUM,
            "",
            sum(line.cases for line in lines),
            sum(line.persons for line in lines),
            total.amount_fen,
            sums=True,
        ),
        f'<tr class="sums"><td colspan="2">大写金额</td><td colspan="3">人民币{capitals(total.amount_fen)}</td></tr>',
        "</tbody></table>",
        "<h2>资金去向</h2>",
        "<table><thead><tr><th>代发银行</th><th>文件</th><th>当日批次</th><th>笔数</th><th>金额(元)</th></tr></thead><tbody>",
    )
    titles = {profile.code: profile.layout.title for profile in contents.banks}
    for code, money in figures.banks.items():
        batch = f"第 {contents.batch_numbers[code]} 批"
        yield _lines(
            _plain_cells(titles[code], bank_files[code], batch, money.count, format_yuan(money.amount_fen))
        )
    if unpayable.count:
        yield _lines(
            _plain_cells(
                "无账户，暂不发放", "unpayable.csv", "", unpayable.count, format_yuan(unpayable.amount_fen)
            )
        )
    boxes = "".join(f"<div>{who}<br>（签字、盖章）<span>　　　年　　月　　日</span></div>" for who in _SIGNATURES)
    yield _lines("</tbody></table>", f'<div class="signatures">{boxes}</div>', "</body></html>")


def read_page(read: Iterable[bytes], *, name: str) -> tuple[Money, int]:
    """The rows of a page and what they add up to, and what its sums say together, in fen.

    Raises:
        IntegrityBroken: `page.malformed` for an amount that is none.
    """
    rows, stated = NONE, 0
    for line in read:
        found = _READ_MONEY.search(line)
        if found is None:
            continue
        try:
            fen = parse_yuan(found[2].decode())
        except ValueError:
            raise IntegrityBroken("page.malformed", name, found="no amount", expected="yuan in each row") from None
        rows, stated = (rows.plus(fen), stated) if found[1] == b"yuan" else (rows, stated + fen)
    return rows, stated


def _begin(contents: BundleContents, title: str) -> bytes:
    printed = _PRINTED_IN_FORMAT_2 if contents.format == 2 else _PRINTED
    return _lines(
        '<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8">',
        f"<title>{escape(title)}</title><style>",
        f"{_STYLE}{printed}</style></head><body>",
    )


def _mark(contents: BundleContents) -> str:
    return f'<div class="mark">{contents.mark}，不得付款</div>' if contents.mark else ""


def _cells(first: str | int, second: str, *counts: int, sums: bool = False) -> str:
    """A row that ends in an amount."""
    *others, fen = counts
    begin = '<tr class="sums">' if sums else "<tr>"
    kind = "sum" if sums else "yuan"
    numbers = "".join(f'<td class="n">{count}</td>' for count in others)
    return (
        f'{begin}<td class="n">{first}</td><td>{escape(second)}</td>{numbers}'
        f'<td class="{kind}">{format_yuan(fen)}</td></tr>'
    )


def _plain_cells(*texts: str | int) -> str:
    *words, count, amount = texts
    return (
        f"<tr>{''.join(f'<td>{escape(str(text))}</td>' for text in words)}"
        f'<td class="n">{count}</td><td class="n">{amount}</td></tr>'
    )


def _lines(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
