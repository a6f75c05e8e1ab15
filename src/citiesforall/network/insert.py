"""Joins homes and facilities to the streets at the nearest point of an edge; nothing is ever snapped to a node."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiesforall.network.kernels import at_edges, nearest_on
from citiesforall.network.search import NO_FACILITY, Seeds

if TYPE_CHECKING:
    from citiesforall.network.streets import Bool, Float, Int, Long, Streets

MIN_COMPONENT_M = (
    1000.0  # shorter networks are mapping leftovers: nobody is cut off because a path is not joined
)
NO_EDGE = -1
CELL_PER_SEGMENT = 3.0  # side of the search grid's cells in mean segments: some ten segments in a cell
MAX_CELLS = 4_000_000


class OnEdge(NamedTuple):
    """Say where points join the streets.

    Parameters
    ----------
    edge
        The edge, -1 where none is near enough, shape (P,).
    along_m
        Way along it from ``edge_u``, nan where there is none. [m]
    leg_m
        Straight way from the point to it, nan where there is none. [m]
    """

    edge: Int
    along_m: Float
    leg_m: Float


class Segments(NamedTuple):
    """Hold the straight parts of edges: ends, way along the edge before them, and the edge."""

    x0: Float
    y0: Float
    x1: Float
    y1: Float
    passed_m: Float
    edge: Int


class Grid(NamedTuple):
    """Hold segments sorted into square cells: ragged rows, south-west corner, side and numbers of cells."""

    start: Long
    segment: Int
    x: float
    y: float
    cell_m: float
    n_columns: int
    n_rows: int


def attach(
    streets: Streets, x: Float, y: Float, limit_m: float, min_component_m: float = MIN_COMPONENT_M
) -> OnEdge:
    """Find the nearest point of the walkable streets.

    Parameters
    ----------
    streets
        The streets.
    x, y
        The points. [m]
    limit_m
        Points farther than this from every street join none. [m]
    min_component_m
        Connected parts with less street than this are not joined to; where none has so much, the longest is. [m]

    Returns
    -------
    OnEdge
        Of two edges equally near the one with the smaller number.
    """
    edges = np.flatnonzero(_well_joined(streets, min_component_m)).astype(np.int32)
    found = OnEdge(np.full(len(x), NO_EDGE, np.int32), np.full(len(x), np.nan), np.full(len(x), np.nan))
    if not len(edges) or not len(x):
        return found
    segments = _segments(streets, edges)
    places = np.ascontiguousarray(x, np.float64), np.ascontiguousarray(y, np.float64)
    nearest_on(places, segments, _grid(segments), float(limit_m), tuple(found))
    # summed in another order than the edge's length, the last digit may lie beyond its end
    at = np.flatnonzero(found.edge >= 0)
    found.along_m[at] = np.minimum(found.along_m[at], streets.edge_m[found.edge[at]])
    return found


def seeds(streets: Streets, on_edge: OnEdge, facility: Int) -> Seeds:
    """Return the two nodes each facility point is reached from.

    Parameters
    ----------
    streets
        The streets.
    on_edge
        Where the points join them.
    facility
        Number of the facility each point belongs to.

    Returns
    -------
    Seeds
        Both ends of the edge, with the way along it and the leg; points that join no street are left out.
    """
    has = np.flatnonzero(on_edge.edge >= 0)
    edge, along_m, leg_m = on_edge.edge[has], on_edge.along_m[has], on_edge.leg_m[has]
    node = np.concatenate([streets.edge_u[edge], streets.edge_v[edge]])
    offset_m = np.concatenate([along_m + leg_m, streets.edge_m[edge] - along_m + leg_m])
    return Seeds(node, offset_m, np.tile(np.asarray(facility, np.int32)[has], 2))


def at_points(  # six things meet here: what the nodes know, who asks, and who may live on the same edge
    streets: Streets,
    nodes: tuple[Float, Int],
    points: OnEdge,
    facilities: OnEdge,
    facility: Int,
    limit_m: float = np.inf,
) -> tuple[Float, Int]:
    """Measure the way from points on edges to their nearest facilities.

    Parameters
    ----------
    streets
        The streets.
    nodes
        Ways (k, N) [m] and facilities (k, N) of the nodes, as ``k_nearest`` gives them for ``seeds`` of the same
        facilities and the same limit.
    points
        Where the points join the streets.
    facilities, facility
        Where the facility points join them, and the facility each belongs to.
    limit_m
        Longer ways count as unreachable. [m]

    Returns
    -------
    (array, array)
        Ways (k, P) including both legs, rising, inf where there are fewer [m]; facilities (k, P), -1 where fewer.

    Notes
    -----
    The shortest way from a point leaves its edge by one of its ends, or stays on it: the nearest k facilities are
    among the nearest k of both ends and those on the same edge. So the result is exact.
    """
    k = len(nodes[0])
    found = np.full((len(points.edge), k), np.inf), np.full((len(points.edge), k), NO_FACILITY, np.int32)
    has = np.flatnonzero(facilities.edge >= 0)
    has = has[np.argsort(facilities.edge[has], kind="stable")]
    first = np.searchsorted(facilities.edge[has], np.arange(streets.n_edges + 1))
    here = (
        first.astype(np.int64),
        np.ascontiguousarray(facilities.along_m[has]),
        np.ascontiguousarray(facilities.leg_m[has]),
        np.ascontiguousarray(np.asarray(facility, np.int32)[has]),
    )
    known = np.ascontiguousarray(nodes[0].T), np.ascontiguousarray(nodes[1].T)
    edges = streets.edge_u, streets.edge_v, streets.edge_m
    at_edges(edges, known, tuple(points), here, float(limit_m), (*found, np.zeros(found[0].shape, np.bool_)))
    return np.ascontiguousarray(found[0].T), np.ascontiguousarray(found[1].T)


def _well_joined(streets: Streets, min_component_m: float) -> Bool:
    """Tell which edges may be walked and lie in a part with enough street."""
    part = streets.component[streets.edge_u]
    length_m = np.bincount(part[streets.edge_walk], weights=streets.edge_m[streets.edge_walk], minlength=1)
    enough = np.append(length_m, np.zeros(int(part.max(initial=0)) + 1 - len(length_m))) >= min_component_m
    enough[0] = True  # parts are numbered by falling length
    return np.asarray(streets.edge_walk & enough[part])


def _segments(streets: Streets, edges: Int) -> Segments:
    """Return the straight parts of edges."""
    sizes = np.diff(streets.vertex_start)[edges] - 1
    before = np.cumsum(sizes) - sizes
    of_segment = np.repeat(np.arange(len(edges)), sizes)
    at = np.arange(len(of_segment)) - before[of_segment] + streets.vertex_start[edges][of_segment]
    x, y = streets.vertex_x, streets.vertex_y
    length_m = np.hypot(x[at + 1] - x[at], y[at + 1] - y[at])
    passed_m = np.cumsum(length_m) - length_m
    passed_m -= passed_m[before][of_segment]
    return Segments(x[at], y[at], x[at + 1], y[at + 1], passed_m, edges[of_segment])


def _grid(segments: Segments) -> Grid:
    """Sort segments into square cells; one that spans several cells is listed in all of its box."""
    west, south = np.minimum(segments.x0, segments.x1), np.minimum(segments.y0, segments.y1)
    east, north = np.maximum(segments.x0, segments.x1), np.maximum(segments.y0, segments.y1)
    x, y = float(west.min()), float(south.min())
    wide, high = float(east.max()) - x, float(north.max()) - y
    usual_m = float(np.hypot(segments.x1 - segments.x0, segments.y1 - segments.y0).mean())
    cell_m = max(
        CELL_PER_SEGMENT * usual_m, np.sqrt(wide * high / MAX_CELLS), max(wide, high) / MAX_CELLS, 1.0
    )
    n_columns, n_rows = int(wide / cell_m) + 1, int(high / cell_m) + 1
    column, row = ((west - x) / cell_m).astype(np.int64), ((south - y) / cell_m).astype(np.int64)
    n_across = ((east - x) / cell_m).astype(np.int64) - column + 1
    n_cells = n_across * (((north - y) / cell_m).astype(np.int64) - row + 1)
    segment = np.repeat(np.arange(len(west), dtype=np.int32), n_cells)
    step = np.arange(len(segment)) - np.repeat(np.cumsum(n_cells) - n_cells, n_cells)
    across = n_across[segment]
    cell = (row[segment] + step // across) * n_columns + column[segment] + step % across
    order = np.argsort(cell, kind="stable")
    start = np.zeros(n_columns * n_rows + 1, np.int64)
    np.cumsum(np.bincount(cell, minlength=n_columns * n_rows), out=start[1:])
    return Grid(start, segment[order], x, y, cell_m, n_columns, n_rows)
