"""Sheets of a workbook from plain tables: heads that stay, filters, widths, number formats, sums as formulas that carry their values."""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from citiesforall.workbook import style

EPOCH = (2000, 1, 1, 0, 0, 0)
CLOCK = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
FORMULA = re.compile(rb'<c r="([A-Z]+\d+)"([^>]*?)><f>(.*?)</f><v ?(?:/>|></v>)', re.DOTALL)
NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
LONGEST_NAME = 31
"""Letters a sheet's name may have."""
MOST_HEIGHT = 200.0
Values = dict[str, float]
"""Cell of a sheet -> what its formula comes to."""


@dataclass(frozen=True)
class Formula:
    """Hold a formula and what it comes to.

    Parameters
    ----------
    text
        With ``{row}`` where the number of its row belongs.
    value
        What it comes to, for programs that do not reckon.
    """

    text: str
    value: float


@dataclass(frozen=True)
class Column:
    """Hold one column of a sheet.

    Parameters
    ----------
    title
        Its head.
    width
        In characters.
    cells
        Texts, numbers, formulas; None or nan leaves a cell empty.
    form
        Number format; empty for texts.
    total
        Whether it is summed.
    forms
        A number format for each row, where they differ.
    """

    title: str
    width: float
    cells: Sequence[Any]
    form: str = ""
    total: bool = False
    forms: Sequence[str] = ()


@dataclass(frozen=True)
class Page:
    """Hold one sheet.

    Parameters
    ----------
    name
        On its tab.
    title
        Its heading.
    remarks
        Sentences below it.
    columns
        All of one length.
    bands
        Headings with subtotals -> how many rows follow, in order; without any the table can be filtered.
    total
        Word of the last row; empty for none.
    """

    name: str
    title: str
    remarks: Sequence[str] = ()
    columns: Sequence[Column] = ()
    bands: Sequence[tuple[str, int]] = ()
    total: str = ""

    @property
    def head(self) -> int:
        """Return the row that holds the heads of the columns."""
        return len(self.remarks) + 3


def workbook_bytes(pages: Sequence[Page], title: str, *, width: float = 110.0) -> bytes:
    """Return a workbook's file; the same pages give the same bytes.

    Parameters
    ----------
    pages
        Its sheets, in order.
    title
        Of the document.
    width
        Of a line of a remark. [characters]
    """
    book = openpyxl.Workbook(write_only=True)
    looks: dict[str, Any] = {}
    found = [_write(book, page, looks, width) for page in pages]
    book.properties = DocumentProperties(creator="citiesforall", title=title)
    book.calculation.fullCalcOnLoad = True
    raw = io.BytesIO()
    book.save(raw)
    return _steady(raw, found)


def sheet_name(name: str) -> str:
    """Return a name as a sheet may have it."""
    return NOT_IN_NAMES.sub(" ", name)[:LONGEST_NAME].strip()


def _write(book: Any, page: Page, looks: dict[str, Any], width: float) -> Values:
    """Write one sheet; return what its formulas come to."""
    sheet = book.create_sheet(sheet_name(page.name))
    rows = len(page.columns[0].cells) if page.columns else 0
    _frame(sheet, page, rows)
    sheet.append([_text(sheet, page.title, "title", looks)])
    for number, one in enumerate(page.remarks, start=2):
        sheet.row_dimensions[number].height = style.height([one], width)
        sheet.append([_text(sheet, one, "remark", looks)])
    if not page.columns:
        return {}
    sheet.append([])
    sheet.append([_text(sheet, one.title, "head", looks) for one in page.columns])
    at, values, first = page.head + 1, Values(), 0
    start = at
    cells = [WriteOnlyCell(sheet) for _ in page.columns]
    for band, n in page.bands or (("", rows),):
        if band:
            sheet.append(_sums(sheet, page, looks, (band, "band", at, range(first, first + n), values)))
            at += 1
        for number in range(first, first + n):
            sheet.append(_row(cells, page.columns, number, at, (looks, values)))
            at += 1
        first += n
    if page.total:
        span = (page.total, "total", at, range(rows), values)
        sheet.append(_sums(sheet, page, looks, span, start=start))
    return values


def _frame(sheet: Any, page: Page, rows: int) -> None:
    """Set widths, what stays when scrolled, filters and print setup; a sheet written row by row wants them first."""
    for number, one in enumerate(page.columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = one.width
    sheet.row_dimensions[1].height = 2 * style.TITLE + 4
    sheet.sheet_view.showGridLines = False
    if page.columns:
        sheet.freeze_panes = f"B{page.head + 1}"
        sheet.print_title_rows = f"{page.head}:{page.head}"
        tall = max(style.height([one.title], one.width) for one in page.columns)
        sheet.row_dimensions[page.head].height = min(tall, MOST_HEIGHT)
        if not page.bands and not page.total:
            sheet.auto_filter.ref = (
                f"A{page.head}:{get_column_letter(len(page.columns))}{page.head + max(rows, 1)}"
            )
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = openpyxl.worksheet.properties.PageSetupProperties(fitToPage=True)
    sheet.oddFooter.center.text = "&A · &P / &N"


def _text(sheet: Any, text: str, look: str, looks: dict[str, Any]) -> Any:
    """Return a cell that holds a heading, a remark or the head of a column."""
    cell = WriteOnlyCell(sheet)
    _put(cell, text)
    if look not in looks:
        if look == "head":
            style.header(cell, [text])
        else:
            dark = look == "title"
            style.write(cell, [text], bold=dark, size=style.TITLE if dark else style.SIZE)
            cell.alignment = Alignment(wrap_text=False, vertical="center")
        looks[look] = copy(cell._style)  # noqa: SLF001 - setting fonts cell by cell takes ten times as long
    cell._style = copy(looks[look])  # noqa: SLF001
    return cell


def _row(
    cells: list[Any], columns: Sequence[Column], number: int, at: int, kept: tuple[Any, Values]
) -> list[Any]:
    """Return one row of data; cells are used again for every row, for a row is written as soon as it is given."""
    looks, values = kept
    for place, (cell, column) in enumerate(zip(cells, columns, strict=True), start=1):
        value = column.cells[number]
        form = column.forms[number] if column.forms else column.form
        if isinstance(value, Formula):
            values[f"{get_column_letter(place)}{at}"] = value.value
            cell.value = value.text.format(row=at)
        else:
            _put(cell, value)
        look = f"cell {form}"
        if look not in looks:
            style.text_box(cell, [])
            if form:
                cell.number_format = form
                cell.alignment = Alignment(vertical="center", horizontal="right")
            looks[look] = copy(cell._style)  # noqa: SLF001
            return _row(cells, columns, number, at, kept)
        cell._style = looks[look]  # noqa: SLF001
    return cells


def _put(cell: Any, value: Any) -> None:
    """Put a value into a cell; a text that begins as a formula would stays a text."""
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value) or None
        if cell.data_type == "f":
            cell.data_type = "s"
    else:
        cell.value = (
            None if value is None or (isinstance(value, float) and not math.isfinite(value)) else value
        )


def _sums(
    sheet: Any,
    page: Page,
    looks: dict[str, Any],
    given: tuple[str, str, int, range, Values],
    *,
    start: int = 0,
) -> list[Any]:
    """Return a row of subtotals or totals: SUBTOTAL counts every row once, whatever is between."""
    text, look, at, rows, values = given
    span = (start, at - 1) if look == "total" else (at + 1, at + len(rows))
    cells = []
    for place, column in enumerate(page.columns, start=1):
        letter = get_column_letter(place)
        cell = WriteOnlyCell(sheet)
        if place == 1:
            _put(cell, text)
        elif column.total:
            cell.value = f"=SUBTOTAL(9,{letter}{span[0]}:{letter}{span[1]})"
            values[f"{letter}{at}"] = float(sum(_number(column.cells[row]) for row in rows))
        dark = look == "total"
        cell.font = Font(
            name=style.FONT, size=style.SIZE, bold=True, color="FFFFFFFF" if dark else style.DARK
        )
        cell.fill, cell.border = style.fill(style.ACCENT if dark else style.PALE), style.BOX
        if column.total:
            cell.number_format = column.form
        cells.append(cell)
    return cells


def _number(value: Any) -> float:
    """Return a cell as a number to be summed; what is missing adds nothing."""
    number = value.value if isinstance(value, Formula) else value
    return float(number) if isinstance(number, int | float) and math.isfinite(number) else 0.0


def _steady(raw: io.BytesIO, found: Sequence[Values]) -> bytes:
    """Return a workbook's file without clocks, formulas with what they come to."""
    out = io.BytesIO()
    pages = {f"xl/worksheets/sheet{number}.xml": values for number, values in enumerate(found, start=1)}
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            data = old.read(name)
            if name == "docProps/core.xml":
                data = CLOCK.sub(b"2000-01-01T00:00:00Z", data)
            if pages.get(name):
                data = _with_values(data, pages[name])
            info = zipfile.ZipInfo(name, date_time=EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, data)
    return out.getvalue()


def _with_values(data: bytes, values: Mapping[str, float]) -> bytes:
    """Put what formulas come to into the XML of a sheet."""

    def valued(found: re.Match[bytes]) -> bytes:
        cell, rest, text = found[1].decode(), re.sub(rb' t="\w+"', b"", found[2]), found[3]
        said = escape(repr(values[cell])).encode()
        return b'<c r="' + cell.encode() + b'"' + rest + b"><f>" + text + b"</f><v>" + said + b"</v>"

    return FORMULA.sub(valued, data)
