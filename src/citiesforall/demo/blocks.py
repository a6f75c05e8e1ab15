"""Cuts the land between main roads into blocks; every cut is a street, a track or nothing but a field's edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import cKDTree

from citiesforall.demo.shapes import Bools, Floats, Ints, Shapes, cut_in_two

if TYPE_CHECKING:
    from citiesforall.demo.plan import Plan

COARSE_M2, COARSE_TOWN_M2 = 420_000.0, 90_000.0
ROUNDS = 16
SMALLEST_M2 = 400.0
ROAD_STEP_M = 25.0
LOG_AREA = ((0.0, 5.75), (0.05, 5.35), (0.15, 4.75), (0.3, 4.38), (0.55, 4.15), (1.0, 3.95))
OPEN, GROWTH, INDUSTRY, INFORMAL = 0, 1, 2, 3


@dataclass(frozen=True)
class Blocks:
    """Hold the blocks and the cuts between them.

    Parameters
    ----------
    coarse
        Polygons of the first cutting: quarters, of which sangkats are made. (q,)
    blocks
        Polygons of the last. (b,)
    cuts
        Lines between blocks. (c,)
    cut_round, cut_urban
        In which round each was cut, and how urban the land is there, 0..1. (c,)
    """

    coarse: Shapes
    blocks: Shapes
    cuts: Shapes
    cut_round: Ints
    cut_urban: Floats


def urbanity(plan: Plan, xy: Floats) -> Floats:
    """Say how urban places are, 0 field to 1 core.

    Parameters
    ----------
    plan
        The town.
    xy
        Places. (n, 2) [m]

    Returns
    -------
    numpy.ndarray
        Shares. (n,)
    """
    size = plan.size_m
    radius = np.hypot(xy[:, 0] / 1.15, xy[:, 1] - 0.25 * size)
    core = np.exp(-((radius / (1.25 * size)) ** 2))
    radial = [r.line for r in plan.roads if r.key not in {"bypass", "dyke", "riverside"}]
    beside, _ = cKDTree(shapely.get_coordinates(shapely.segmentize(radial, ROAD_STEP_M))).query(xy)
    strip = 0.5 * np.exp(-beside / 130.0) * np.exp(-np.maximum(radius - size, 0) / (3.0 * size))
    village = np.zeros(len(xy))
    for place in plan.villages:
        village = np.maximum(
            village, 0.3 * np.exp(-((np.hypot(*(xy - place).T) / (0.26 * size**0.5 * 1000**0.5)) ** 2))
        )
    across = xy[:, 1] < plan.river.y(xy[:, 0])
    return np.asarray(np.maximum.reduce([core * np.where(across, 0.35, 1.0), strip, village]))


def zone_of(plan: Plan, points: Shapes) -> Ints:
    """Return the district of each point: open, growth, industry or informal. (n,)"""
    zone = np.full(points.size, OPEN)
    for number, key in ((GROWTH, "growth"), (INDUSTRY, "industry"), (INFORMAL, "informal")):
        zone[shapely.within(points, plan.zones[key])] = number
    return zone


def make_blocks(plan: Plan) -> Blocks:
    """Cut the town's land into blocks.

    Parameters
    ----------
    plan
        The town.

    Returns
    -------
    Blocks
        Quarters, blocks and the cuts between them.
    """
    rng = np.random.default_rng([plan.seed, 2])
    x = np.arange(-9 * plan.size_m, 9 * plan.size_m, 40.0)
    river = shapely.LineString(np.column_stack([x, plan.river.y(x)]))
    lines = [road.line for road in plan.roads if road.key != "bypass"]
    noded = shapely.union_all([*lines, river, plan.region.exterior])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    coarse, first = _cut_until(plan, faces, coarse=True, rng=rng)
    blocks, second = _cut_until(plan, coarse, coarse=False, rng=rng)
    cuts = np.concatenate([first[0], second[0]])
    rounds = np.concatenate([first[1], second[1] + 4])
    middle = shapely.get_coordinates(shapely.line_interpolate_point(cuts, 0.5, normalized=True))
    return Blocks(coarse, blocks, cuts, rounds, urbanity(plan, middle))


def _cut_until(
    plan: Plan, polygons: Shapes, *, coarse: bool, rng: np.random.Generator
) -> tuple[Shapes, tuple[Shapes, Ints]]:
    """Cut polygons until each is as small as its place asks."""
    done: list[Shapes] = []
    cuts: list[Shapes] = []
    rounds: list[Ints] = []
    for number in range(ROUNDS):
        small = _is_done(plan, polygons, coarse=coarse, rng=rng)
        done.append(polygons[small])
        polygons = polygons[~small]
        if not polygons.size:
            break
        n = polygons.size
        calm = zone_of(plan, shapely.centroid(polygons)) != OPEN
        tilt = rng.normal(0, np.where(calm, 0.01, 0.09))
        bend = rng.normal(0, np.where(calm, 0.5, 7.0))
        polygons, lines, _ = cut_in_two(polygons, tilt, rng.uniform(0.42, 0.58, n), bend)
        cuts.append(lines)
        rounds.append(np.full(lines.size, number))
        sliver = shapely.area(polygons) < SMALLEST_M2
        polygons = polygons[~sliver]
    done.append(polygons)
    none: Shapes = np.empty(0, dtype=object)
    all_rounds = np.concatenate([np.empty(0, np.int64), *rounds])
    return np.concatenate(done), (np.concatenate([none, *cuts]), all_rounds)


def _is_done(plan: Plan, polygons: Shapes, *, coarse: bool, rng: np.random.Generator) -> Bools:
    """Say which polygons need no more cutting."""
    area = shapely.area(polygons)
    urban = _most_urban(plan, polygons)
    if coarse:
        aim = np.interp(urban, [0.05, 0.35], [COARSE_M2, COARSE_TOWN_M2]) * (plan.size_m / 1000) ** 0.5
        return np.asarray(area < aim)
    share, log_area = zip(*LOG_AREA, strict=True)
    aim = 10 ** np.interp(urban, share, log_area) * rng.uniform(0.75, 1.5, area.size)
    zone = zone_of(plan, shapely.centroid(polygons))
    aim = np.where(zone == GROWTH, 9_000.0, aim)
    aim = np.where(zone == INDUSTRY, 55_000.0, aim)
    aim = np.where(zone == INFORMAL, np.maximum(aim, 90_000.0), aim)
    return np.asarray(area < aim)


def _most_urban(plan: Plan, polygons: Shapes) -> Floats:
    """Return how urban each polygon is: the mean of its middle and its most urban corner."""
    corner, owner = shapely.get_coordinates(shapely.simplify(polygons, 15.0), return_index=True)
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    top = np.maximum.reduceat(urbanity(plan, corner), starts)
    middle = urbanity(plan, shapely.get_coordinates(shapely.centroid(polygons)))
    return np.asarray((top + middle) / 2)
