"""Filled figures into amounts: value in the stored unit, year, and where each comes from."""

from __future__ import annotations

import math
from dataclasses import dataclass

from citiesforall.core.amounts import Amount
from citiesforall.core.figures import asked, asked_unit, figures, limits, per_asked
from citiesforall.core.notes import Note
from citiesforall.gather.workbook_open import Sheet
from citiesforall.gather.workbook_parts import OLDEST_YEAR, About, Reading, has_columns, lines_of, worked
from citiesforall.gather.workbook_values import (
    UnreadableError,
    is_blank,
    read_number,
    read_percent,
    read_year,
    read_yes_no,
)
from citiesforall.workbook.layout import SOURCE, UNIT, VALUE, YEAR
from citiesforall.workbook.texts import LANGS, parts, workbook_texts

SUSPICIOUS_SHARE = 1.0
"""A percentage above 0 and up to this may have been meant as a share."""


@dataclass(frozen=True)
class Read:
    """Hold one figure.

    Parameters
    ----------
    value
        In the stored unit, nan where the city does not know.
    period
        Year, or first and last year of a mean.
    said_by
        Where the city has it from.
    reason
        Why there is no value.
    n
        Events a mean is of.
    cell
        Where it stands, for messages.
    """

    value: float
    period: str = ""
    said_by: str = ""
    reason: str = ""
    n: float = math.nan
    cell: str = ""


def read_service(reading: Reading, sheet: Sheet, service: str, about: About) -> dict[str, Read]:
    """Read the figures of one service.

    Parameters
    ----------
    reading
        Where faults and doubts go.
    sheet
        Its sheet.
    service
        Its id.
    about
        Place and year.

    Returns
    -------
    dict
        Amount -> what was read; a blank is a missing value with its reason, never 0.
    """
    wanted = asked(service)
    whole = has_columns(reading, sheet, (VALUE, UNIT, YEAR, SOURCE))
    lines = lines_of(reading, sheet, (one.id for one in wanted))
    if not whole:
        return {}
    found = {one.id: _figure(reading, sheet, lines[one.id], one, about) for one in wanted if one.id in lines}
    bare = [key for key, one in found.items() if not math.isnan(one.value) and not one.said_by]
    if bare:
        reading.doubt(
            sheet,
            f"{len(bare)} figures do not say where they come from (rows {', '.join(str(lines[key]) for key in bare)}).",
        )
    return found


def _figure(reading: Reading, sheet: Sheet, row: int, one: Amount, about: About) -> Read:
    """Read one figure with its year and origin; keep its faults."""
    at = sheet.columns[VALUE]
    cell = sheet.where(row, at)
    value = sheet.value(row, VALUE)
    _check_unit(reading, sheet, row, one)
    if not worked(reading, sheet, row, at):
        return Read(math.nan, reason="the formula has no result", cell=cell)
    if is_blank(value):
        return Read(math.nan, reason="left empty in the workbook of figures", cell=cell)
    try:
        number = _number(reading, sheet, row, one)
        _check_limits(number, one)
    except UnreadableError as error:
        reading.fault(sheet, row, at, f"{one.id}: {error}")
        return Read(math.nan, reason="not readable", cell=cell)
    origin = sheet.value(row, SOURCE)
    said_by = "" if is_blank(origin) else " ".join(str(origin).split())
    return Read(number * per_asked(one), _period(reading, sheet, row, about), said_by, cell=cell)


def _number(reading: Reading, sheet: Sheet, row: int, one: Amount) -> float:
    """Return the value in the unit asked."""
    value = sheet.value(row, VALUE)
    form = sheet.formats.get((row, sheet.columns[VALUE]), "")
    if asked_unit(one) == "yes/no":
        return read_yes_no(value)
    if asked_unit(one) == "%":
        found = read_percent(value, form)
        if 0 < found <= SUSPICIOUS_SHARE:
            reading.doubt(
                sheet,
                f"row {row}: {found:g} per cent is very little; if a share was meant, write {found * 100:g}.",
            )
        return found
    if "%" in form and isinstance(value, int | float):
        raise UnreadableError(
            f"the cell is formatted as per cent, but {asked_unit(one)} is asked. Write the amount"
        )
    return read_number(value)


def _check_limits(number: float, one: Amount) -> None:
    """Raise where a figure cannot be."""
    low, high = limits(one)
    if number < low or number > high:
        allowed = f"0 to {high:g}" if high < math.inf else "0 or more"
        raise UnreadableError(
            f"{number:g} {asked_unit(one)} cannot be. Allowed: {allowed}. Check the figure and its unit"
        )


def _check_unit(reading: Reading, sheet: Sheet, row: int, one: Amount) -> None:
    """Keep a fault where the unit beside a figure is not the one that is asked."""
    column = sheet.columns[UNIT]
    said = " ".join(str(sheet.value(row, UNIT) or "").split()).casefold()
    key = f"unit.{asked_unit(one)}"
    allowed = {" ".join("\n".join(parts(key, lang)).split()).casefold() for lang in LANGS}
    allowed |= {part.casefold() for part in parts(key, "both")}
    if said not in allowed:
        unit = workbook_texts()[f"workbook.{key}"]
        reading.fault(
            sheet,
            row,
            column,
            f"the unit was changed to '{said[:30]}'. Only '{unit}' is read. Put it back and convert the figure",
        )


def _period(reading: Reading, sheet: Sheet, row: int, about: About) -> str:
    """Return the year of a figure; keep a fault where it is missing or cannot be."""
    column = sheet.columns[YEAR]
    value = sheet.value(row, YEAR)
    if not worked(reading, sheet, row, column):
        return ""
    if is_blank(value):
        reading.fault(sheet, row, column, "the year of the figure is missing. Write the year it is about")
        return ""
    try:
        return str(read_year(value, OLDEST_YEAR, about.last_year))
    except UnreadableError as error:
        reading.fault(sheet, row, column, str(error))
        return ""


def check_wholes(reading: Reading, found: dict[str, Read]) -> None:
    """Keep a fault where a part is more than its whole; a doubt where the two are of different years.

    Parameters
    ----------
    reading
        Where they go.
    found
        Amount -> what was read, of every sheet.
    """
    for key, part in found.items():
        whole = found.get(figures()[key].of or "")
        if whole is None or math.isnan(part.value) or math.isnan(whole.value) or "/" in part.period:
            continue
        of = str(figures()[key].of)
        if part.value > whole.value * (1 + 1e-9):
            per = per_asked(figures()[key]), per_asked(figures()[of])
            reading.faults.append(
                f"{part.cell}: {key} is {part.value / per[0]:,.15g}, more than {of} of which it is a part "
                f"({whole.value / per[1]:,.15g} in {whole.cell.rsplit(': ', 1)[-1]}). A part is at most the whole. "
                "Mend one of them."
            )
        elif part.period != whole.period:
            reading.notes.append(_years_differ(reading.file, key, part, of, whole))


def _years_differ(file: str, key: str, part: Read, of: str, whole: Read) -> Note:
    """Return the doubt about a part and a whole of different years."""
    return Note(file, f"{key} is of {part.period}, {of} of {whole.period}: their ratio mixes years.", "doubt")
