"""Filled workbooks read back: scorecards, and figures of the city; every fault of a file in one report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import InputError, raise_all
from citiesforall.core.notes import Note
from citiesforall.core.scorecard import scorecards, workbook_words
from citiesforall.gather.workbook_events import read_events
from citiesforall.gather.workbook_figures import Read, check_wholes, read_service
from citiesforall.gather.workbook_parts import About, Reading, about_of, missing_sheet, sheets_of
from citiesforall.gather.workbook_scorecards import Row, read_scorecard
from citiesforall.workbook.layout import EVENTS

SCORECARD_COLUMNS = (
    "place", "scorecard", "question", "evaluator", "group", "answer", "evidence", "period", "source",
)  # fmt: skip
FIGURE_COLUMNS = ("place", "amount", "value", "period", "source", "status", "reason", "n", "said_by")


def read_scorecards(
    use: SourceUse, paths: Sequence[Path], place: str, period: str
) -> tuple[pd.DataFrame, list[Note]]:
    """Read filled workbooks of scorecards.

    Parameters
    ----------
    use
        The source.
    paths
        Its files.
    place
        Code of the city.
    period
        Of the city file.

    Returns
    -------
    tuple
        Rows of the scorecards layer, and notes.

    Raises
    ------
    InputError
        Carrying every fault of every file.
    """
    rows: list[Row] = []
    faults: list[str] = []
    notes: list[Note] = []
    for path in paths:
        reading = Reading(path.name)
        try:
            rows += _scorecards(reading, path, place, int(period[:4]))
        except InputError as error:
            faults += error.faults
        faults += reading.faults
        notes += reading.notes
    raise_all(faults)
    table = pd.DataFrame(rows, columns=list(SCORECARD_COLUMNS[:-1])).assign(source=use.id)
    keys = ["scorecard", "question", "evaluator"]
    if table.duplicated(keys).any():
        twice = ", ".join(sorted(table.loc[table.duplicated(keys), "scorecard"].unique()))
        raise InputError(
            f"source '{use.id}': more than one of its files answers {twice}. Keep one file for each scorecard."
        )
    return table.astype({"answer": "float64"}), notes


def _scorecards(reading: Reading, path: Path, place: str, city_year: int) -> list[Row]:
    """Read one workbook of scorecards."""
    sheets = sheets_of(path, "scorecards", reading)
    about = about_of(reading, sheets, "scorecards", place, city_year)
    rows: list[Row] = []
    for key, one in scorecards().items():
        sheet = sheets.get(("scorecard", key))
        if sheet is None:
            missing_sheet(reading, one.title, ("scorecard", key))
            continue
        found = read_scorecard(reading, sheet, one, about)
        rows += found
        if not found and not reading.faults:
            reading.notes.append(Note(path.name, f"scorecard '{one.title}' is empty: not known.", "figure"))
    return rows


def read_figures(
    use: SourceUse, paths: Sequence[Path], place: str, period: str
) -> tuple[pd.DataFrame, list[Note]]:
    """Read filled workbooks of figures into rows of the registers layer.

    Parameters
    ----------
    use
        The source, of role ``registers`` and format ``workbook``.
    paths
        Its files; one for each city, usually a single one.
    place
        Code of the city.
    period
        Of the city file.

    Returns
    -------
    tuple
        ``place, amount, value, period, source, status, reason, n, said_by`` (where the city has the figure from), one row
        for each amount asked, and notes.

    Raises
    ------
    InputError
        Carrying every fault of every file.
    """
    faults: list[str] = []
    notes: list[Note] = []
    found: dict[str, Read] = {}
    for path in paths:
        reading = Reading(path.name)
        try:
            held = _figures(reading, path, place, int(period[:4]))
        except InputError as error:
            faults += error.faults
            continue
        twice = [
            key for key, one in held.items() if key in found and not math.isnan(one.value + found[key].value)
        ]
        faults += [
            f"{path.name}: {key} stands in another file of source '{use.id}' too. Keep one." for key in twice
        ]
        found = {
            **held,
            **{key: one for key, one in found.items() if not math.isnan(one.value) or key not in held},
        }
        faults += reading.faults
        notes += reading.notes
    raise_all(faults)
    filled = sum(not math.isnan(one.value) for one in found.values())
    notes.append(
        Note(use.id, f"{filled} of {len(found)} figures are filled in; the others are not known.", "figure")
    )
    rows = [
        (
            place, key, one.value, one.period, use.id, "missing" if math.isnan(one.value) else "ok", one.reason, one.n,
            one.said_by,
        )
        for key, one in found.items()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(FIGURE_COLUMNS)).astype(
        {"value": "float64", "n": "float64"}
    ), notes


def _figures(reading: Reading, path: Path, place: str, city_year: int) -> dict[str, Read]:
    """Read one workbook of figures."""
    sheets = sheets_of(path, "figures", reading)
    about: About = about_of(reading, sheets, "figures", place, city_year)
    found: dict[str, Read] = {}
    words = workbook_words()
    for service, title in words["service"].items():
        sheet = sheets.get(("figures", service))
        if sheet is None:
            missing_sheet(reading, title, ("figures", service))
        else:
            found |= read_service(reading, sheet, service, about)
    events = sheets.get((EVENTS,))
    if events is None:
        missing_sheet(reading, words["sheet"]["events"], (EVENTS,))
    else:
        found |= read_events(reading, events, about)
    check_wholes(reading, found)
    return found
