"""Edits of workbooks: cells, rows, columns, sheets, formulas, merged cells; and the XML inside."""

from __future__ import annotations

import datetime as dt
import io
import warnings
from random import Random
from typing import Any

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from fuzz.edits import archives, junk, plain

XML_SHARE = 0.15
"""Of the edits, those of a part of the file rather than of a cell."""
MOST_CELLS = 30_000
CHANGES = (
    "cell",
    "cell",
    "cell",
    "cell",
    "type",
    "type",
    "drop_row",
    "drop_column",
    "insert_row",
    "insert_column",
    "sheet",
    "title",
    "merge",
    "blank",
    "swap",
    "far",
    "copy",
)


def edit(raw: bytes, chance: Random) -> bytes:
    """Change a workbook some times."""
    if chance.random() < XML_SHARE:
        return _part(raw, chance)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(raw))
        for _ in range(chance.choice((1, 2, 8, 30))):
            try:
                _change(book, chance)
            except (AttributeError, ValueError):  # a merged cell, a value no cell holds: nobody can do it
                continue
        out = io.BytesIO()
        book.save(out)
    return out.getvalue()


def _part(raw: bytes, chance: Random) -> bytes:
    """Change or drop one of the files inside."""
    members = archives.unpacked(raw)
    at = chance.randrange(len(members))
    name, data = members[at]
    if chance.random() < 0.2:
        del members[at]
    else:
        members[at] = (name, plain.edit(data, chance))
    return archives.packed(members)


def _change(book: Any, chance: Random) -> None:
    """Change one thing."""
    sheet = chance.choice(book.worksheets)
    row, column = chance.randint(1, max(1, sheet.max_row)), chance.randint(1, min(14, sheet.max_column))
    cell = sheet.cell(row, column)
    small = sheet.max_row * sheet.max_column < MOST_CELLS  # the library moves rows and columns cell by cell
    match chance.choice(CHANGES if small else ("cell", "type")):
        case "cell":
            old = "" if cell.value is None else str(cell.value)
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", junk.cell(chance, old))
        case "type":
            cell.value = chance.choice(
                (
                    True,
                    0,
                    -1,
                    5,
                    1e300,
                    0.1,
                    10**20,
                    dt.date(2024, 1, 1),
                    dt.time(1),
                    "=A1",
                    "=1/0",
                    None,
                    "text",
                )
            )
        case "drop_row":
            sheet.delete_rows(row, chance.choice((1, 1, 5)))
        case "drop_column":
            sheet.delete_cols(column)
        case "insert_row":
            sheet.insert_rows(row)
        case "insert_column":
            sheet.insert_cols(column)
        case "sheet" if len(book.worksheets) > 1:
            book.remove(sheet)
        case "title":
            sheet.title = chance.choice(("Sheet1", sheet.title[:30] + "x", "ទិន្នន័យ"))
        case "merge":
            sheet.merge_cells(start_row=row, end_row=row + 1, start_column=column, end_column=column + 1)
        case "blank":
            for one in sheet[row]:
                one.value = None
        case "swap":
            other = sheet.cell(chance.randint(1, max(1, sheet.max_row)), column)
            cell.value, other.value = other.value, cell.value
        case "far":
            sheet.cell(*chance.choice(((2000, 1), (5, 200), (20_000, 3)))).value = "x"
        case _:
            book.copy_worksheet(sheet)
