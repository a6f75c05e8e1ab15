"""Sheets of the roadmap as tables: columns, bands with subtotals, totals as formulas that carry their values; print setup."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Literal
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from citiesforall.workbook import style

EPOCH = (2025, 1, 1, 0, 0, 0)
CLOCK = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
FORMULA = re.compile(rb'<c r="([A-Z]+\d+)"([^>]*?)><f>(.*?)</f><v ?(?:/>|></v>)', re.DOTALL)
WHOLE, DOLLARS, SHARE = "#,##0", '#,##0;-#,##0;"-"', "0 %"
ROOM = 0.88
"""Part of a column's width a text may fill before it is broken: fonts differ from computer to computer."""
HEAD_PT = 14.0
MOST_HEIGHT = 200.0
Paper = Literal[8, 9]
A3: Paper = 8
A4: Paper = 9
Cached = dict[tuple[str, str], float | str]
"""(sheet, cell) -> what its formula comes to."""


@dataclass(frozen=True)
class Column:
    """Hold one column of a table.

    Parameters
    ----------
    title
        Its head.
    width
        In characters.
    cells
        One for each row; None leaves a cell empty.
    form
        Number format; empty for texts.
    total
        Whether it is summed.
    fill_in
        Whether its cells are to be filled by hand.
    forms
        A number format for each row, where they differ.
    """

    title: str
    width: float
    cells: Sequence[Any]
    form: str = ""
    total: bool = False
    fill_in: bool = False
    forms: Sequence[str] = ()


@dataclass(frozen=True)
class Band:
    """Hold a heading inside a table and the rows below it.

    Parameters
    ----------
    title
        What stands there.
    rows
        How many rows follow.
    """

    title: str
    rows: int


@dataclass(frozen=True)
class Table:
    """Hold one table of a sheet.

    Parameters
    ----------
    columns
        All of one length.
    bands
        Headings with subtotals, in order; empty for none.
    total
        Word of the last row; empty for none.
    """

    columns: Sequence[Column]
    bands: Sequence[Band] = ()
    total: str = ""


@dataclass
class Sheet:
    """Hold a sheet while it is written.

    Parameters
    ----------
    page
        The sheet of openpyxl.
    cached
        What its formulas come to.
    row
        Next free row.
    heads
        Rows that hold the heads of tables.
    looks
        Number format, whether to be filled, whether a whole number -> the style openpyxl made of it.
    """

    page: Any
    cached: Cached
    row: int = 1
    heads: list[int] = field(default_factory=list)
    looks: dict[tuple[str, bool, bool], Any] = field(default_factory=dict)


def floats(table: pd.DataFrame, column: str) -> list[float]:
    """Return a column as numbers; missing where the table has none."""
    return table[column].astype(float).tolist() if column in table else [float("nan")] * len(table)


def bands(groups: Sequence[str]) -> list[Band]:
    """Return the headings of rows that are in the order of their groups."""
    bands: list[Band] = []
    for one in groups:
        if bands and bands[-1].title == one:
            bands[-1] = Band(one, bands[-1].rows + 1)
        else:
            bands.append(Band(one, 1))
    return bands


def title(sheet: Sheet, text: str, columns: int) -> None:
    """Write the heading of a sheet across its columns."""
    cell = sheet.page.cell(sheet.row, 1)
    style.write(cell, [text], bold=True, size=style.TITLE)
    sheet.page.merge_cells(start_row=sheet.row, start_column=1, end_row=sheet.row, end_column=columns)
    sheet.page.row_dimensions[sheet.row].height = 2 * style.TITLE + 4
    sheet.row += 1


def remark(sheet: Sheet, text: str, columns: int, *, warn: bool = False, width: float = 120.0) -> None:
    """Write a sentence across the columns of a sheet, in red where it is a warning."""
    cell = sheet.page.cell(sheet.row, 1)
    style.write(cell, [text], bold=warn, colour=style.WARN if warn else style.GREY)
    sheet.page.merge_cells(start_row=sheet.row, start_column=1, end_row=sheet.row, end_column=columns)
    sheet.page.row_dimensions[sheet.row].height = style.height([text], width)
    sheet.row += 1


def table(sheet: Sheet, given: Table) -> tuple[int, int]:
    """Write a table; return its first and last row of data.

    Parameters
    ----------
    sheet
        Written from its next free row on.
    given
        What to write.

    Returns
    -------
    int, int
        First and last row between head and total. Subtotals and totals are SUBTOTAL formulas, which count every row once,
        and carry the sum of the values that were written.
    """
    for number, column in enumerate(given.columns, start=1):
        style.header(sheet.page.cell(sheet.row, number), [column.title])
    tall = max(
        (style.height([column.title], ROOM * column.width + 3) for column in given.columns), default=HEAD_PT
    )
    sheet.page.row_dimensions[sheet.row].height = min(tall, MOST_HEIGHT)
    sheet.heads.append(sheet.row)
    sheet.row += 1
    first, at = sheet.row, 0
    n = len(given.columns[0].cells)
    for band in given.bands or (Band("", n),):
        if band.title:
            _sums(sheet, given, band.title, (sheet.row + 1, sheet.row + band.rows), range(at, at + band.rows))
            sheet.row += 1
        for number in range(at, at + band.rows):
            _row(sheet, given.columns, number)
        at += band.rows
    last = sheet.row - 1
    if given.total:
        _sums(sheet, given, given.total, (first, max(last, first)), range(n), last=True)
        sheet.row += 1
    sheet.row += 1
    return first, last


def _row(sheet: Sheet, columns: Sequence[Column], number: int) -> None:
    """Write one row of data."""
    tall = 0.0
    for place, column in enumerate(columns, start=1):
        cell, value = sheet.page.cell(sheet.row, place), column.cells[number]
        missing = value is None or (isinstance(value, float) and np.isnan(value))
        form = column.forms[number] if column.forms else column.form
        cell.value = None if missing else value
        look = (form, column.fill_in, isinstance(value, int))
        if look not in sheet.looks:
            _dress(cell, *look)
            sheet.looks[look] = cell._style  # noqa: SLF001 - setting fonts cell by cell takes ten times as long
        cell._style = copy(sheet.looks[look])  # noqa: SLF001
        if not form and not column.fill_in and not isinstance(value, int):
            tall = max(tall, style.height([str(value or "")], ROOM * column.width))
    sheet.page.row_dimensions[sheet.row].height = min(max(tall, 2 * HEAD_PT), MOST_HEIGHT)
    sheet.row += 1


def _dress(cell: Any, form: str, fill_in: bool, whole: bool) -> None:
    """Give a cell the look of its column: a number, a number in the middle, a text, or a cell to be filled."""
    if fill_in:
        style.input_box(cell, cell.value, centre=True, form=form or "General")
        return
    style.text_box(cell, [cell.value])
    if form:
        cell.number_format = form
        cell.alignment = Alignment(vertical="center", horizontal="right")
    elif whole:
        cell.alignment = Alignment(vertical="center", horizontal="center")


def _sums(
    sheet: Sheet, given: Table, text: str, span: tuple[int, int], rows: range, *, last: bool = False
) -> None:
    """Write a row of subtotals or totals over the data rows of a span."""
    colour = "FFFFFFFF" if last else style.DARK
    summed = [place for place, column in enumerate(given.columns, start=1) if column.total]
    for place in range(1, len(given.columns) + 1):
        cell = sheet.page.cell(sheet.row, place)
        cell.fill = style.fill(style.ACCENT if last else style.PALE)
        cell.border = style.BOX
        if place in summed:
            column = given.columns[place - 1]
            letter = get_column_letter(place)
            cell.value = f"=SUBTOTAL(9,{letter}{span[0]}:{letter}{span[1]})"
            cell.number_format = column.form
            cell.font = Font(name=style.FONT, size=style.SIZE, bold=True, color=colour)
            cell.alignment = Alignment(vertical="center", horizontal="right")
            values = [column.cells[row] for row in rows]
            said = float(np.nansum([value for value in values if value is not None]))
            sheet.cached[sheet.page.title, f"{letter}{sheet.row}"] = said
    wide = (summed[0] - 1) if summed else len(given.columns)
    style.write(sheet.page.cell(sheet.row, 1), [text], bold=True, colour=colour)
    if wide > 1:
        sheet.page.merge_cells(start_row=sheet.row, start_column=1, end_row=sheet.row, end_column=wide)
    width = sum(column.width for column in given.columns[:wide])
    sheet.page.row_dimensions[sheet.row].height = style.height([text], width)


def formula(sheet: Sheet, cell: str, text: str, value: float | str) -> None:
    """Write a formula with what it comes to."""
    sheet.page[cell] = text
    sheet.page[cell].font = Font(name=style.FONT, size=style.SIZE, bold=True, color=style.DARK)
    sheet.cached[sheet.page.title, cell] = value


def finish(sheet: Sheet, widths: Sequence[float], freeze: str, paper: Paper, lang: str) -> None:
    """Set widths, print area, repeated head and footer of a sheet.

    Parameters
    ----------
    sheet
        Written.
    widths
        Of its columns. [characters]
    freeze
        First cell that scrolls; empty for none.
    paper
        A3 or A4, landscape, as wide as the page.
    lang
        Only numbers stand in the footer, so it is the same in all.
    """
    page = sheet.page
    for number, width in enumerate(widths, start=1):
        page.column_dimensions[get_column_letter(number)].width = width
    page.sheet_view.showGridLines = False
    page.sheet_view.zoomScale = 90
    if freeze:
        page.freeze_panes = freeze
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = paper
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.page_margins.left = page.page_margins.right = 0.4
    page.page_margins.top = page.page_margins.bottom = 0.6
    page.print_area = f"A1:{get_column_letter(len(widths))}{max(sheet.row - 1, 1)}"
    if len(sheet.heads) == 1:
        page.print_title_rows = f"{sheet.heads[0]}:{sheet.heads[0]}"
    page.oddFooter.center.text = "&A · &P / &N"
    page.oddFooter.center.font = style.FONT if lang == "km" else None


def saved(book: Any, cached: Mapping[tuple[str, str], float | str]) -> bytes:
    """Return the workbook's file: formulas carry their values, and the same contents give the same bytes.

    Parameters
    ----------
    book
        The workbook.
    cached
        What its formulas come to.

    Returns
    -------
    bytes
        Programs that do not reckon (previews, telephones, readers of tables) show the values; those that do reckon anew.
    """
    raw, out = io.BytesIO(), io.BytesIO()
    book.calculation.fullCalcOnLoad = True
    book.save(raw)
    pages = {f"xl/worksheets/sheet{n}.xml": name for n, name in enumerate(book.sheetnames, start=1)}
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            data = old.read(name)
            if name == "docProps/core.xml":
                data = CLOCK.sub(b"2025-01-01T00:00:00Z", data)
            if name in pages:
                data = _with_values(data, pages[name], cached)
            info = zipfile.ZipInfo(name, date_time=EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, data)
    return out.getvalue()


def _with_values(data: bytes, sheet: str, cached: Mapping[tuple[str, str], float | str]) -> bytes:
    """Put the values of formulas into the XML of a sheet."""

    def valued(found: re.Match[bytes]) -> bytes:
        cell, rest, text = found[1], found[2], found[3]
        value = cached[sheet, cell.decode()]
        said = escape(value).encode() if isinstance(value, str) else repr(float(value)).encode()
        kind = b' t="str"' if isinstance(value, str) else b""
        return (
            b'<c r="'
            + cell
            + b'"'
            + re.sub(rb' t="\w+"', b"", rest)
            + kind
            + b"><f>"
            + text
            + b"</f><v>"
            + said
            + b"</v>"
        )

    return FORMULA.sub(valued, data)
