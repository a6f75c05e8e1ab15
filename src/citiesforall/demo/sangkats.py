"""Draws the sangkats: unions of quarters, so that their borders follow streets and the river."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from citiesforall.demo.blocks import Blocks, urbanity
from citiesforall.demo.names import FAR_BANK, INNER, OUTER, Name, choose
from citiesforall.demo.shapes import Bools, Floats, Ints, Shapes

if TYPE_CHECKING:
    from citiesforall.demo.buildings import Buildings
    from citiesforall.demo.plan import Plan

N_SANGKATS, N_FAR_BANK = 12, 3
ROUNDS = 30
BUILT_WEIGHT = 0.85
BRIDGE_HEAD = 0.7
GRID_M = 0.01
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
    quarters = _quarters(plan, blocks)
    middle = shapely.get_coordinates(shapely.centroid(quarters))
    weight = _weights(quarters, buildings.xy)
    far = middle[:, 1] < plan.river.y(middle[:, 0])
    held = shapely.area(shapely.intersection(quarters, plan.zones["informal"])) > 0.0
    informal = shapely.get_coordinates(plan.zones["informal"].centroid)
    middle[held & far] = informal
    growth = shapely.within(shapely.centroid(quarters), plan.zones["growth"].buffer(50.0))
    middle[growth & ~far] = shapely.get_coordinates(plan.zones["growth"].centroid)[0]
    head = np.array([[0.0, float(plan.river.y(np.zeros(1))[0]) - BRIDGE_HEAD * plan.size_m]])
    number = np.empty(quarters.size, dtype=np.int64)
    number[far] = _clusters(middle[far], weight[far], N_FAR_BANK, np.concatenate([informal, head]))
    first = middle[~far][[int(rng.choice(int((~far).sum()), p=weight[~far] / weight[~far].sum()))]]
    number[~far] = N_FAR_BANK + _clusters(
        middle[~far], weight[~far], N_SANGKATS - N_FAR_BANK, first, n_fixed=0
    )
    number = _contiguous(quarters, number, far)
    shapes = np.array(
        [shapely.coverage_union_all(quarters[number == row]) for row in range(N_SANGKATS)], dtype=object
    )
    return _named(plan, shapes, code, rng)


def _quarters(plan: Plan, blocks: Blocks) -> Shapes:
    """Clip the quarters to the municipality, with common vertices, so that neighbours share their borders exactly."""
    lines = shapely.union_all([*shapely.boundary(blocks.coarse), plan.edge.exterior], grid_size=GRID_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    return np.asarray(faces[shapely.contains(plan.edge, shapely.point_on_surface(faces))])


def _weights(quarters: Shapes, xy: Floats) -> Floats:
    """Weigh quarters by buildings and by land."""
    _, row = shapely.STRtree(quarters).query(shapely.points(xy), predicate="intersects")
    built = np.bincount(row, minlength=quarters.size) / max(row.size, 1)
    area = shapely.area(quarters)
    return np.asarray(BUILT_WEIGHT * built + (1 - BUILT_WEIGHT) * area / area.sum())


def _clusters(xy: Floats, weight: Floats, n: int, starts: Floats, n_fixed: int = 2) -> Ints:
    """Group places round ``n`` weighted middles (Lloyd's rounds from far-apart starts); the first ``n_fixed`` stay put."""
    centres = starts
    while len(centres) < n:
        centres = np.concatenate([centres, xy[[int((_gaps(xy, centres).min(axis=1) * weight).argmax())]]])
    nearest = np.zeros(len(xy), np.int64)
    for _ in range(ROUNDS):
        nearest = _gaps(xy, centres).argmin(axis=1)
        for row in range(n_fixed, n):
            own = nearest == row
            if own.any():
                centres[row] = np.average(xy[own], axis=0, weights=weight[own])
    return nearest


def _gaps(xy: Floats, centres: Floats) -> Floats:
    """Return the distance of every place from every middle. (n, m) [m]"""
    return np.asarray(np.hypot(*(xy[:, None] - centres[None]).transpose(2, 0, 1)))


def _contiguous(quarters: Shapes, number: Ints, far: Bools) -> Ints:
    """Keep the largest connected part of each sangkat; give the rest to the neighbour with the longest common border.

    Quarters across the river are no neighbours.
    """
    one, two = shapely.STRtree(quarters).query(quarters, predicate="touches")
    border = shapely.length(shapely.intersection(quarters[one], quarters[two]))
    near = (border > 0.0) & (far[one] == far[two])
    one, two, border = one[near], two[near], border[near]
    same = number[one] == number[two]
    graph = coo_array((border[same], (one[same], two[same])), shape=(number.size, number.size))
    _, part = connected_components(graph, directed=False)
    area = np.bincount(part, shapely.area(quarters))
    mine = np.array([area[part[number == row]].max() for row in range(N_SANGKATS)])
    loose = area[part] < mine[number]
    number = np.where(loose, -1, number)
    while loose.any():
        free = loose[one] & ~loose[two]
        if not free.any():
            break
        at = np.flatnonzero(free)[int(border[free].argmax())]
        number[one[at]], loose[one[at]] = number[two[at]], False
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
