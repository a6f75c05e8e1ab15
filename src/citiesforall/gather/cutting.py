"""Polygons cut along the lines of the national grid, exactly and without visiting the cells inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[Any]  # shapely geometries; numpy knows them as objects only

OFFSET = 1 << 30  # added to columns and rows, so that both are positive west and south of the origin
ROW_BITS = 32
ROW_MASK = (1 << ROW_BITS) - 1
FULL_SHARE = 1 - 1e-11  # a piece that fills its box up to rounding is the whole box
AREA_DIMENSIONS = 2  # of polygons, as GEOS counts
DUST_M2 = 1e-7  # smaller pieces are rounding of the cutting lines, not land


@dataclass(frozen=True)
class Cuts:
    """Hold polygons cut along the lines of the grid, one row per polygon and cell.

    Parameters
    ----------
    owner
        Position of the polygon. (K,)
    col, row
        Cell of the grid. (K,)
    piece
        What of the polygon lies in the cell. (K,)
    area_m2
        Of the piece. (K,)
    """

    owner: Ints
    col: Ints
    row: Ints
    piece: Shapes
    area_m2: Floats

    def cell(self) -> Ints:
        """Return the packed cell ids. (K,)"""
        return pack(self.col, self.row)


def pack(col: npt.ArrayLike, row: npt.ArrayLike) -> Ints:
    """Make cell ids of columns and rows.

    Parameters
    ----------
    col, row
        Of the national grid, counted from the origin of the reference system; may be negative.

    Returns
    -------
    ndarray
        ``((col + 2^30) << 32) + row + 2^30``.
    """
    return ((np.asarray(col, np.int64) + OFFSET) << ROW_BITS) + np.asarray(row, np.int64) + OFFSET


def unpack(cell: npt.ArrayLike) -> tuple[Ints, Ints]:
    """Return the columns and rows of cell ids.

    Parameters
    ----------
    cell
        As made by ``pack``.

    Returns
    -------
    tuple
        Columns and rows.
    """
    ids = np.asarray(cell, np.int64)
    return (ids >> ROW_BITS) - OFFSET, (ids & ROW_MASK) - OFFSET


def only_polygons(shapes: Shapes) -> Shapes:
    """Keep the polygons of mixed results of an overlay; lines and points have no area.

    Parameters
    ----------
    shapes
        Any geometries.

    Returns
    -------
    ndarray
        Polygons, multipolygons, or empty polygons.
    """
    out = shapes.copy()
    kind = shapely.get_type_id(shapes)
    out[(kind < shapely.GeometryType.POLYGON) | (kind == shapely.GeometryType.MULTILINESTRING)] = (
        shapely.Polygon()
    )
    out[kind == shapely.GeometryType.MULTIPOINT] = shapely.Polygon()
    for position in np.flatnonzero(kind == shapely.GeometryType.GEOMETRYCOLLECTION):
        parts = shapely.get_parts(shapes[position])
        flat = [part for part in parts if part.geom_type in ("Polygon", "MultiPolygon")]
        out[position] = shapely.union_all(flat) if flat else shapely.Polygon()
    return out


def clean_polygons(shapes: Shapes) -> Shapes:
    """Keep what has an area, mended where rings cross themselves.

    Parameters
    ----------
    shapes
        Any geometries, None among them.

    Returns
    -------
    ndarray
        Valid polygons.
    """
    given = np.asarray(shapes, dtype=object)
    given = given[~(shapely.is_missing(given) | shapely.is_empty(given))]
    given = given[shapely.get_dimensions(given) == AREA_DIMENSIONS]
    bad = ~shapely.is_valid(given)
    given[bad] = shapely.make_valid(given[bad], method="structure")
    out = only_polygons(given)
    flat: Shapes = out[shapely.area(out) > 0]
    return flat


def cut(polygons: Shapes, cell_m: float, window: tuple[int, int, int, int] | None = None) -> Cuts:
    """Cut polygons along the lines of the grid.

    Parameters
    ----------
    polygons
        Valid polygons in the metric reference system.
    cell_m
        Side of the cells. [m]
    window
        First and last-plus-one column, then row, of interest; the rest is left out.

    Returns
    -------
    Cuts
        Pieces, sorted by polygon and cell.

    Notes
    -----
    Every polygon is halved along grid lines until a piece fills its box or its box is one cell. Thus a border of many
    vertices is never overlaid with every cell it crosses, and the inside of a polygon costs nothing.
    """
    owner = np.flatnonzero(~(shapely.is_missing(polygons) | shapely.is_empty(polygons)))
    piece = np.asarray(polygons, dtype=object)[owner]
    box = _box_of(piece, cell_m)
    if window is not None:
        owner, piece, box = _clip_to(window, owner, piece, box, cell_m)
    found: list[tuple[Ints, Ints, Ints, Shapes, Floats]] = []
    while owner.size:
        area = shapely.area(piece)
        n_cells = (box[:, 1] - box[:, 0]) * (box[:, 3] - box[:, 2])
        full = area >= n_cells * (cell_m * cell_m * FULL_SHARE)
        single = ~full & (n_cells == 1)
        if full.any():
            found.append(_fill(owner[full], box[full], cell_m))
        if single.any():
            found.append((owner[single], box[single, 0], box[single, 2], piece[single], area[single]))
        rest = ~full & ~single
        owner, piece, box = _halve(owner[rest], piece[rest], box[rest], cell_m)
    return _sorted(found)


def _box_of(shapes: Shapes, cell_m: float) -> Ints:
    """Return the ranges of columns and rows shapes lie in: first, last plus one, of each. (K, 4)"""
    bounds = shapely.bounds(shapes) / cell_m
    low = np.floor(bounds[:, :2]).astype(np.int64)
    high = np.maximum(np.ceil(bounds[:, 2:]).astype(np.int64), low + 1)
    return np.column_stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]])


def _boxes(box: Ints, cell_m: float) -> Shapes:
    """Return the rectangles of ranges of cells."""
    edge = box * cell_m
    return np.asarray(shapely.box(edge[:, 0], edge[:, 2], edge[:, 1], edge[:, 3]), dtype=object)


def _clip_to(
    window: tuple[int, int, int, int], owner: Ints, piece: Shapes, box: Ints, cell_m: float
) -> tuple[Ints, Shapes, Ints]:
    """Leave out what lies outside a window of the grid."""
    low, high = np.array(window)[[0, 2]], np.array(window)[[1, 3]]
    near = (box[:, [0, 2]] < high).all(axis=1) & (box[:, [1, 3]] > low).all(axis=1)
    owner, piece, box = owner[near], piece[near], box[near]
    out = (box[:, [0, 2]] < low).any(axis=1) | (box[:, [1, 3]] > high).any(axis=1)
    if not out.any():
        return owner, piece, box
    box[:, [0, 2]] = np.maximum(box[:, [0, 2]], low)
    box[:, [1, 3]] = np.minimum(box[:, [1, 3]], high)
    piece[out] = only_polygons(shapely.intersection(piece[out], _boxes(box[out], cell_m)))
    keep = shapely.area(piece) > DUST_M2
    return owner[keep], piece[keep], box[keep]


def _halve(owner: Ints, piece: Shapes, box: Ints, cell_m: float) -> tuple[Ints, Shapes, Ints]:
    """Split boxes across their longer side and cut the pieces with them."""
    if not owner.size:
        return owner, piece, box
    wide = box[:, 1] - box[:, 0] >= box[:, 3] - box[:, 2]
    middle = np.where(wide, box[:, 0] + box[:, 1], box[:, 2] + box[:, 3]) // 2
    first, second = box.copy(), box.copy()
    first[wide, 1], second[wide, 0] = middle[wide], middle[wide]
    first[~wide, 3], second[~wide, 2] = middle[~wide], middle[~wide]
    owner, box = np.concatenate([owner, owner]), np.concatenate([first, second])
    piece = only_polygons(shapely.intersection(np.concatenate([piece, piece]), _boxes(box, cell_m)))
    keep = shapely.area(piece) > DUST_M2
    owner, piece, box = owner[keep], piece[keep], box[keep]
    if not owner.size:
        return owner, piece, box
    near = _box_of(piece, cell_m)  # a piece may lie in one corner of its box
    box[:, [0, 2]] = np.maximum(box[:, [0, 2]], near[:, [0, 2]])
    box[:, [1, 3]] = np.minimum(box[:, [1, 3]], near[:, [1, 3]])
    return owner, piece, box


def _fill(owner: Ints, box: Ints, cell_m: float) -> tuple[Ints, Ints, Ints, Shapes, Floats]:
    """List the cells of boxes that are covered whole."""
    n_rows = box[:, 3] - box[:, 2]
    n_cells = (box[:, 1] - box[:, 0]) * n_rows
    which = np.repeat(np.arange(owner.size), n_cells)
    place = np.arange(which.size) - np.repeat(np.cumsum(n_cells) - n_cells, n_cells)
    col, row = box[which, 0] + place // n_rows[which], box[which, 2] + place % n_rows[which]
    squares = _boxes(np.column_stack([col, col + 1, row, row + 1]), cell_m)
    return owner[which], col, row, squares, np.full(which.size, float(cell_m) ** 2)


def _sorted(found: list[tuple[Ints, Ints, Ints, Shapes, Floats]]) -> Cuts:
    """Join the pieces of all rounds, by polygon and cell."""
    if not found:
        none = np.zeros(0, np.int64)
        return Cuts(none, none, none, np.zeros(0, object), np.zeros(0))
    owner, col, row, piece, area = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
    order = np.lexsort((row, col, owner))
    return Cuts(owner[order], col[order], row[order], piece[order], area[order])


def ring_areas(rings: Floats, box: Ints, cell_m: float) -> Floats:
    """Return how much of simple rings lies in rectangles of the grid, without making geometries.

    Parameters
    ----------
    rings
        Corners in order, first not repeated; corners may coincide. (K, n, 2) [m]
    box
        First and last-plus-one column, then row, of the rectangle of each ring. (K, 4)
    cell_m
        Side of the cells. [m]

    Returns
    -------
    ndarray
        Shared area. (K,) [m2]

    Notes
    -----
    At a given x, the height of a ring inside a band of rows is the sum over its edges of the edge's height cut off at
    the band, with the sign of the edge's direction. Adding that up along x inside the columns gives the area of the
    intersection for any ring that does not cross itself; it is exact but for rounding (about 1e-9 m2 here).
    """
    edge = box[:, None, :] * float(cell_m)
    xa, ya = rings[..., 0] - edge[..., 0], rings[..., 1] - edge[..., 2]  # from the corner: keeps digits
    width, height = edge[..., 1] - edge[..., 0], edge[..., 3] - edge[..., 2]
    xb, yb = np.roll(xa, -1, axis=1), np.roll(ya, -1, axis=1)
    run = np.where(xa == xb, 1.0, xb - xa)
    slope = np.where(xa == xb, 0.0, (yb - ya) / run)
    left, right = np.clip(xa, 0, width), np.clip(xb, 0, width)
    y_left, y_right = ya + slope * (left - xa), yb + slope * (right - xb)
    low, high = np.minimum(y_left, y_right), np.maximum(y_left, y_right)
    low_in, high_in = np.clip(low, 0, height), np.clip(high, 0, height)
    rise = high - low
    # Shares of the edge inside and above the band; a level edge is wholly on one side.
    steep = rise > 0
    safe = np.where(steep, rise, 1.0)
    inside = np.where(steep, (high_in - low_in) / safe, 0.0)
    above = np.where(steep, (high - np.clip(height, low, high)) / safe, 0.0)
    mean = np.where(steep, inside * (low_in + high_in) / 2 + above * height, low_in)
    out: Floats = np.abs((mean * (right - left)).sum(axis=1))
    return out
