"""Paratransit: where vehicles without stops are hailed, along streets or lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import InputError, did_you_mean, raise_all
from citiesforall.core.notes import Note
from citiesforall.gather.departures import RATES
from citiesforall.gather.repeat import copies
from citiesforall.gather.stop_rows import placed_ids, stop_rows

if TYPE_CHECKING:
    from citiesforall.network.streets import Streets

STEP_M = 50.0  # between points at which a vehicle may be hailed


def on_streets(use: SourceUse, streets: Streets | None) -> tuple[pd.DataFrame, list[Note]]:
    """Let paratransit be boarded every 50 m along classes of street.

    Parameters
    ----------
    use
        The source: ``options.classes`` are street classes; ``options.per_hour`` vehicles an hour where anybody counted.
    streets
        The walk network.

    Returns
    -------
    pandas.DataFrame
        Rows of the layer ``stops``, all ``estimated``; departures per hour nan where not counted.
    list of Note
        How much street was used.

    Raises
    ------
    InputError
        There are no streets, or a class is not known.
    """
    where = f"sources.transit.{use.id}"
    if streets is None:
        raise InputError(
            f"{where}: paratransit runs along streets, and the city has none. Add sources.streets."
        )
    wanted = [str(word) for word in use.options["classes"]]
    raise_all(
        f"{where}: street class '{word}' is not in the street file. {did_you_mean(word, streets.classes)}"
        for word in wanted
        if word not in streets.classes
    )
    chosen = np.isin(streets.edge_class, [streets.classes.index(word) for word in wanted])
    length = np.diff(streets.vertex_start)
    vertex = np.repeat(chosen, length)
    xy = np.column_stack([streets.vertex_x[vertex], streets.vertex_y[vertex]])
    edge = np.repeat(np.arange(int(chosen.sum())), length[chosen])
    lines = shapely.linestrings(xy, indices=edge) if len(xy) else np.zeros(0, dtype=object)
    return on_lines(use, np.asarray(lines, dtype=object), f"{', '.join(wanted)} streets")


def on_lines(use: SourceUse, lines: npt.NDArray[np.object_], what: str) -> tuple[pd.DataFrame, list[Note]]:
    """Let paratransit be boarded every 50 m along lines.

    Parameters
    ----------
    use
        The source; ``options.per_hour`` vehicles an hour where anybody counted.
    lines
        In the metric CRS. [m]
    what
        Of what the lines are, for the note.

    Returns
    -------
    pandas.DataFrame
        Rows of the layer ``stops``, all ``estimated``.
    list of Note
        How much was used.
    """
    parts = shapely.get_parts(lines)
    length_m = shapely.length(parts)
    number = np.maximum(np.round(length_m / STEP_M), 1).astype(np.int64)
    line, place = copies(number)
    # At the middle of equal pieces, so that lines that meet do not both have a point where they do.
    along_m = (place + 0.5) * length_m[line] / number[line]
    xy = shapely.get_coordinates(shapely.line_interpolate_point(parts[line], along_m))
    per_hour = np.full(len(xy), float(use.options.get("per_hour", np.nan)))
    rows = stop_rows(
        placed_ids(use, xy[:, 0], xy[:, 1]), xy[:, 0], xy[:, 1], dict.fromkeys(RATES, per_hour), use
    )
    said = (
        f"Paratransit is held to stop anywhere on {length_m.sum() / 1000:.1f} km of {what}: {len(xy)} points."
    )
    return rows.assign(mode="paratransit", estimated=True), [Note(use.id, said, "doubt")]
