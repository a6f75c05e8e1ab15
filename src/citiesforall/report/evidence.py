"""What documents are made from: the finished tables of one city, and where a cell of them is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

from citiesforall.core.city import City
from citiesforall.core.tables import read_parquet
from citiesforall.report.blocks import Number
from citiesforall.report.numbers import in_words

CELL_BITS = 32
"""A cell's id holds its column above these bits and its row in them (docs/why/architecture.md); no column is 0."""
MEASURED = ("observations", "inequality")
TEXTS = {
    "results": ("run.json",),
    "diagnose": ("challenges.json",),
    "plan": ("plan.json", "check.json"),
}


@dataclass(frozen=True)
class Evidence:
    """Hold the finished tables of a city.

    Parameters
    ----------
    city
        The city file, read.
    folders
        Finished step -> its folder; absent where the city has not been taken that far.
    tables
        Name -> table: ``observations``, ``inequality``, ``places``, ``diagnose/<name>``, ``plan/<name>``.
    said
        Name of a JSON file without its ending (``run``, ``challenges``, ``plan``, ``check``) -> its content, where made.
    """

    city: City
    folders: Mapping[str, Path]
    tables: Mapping[str, pd.DataFrame]
    said: Mapping[str, Any]

    @property
    def whole(self) -> str:
        """Return the code of the city itself among its places."""
        places = self.tables["places"]
        return str(places.loc[places["parent"].isna(), "place"].iloc[0])


def on_grid(cells: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Say which ids are of cells of a grid: a city known by registers alone has one part a place, numbered otherwise.

    Parameters
    ----------
    cells
        Ids. (C)
    """
    return np.asarray(cells >> CELL_BITS != 0)


def has_grid(evidence: Evidence) -> bool:
    """Say whether values were measured by cells of a grid."""
    path = evidence.folders["measure"] / "cell_values.parquet"
    return path.is_file() and _has_grid(path)


@cache
def _has_grid(path: Path) -> bool:
    """Look at the ids; a finished table never changes."""
    return bool(on_grid(pq.read_table(path, columns=["cell"]).column("cell").to_numpy()).any())


def read_evidence(city: City, folders: Mapping[str, Path]) -> Evidence:
    """Read every finished table of a city.

    Parameters
    ----------
    city
        The city file.
    folders
        Finished step -> its folder; ``places`` and ``measure`` at least.

    Returns
    -------
    Evidence
        Tables, geometry as WKB.

    Raises
    ------
    FileNotFoundError
        A step lacks a table it always makes.
    """
    tables = {"places": _read(folders["places"] / "places.parquet")}
    tables |= {name: _read(folders["measure"] / f"{name}.parquet") for name in MEASURED}
    for step in ("diagnose", "plan"):
        if step in folders:
            tables |= {f"{step}/{path.stem}": _read(path) for path in sorted(folders[step].glob("*.parquet"))}
    said = {
        Path(name).stem: json.loads((folders[step] / name).read_text("utf-8"))
        for step, names in TEXTS.items()
        for name in names
        if step in folders and (folders[step] / name).is_file()
    }
    return Evidence(city, dict(folders), tables, said)


def _read(path: Path) -> pd.DataFrame:
    """Return a table with its words as Python strings: documents look at single rows, and Arrow is slow at that."""
    table = read_parquet(path)
    words = [name for name in table if isinstance(table[name].dtype, pd.StringDtype)]
    return table.astype(dict.fromkeys(words, object))


def look(evidence: Evidence, table: str, column: str, unit: str, *, lang: str, **key: str) -> Number:
    """Return one cell of a finished table as a number of a document.

    Parameters
    ----------
    evidence
        The tables.
    table, column
        Which cell.
    unit
        Of the column: a unit of ``data/units.toml``, ``USD`` or ``KHR``.
    lang
        ``en`` or ``km``.
    **key
        Column -> value that name one row.

    Returns
    -------
    Number
        With the text as a table shows it; said to be unknown where no row has the key.

    Raises
    ------
    KeyError
        There is no such table or column.
    ValueError
        Several rows have the key.
    """
    rows = evidence.tables[table]
    has = np.ones(len(rows), bool)
    for name, value in key.items():
        column_of_key = rows[name]
        is_words = column_of_key.dtype == object
        has &= ((column_of_key if is_words else column_of_key.astype(str)) == value).to_numpy()
    found = rows[column].to_numpy(float)[has]
    if len(found) > 1:
        raise ValueError(f"{table}: {len(found)} rows have {key}")
    one = float(found[0]) if len(found) else float("nan")
    return Number(in_words(one, unit, lang), table, tuple(sorted(key.items())), column, one)


def summed(value: float, unit: str, lang: str, *, table: str, how: str) -> Number:
    """Return a sum or a count over a finished table as a number of a document.

    Parameters
    ----------
    value
        Unrounded.
    unit
        As of `look`.
    lang
        ``en`` or ``km``.
    table
        The table.
    how
        How anyone works it out from the table.
    """
    return Number(in_words(value, unit, lang), table, (), "", value, how)
