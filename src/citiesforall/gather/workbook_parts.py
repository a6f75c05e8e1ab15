"""What both workbooks share: the sheets expected, the lines and columns of each, the city and the year on the first sheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from citiesforall.core.codes import normalise_code
from citiesforall.core.errors import InputError
from citiesforall.core.notes import Note
from citiesforall.gather.workbook_open import Sheet, open_workbook
from citiesforall.gather.workbook_values import UnreadableError, is_blank, read_year
from citiesforall.workbook.layout import EVENT, PERIOD, PLACE, START, VALUE

OLDEST_YEAR = 1950
"""No figure of a city today is older than this (ours)."""
COPY_BACK = "Copy it back from an empty workbook, or fill a new one"


@dataclass(frozen=True)
class About:
    """Say what a workbook is about.

    Parameters
    ----------
    place
        Code of the city.
    period
        Year on the first sheet; None where it is not filled.
    city_year
        Year the city file gives values for.
    """

    place: str
    period: int | None
    city_year: int

    @property
    def last_year(self) -> int:
        """Return the latest year a figure can be about: the one after the later of both."""
        return max(self.period or self.city_year, self.city_year) + 1


@dataclass(frozen=True)
class Reading:
    """Collect what is found while a workbook is read: faults stop it, notes do not.

    Parameters
    ----------
    file
        Its name.
    faults, notes
        Filled while reading.
    """

    file: str
    faults: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def fault(self, sheet: Sheet, row: int, column: int, said: str) -> None:
        """Keep one fault of a cell."""
        self.faults.append(f"{sheet.where(row, column)}: {said.rstrip('.')}.")

    def doubt(self, sheet: Sheet, said: str) -> None:
        """Keep one doubt about a sheet."""
        self.notes.append(Note(f"{self.file}: {sheet.title}", said, "doubt"))


def sheets_of(path: Path, kind: str, reading: Reading) -> dict[tuple[str, ...], Sheet]:
    """Open a workbook and return its sheets by their words.

    Parameters
    ----------
    path
        The file.
    kind
        ``scorecards`` or ``figures``.
    reading
        Where faults go.

    Returns
    -------
    dict
        Words -> sheet.

    Raises
    ------
    InputError
        The file cannot be opened, or is the other workbook.
    """
    marked, others = open_workbook(path)
    found: dict[tuple[str, ...], Sheet] = {}
    for sheet in marked:
        if sheet.words in found:
            reading.faults.append(
                f"{path.name}: sheets '{found[sheet.words].title}' and '{sheet.title}' are the same one twice. Delete one."
            )
        found.setdefault(sheet.words, sheet)
    held = {words[1] for words in found if words[0] == START and len(words) > 1}
    if held and kind not in held:
        raise InputError(
            f"{path.name}: this is the workbook of {', '.join(sorted(held))}, but the one of {kind} is expected here. "
            "Name it under the other role of the city file."
        )
    if others:
        named = ", ".join(f"'{name}'" for name in others[:5])
        reading.notes.append(
            Note(path.name, f"sheets {named} are not of the workbook and were left out.", "figure")
        )
    return found


def missing_sheet(reading: Reading, title: str, words: Sequence[str]) -> None:
    """Keep the fault of a sheet that is gone."""
    reading.faults.append(
        f"{reading.file}: the sheet of '{title}' is missing, or its hidden first row ({':'.join(words)}) is. {COPY_BACK}."
    )


def has_columns(reading: Reading, sheet: Sheet, wanted: Iterable[str]) -> bool:
    """Tell whether a sheet has the columns it must; keep a fault for each that is gone."""
    gone = [name for name in wanted if name not in sheet.columns]
    reading.faults.extend(
        f"{reading.file}: sheet '{sheet.title}': the column '{name}' is missing, or its id in the hidden first row is. "
        f"{COPY_BACK}."
        for name in gone
    )
    return not gone


def lines_of(reading: Reading, sheet: Sheet, wanted: Iterable[str]) -> dict[str, int]:
    """Return the line of each id, keeping a fault for each that is gone, stands twice or is not known.

    Parameters
    ----------
    reading
        Where faults go.
    sheet
        The sheet.
    wanted
        Ids it must have.

    Returns
    -------
    dict
        Id -> row.
    """
    names = list(wanted)
    found = {}
    for name in names:
        rows = sheet.rows.get(name, ())
        if not rows:
            reading.faults.append(
                f"{reading.file}: sheet '{sheet.title}': the line '{name}' is missing, or its id in the hidden first "
                f"column is. {COPY_BACK}."
            )
        elif len(rows) > 1:
            reading.faults.append(
                f"{reading.file}: sheet '{sheet.title}': the line '{name}' stands in rows "
                f"{' and '.join(map(str, rows))}. Delete all but one."
            )
        else:
            found[name] = rows[0]
    for name in sheet.rows.keys() - {*names, EVENT}:
        reading.faults.append(
            f"{reading.file}: sheet '{sheet.title}', row {sheet.rows[name][0]}: the id '{name[:40]}' in the hidden first "
            "column is not known. Take away what was written there."
        )
    return found


def worked(reading: Reading, sheet: Sheet, row: int, column: int) -> bool:
    """Tell whether a cell is free of a formula without a result; keep a fault where it is not."""
    if (row, column) in sheet.unworked:
        reading.fault(
            sheet,
            row,
            column,
            "its formula has no result. Open the workbook in a spreadsheet program and save it, or write the number itself",
        )
        return False
    return True


def about_of(
    reading: Reading, sheets: dict[tuple[str, ...], Sheet], kind: str, place: str, city_year: int
) -> About:
    """Read the first sheet: which city, which year.

    Parameters
    ----------
    reading
        Where faults go.
    sheets
        From `sheets_of`.
    kind
        ``scorecards`` or ``figures``.
    place
        Code of the city that is run.
    city_year
        Year of the city file.

    Returns
    -------
    About
        Place and period; a fault is kept where the workbook is another city's.
    """
    sheet = sheets.get((START, kind))
    nothing = About(place, None, city_year)
    if sheet is None:
        missing_sheet(reading, "Start here", (START, kind))
        return nothing
    if not has_columns(reading, sheet, (VALUE,)):
        return nothing
    lines = lines_of(reading, sheet, (PLACE, "name", PERIOD))
    column = sheet.columns[VALUE]
    if PLACE in lines:
        _check_place(reading, sheet, lines[PLACE], column, place)
    period = None
    if PERIOD in lines and worked(reading, sheet, lines[PERIOD], column):
        value = sheet.value(lines[PERIOD], VALUE)
        if not is_blank(value):
            try:
                period = read_year(value, OLDEST_YEAR, city_year + 10)
            except UnreadableError as error:
                reading.fault(sheet, lines[PERIOD], column, str(error))
    return About(place, period, city_year)


def _check_place(reading: Reading, sheet: Sheet, row: int, column: int, place: str) -> None:
    """Keep a fault where the workbook is another city's, or does not say which."""
    value: Any = sheet.value(row, VALUE)
    if is_blank(value):
        reading.fault(sheet, row, column, f"the city code is missing. Write {place}")
        return
    try:
        code = normalise_code(value, place[:2])
    except InputError:
        code = str(value)
    if code != place and str(value).strip().upper() != place:
        reading.fault(
            sheet,
            row,
            column,
            f"this workbook is of '{str(value)[:40]}', the city is {place}. Give the workbook of {place}",
        )
