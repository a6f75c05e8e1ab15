"""The national grid: units cut into cell parts, and polygons' amounts moved to them by exact area share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from citiesforall.gather.cutting import (
    DUST_M2,
    FULL_SHARE,
    Cuts,
    Floats,
    Ints,
    Shapes,
    cut,
    only_polygons,
    pack,
    ring_areas,
    unpack,
)

__all__ = [
    "Overlaps", "add_to", "covered_m2", "locate", "make_cells", "move_amounts", "overlaps", "pack",
    "share_out", "side_m", "unpack",
]  # fmt: skip

# Rings up to this size (pixels, hexagons) are overlaid by arithmetic, larger ones by geometry.
MOST_CORNERS = 8
INSIDES_MEET = "T********"  # of the nine-intersection matrix: more than a shared wall


@dataclass(frozen=True)
class Overlaps:
    """Hold where polygons and cell parts overlap, one row per pair.

    Parameters
    ----------
    polygon, part
        Positions. (K,)
    piece
        What they share. (K,)
    area_m2
        Of it. (K,)
    """

    polygon: Ints
    part: Ints
    piece: Shapes
    area_m2: Floats


def side_m(cells: pd.DataFrame) -> int:
    """Return the side of the cells, which ``make_cells`` leaves in the table's attributes. [m]"""
    assert "cell_m" in cells.attrs, "a table of cells without attrs['cell_m']: was it made by make_cells?"
    return int(cells.attrs["cell_m"])


def make_cells(places: pd.DataFrame, cell_m: int) -> pd.DataFrame:
    """Cut the units into cell parts.

    Parameters
    ----------
    places
        The places layer; units are the rows that are nobody's parent.
    cell_m
        Side of the cells. [m]

    Returns
    -------
    DataFrame
        Columns ``cell``, ``unit``, ``x``, ``y``, ``area_m2``, ``land_m2`` (all of it land, until water is known) and
        ``geometry`` (shapely polygons), sorted by unit and cell; ``attrs["cell_m"]`` keeps the side.

    Notes
    -----
    The parts of a unit add up to its area to 1e-9; slivers below 1e-7 m2 are rounding of the cutting lines.
    """
    units = places[~places["place"].isin(places["parent"].dropna())].sort_values("place")
    cuts = cut(np.asarray(shapely.from_wkb(units["geometry"].to_numpy()), dtype=object), cell_m)
    x, y = _inside_points(cuts, cell_m)
    cells = pd.DataFrame(
        {
            "cell": cuts.cell(),
            "unit": units["place"].to_numpy()[cuts.owner],
            "x": x,
            "y": y,
            "area_m2": cuts.area_m2,
            "land_m2": cuts.area_m2,
            "geometry": cuts.piece,
        }
    )
    cells.attrs["cell_m"] = cell_m
    return cells


def _inside_points(cuts: Cuts, cell_m: float) -> tuple[Floats, Floats]:
    """Return a point inside each piece: the centre of whole squares."""
    x = np.asarray((cuts.col + 0.5) * cell_m, np.float64)
    y = np.asarray((cuts.row + 0.5) * cell_m, np.float64)
    cut_off = cuts.area_m2 < cell_m * cell_m
    points = shapely.point_on_surface(cuts.piece[cut_off])
    x[cut_off], y[cut_off] = shapely.get_x(points), shapely.get_y(points)
    return x, y


def _pairs(cells: pd.DataFrame, wanted: Ints) -> tuple[Ints, Ints]:
    """Return the positions of cell ids and of the parts that lie in the same cell."""
    ids = cells["cell"].to_numpy()
    order = np.argsort(ids, kind="stable")
    first = np.searchsorted(ids, wanted, "left", sorter=order)
    n_parts = np.searchsorted(ids, wanted, "right", sorter=order) - first
    which = np.repeat(np.arange(wanted.size), n_parts)
    place = np.arange(which.size) - np.repeat(np.cumsum(n_parts) - n_parts, n_parts)
    return which, order[first[which] + place]


def locate(cells: pd.DataFrame, x: Floats, y: Floats) -> Ints:
    """Find the cell parts points lie in.

    Parameters
    ----------
    cells
        As made by ``make_cells``.
    x, y
        Points. (P,) [m]

    Returns
    -------
    ndarray
        Position of the part, -1 outside the city. A point on a border belongs to the first part that touches it. (P,)
    """
    cell_m = side_m(cells)
    out = np.full(np.size(x), -1, np.int64)
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    ids = pack(np.floor(np.asarray(x)[known] / cell_m), np.floor(np.asarray(y)[known] / cell_m))
    which, part = _pairs(cells, ids)
    point = known[which]
    whole = cells["area_m2"].to_numpy()[part] >= cell_m * cell_m * FULL_SHARE
    inside = whole.copy()
    cut_off = np.flatnonzero(~whole)
    shapes = cells["geometry"].to_numpy()[part[cut_off]]
    inside[cut_off] = shapely.intersects_xy(
        shapes, np.asarray(x)[point[cut_off]], np.asarray(y)[point[cut_off]]
    )
    hits, first = np.unique(point[inside], return_index=True)
    out[hits] = part[inside][first]
    return out


def overlaps(polygons: Shapes, cells: pd.DataFrame) -> Overlaps:
    """Overlay polygons with cell parts.

    Parameters
    ----------
    polygons
        Valid polygons in the metric reference system. (P,)
    cells
        As made by ``make_cells``.

    Returns
    -------
    Overlaps
        One row for every polygon and part that share some area.
    """
    cell_m = side_m(cells)
    col, row = unpack(cells["cell"].to_numpy())
    window = (int(col.min()), int(col.max()) + 1, int(row.min()), int(row.max()) + 1)
    cuts = cut(polygons, cell_m, window)
    which, part = _pairs(cells, cuts.cell())
    piece, area = cuts.piece[which], cuts.area_m2[which]
    whole_m2 = cell_m * cell_m * FULL_SHARE
    part_m2, shapes = cells["area_m2"].to_numpy()[part], cells["geometry"].to_numpy()[part]
    inside = (area >= whole_m2) & (part_m2 < whole_m2)
    piece[inside], area[inside] = shapes[inside], part_m2[inside]
    both = np.flatnonzero((area < whole_m2) & (part_m2 < whole_m2) & ~inside)
    piece[both] = only_polygons(shapely.intersection(piece[both], shapes[both]))
    area[both] = shapely.area(piece[both])
    keep = area > DUST_M2
    return Overlaps(cuts.owner[which[keep]], part[keep], piece[keep], area[keep])


def share_out(polygons: Shapes, cells: pd.DataFrame) -> tuple[Ints, Ints, Floats]:
    """Return the areas that polygons and cell parts share, without the shapes of what they share.

    Parameters
    ----------
    polygons
        Valid polygons in the metric reference system. (P,)
    cells
        As made by ``make_cells``.

    Returns
    -------
    tuple
        Positions of polygon and part, and shared area. (K,), (K,), (K,) [m2]
    """
    rings = _simple_rings(polygons)
    if rings is None:
        met = overlaps(polygons, cells)
        return met.polygon, met.part, met.area_m2
    cell_m = side_m(cells)
    owner, col, row = _cells_under(rings, cells, cell_m)
    which, part = _pairs(cells, pack(col, row))
    polygon = owner[which]
    box = np.column_stack([col, col + 1, row, row + 1])[which]
    area = ring_areas(rings[polygon], box, cell_m)
    part_m2 = cells["area_m2"].to_numpy()[part]
    cut_off = np.flatnonzero((part_m2 < cell_m * cell_m * FULL_SHARE) & (area > DUST_M2))
    whole = area[cut_off] >= cell_m * cell_m * FULL_SHARE
    area[cut_off[whole]] = part_m2[cut_off[whole]]
    both = cut_off[~whole]
    shapes = cells["geometry"].to_numpy()
    area[both] = shapely.area(shapely.intersection(polygons[polygon[both]], shapes[part[both]]))
    keep = area > DUST_M2
    return polygon[keep], part[keep], area[keep]


def _simple_rings(polygons: Shapes) -> Floats | None:
    """Return the corners of polygons that all have few corners and no holes, else None. (P, n, 2)"""
    few = shapely.get_num_coordinates(polygons)
    simple = (
        (shapely.get_type_id(polygons) == shapely.GeometryType.POLYGON)
        & (few > 0)
        & (few <= MOST_CORNERS + 1)
    )
    if not polygons.size or not simple.all() or shapely.get_num_interior_rings(polygons).any():
        return None
    corners = shapely.get_coordinates(polygons)
    first = np.cumsum(few) - few
    # A ring of fewer corners repeats its last one: the closing point, hence an edge of no length.
    order = first[:, None] + np.minimum(np.arange(few.max() - 1)[None, :], few[:, None] - 1)
    return np.asarray(corners[order], dtype=np.float64)


def _cells_under(rings: Floats, cells: pd.DataFrame, cell_m: int) -> tuple[Ints, Ints, Ints]:
    """List the cells under the boxes of rings, inside the range of the city. (K,), (K,), (K,)"""
    col, row = unpack(cells["cell"].to_numpy())
    lowest, highest = np.array([col.min(), row.min()]), np.array([col.max(), row.max()]) + 1
    low = np.maximum(np.floor(rings.min(axis=1) / cell_m).astype(np.int64), lowest)
    high = np.minimum(np.ceil(rings.max(axis=1) / cell_m).astype(np.int64), highest)
    span = np.maximum(high - low, 0)
    n_cells = span[:, 0] * span[:, 1]
    owner = np.repeat(np.arange(len(rings)), n_cells)
    place = np.arange(owner.size) - np.repeat(np.cumsum(n_cells) - n_cells, n_cells)
    return owner, low[owner, 0] + place // span[owner, 1], low[owner, 1] + place % span[owner, 1]


def move_amounts(amounts: Floats, polygons: Shapes, cells: pd.DataFrame) -> tuple[Floats, float]:
    """Move the amounts of polygons to cell parts by exact area share.

    Parameters
    ----------
    amounts
        Of the polygons; nan is no amount. (P,)
    polygons
        Pixels, hexagons or units in the metric reference system. (P,)
    cells
        As made by ``make_cells``.

    Returns
    -------
    tuple
        Amounts of the parts (C,), and the amount that lies outside them; together the total given.

    Notes
    -----
    An amount is taken to be spread evenly over its polygon.
    """
    shapes = np.asarray(polygons, dtype=object)
    given = np.where(np.isnan(amounts), 0.0, amounts)
    polygon, part, area = share_out(shapes, cells)
    share = area / shapely.area(shapes)[polygon]
    moved = add_to(part, given[polygon] * share, len(cells))
    inside = np.bincount(polygon, share, given.size)
    # Rounding may put a polygon inside by 1 + 1e-16.
    return moved, float((given * np.maximum(1 - inside, 0.0)).sum())


def add_to(position: Ints, amounts: Floats, n: int) -> Floats:
    """Add amounts up by position.

    Parameters
    ----------
    position
        Of the sum each amount belongs to. (K,)
    amounts
        To add. (K,)
    n
        Number of sums.

    Returns
    -------
    ndarray
        Sums, 0 where nothing was added. (n,)
    """
    return np.asarray(np.bincount(position, weights=amounts, minlength=n), np.float64)


def covered_m2(polygons: Shapes, cells: pd.DataFrame) -> Floats:
    """Return how much of each part polygons cover; where they lie over one another it counts once.

    Parameters
    ----------
    polygons
        Valid polygons in the metric reference system. (P,)
    cells
        As made by ``make_cells``.

    Returns
    -------
    ndarray
        Covered area. (C,) [m2]
    """
    _, part, area = share_out(_apart(np.asarray(polygons, dtype=object)), cells)
    return np.minimum(add_to(part, area, len(cells)), np.asarray(cells["area_m2"], np.float64))


def _apart(polygons: Shapes) -> Shapes:
    """Join polygons that lie over one another, so that no land is left that two of them cover."""
    left, right = shapely.STRtree(polygons).query(polygons)
    once = left < right
    left, right = left[once], right[once]
    over = shapely.relate_pattern(polygons[left], polygons[right], INSIDES_MEET)
    several = np.zeros(polygons.size, dtype=bool)
    several[left[over]] = several[right[over]] = True
    if not several.any():
        return polygons
    return np.concatenate([polygons[~several], shapely.get_parts(shapely.union_all(polygons[several]))])
