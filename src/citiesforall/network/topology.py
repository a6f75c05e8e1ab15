"""Cuts ways where they meet and joins what only passes through: from drawn lines to nodes and edges."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citiesforall.network.kernels import follow

Float = NDArray[np.float64]
Int = NDArray[np.int32]
Long = NDArray[np.int64]
PAIR = 2  # two ends meet: a place one only passes through


class Pieces(NamedTuple):
    """Hold ways cut where they meet.

    Parameters
    ----------
    point
        Points of all pieces; the end of one piece may be the start of the next.
    first, last
        Where in ``point`` each piece starts and ends, both included.
    way
        The way each piece is of.
    """

    point: Int
    first: Long
    last: Long
    way: Int


class Lines(NamedTuple):
    """Hold edges with their lines.

    Parameters
    ----------
    u, v
        Points at the edges' ends.
    length_m
        Their lengths. [m]
    vertex_start, vertex
        Their lines as ragged rows of points, no two equal places in a row (but for edges without length).
    """

    u: Int
    v: Int
    length_m: Float
    vertex_start: Long
    vertex: Int


def cut(start: Long, node: Int, n_points: int) -> Pieces:
    """Cut ways at their ends and at every point that other ways, or the way itself, share.

    Parameters
    ----------
    start, node
        Ways as ragged rows of points; -1 is a point that is not known and ends a run of points.
    n_points
        Number of points.

    Returns
    -------
    Pieces
        In the order of the ways.
    """
    way = np.repeat(np.arange(len(start) - 1, dtype=np.int32), np.diff(start))
    run = np.cumsum(_differs(way) | (node < 0))
    kept = np.flatnonzero(node >= 0)
    kept = kept[_differs(run[kept]) | _differs(node[kept])]
    kept = kept[np.bincount(run[kept], minlength=1)[run[kept]] > 1]
    point, run, way = node[kept], run[kept], way[kept]
    is_first = _differs(run)
    is_last = np.roll(is_first, -1)
    # lines that leave a point: one at the end of a run, two inside it
    degree = PAIR * np.bincount(point, minlength=n_points)
    degree -= np.bincount(point[is_first], minlength=n_points)
    degree -= np.bincount(point[is_last], minlength=n_points)
    is_cut = is_first | is_last | (degree[point] != PAIR)
    first, last = np.flatnonzero(is_cut & ~is_last), np.flatnonzero(is_cut & ~is_first)
    return Pieces(point, first, last, way[first])


def join(pieces: Pieces, key: NDArray[np.int16]) -> tuple[Long, Int]:
    """Join pieces that meet where nothing else does and that are of one kind.

    Parameters
    ----------
    pieces
        The pieces.
    key
        Kind of each piece; pieces of two kinds are not joined.

    Returns
    -------
    (start, entry)
        Edges as ragged rows of the ends by which their pieces are entered: 2 p the start of piece p, 2 p + 1 its
        end. Rings that touch nothing come last.
    """
    ends = np.column_stack([pieces.point[pieces.first], pieces.point[pieces.last]]).ravel()
    pairs = np.flatnonzero((np.bincount(ends, minlength=1) == PAIR)[ends])
    pairs = pairs[np.argsort(ends[pairs], kind="stable")]
    one, other = pairs[0::2], pairs[1::2]
    joined = (one >> 1 != other >> 1) & (key[one >> 1] == key[other >> 1])
    mate = np.full(len(ends), -1, np.int32)
    mate[one[joined]], mate[other[joined]] = other[joined], one[joined]
    n = len(pieces.first)
    start, entry = np.zeros(n + 1, np.int64), np.empty(n, np.int32)
    n_edges = follow(mate, start, entry, np.zeros(n, np.bool_))
    return start[: n_edges + 1], entry


def lay(pieces: Pieces, start: Long, entry: Int, x: Float, y: Float) -> Lines:
    """Lay the line of every edge, without places that stand twice in a row, and measure it.

    Parameters
    ----------
    pieces
        The pieces.
    start, entry
        Edges, as ``join`` returns them.
    x, y
        Where the points are. [m]

    Returns
    -------
    Lines
        The edges.
    """
    piece, backward = entry >> 1, (entry & 1).astype(np.int64)
    first, last = pieces.first[piece], pieces.last[piece]
    size = last - first + 1
    of_entry = np.repeat(np.arange(len(entry)), size)
    step = np.arange(len(of_entry)) - np.repeat(np.cumsum(size) - size, size)
    at = np.where(backward[of_entry] == 1, last[of_entry] - step, first[of_entry] + step)
    vertex = pieces.point[at]
    edge = np.repeat(np.arange(len(start) - 1, dtype=np.int32), np.diff(start))[of_entry]
    is_first = _differs(edge)
    is_last = np.roll(is_first, -1)
    u, v = vertex[is_first], vertex[is_last]
    kept = is_first | _differs(x[vertex]) | _differs(y[vertex])
    short = np.bincount(edge[kept], minlength=1) == 1  # both ends at one place: the line keeps both
    kept |= is_last & short[edge]
    vertex, edge = vertex[kept], edge[kept]
    step_m = np.hypot(np.diff(x[vertex], prepend=0), np.diff(y[vertex], prepend=0))
    is_first = _differs(edge)
    step_m[is_first] = 0
    vertex_start = np.append(np.flatnonzero(is_first), len(vertex))
    length_m = np.add.reduceat(step_m, vertex_start[:-1]) if len(u) else np.zeros(0)
    return Lines(u, v, length_m, vertex_start, vertex)


def _differs(values: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Tell which values differ from the one before; the first always does."""
    found = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=found[1:])
    return found
