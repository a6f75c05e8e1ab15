"""Which stretches of street stand under water in a flood, and the streets that are left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from citiesforall.core.city import SourceUse
from citiesforall.gather.floods import DEPTHS_M
from citiesforall.gather.rasters import read_pixels
from citiesforall.gather.tables import numbers
from citiesforall.gather.vector_file import read_vector
from citiesforall.network.changed import Cuts, close_edges, cut_edges, on_pieces
from citiesforall.network.insert import OnEdge
from citiesforall.network.streets import Streets

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Box = tuple[float, float, float, float]

STEP_M = 10.0
"""Streets are looked at in pieces of at most this length: finer than any flood map of a city (30 to 90 m)."""


@dataclass(frozen=True)
class Flood:
    """Declare one flood: which source, how deep, how often.

    Parameters
    ----------
    scenario
        Its id in tables: ``flood_100y_2`` (return period, class from which streets are closed), or ``flood_2``.
    use, paths
        The source and its files.
    column
        Of the cells: flood classes of the homes.
    class_from
        Depth class from which nobody passes: 1, 2 or 3.
    depth_m
        Where that class begins, nan where the source holds classes of its own. [m]
    years
        Return period, nan where nobody says.
    """

    scenario: str
    use: SourceUse
    paths: Sequence[Path]
    column: str
    class_from: int
    depth_m: float
    years: float


class Stretches(NamedTuple):
    """Hold short pieces of streets: edge, from where to where along it, the middle, and whether it is on a bridge.

    Parameters
    ----------
    edge
        Rising. (P,)
    from_m, to_m
        Along the edge, rising within one. (P,) [m]
    x, y
        The middle. (P,) [m]
    bridge
        Whether it is a bridge's. (P,)
    """

    edge: npt.NDArray[np.int32]
    from_m: Floats
    to_m: Floats
    x: Floats
    y: Floats
    bridge: Bools


def stretches(streets: Streets, bounds: Box, bridges: Floats | None) -> Stretches:
    """Break the walkable streets near a city into short pieces.

    Parameters
    ----------
    streets
        The streets.
    bounds
        West, south, east and north; pieces whose middle lies outside are left out. [m]
    bridges
        Ends of the straight parts of bridges, as the streets layer keeps them; None where it knows none. (B, 4) [m]
    """
    start, x, y = streets.vertex_start, streets.vertex_x, streets.vertex_y
    at = np.setdiff1d(
        np.arange(len(x) - 1), start[1:-1] - 1
    )  # a segment from every vertex but the last of an edge
    edge = (np.searchsorted(start, at, "right") - 1).astype(np.int32)
    at = at[streets.edge_walk[edge]]
    edge = edge[streets.edge_walk[edge]]
    length_m = np.hypot(x[at + 1] - x[at], y[at + 1] - y[at])
    passed_m = np.cumsum(length_m) - length_m
    first = np.flatnonzero(np.append(True, edge[1:] != edge[:-1])[: len(edge)])
    passed_m -= np.repeat(passed_m[first], np.diff(np.append(first, len(edge))))
    n_pieces = np.maximum(np.ceil(length_m / STEP_M - 1e-9), 1).astype(np.int64)
    of = np.repeat(np.arange(len(at)), n_pieces)
    step = np.arange(len(of)) - np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces)
    low, high = step / n_pieces[of], (step + 1) / n_pieces[of]
    middle = (low + high) / 2
    mid_x = x[at][of] + middle * (x[at + 1] - x[at])[of]
    mid_y = y[at][of] + middle * (y[at + 1] - y[at])[of]
    inside = (mid_x >= bounds[0]) & (mid_y >= bounds[1]) & (mid_x <= bounds[2]) & (mid_y <= bounds[3])
    ends = np.column_stack([x[at], y[at], x[at + 1], y[at + 1]])
    of = of[inside]
    return Stretches(
        edge[of],
        (passed_m[of] + low[inside] * length_m[of]),
        (passed_m[of] + high[inside] * length_m[of]),
        mid_x[inside],
        mid_y[inside],
        on_bridges(ends, bridges)[of],
    )


def on_bridges(segments: Floats, bridges: Floats | None) -> Bools:
    """Tell which straight parts of streets are parts of bridges: those with the same two ends.

    Parameters
    ----------
    segments, bridges
        x and y of both ends. (n, 4), (B, 4) [m]
    """
    if bridges is None or not len(bridges) or not len(segments):
        return np.zeros(len(segments), bool)
    both = np.concatenate([segments, bridges])
    turned = (both[:, 0] > both[:, 2]) | ((both[:, 0] == both[:, 2]) & (both[:, 1] > both[:, 3]))
    both[turned] = both[turned][:, [2, 3, 0, 1]]
    key = np.unique(both, axis=0, return_inverse=True)[1].ravel()
    return np.isin(key[: len(segments)], key[len(segments) :])


def classes_at(use: SourceUse, paths: Sequence[Path], crs: str, x: Floats, y: Floats) -> Floats:
    """Read the flood class at points, from the flood map itself.

    Parameters
    ----------
    use, paths
        A raster of depths or classes, or polygons.
    crs
        Metric reference system of the points.
    x, y
        The points. (P,) [m]

    Returns
    -------
    ndarray
        0 (dry) to 3; nan where the map says nothing. (P,)

    Raises
    ------
    InputError
        The source cannot be read.
    """
    shapes, value = _shapes(use, paths, crs, (x.min(), y.min(), x.max(), y.max())) if len(x) else ([], [])
    found = np.full(len(x), np.nan)
    if len(shapes):
        point, shape = shapely.STRtree(shapes).query(shapely.points(x, y), predicate="intersects")
        worst = np.full(len(x), -np.inf)
        np.maximum.at(worst, point, np.asarray(value, np.float64)[shape])
        found[point] = worst[point]
    if use.format == "vector" or use.options.get("nodata_is_dry"):
        found[np.isnan(found)] = 0.0
    if use.format == "raster" and not use.options.get("classes"):
        known = np.isfinite(found)
        found[known] = np.digitize(found[known], use.options.get("thresholds_m", DEPTHS_M))
    return found


def _shapes(use: SourceUse, paths: Sequence[Path], crs: str, box: Box) -> tuple[list[object], Floats]:
    """Return the pixels or polygons of a flood map, and their depths or classes."""
    if use.format == "vector":
        table = read_vector(use, paths[0], crs)
        shapes = table["geometry"].to_numpy(dtype=object)
        value = np.ones(len(table))
        if "class" in use.columns:
            column = use.columns["class"]
            value = numbers(table.astype({column: "string"}), column, paths[0])
        has = np.array([shape is not None for shape in shapes], bool)
        return list(shapely.make_valid(shapes[has])), value[has]
    read = [one for path in paths if (one := read_pixels(use, path, box, crs)) is not None]
    if not read:
        return [], np.zeros(0)
    return [quad for one in read for quad in one.quads], np.concatenate([one.value for one in read])


def streets_left(streets: Streets, pieces: Stretches, wet: Bools) -> tuple[Streets, Cuts]:
    """Cut edges where the water begins and ends, and close what is under it.

    Parameters
    ----------
    streets
        The streets.
    pieces
        From `stretches`.
    wet
        Which of them nobody passes. (P,)

    Returns
    -------
    (Streets, Cuts)
        As ``network.changed`` gives them; nobody walks on the flooded pieces.
    """
    shore = (pieces.edge[1:] == pieces.edge[:-1]) & (wet[1:] != wet[:-1])
    cut, cuts = cut_edges(streets, pieces.edge[1:][shore], pieces.from_m[1:][shore])
    middle = OnEdge(pieces.edge, (pieces.from_m + pieces.to_m) / 2, np.zeros(len(pieces.edge)))
    closed = np.zeros(cut.n_edges, bool)
    closed[on_pieces(cuts, middle).edge[wet]] = True
    return close_edges(cut, closed), cuts


def left_out(points: OnEdge, which: Bools) -> OnEdge:
    """Return points on edges of which some join no street any more."""
    return OnEdge(np.where(which, np.int32(-1), points.edge).astype(np.int32), points.along_m, points.leg_m)
