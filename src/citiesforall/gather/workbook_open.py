"""Workbooks opened as plain cells: every sheet with its mark, its ids and its columns, wherever they have been moved to."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from citiesforall.core.errors import InputError
from citiesforall.workbook.layout import MARK, VERSION, words_of

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""First bytes of an encrypted workbook, and of Excel 97 to 2003."""
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
WRITE_ONE = "Write an empty one with 'cities workbook write' and fill that."
MOST_CELLS = 400_000
"""A council's workbook has a few thousand cells; more is something else."""
Address = tuple[int, int]


@dataclass(frozen=True)
class Sheet:
    """Hold one marked sheet.

    Parameters
    ----------
    file, title
        Names, for messages.
    words
        Of its mark, after the version: ``("scorecard", "participation")``.
    cells
        (row, column) -> value, those that hold one; a formula's result.
    unworked
        Cells whose formula has no result kept.
    formats
        (row, column) -> number format, where a value is a number.
    columns
        Id -> column.
    rows
        Id -> rows that carry it.
    """

    file: str
    title: str
    words: tuple[str, ...]
    cells: Mapping[Address, Any]
    unworked: frozenset[Address]
    formats: Mapping[Address, str]
    columns: Mapping[str, int]
    rows: Mapping[str, tuple[int, ...]]

    def where(self, row: int, column: int) -> str:
        """Return how a cell is named in messages."""
        return f"{self.file}: sheet '{self.title}', cell {letters(column)}{row}"

    def value(self, row: int, column: str) -> Any:
        """Return what stands in a row under a column's id, None where nothing does."""
        return self.cells.get((row, self.columns[column]))


def letters(column: int) -> str:
    """Return the letters of a column: 1 is A, 28 is AB."""
    out = ""
    while column:
        column, rest = divmod(column - 1, 26)
        out = chr(65 + rest) + out
    return out


def open_workbook(path: Path) -> tuple[list[Sheet], list[str]]:
    """Open a workbook this software has written.

    Parameters
    ----------
    path
        An ``.xlsx`` file.

    Returns
    -------
    tuple
        The sheets that carry a mark, and the names of those that carry none.

    Raises
    ------
    InputError
        The file is no workbook, is empty or encrypted, or is not one of ours.
    """
    _raise_unreadable(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and rules a newer program wrote; values alone are read
            books = _sheets(path)
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - the library raises dozens of kinds for a broken file
        said = " ".join(str(error).split())[:160]
        raise InputError(
            f"{path.name}: this workbook is broken and cannot be opened: {said}. Open it in a spreadsheet program, "
            "save it again as XLSX, or fill a new one."
        ) from None
    marked = [sheet for sheet in books if sheet.words]
    if not marked:
        raise InputError(
            f"{path.name}: no sheet is one this software has written: the hidden first row and column are gone. {WRITE_ONE}"
        )
    older = [sheet for sheet in marked if sheet.words[0] != VERSION]
    if older:
        raise InputError(
            f"{path.name}: sheet '{older[0].title}' is of layout {older[0].words[0]}, this software reads {VERSION}. {WRITE_ONE}"
        )
    marked = [replace(sheet, words=sheet.words[1:]) for sheet in marked]
    return marked, [sheet.title for sheet in books if not sheet.words]


def _raise_unreadable(path: Path) -> None:
    """Raise for what can be told from the first bytes of a file."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise InputError(
            f"{path.name}: there is no such file. Give the path of the filled workbook."
        ) from None
    except OSError as error:
        raise InputError(f"{path.name}: this cannot be read: {error.strerror}. Give a file.") from None
    if not raw:
        raise InputError(f"{path.name}: this file is empty. Save the workbook again, or fill a new one.")
    if raw.startswith(OLE) and ENCRYPTED in raw:
        raise InputError(f"{path.name}: this workbook is locked with a password. Save it without one.")
    if raw.startswith(OLE):
        raise InputError(f"{path.name}: this is a workbook of Excel 97 to 2003. Save it as XLSX.")
    if not raw.startswith(b"PK"):
        raise InputError(f"{path.name}: this is no workbook (XLSX). {WRITE_ONE}")


def _load(path: Path, *, data_only: bool) -> Any:
    """Load a workbook with openpyxl."""
    import openpyxl  # noqa: PLC0415 - a third of a second that only workbooks need

    # from memory: openpyxl leaves a file open that it cannot read
    book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()), data_only=data_only)
    if sum(len(sheet._cells) for sheet in book.worksheets) > MOST_CELLS:  # noqa: SLF001 - the cells that are there, without making new ones
        raise InputError(f"{path.name}: this workbook has more than {MOST_CELLS:,} cells. {WRITE_ONE}")
    return book


def _sheets(path: Path) -> list[Sheet]:
    """Return every sheet as plain cells; results of formulas are looked up only where somebody wrote formulas into a line."""
    book = _load(path, data_only=False)
    raw = {sheet.title: _cells(sheet) for sheet in book.worksheets}
    sheets = [_sheet(path, title, cells) for title, cells in raw.items()]
    if not any(sheet.unworked for sheet in sheets):
        return sheets
    worked = _load(path, data_only=True)
    results = {sheet.title: _cells(sheet) for sheet in worked.worksheets}
    return [_with_results(sheet, results[sheet.title]) for sheet in sheets]


def _cells(sheet: Any) -> dict[Address, tuple[Any, str, bool]]:
    """Return the cells that hold something: value, number format, whether it is a formula."""
    return {
        at: (cell.value, str(cell.number_format), cell.data_type == "f")
        for at, cell in sheet._cells.items()  # noqa: SLF001 - as above
        if cell.value is not None and (not isinstance(cell.value, str) or cell.value.strip())
    }


def _sheet(path: Path, title: str, cells: Mapping[Address, tuple[Any, str, bool]]) -> Sheet:
    """Make a sheet of plain cells; formulas in lines that carry an id count as unworked for now."""
    plain = {at: value for at, (value, _, formula) in cells.items() if not formula}
    words, at = _mark(plain)
    columns: dict[str, int] = {}
    rows: dict[str, list[int]] = {}
    if at is not None:
        for (row, column), value in sorted(plain.items(), key=lambda pair: pair[0]):
            if row == at[0] and column != at[1]:
                columns.setdefault(str(value).strip(), column)
            elif column == at[1] and row != at[0]:
                rows.setdefault(str(value).strip(), []).append(row)
    lines = {row for held in rows.values() for row in held}
    unworked = frozenset(where for where, (_, _, formula) in cells.items() if formula and where[0] in lines)
    formats = {where: form for where, (_, form, _) in cells.items()}
    held_rows = {key: tuple(held) for key, held in rows.items()}
    return Sheet(path.name, title, words, plain, unworked, formats, columns, held_rows)


def _with_results(sheet: Sheet, results: Mapping[Address, tuple[Any, str, bool]]) -> Sheet:
    """Return a sheet whose formulas have the results kept with them, where any are."""
    known = {at: results[at][0] for at in sheet.unworked if at in results}
    return replace(sheet, cells={**sheet.cells, **known}, unworked=sheet.unworked - known.keys())


def _mark(cells: Mapping[Address, Any]) -> tuple[tuple[str, ...], Address | None]:
    """Return the words of a sheet's mark and where it stands."""
    for at, value in sorted(cells.items()):
        if isinstance(value, str) and value.startswith(MARK) and (words := words_of(value)):
            return words, at
    return (), None
