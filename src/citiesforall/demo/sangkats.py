"""Draws the sangkats: unions of quarters, so that their borders follow streets and the river."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from citiesforall.demo.blocks import Blocks, urbanity
from citiesforall.demo.names import FAR_BANK, INNER, OUTER, Name, choose
from citiesforall.demo.shapes import Floats, Ints, Shapes

if TYPE_CHECKING:
    from citiesforall.demo.buildings import Buildings
    from citiesforall.demo.plan import Plan

N_SANGKATS, N_FAR_BANK = 12, 3
ROUNDS = 30
INNER_URBAN = 0.42


@dataclass(frozen=True)
class Sangkats:
    """Hold the sangkats, the core first.

    Parameters
    ----------
    codes
        P-codes. (12,)
    names
        In both scripts.
    shapes
        Polygons on the town's axes. (12,) [m]
    informal, growth
        Positions of the sangkats that hold the informal settlement and the growth area.
    """

    codes: tuple[str, ...]
    names: tuple[Name, ...]
    shapes: Shapes
    informal: int
    growth: int

    def of(self, xy: Floats) -> Ints:
        """Return the sangkat of each place, -1 outside the municipality. (n,)"""
        found = np.full(len(xy), -1)
        place, row = shapely.STRtree(self.shapes).query(shapely.points(xy), predicate="intersects")
        found[place] = row
        return found


def make_sangkats(plan: Plan, blocks: Blocks, buildings: Buildings, code: str) -> Sangkats:
    """Draw the sangkats.

    Parameters
    ----------
    plan, blocks, buildings
        The town.
    code
        Code of the krong.

    Returns
    -------
    Sangkats
        Twelve.
    """
    rng = np.random.default_rng([plan.seed, 6])
    quarters = shapely.get_parts(shapely.intersection(blocks.coarse, plan.edge))
    quarters = quarters[
        (shapely.get_type_id(quarters) == shapely.GeometryType.POLYGON) & (shapely.area(quarters) > 1.0)
    ]
    middle = shapely.get_coordinates(shapely.centroid(quarters))
    weight = _weights(quarters, buildings.xy)
    far = middle[:, 1] < plan.river.y(middle[:, 0])
    held = shapely.area(shapely.intersection(quarters, plan.zones["informal"])) > 0.0
    middle[held & far] = shapely.get_coordinates(plan.zones["informal"].centroid)[0]
    number = np.empty(quarters.size, dtype=np.int64)
    number[far] = _clusters(middle[far], weight[far], N_FAR_BANK, rng)
    number[~far] = N_FAR_BANK + _clusters(middle[~far], weight[~far], N_SANGKATS - N_FAR_BANK, rng)
    number = _contiguous(quarters, number)
    shapes = np.array([shapely.union_all(quarters[number == row]) for row in range(N_SANGKATS)], dtype=object)
    return _named(plan, shapes, code, rng)


def _weights(quarters: Shapes, xy: Floats) -> Floats:
    """Weigh quarters by buildings and by land, half and half."""
    _, row = shapely.STRtree(quarters).query(shapely.points(xy), predicate="intersects")
    built = np.bincount(row, minlength=quarters.size) / max(row.size, 1)
    area = shapely.area(quarters)
    return np.asarray(0.6 * built + 0.4 * area / area.sum())


def _clusters(xy: Floats, weight: Floats, n: int, rng: np.random.Generator) -> Ints:
    """Group places round ``n`` weighted middles (Lloyd's rounds from far-apart starts)."""
    centres = xy[[int(rng.choice(len(xy), p=weight / weight.sum()))]]
    while len(centres) < n:
        gap = np.hypot(*(xy[:, None] - centres[None]).transpose(2, 0, 1)).min(axis=1)
        centres = np.concatenate([centres, xy[[int((gap * weight**0.5).argmax())]]])
    nearest = np.zeros(len(xy), np.int64)
    for _ in range(ROUNDS):
        nearest = np.hypot(*(xy[:, None] - centres[None]).transpose(2, 0, 1)).argmin(axis=1)
        for row in range(n):
            own = nearest == row
            if own.any():
                centres[row] = np.average(xy[own], axis=0, weights=weight[own])
    return nearest


def _contiguous(quarters: Shapes, number: Ints) -> Ints:
    """Give the stray parts of a sangkat to the neighbour they touch most."""
    number = number.copy()
    for row in range(N_SANGKATS):
        parts = shapely.get_parts(shapely.union_all(quarters[number == row]))
        if parts.size < 2:  # noqa: PLR2004 - more than one part is what is mended
            continue
        largest = parts[int(shapely.area(parts).argmax())]

        for quarter in np.flatnonzero(number == row):
            if largest.contains(shapely.point_on_surface(quarters[quarter])):
                continue
            near = np.flatnonzero((number != row) & shapely.intersects(quarters, quarters[quarter]))
            if near.size:
                shared = shapely.length(shapely.intersection(quarters[near], quarters[quarter].exterior))
                number[quarter] = number[near[int(shared.argmax())]]
    return number


def _named(plan: Plan, shapes: Shapes, code: str, rng: np.random.Generator) -> Sangkats:
    """Order the sangkats from the core outward and name them by where they lie."""
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    order = np.argsort(np.hypot(middle[:, 0], middle[:, 1] - 0.2 * plan.size_m))
    shapes, middle = shapes[order], middle[order]
    urban = urbanity(plan, middle)
    far = middle[:, 1] < plan.river.y(middle[:, 0])
    pools = {
        key: iter(choose(pool, N_SANGKATS, rng))
        for key, pool in (("in", INNER), ("out", OUTER), ("far", FAR_BANK))
    }
    keys = np.where(far, "far", np.where(urban > INNER_URBAN, "in", "out"))
    names = tuple(next(pools[str(key)]) for key in keys)
    stem = code if len(code) > 4 else f"{code}01"  # noqa: PLR2004 - country and province alone
    codes = tuple(f"{stem}{number:02d}" for number in range(1, N_SANGKATS + 1))
    held = {key: _largest_share(shapes, plan.zones[key]) for key in ("informal", "growth")}
    return Sangkats(codes, names, shapes, held["informal"], held["growth"])


def _largest_share(shapes: Shapes, zone: Any) -> int:
    """Return the sangkat that holds most of a district."""
    return int(shapely.area(shapely.intersection(shapes, zone)).argmax())
