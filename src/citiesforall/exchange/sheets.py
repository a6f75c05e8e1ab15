"""Sheets of a workbook from plain tables: heads that stay, filters, widths, number formats, sums as formulas with values."""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Iterator, Sequence
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
from openpyxl.worksheet.properties import PageSetupProperties

from citiesforall.workbook import style

EPOCH = (2000, 1, 1, 0, 0, 0)
CLOCK = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
END = b"</sheetData>"
INFINITE = "∞"
"""Of what is not reached at all, or an interval without an end; no number of a workbook is infinite."""
NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
LONGEST_NAME = 31
"""Letters a sheet's name may have."""
MOST_HEIGHT = 200.0


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
    wrap
        Whether a long text is broken into lines; else it is cut where the next cell begins.
    """

    title: str
    width: float
    cells: Sequence[Any]
    form: str = ""
    total: bool = False
    forms: Sequence[str] = ()
    wrap: bool = True


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
    warnings
        Sentences in red, before the remarks.
    about
        What it holds, where its heading does not say it.
    """

    name: str
    title: str
    remarks: Sequence[str] = ()
    columns: Sequence[Column] = ()
    bands: Sequence[tuple[str, int]] = ()
    total: str = ""
    warnings: Sequence[str] = ()
    about: str = ""

    @property
    def head(self) -> int:
        """Return the row that holds the heads of the columns."""
        return len(self.warnings) + len(self.remarks) + 3


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

    Notes
    -----
    openpyxl makes the workbook, its styles, headings and heads. The rows of the tables are put into its sheets as XML: that is
    ten times as fast as cell by cell, and formulas can carry their values.
    """
    book = openpyxl.Workbook(write_only=True)
    looks: dict[str, Any] = {}
    rows = [_write(book, page, looks, width) for page in pages]
    book.properties = DocumentProperties(creator="citiesforall", title=title)
    book.calculation.fullCalcOnLoad = True
    raw = io.BytesIO()
    book.save(raw)
    return _steady(raw, rows)


def sheet_name(name: str) -> str:
    """Return a name as a sheet may have it."""
    return NOT_IN_NAMES.sub(" ", name)[:LONGEST_NAME].strip()


def _write(book: Any, page: Page, looks: dict[str, Any], width: float) -> bytes:
    """Write heading and heads of one sheet; return its rows as XML."""
    sheet = book.create_sheet(sheet_name(page.name))
    _frame(sheet, page)
    sheet.append([_text(sheet, page.title, "title", looks)])
    looked = [*((one, "warning") for one in page.warnings), *((one, "remark") for one in page.remarks)]
    for number, (one, look) in enumerate(looked, start=2):
        wide, across = _across(page, width)
        sheet.row_dimensions[number].height = style.height([one], wide)
        if across > 1:
            sheet.merged_cells.add(f"A{number}:{get_column_letter(across)}{number}")
        sheet.append([_text(sheet, one, look, looks)])
    if not page.columns:
        return b""
    sheet.append([])
    sheet.append([_text(sheet, one.title, "head", looks) for one in page.columns])
    return "".join(_rows(sheet, page, looks)).encode()


def _across(page: Page, width: float) -> tuple[float, int]:
    """Return how wide a remark is, and across how many columns it stands. [characters]"""
    wide = 0.0
    for number, one in enumerate(page.columns, start=1):
        wide += one.width
        if wide >= width or number == len(page.columns):
            return wide, number
    return width, 1


def _frame(sheet: Any, page: Page) -> None:
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
            last = page.head + max(len(page.columns[0].cells), 1)
            sheet.auto_filter.ref = f"A{page.head}:{get_column_letter(len(page.columns))}{last}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.oddFooter.center.text = "&A · &P / &N"


def _text(sheet: Any, text: str, look: str, looks: dict[str, Any]) -> Any:
    """Return a cell that holds a heading, a remark or the head of a column."""
    cell = WriteOnlyCell(sheet, plain(text))
    if look not in looks:
        if look == "head":
            style.header(cell, [cell.value])
        else:
            big, colour = look == "title", style.WARN if look == "warning" else style.DARK
            style.write(
                cell,
                [cell.value],
                bold=look != "remark",
                colour=colour,
                size=style.TITLE if big else style.SIZE,
            )
            cell.alignment = Alignment(wrap_text=not big, vertical="center")
        looks[look] = copy(cell._style)  # noqa: SLF001 - setting fonts cell by cell takes ten times as long
    cell._style = copy(looks[look])  # noqa: SLF001
    cell.data_type = "s"  # a text that begins as a formula would stays a text
    return cell


def plain(text: str) -> str:
    """Return a text without signs that no workbook may hold."""
    return str(ILLEGAL_CHARACTERS_RE.sub("", text))


def _look(sheet: Any, looks: dict[str, Any], kind: str, form: str) -> int:
    """Return the number of the style of a cell of a table: ``row``, ``line`` (not broken), ``band`` or ``total``."""
    key = f"{kind} {form}"
    if key not in looks:
        cell = WriteOnlyCell(sheet)
        if kind in {"row", "line"}:
            style.text_box(cell, [])
            cell.alignment = Alignment(wrap_text=kind == "row", vertical="center", indent=1)
        else:
            dark = kind == "total"
            cell.font = Font(
                name=style.FONT, size=style.SIZE, bold=True, color="FFFFFFFF" if dark else style.DARK
            )
            cell.fill, cell.border = style.fill(style.ACCENT if dark else style.PALE), style.BOX
        if form:
            cell.number_format = form
            cell.alignment = Alignment(vertical="center", horizontal="right")
        looks[key] = cell.style_id
    found: int = looks[key]
    return found


def _rows(sheet: Any, page: Page, looks: dict[str, Any]) -> Iterator[str]:
    """Yield the rows of a table as XML: bands with subtotals, data, the total."""
    n = len(page.columns[0].cells)
    bands, at, first = page.bands or (("", n),), page.head + 1, 0
    plan = []
    for name, count in bands:
        head = at
        at += bool(name)
        plan.append((name, head, range(first, first + count), at))
        at += count
        first += count
    numbers = [start + k for _, _, rows, start in plan for k in range(len(rows))]
    columns = [
        _cells(get_column_letter(place), one, numbers, _looks_of(sheet, looks, one))
        for place, one in enumerate(page.columns, start=1)
    ]
    lines = [
        f'<row r="{number}">{"".join(cells)}</row>' for number, *cells in zip(numbers, *columns, strict=True)
    ]
    for name, head, rows, start in plan:
        if name:
            yield _sums(sheet, page, looks, ("band", name, head, rows), (start, start + len(rows) - 1))
        yield from lines[rows.start : rows.stop]
    if page.total:
        yield _sums(sheet, page, looks, ("total", page.total, at, range(n)), (page.head + 1, at - 1))


def _looks_of(sheet: Any, looks: dict[str, Any], one: Column) -> list[int]:
    """Return the number of the style of every cell of a column."""
    forms = one.forms or [one.form] * len(one.cells)
    known = {form: _look(sheet, looks, "row" if one.wrap else "line", form) for form in dict.fromkeys(forms)}
    return [known[form] for form in forms]


def _cells(letter: str, one: Column, numbers: Sequence[int], kinds: Sequence[int]) -> list[str]:
    """Return the cells of a column as XML."""
    known: dict[str, str] = {}
    made = []
    for value, number, kind in zip(one.cells, numbers, kinds, strict=True):
        begin = f'<c r="{letter}{number}" s="{kind}"'
        if isinstance(value, str):
            if value not in known:
                known[value] = (
                    f' t="inlineStr"><is><t xml:space="preserve">{escape(plain(value))}</t></is></c>'
                )
            made.append(begin + known[value])
        elif isinstance(value, Formula):
            made.append(f"{begin}>{_formula(value.text.format(row=number), value.value)}</c>")
        elif value is None or math.isnan(value):
            made.append(f"{begin}/>")
        elif math.isinf(value):
            made.append(
                f'{begin} t="inlineStr"><is><t>{INFINITE if value > 0 else "-" + INFINITE}</t></is></c>'
            )
        else:
            made.append(f"{begin}><v>{value!r}</v></c>")
    return made


def _formula(text: str, value: float) -> str:
    """Return a formula with what it comes to."""
    return f"<f>{escape(text.removeprefix('='))}</f><v>{float(value)!r}</v>"


def _sums(
    sheet: Any, page: Page, looks: dict[str, Any], what: tuple[str, str, int, range], span: tuple[int, int]
) -> str:
    """Return a row of subtotals or totals: SUBTOTAL counts every row once, whatever is between."""
    kind, text, at, rows = what
    cells = []
    for place, column in enumerate(page.columns, start=1):
        letter = get_column_letter(place)
        begin = f'<c r="{letter}{at}" s="{_look(sheet, looks, kind, column.form if column.total else "")}"'
        if place == 1:
            cells.append(f'{begin} t="inlineStr"><is><t>{escape(plain(text))}</t></is></c>')
        elif column.total:
            value = float(sum(_number(column.cells[row]) for row in rows))
            if not rows:  # a sum over no row would take in the total itself
                cells.append(f"{begin}><v>0</v></c>")
                continue
            cells.append(f"{begin}>{_formula(f'SUBTOTAL(9,{letter}{span[0]}:{letter}{span[1]})', value)}</c>")
        else:
            cells.append(f"{begin}/>")
    return f'<row r="{at}">{"".join(cells)}</row>'


def _number(value: Any) -> float:
    """Return a cell as a number to be summed; what is missing adds nothing."""
    number = value.value if isinstance(value, Formula) else value
    return float(number) if isinstance(number, int | float) and math.isfinite(number) else 0.0


def _steady(raw: io.BytesIO, rows: Sequence[bytes]) -> bytes:
    """Return a workbook's file without clocks, rows put into its sheets."""
    out = io.BytesIO()
    pages = {f"xl/worksheets/sheet{number}.xml": one for number, one in enumerate(rows, start=1)}
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            data = old.read(name)
            if name == "docProps/core.xml":
                data = CLOCK.sub(b"2000-01-01T00:00:00Z", data)
            if pages.get(name):
                data = data.replace(END, pages[name] + END, 1)
            info = zipfile.ZipInfo(name, date_time=EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, data)
    return out.getvalue()
