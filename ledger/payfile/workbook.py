"""An XLSX workbook of one printable sheet, written row by row: flat in memory, the same bytes each time.

Cells are text, whole numbers or fen (a column says which); nothing is ever a formula. Bytes differ only where another
version of zlib packs them otherwise: two workbooks are compared by their parts.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from tempfile import TemporaryFile
from typing import BinaryIO, Literal
from xml.sax.saxutils import escape

import msgspec

from ledger.errors import IntegrityBroken
from ledger.payfile.pieces import blocks_of, in_blocks
from ledger.values.money import format_yuan, parse_yuan

_EPOCH = (1980, 1, 1, 0, 0, 0)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SHEET = "xl/worksheets/sheet1.xml"
_HEADING_ROW = 3
"""Title, subtitle, headings: these stay in sight and are printed on every page."""


class Column(msgspec.Struct, frozen=True):
    """A column: its heading, its width in characters, and what its cells hold."""

    heading: str
    width: int
    kind: Literal["text", "count", "yuan"] = "text"


class Line(msgspec.Struct, frozen=True):
    """A row; `strong` for a sum or a heading within the sheet, `ends_page` where a new page begins after it."""

    cells: tuple[str | int, ...]
    strong: bool = False
    ends_page: bool = False


class Sheet(msgspec.Struct, frozen=True):
    """A sheet with its rows; `mark` stands at the foot of every printed page."""

    title: str
    subtitle: str
    mark: str
    columns: tuple[Column, ...]
    lines: Iterable[Line]
    landscape: bool


_STYLES = {"title": 1, "subtitle": 2, "heading": 3, "text": 4, "count": 5, "yuan": 6}
_STRONG = 3
"""How much further down the style of a strong cell is."""

_FONTS = "".join(
    f'<font>{bold}<sz val="{size}"/><name val="宋体"/><charset val="134"/></font>'
    for bold, size in (("", 11), ("<b/>", 16), ("", 10), ("<b/>", 11))
)
_BORDER = "".join(
    f'<{side} style="thin"><color auto="1"/></{side}>' for side in ("left", "right", "top", "bottom")
)
_CELLS = (
    # number format, font, fill, border, alignment: in the order of _STYLES, the strong ones behind
    (0, 0, 0, 0, ""),
    (0, 1, 0, 0, '<alignment horizontal="center" vertical="center"/>'),
    (0, 2, 0, 0, '<alignment horizontal="left" vertical="center"/>'),
    (0, 3, 2, 1, '<alignment horizontal="center" vertical="center" wrapText="1"/>'),
    (49, 0, 0, 1, '<alignment horizontal="left" indent="1" vertical="center" shrinkToFit="1"/>'),
    (1, 0, 0, 1, '<alignment horizontal="right" vertical="center"/>'),
    (4, 0, 0, 1, '<alignment horizontal="right" vertical="center"/>'),
    (49, 3, 0, 1, '<alignment horizontal="left" indent="1" vertical="center" shrinkToFit="1"/>'),
    (1, 3, 0, 1, '<alignment horizontal="right" vertical="center"/>'),
    (4, 3, 0, 1, '<alignment horizontal="right" vertical="center"/>'),
)
_STYLE_SHEET = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><fonts count="4">{_FONTS}</fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFE7E6E6"/><bgColor indexed="64"/></patternFill></fill>'
    '</fills><borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>'
    f"<border>{_BORDER}<diagonal/></border></borders>"
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    f'<cellXfs count="{len(_CELLS)}">'
    + "".join(
        f'<xf numFmtId="{number}" fontId="{font}" fillId="{fill}" borderId="{border}" xfId="0" applyNumberFormat="1" '
        f'applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1">{alignment}</xf>'
        for number, font, fill, border, alignment in _CELLS
    )
    + '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
_PARTS = {
    "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
    f'<Override PartName="/{_SHEET}" ContentType="{_TYPES}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/></Types>',
    "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets><definedNames>'
    f'<definedName name="_xlnm.Print_Titles" localSheetId="0">Sheet1!$1:${_HEADING_ROW}</definedName>'
    "</definedNames></workbook>",
    "xl/styles.xml": _STYLE_SHEET,
}
_READ_ROW = re.compile(rb'<row r="(\d+)"')


def write_workbook(sheet: Sheet) -> Iterator[bytes]:
    """The bytes of the workbook, in blocks."""
    with TemporaryFile() as spool:
        with zipfile.ZipFile(spool, "w") as package:
            for name, text in _PARTS.items():
                package.writestr(_entry(name), text)
            with package.open(_entry(_SHEET), "w") as part:
                for block in in_blocks(piece.encode() for piece in _sheet(sheet)):
                    part.write(block)
        spool.seek(0)
        yield from blocks_of(spool)


def read_sums(file: BinaryIO, *, name: str, column: int) -> tuple[int, int, int]:
    """How many rows a workbook has that are no sums, what their column of yuan adds up to, and the last sum, in fen.

    Raises:
        IntegrityBroken: `workbook.malformed` where it is no workbook as written here.
    """
    amount = re.compile(rf'<c r="{_letter(column)}\d+" s="(\d+)"><v>([^<]*)</v></c>'.encode())
    count = added = stated = 0
    try:
        with zipfile.ZipFile(file) as package, package.open(_SHEET) as part:
            for line in part:
                row = _READ_ROW.match(line)
                if row is None or int(row[1]) <= _HEADING_ROW:
                    continue
                cell = amount.search(line)
                if cell is None:
                    continue
                fen = parse_yuan(cell[2].decode())
                if int(cell[1]) == _STYLES["yuan"]:
                    count, added = count + 1, added + fen
                else:
                    stated = fen
    except (zipfile.BadZipFile, zlib.error, KeyError, IndexError, ValueError) as error:
        raise IntegrityBroken(
            "workbook.malformed", name, found=type(error).__name__, expected="a sheet as it is written"
        ) from None
    return count, added, stated


def same_workbook(one: BinaryIO, other: BinaryIO) -> bool:
    """Whether two files are workbooks with the same parts, whatever packed them."""
    try:
        with zipfile.ZipFile(one) as first, zipfile.ZipFile(other) as second:
            names = first.namelist()
            return names == second.namelist() and all(_same_part(first, second, name) for name in names)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError):
        return False


def _same_part(first: zipfile.ZipFile, second: zipfile.ZipFile, name: str) -> bool:
    if first.getinfo(name).file_size != second.getinfo(name).file_size:
        return False
    with first.open(name) as mine, second.open(name) as theirs:
        return all(one == other for one, other in zip(blocks_of(mine), blocks_of(theirs), strict=True))


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
    return entry


def _sheet(sheet: Sheet) -> Iterator[str]:
    columns = sheet.columns
    last = _letter(len(columns) - 1)
    below = (
        f'<pane ySplit="{_HEADING_ROW}" topLeftCell="A{_HEADING_ROW + 1}" activePane="bottomLeft" state="frozen"/>'
    )
    yield (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<sheetViews><sheetView workbookViewId="0">{below}</sheetView></sheetViews>'
        '<sheetFormatPr defaultRowHeight="18"/><cols>'
    )
    for number, column in enumerate(columns, start=1):
        yield f'<col min="{number}" max="{number}" width="{column.width}" customWidth="1"/>'
    yield "</cols><sheetData>\n"
    yield _row(1, [_cell("A1", _STYLES["title"], sheet.title)], height=30)
    yield _row(2, [_cell("A2", _STYLES["subtitle"], sheet.subtitle)])
    heading = _STYLES["heading"]
    yield _row(
        3, [_cell(f"{_letter(n)}3", heading, column.heading) for n, column in enumerate(columns)], height=32
    )
    breaks: list[int] = []
    write = _line_writer(columns)
    for number, line in enumerate(sheet.lines, start=_HEADING_ROW + 1):
        yield write(number, line)
        if line.ends_page:
            breaks.append(number)
    paper = f'paperSize="9" orientation="{"landscape" if sheet.landscape else "portrait"}"'
    yield (
        f'</sheetData><mergeCells count="2"><mergeCell ref="A1:{last}1"/><mergeCell ref="A2:{last}2"/></mergeCells>'
        '<printOptions horizontalCentered="1"/>'
        '<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.7" header="0.3" footer="0.3"/>'
        f'<pageSetup {paper} fitToWidth="1" fitToHeight="0"/>'
        f"<headerFooter><oddFooter>&amp;L{escape(sheet.mark)}&amp;C第 &amp;P 页，共 &amp;N 页</oddFooter>"
        "</headerFooter>"
    )
    if breaks:
        yield f'<rowBreaks count="{len(breaks)}" manualBreakCount="{len(breaks)}">'
        for number in breaks:
            yield f'<brk id="{number}" max="16383" man="1"/>'
        yield "</rowBreaks>"
    yield "</worksheet>"


def _line_writer(columns: tuple[Column, ...]) -> Callable[[int, Line], str]:
    """What writes a row: the parts that are the same in all are made once, for the weak and the strong."""
    begins = [
        [
            (f'<c r="{_letter(n)}', f'" s="{_STYLES[column.kind] + more}"', column.kind)
            for n, column in enumerate(columns)
        ]
        for more in (0, _STRONG)
    ]

    def write(number: int, line: Line) -> str:
        cells: list[str] = []
        for (place, style, kind), value in zip(begins[line.strong], line.cells, strict=True):
            if isinstance(value, int):
                shown = format_yuan(value) if kind == "yuan" else value
                cells.append(f"{place}{number}{style}><v>{shown}</v></c>")
            else:
                cells.append(f'{place}{number}{style} t="inlineStr"><is><t>{escape(value)}</t></is></c>')
        return _row(number, cells)

    return write


def _row(number: int, cells: list[str], *, height: int = 0) -> str:
    tall = f' ht="{height}" customHeight="1"' if height else ""
    return f'<row r="{number}"{tall}>{"".join(cells)}</row>\n'


def _cell(place: str, style: int, text: str) -> str:
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def _letter(column: int) -> str:
    """The letter of a column from 0; a sheet has at most 26."""
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[column]
