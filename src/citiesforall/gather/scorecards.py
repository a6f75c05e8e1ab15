"""The scorecards step: filled workbooks into one table of answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from citiesforall.core.errors import InputError, raise_all
from citiesforall.core.inputs import Inputs, remember
from citiesforall.core.notes import Note
from citiesforall.core.tables import write_parquet
from citiesforall.gather.workbook_read import read_scorecards


def make_scorecards(given: Inputs, folder: Path) -> dict[str, Any]:
    """Read the scorecards of the city.

    Parameters
    ----------
    given
        With sources of role ``scorecards``.
    folder
        Where ``scorecards.parquet`` goes.

    Returns
    -------
    dict
        Notes, sources, and the period of each scorecard.

    Raises
    ------
    InputError
        Carrying every fault of every workbook, or a scorecard that two sources answer.
    """
    tables: list[pd.DataFrame] = []
    notes: list[Note] = []
    faults: list[str] = []
    for use, paths in given.files.get("scorecards", ()):
        try:
            table, more = read_scorecards(use, paths, given.city.place.code, given.city.period)
        except InputError as error:
            faults += error.faults
            continue
        tables.append(table)
        notes += more
    raise_all(faults)
    whole = pd.concat(tables, ignore_index=True)
    by = whole.groupby("scorecard")["source"].nunique()
    raise_all(
        f"scorecard '{key}': {number} sources answer it. Keep one." for key, number in by[by > 1].items()
    )
    write_parquet(whole, folder / "scorecards.parquet")
    periods = {str(key): str(one) for key, one in whole.groupby("scorecard")["period"].first().items()}
    return remember(notes, given.ids("scorecards"), periods=periods)
