"""The list of disasters into yearly means: deaths, people affected, losses, with and without the largest event."""

from __future__ import annotations

import math
from collections.abc import Mapping

from citiesforall.core.figures import EVENT_SUMS, WITHOUT_LARGEST
from citiesforall.core.notes import Note
from citiesforall.core.scorecard import workbook_words
from citiesforall.gather.workbook_figures import Read
from citiesforall.gather.workbook_open import Sheet
from citiesforall.gather.workbook_parts import OLDEST_YEAR, About, Reading, has_columns, lines_of, worked
from citiesforall.gather.workbook_values import UnreadableError, is_blank, read_number, read_year
from citiesforall.workbook.layout import EVENT, FIRST_YEAR, LAST_YEAR, NAME, YEAR

FIVE = 5
"""Years a mean should be of: single events rule shorter ones."""
EMPTY = "the list of disasters in the workbook of figures is empty"


def read_events(reading: Reading, sheet: Sheet, about: About) -> dict[str, Read]:
    """Read the list of disasters and work out its yearly means.

    Parameters
    ----------
    reading
        Where faults and doubts go.
    sheet
        Its sheet.
    about
        Place and year.

    Returns
    -------
    dict
        Amount -> its mean of a year.

    Notes
    -----
    A blank beside others that are filled is nothing lost, as the metadata of SDG 11.5.1 take it; an amount blank in all events
    is missing. Years without an event between the first and the last year count as zero.
    """
    columns = tuple(workbook_words()["event"])
    whole = has_columns(reading, sheet, (NAME, YEAR, *columns))
    lines = lines_of(reading, sheet, (FIRST_YEAR, LAST_YEAR))
    if not whole or len(lines) < len((FIRST_YEAR, LAST_YEAR)):
        return {}
    wrong = len(reading.faults)
    events = [found for row in sheet.rows.get(EVENT, ()) if (found := _event(reading, sheet, row, about))]
    span = _span(reading, sheet, lines, about, filled=bool(events))
    if len(reading.faults) > wrong:
        return {}
    if span is None:
        return {key: Read(math.nan, reason=EMPTY) for key in (*EVENT_SUMS, *WITHOUT_LARGEST)}
    outside = [event for event in events if not span[0] <= event[YEAR] <= span[1]]
    if outside:
        reading.faults.extend(
            f"{reading.file}: sheet '{sheet.title}': an event of {event[YEAR]:.0f} lies outside the list's years {span[0]} to "
            f"{span[1]}. Mend its year, or the first or last year."
            for event in outside
        )
        return {}
    years = span[1] - span[0] + 1
    if years < FIVE:
        reading.doubt(
            sheet,
            f"the means are of {years} years; five or more are wanted, because single events rule few years.",
        )
    reading.notes.append(
        Note(
            reading.file,
            f"{len(events)} disasters in {years} years ({span[0]} to {span[1]}); means are of a year.",
            "figure",
        )
    )
    return yearly_means(events, span)


def yearly_means(events: list[dict[str, float]], span: tuple[int, int]) -> dict[str, Read]:
    """Work out the yearly means of the amounts made from events.

    Parameters
    ----------
    events
        Column -> number, those that are filled; the year too.
    span
        First and last year of the list.

    Returns
    -------
    dict
        Amount -> its mean of a year.

    Examples
    --------
    >>> yearly_means([{"deaths": 3.0}, {"deaths": 7.0}], (2021, 2025))["disaster_deaths"].value
    2.0
    """
    years = span[1] - span[0] + 1
    period = f"{span[0]}/{span[1]}"
    sums = {key: [_sum_of(event, columns) for event in events] for key, columns in EVENT_SUMS.items()}
    out = {}
    for key, values in sums.items():
        out[key] = _mean(values, years, period)
    for key, like in WITHOUT_LARGEST.items():
        values = sums[like]
        known = [value for value in values if not math.isnan(value)]
        out[key] = _mean(values, years, period, less=max(known, default=0.0))
    return out


def _sum_of(event: Mapping[str, float], columns: tuple[str, ...]) -> float:
    """Return the sum of some columns of an event, nan where none is filled."""
    known = [event[column] for column in columns if column in event]
    return math.fsum(known) if known else math.nan


def _mean(values: list[float], years: int, period: str, less: float = 0.0) -> Read:
    """Return the mean of a year; missing where events are listed and none says it."""
    known = [value for value in values if not math.isnan(value)]
    if values and not known:
        return Read(math.nan, reason="no event of the list says it")
    return Read((math.fsum(known) - less) / years, period, "list of disasters", n=float(len(values)))


def _event(reading: Reading, sheet: Sheet, row: int, about: About) -> dict[str, float]:
    """Read one event; empty where its line is."""
    columns = tuple(workbook_words()["event"])
    if all(is_blank(sheet.value(row, key)) for key in (NAME, YEAR, *columns)) and not any(
        (row, sheet.columns[key]) in sheet.unworked for key in columns
    ):
        return {}
    found: dict[str, float] = {}
    for key in columns:
        at = sheet.columns[key]
        value = sheet.value(row, key)
        if not worked(reading, sheet, row, at) or is_blank(value):
            continue
        try:
            found[key] = read_number(value)
        except UnreadableError as error:
            reading.fault(sheet, row, at, str(error))
            continue
        if found[key] < 0:
            reading.fault(sheet, row, at, f"{found[key]:g} cannot be. Allowed: 0 or more. Mend it")
    year = _year(reading, sheet, (row, YEAR), about, needed=True)
    return {**found, YEAR: float(year or 0)}


def _year(reading: Reading, sheet: Sheet, at: tuple[int, str], about: About, *, needed: bool) -> int | None:
    """Read a year of the list; keep a fault where it cannot be, or is missing though needed."""
    row, key = at
    column = sheet.columns[key]
    value = sheet.value(row, key)
    if not worked(reading, sheet, row, column):
        return None
    if is_blank(value):
        if needed:
            reading.fault(sheet, row, column, "the year is missing. Write it")
        return None
    try:
        return read_year(value, OLDEST_YEAR, about.last_year)
    except UnreadableError as error:
        reading.fault(sheet, row, column, str(error))
        return None


def _span(
    reading: Reading, sheet: Sheet, lines: dict[str, int], about: About, *, filled: bool
) -> tuple[int, int] | None:
    """Return the first and last year of the list, None where it is empty."""
    both = [lines[FIRST_YEAR], lines[LAST_YEAR]]
    some = filled or any(not is_blank(sheet.value(row, YEAR)) for row in both)
    first, last = (_year(reading, sheet, (row, YEAR), about, needed=some) for row in both)
    if first is None or last is None:
        return None
    if first > last:
        reading.fault(
            sheet,
            both[1],
            sheet.columns[YEAR],
            f"the list ends in {last}, before it begins in {first}. Mend one of them",
        )
        return None
    return first, last
