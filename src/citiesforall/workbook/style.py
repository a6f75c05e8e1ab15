"""How the sheets look: fonts, colours, heights, locks; nothing here knows what a sheet is about."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from math import ceil
from typing import Any

from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side

FONT = "Khmer OS Battambang"
"""Found on most computers of Cambodian offices; others show their own Khmer font."""
DARK, ACCENT, PALE, LINE, GREY = "FF1F3B4D", "FF2A7F86", "FFEAF3F3", "FFC9D6D8", "FF6B7780"
INPUT, DONE, WARN = "FFFFF6D6", "FFE9F5E6", "FFB3261E"
SIZE, SMALL, TITLE = 10, 9, 16
LINE_PT = {"km": 20.0, "en": 14.5}
"""Height of a line of Khmer and of Latin text at the usual size."""
THIN = Side(style="thin", color=LINE)
BOX = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)


def fill(colour: str) -> PatternFill:
    """Return a plain fill."""
    return PatternFill("solid", fgColor=colour)


def write(
    cell: Any, texts: Sequence[str], *, bold: bool = False, colour: str = DARK, size: int = SIZE
) -> None:
    """Write a text: the first language in full, a second below it, smaller and grey."""
    cell.font = Font(name=FONT, size=size, bold=bold, color=colour)
    cell.alignment = Alignment(wrap_text=True, vertical="center", indent=1)
    if len(texts) > 1:
        first = InlineFont(rFont=FONT, sz=size, b=bold, color=colour)
        second = InlineFont(
            rFont=FONT, sz=max(size - 1, SMALL), b=False, color=GREY if colour == DARK else colour
        )
        cell.value = CellRichText(TextBlock(first, texts[0] + "\n"), TextBlock(second, "\n".join(texts[1:])))
    else:
        cell.value = texts[0] if texts else None


def header(cell: Any, texts: Sequence[str]) -> None:
    """Write the head of a column."""
    write(cell, texts, bold=True, colour="FFFFFFFF")
    cell.fill = fill(DARK)
    cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
    cell.border = BOX


def band(sheet: Any, row: int, last: int, texts: Sequence[str]) -> None:
    """Write a heading across the columns of a sheet."""
    for column in range(2, last + 1):
        sheet.cell(row, column).fill = fill(ACCENT)
    write(sheet.cell(row, 2), texts, bold=True, colour="FFFFFFFF")
    sheet.merge_cells(start_row=row, start_column=2, end_row=row, end_column=last)


def text_box(cell: Any, texts: Sequence[str], *, bold: bool = False, colour: str = DARK) -> None:
    """Write a text into a cell of a table."""
    write(cell, texts, bold=bold, colour=colour)
    cell.border = BOX


def input_box(cell: Any, value: Any = None, *, centre: bool = False, form: str = "General") -> None:
    """Make a cell that may be written into."""
    cell.value = value
    cell.fill = fill(INPUT)
    cell.border = BOX
    cell.number_format = form
    cell.font = Font(name=FONT, size=SIZE, color="FF000000")
    cell.protection = Protection(locked=False)
    cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center" if centre else "left")


def centre(cell: Any) -> None:
    """Put the text of a cell in its middle."""
    cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")


def green_when_filled(sheet: Any, area: str) -> None:
    """Colour the input cells of an area green once something stands in them."""
    first = area.split(":", maxsplit=1)[0]
    sheet.conditional_formatting.add(
        area, FormulaRule(formula=[f"LEN({first})>0"], fill=PatternFill(bgColor=DONE))
    )


def height(texts: Sequence[str], width: float) -> float:
    """Return how high a row must be for texts in a column. [points]

    Parameters
    ----------
    texts
        Lines, one for each language.
    width
        Of the column, in characters.

    Notes
    -----
    Signs above, below and after a Khmer letter take no width of their own; the letters are wider than Latin ones.
    """
    total = 9.0
    for text in texts:
        for line in text.split("\n"):
            khmer = any("\u1780" <= sign <= "\u17ff" for sign in line)
            letters = sum(not unicodedata.category(sign).startswith("M") for sign in line)
            lines = max(1, ceil(letters * (1.12 if khmer else 1.06) / max(width - 3.0, 1.0)))
            total += lines * LINE_PT["km" if khmer else "en"]
    return total


def finish(sheet: Any, widths: Sequence[float], freeze: str, title_row: int | None = None) -> None:
    """Hide the ids, lock what is not for writing, and set the page.

    Parameters
    ----------
    sheet
        A sheet.
    widths
        Of the columns from B on, in characters.
    freeze
        First cell that scrolls.
    title_row
        Row repeated on every printed page.
    """
    sheet.column_dimensions["A"].hidden = True
    sheet.row_dimensions[1].hidden = True
    for number, width in enumerate(widths):
        sheet.column_dimensions[sheet.cell(1, number + 2).column_letter].width = width
    sheet.freeze_panes = freeze
    sheet.sheet_view.showGridLines = False
    sheet.sheet_view.zoomScale = 100
    guard = sheet.protection
    guard.sheet = True
    guard.formatCells = guard.formatColumns = guard.formatRows = guard.sort = guard.autoFilter = False
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    if title_row is not None:
        sheet.print_title_rows = f"{title_row}:{title_row}"
    sheet.oddFooter.center.text = "&A · &P / &N"
