"""Two published folders, read for a comparison: what they say and what they rest on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.errors import InputError
from citiesforall.core.tables import OBSERVATIONS, read_parquet

Floats = npt.NDArray[np.float64]

SAID, TABLE, DRAWS, INDEX = "run.json", "observations.parquet", "draws.npy", "draws_index.parquet"
NEEDED = ("run", "code", "city", "choices", "sources", "places", "indicators", "seed", "draws")
"""Words of run.json without which nothing can be said of why values differ."""
ADVICE = "Give the folder a finished run has left, for instance out/kh12_centre."


@dataclass(frozen=True)
class Run:
    """Hold one published run.

    Parameters
    ----------
    folder
        Where it is.
    said
        Contents of run.json.
    table
        Its observations.
    index
        Which draws belong to which value, or None where the run keeps none.
    draws
        Amounts per draw, mapped from the file, or None. (rows, S)
    """

    folder: Path
    said: Mapping[str, Any]
    table: pd.DataFrame
    index: pd.DataFrame | None
    draws: Floats | None

    @property
    def code(self) -> str:
        """Return the code of the city."""
        return str(self.said["city"]["code"])

    def name(self, lang: str) -> str:
        """Return the name of the city in a language; in Latin letters where nobody has given one."""
        city = self.said["city"]
        return str((city.get("name_km") if lang == "km" else None) or city["name"])


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table, column -> value."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def read_run(folder: Path) -> Run:
    """Read what a run has left for its users.

    Parameters
    ----------
    folder
        Of the run.

    Returns
    -------
    Run
        What it says and what it rests on.

    Raises
    ------
    InputError
        There is no such folder, it is not a run's, or a file in it is spoilt.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder. {ADVICE}")
    lacking = [name for name in (SAID, TABLE) if not (folder / name).is_file()]
    if lacking:
        raise InputError(
            f"{folder}: this is not a finished run, for it has no {' and no '.join(lacking)}. {ADVICE}"
        )
    said = _read_said(folder / SAID)
    table = _read_table(folder / TABLE, OBSERVATIONS)
    if not ((folder / INDEX).is_file() and (folder / DRAWS).is_file()):
        return Run(folder, said, table, None, None)
    index = _read_table(folder / INDEX, ("indicator", "group", "place", "num_at", "den_at", "num", "den"))
    try:
        draws = np.load(folder / DRAWS, mmap_mode="r")
    except (OSError, ValueError, EOFError):
        raise InputError(f"{folder / DRAWS}: the file is spoilt. Run the city again.") from None
    last = int(index[["num_at", "den_at"]].to_numpy().max(initial=-1))
    if draws.ndim != 2 or last >= draws.shape[0]:  # noqa: PLR2004 - rows and draws
        raise InputError(f"{folder}: {DRAWS} and {INDEX} do not belong together. Run the city again.")
    return Run(folder, said, table, index, draws)


def _read_said(path: Path) -> Mapping[str, Any]:
    """Return the contents of run.json."""
    try:
        said = json.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        raise InputError(f"{path}: the file is spoilt, it is not JSON. Run the city again.") from None
    lacking = [one for one in NEEDED if not isinstance(said, dict) or one not in said]
    if lacking:
        raise InputError(
            f"{path}: it does not say {', '.join(lacking)}. It comes from another version or is spoilt. Run the city again."
        )
    return dict(said)


def _read_table(path: Path, columns: Any) -> pd.DataFrame:
    """Return a table that has these columns."""
    try:
        table = read_parquet(path)
    except Exception:  # noqa: BLE001 - what a spoilt Parquet file raises is the library's business
        raise InputError(f"{path}: the file is spoilt, it is not a table. Run the city again.") from None
    lacking = [one for one in columns if one not in table]
    if lacking:
        raise InputError(f"{path}: it has no column {', '.join(lacking)}. Run the city again.")
    return table
