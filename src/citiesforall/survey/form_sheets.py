"""Writes the three sheets of an XLSForm as a workbook whose bytes depend on its content alone."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

Row = dict[str, str]
EPOCH = (2025, 1, 1, 0, 0, 0)
WIDE, NARROW = 60, 18
#: Lines of the interview that open or close a group stand out, so that a person can read the sheet.
FRAME = PatternFill("solid", fgColor="E8EEF4")


@dataclass(frozen=True)
class Sheets:
    """Hold the sheets of a form as rows of words.

    Parameters
    ----------
    survey, choices
        One row each; a column that a row lacks is empty.
    settings
        The one row of settings.
    """

    survey: tuple[Row, ...]
    choices: tuple[Row, ...]
    settings: Row


def columns_of(rows: Iterable[Row], first: Sequence[str]) -> list[str]:
    """Return the columns of a sheet: the given ones that occur, then the rest as they come."""
    seen = dict.fromkeys(key for row in rows for key, text in row.items() if text)
    return [key for key in first if key in seen] + [key for key in seen if key not in first]


def write_sheets(sheets: Sheets, path: Path) -> None:
    """Write a form as a workbook.

    Parameters
    ----------
    sheets
        Its rows.
    path
        The workbook; its folder is made where it is not there.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    _write(book, "survey", sheets.survey, ("type", "name"))
    _write(book, "choices", sheets.choices, ("list_name", "name"))
    _write(book, "settings", (sheets.settings,), ())
    book.properties.creator = "citiesforall"
    book.properties.created = book.properties.modified = datetime(*EPOCH)  # noqa: DTZ001 - workbooks hold local times
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_timeless(book))


def _write(book: Workbook, name: str, rows: Sequence[Mapping[str, str]], first: Sequence[str]) -> None:
    """Write one sheet with a bold, frozen first row."""
    sheet = book.create_sheet(name)
    columns = columns_of([dict(row) for row in rows], first)
    sheet.append(columns)
    for row in rows:
        sheet.append([row.get(key) or None for key in columns])
        if row.get("type", "").startswith(("begin", "end_")):
            for cell in sheet[sheet.max_row]:
                cell.fill = FRAME
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for number, key in enumerate(columns, start=1):
        wide = key.startswith(("label", "hint")) or key in {"relevant", "constraint", "calculation"}
        sheet.column_dimensions[get_column_letter(number)].width = WIDE if wide else NARROW
    sheet.freeze_panes = "C2" if first else "A2"


def _timeless(book: Workbook) -> bytes:
    """Return a workbook's bytes with every clock inside set to one date."""
    drawn, out = io.BytesIO(), io.BytesIO()
    book.save(drawn)
    with zipfile.ZipFile(drawn) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            info = zipfile.ZipInfo(part.filename, date_time=EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, _dated(part.filename, old.read(part)))
    return out.getvalue()


def _dated(name: str, data: bytes) -> bytes:
    """Put the one date where openpyxl writes the clock while saving."""
    if name != "docProps/core.xml":
        return data
    head, tag, rest = data.partition(b"<dcterms:modified")
    start, _, tail = rest.partition(b">")
    return head + tag + start + b">" + b"2025-01-01T00:00:00Z" + tail[tail.index(b"<") :] if tag else data
