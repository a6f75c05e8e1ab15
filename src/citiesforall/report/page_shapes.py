"""Shapes of the page for a browser: borders, main streets and cells as small whole numbers."""

from __future__ import annotations

import base64
import gzip
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from citiesforall.core.tables import read_parquet
from citiesforall.report.evidence import CELL_BITS, Evidence, on_grid

Floats = npt.NDArray[np.float64]

STEPS = 8000
"""Steps of the grid along the longer side of the city: finer than a pixel of any screen."""
SIMPLIFIED_STEPS = 4.0
"""Borders may be moved by this much, alike on both sides. [steps of the grid]"""
MAIN_STREETS = ("motorway", "trunk", "primary", "secondary", "tertiary")
MOST_STREET_POINTS = 12000
"""With more points than this the least of the main classes is left out, then the next."""
CELL_OFFSET = 1 << 30
"""How a cell's id holds its column and row (docs/why/architecture.md)."""
LEVELS = 65534
"""Steps between the least and the greatest value of a layer of cells; 65535 says that there is no value."""
NO_VALUE = 65535


@dataclass(frozen=True)
class Frame:
    """Say how metres become steps of the page's grid; y goes down.

    Parameters
    ----------
    west, north
        Upper left corner. [m]
    step_m
        Length of a step. [m]
    width, height
        Size of the city. [steps]
    """

    west: float
    north: float
    step_m: float
    width: int
    height: int

    def steps(self, xy: Floats) -> npt.NDArray[np.int64]:
        """Return points in whole steps. (P, 2)"""
        away = np.column_stack([xy[:, 0] - self.west, self.north - xy[:, 1]]) / self.step_m
        whole: npt.NDArray[np.int64] = np.rint(away).astype(np.int64)
        return whole


def frame_of(places: pd.DataFrame) -> Frame:
    """Return the grid that holds every place.

    Parameters
    ----------
    places
        With ``geometry`` as WKB; one step alone where no border is known. [m]
    """
    west, south, east, north = shapely.total_bounds(shapely.from_wkb(places["geometry"].to_numpy(object)))
    if not math.isfinite(west):
        return Frame(0.0, 0.0, 1.0, 1, 1)
    step_m = max(east - west, north - south) / STEPS
    return Frame(
        float(west),
        float(north),
        float(step_m),
        math.ceil((east - west) / step_m),
        math.ceil((north - south) / step_m),
    )


def borders(places: pd.DataFrame, frame: Frame) -> list[list[list[int]]]:
    """Return the border of each place, as rings of steps from point to point.

    Parameters
    ----------
    places
        With ``level`` and ``geometry``.
    frame
        The grid.

    Returns
    -------
    list
        For each place its rings, none where its border is not known; each ring is x, y of its first point and then the way
        to each next one.

    Notes
    -----
    Places of one level are simplified together, as a coverage: a border between two places stays one line and no gap opens
    (``GEOSCoverageSimplify``). Rounding to one grid keeps it so.
    """
    shapes = shapely.from_wkb(places["geometry"].to_numpy(object))
    out: list[list[list[int]]] = [[] for _ in range(len(places))]
    for level in places["level"].unique():
        at = np.flatnonzero((places["level"] == level).to_numpy() & ~shapely.is_missing(shapes))
        simple = shapely.coverage_simplify(shapes[at], SIMPLIFIED_STEPS * frame.step_m)
        for position, shape, whole in zip(at, simple, shapes[at], strict=True):
            out[int(position)] = _rings(whole if shape.is_empty else shape, frame)
    return out


def _rings(shape: Any, frame: Frame) -> list[list[int]]:
    """Return the rings of a polygon or of several, outer and inner alike (filled by the even-odd rule)."""
    rings = [
        ring
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon"
        for ring in (part.exterior, *part.interiors)
    ]
    return [told for ring in rings if len(told := delta(frame.steps(shapely.get_coordinates(ring)))) > 4]  # noqa: PLR2004 - a point, not a ring


def delta(points: npt.NDArray[np.int64]) -> list[int]:
    """Return a line as its first point and the way from each point to the next; points alike are one.

    Parameters
    ----------
    points
        Whole steps. (P, 2)
    """
    moves = np.diff(points, axis=0, prepend=np.zeros((1, 2), np.int64))
    moved = (moves != 0).any(axis=1)
    moved[0] = True
    return [int(one) for one in moves[moved].ravel()]


def main_streets(evidence: Evidence, frame: Frame) -> list[list[int]]:
    """Return the main streets as lines of steps; none where the city has no streets.

    Parameters
    ----------
    evidence
        With the step ``streets``.
    frame
        The grid.
    """
    folder = evidence.folders.get("streets")
    if folder is None or not (folder / "streets.npz").is_file():
        return []
    with np.load(folder / "streets.npz") as kept:
        classes, edge_class = kept["classes"], kept["edge_class"]
        start, xy = kept["vertex_start"], np.column_stack([kept["vertex_x"], kept["vertex_y"]])
    n_points = np.diff(start)
    main = np.isin(classes, MAIN_STREETS)[edge_class]
    for least in reversed(MAIN_STREETS[2:]):
        if n_points[main].sum() <= MOST_STREET_POINTS:
            break
        main &= classes[edge_class] != least
    lines = []
    for edge in np.flatnonzero(main):
        line = shapely.simplify(
            shapely.linestrings(xy[start[edge] : start[edge + 1]]), SIMPLIFIED_STEPS * frame.step_m
        )
        told = delta(frame.steps(shapely.get_coordinates(line)))
        lines += [told] if len(told) > 2 else []  # noqa: PLR2004 - one point is no line
    return lines


def open_spaces(evidence: Evidence, frame: Frame) -> list[list[int]]:
    """Return open public space as rings of steps; none where none is known."""
    folder = evidence.folders.get("facilities")
    if folder is None or not (folder / "open_space.parquet").is_file():
        return []
    table = read_parquet(folder / "open_space.parquet")
    shapes = shapely.from_wkb(table["geometry"].to_numpy(object))
    simple = shapely.simplify(shapes, SIMPLIFIED_STEPS * frame.step_m)
    return [ring for shape in simple for ring in _rings(shape, frame)]


def cell_layers(evidence: Evidence, places: Sequence[str], frame: Frame) -> dict[str, Any] | None:
    """Return the cells and their values, packed.

    Parameters
    ----------
    evidence
        With the step ``measure``.
    places
        Codes in the page's order.
    frame
        The grid.

    Returns
    -------
    dict or None
        ``at`` (left, top of the first column and row, size of a cell: steps), ``where`` (column, row, place: packed),
        ``people`` and for each indicator a layer: ``least``, ``step`` and ``packed``; None where the city has no cells.

    Notes
    -----
    A part of a cell is drawn inside its place only, so that a cell cut by a border keeps both its values.
    Values are 16 bit steps between the least and the greatest of the layer, compressed; a browser unpacks a layer when
    it is asked for. The error is at most (greatest - least) / 131068, less than what is shown.
    """
    path = evidence.folders["measure"] / "cell_values.parquet"
    if not path.is_file():
        return None
    table = read_parquet(path)
    side = float(evidence.city.choices.cell_m)
    ids = table["cell"].to_numpy(np.int64)
    col = (ids >> CELL_BITS) - CELL_OFFSET
    row = (ids & ((1 << CELL_BITS) - 1)) - CELL_OFFSET
    unit = table["unit"].map({code: at for at, code in enumerate(places)}).to_numpy(np.float64)
    keep = np.isfinite(unit) & on_grid(ids)
    if not keep.any():
        return None
    first_col, last_row = int(col[keep].min()), int(row[keep].max())
    where = np.stack([col[keep] - first_col, last_row - row[keep], unit[keep].astype(np.int64)])
    values = table[keep].drop(columns=["cell", "unit"])
    return {
        "n": int(keep.sum()),
        "at": [
            round((first_col * side - frame.west) / frame.step_m, 2),
            round((frame.north - (last_row + 1) * side) / frame.step_m, 2),
            round(side / frame.step_m, 4),
        ],
        "where": packed(where.astype("<u2")),
        "layers": {
            str(name): layer for name in values if (layer := _layer(values[name].to_numpy(np.float64)))
        },
    }


def _layer(values: Floats) -> dict[str, Any] | None:
    """Return one value of every cell in 16 bits, or None where none is known."""
    has = np.isfinite(values)
    if not has.any():
        return None
    least, most = float(values[has].min()), float(values[has].max())
    step = (most - least) / LEVELS or 1.0
    out = np.full(values.size, NO_VALUE, np.int64)
    out[has] = np.rint((values[has] - least) / step)
    return {"least": least, "step": step, "packed": packed(out.astype("<u2"))}


def packed(numbers: npt.NDArray[np.uint16]) -> str:
    """Return 16 bit numbers as compressed text, the same for the same numbers."""
    return base64.b64encode(gzip.compress(numbers.tobytes(), compresslevel=9, mtime=0)).decode("ascii")
