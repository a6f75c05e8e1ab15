"""Sets buildings along the streets: footprints, what they are for, and when they were built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from citiesforall.demo.blocks import GROWTH, INDUSTRY, INFORMAL, OPEN, urbanity, zone_of
from citiesforall.demo.shapes import Bools, Floats, Ints, Shapes

if TYPE_CHECKING:
    from citiesforall.demo.plan import Plan, Trends
    from citiesforall.demo.streets import Streets

N_FOR_60_000 = 14_000
PRESENT, SPAN_YEARS = 2025, 10
HOME, SHOP, FACTORY, SHACK = "house", "commercial", "industrial", "shack"
HALF_WIDTH_M = {"primary": 13.0, "secondary": 10.0, "tertiary": 7.5, "unclassified": 5.5, "residential": 5.0,
                "service": 4.0, "footway": 2.2, "path": 2.2, "track": 4.0, "trunk": 30.0}  # fmt: skip


@dataclass(frozen=True)
class Buildings:
    """Hold the buildings.

    Parameters
    ----------
    shapes
        Footprints on the town's axes. (b,) [m]
    xy
        Their middles. (b, 2) [m]
    area_m2
        Of the footprints. (b,) [m2]
    use
        ``house``, ``commercial``, ``industrial`` or ``shack``. (b,)
    zone, urban
        District and how urban the place is. (b,)
    year
        Built in. (b,)
    """

    shapes: Shapes
    xy: Floats
    area_m2: Floats
    use: Shapes
    zone: Ints
    urban: Floats
    year: Ints


@dataclass(frozen=True)
class _Lots:
    """Hold places along streets where a building may stand."""

    xy: Floats
    turn: Floats
    front_m: Floats
    deep_m: Floats
    zone: Ints
    urban: Floats


def make_buildings(plan: Plan, streets: Streets, kept_free: Shapes) -> Buildings:
    """Set buildings along every street.

    Parameters
    ----------
    plan, streets
        The town and its streets.
    kept_free
        Parks, school grounds and the like. (f,)

    Returns
    -------
    Buildings
        The buildings.
    """
    rng = np.random.default_rng([plan.seed, 5])
    lots = _lots(plan, streets, rng)
    shapes = _rectangles(lots)
    free = shapely.union_all([plan.water.buffer(4.0), plan.lake.buffer(8.0), *kept_free])
    shapely.prepare(free)
    fit = ~shapely.intersects(free, shapes) & _off_streets(shapes, streets)
    fit[fit] = _apart(shapes[fit], rng)
    wanted = N_FOR_60_000 * plan.people / 60_000
    fit[fit] = _wanted(lots.urban[fit], lots.zone[fit], wanted, rng)
    use = _uses(lots.urban[fit], lots.zone[fit], rng)
    shapes = shapes[fit]
    year = _years(plan.trends, lots, np.asarray(shapely.area(shapes)), fit, rng)
    return Buildings(
        shapes, lots.xy[fit], np.asarray(shapely.area(shapes)), use, lots.zone[fit], lots.urban[fit], year
    )


def _lots(plan: Plan, streets: Streets, rng: np.random.Generator) -> _Lots:
    """Mark lots along both sides of every street but the bypass and bridges."""
    at = np.flatnonzero(np.diff(streets.owner) == 0)
    line = streets.owner[at]
    usable = (streets.kind[line] != "trunk") & ~streets.bridge[line]
    at, line = at[usable], line[usable]
    start, stop = streets.xy[at], streets.xy[at + 1]
    length = np.hypot(*(stop - start).T)
    middle = (start + stop) / 2
    zone, urban = zone_of(plan, shapely.points(middle)), urbanity(plan, middle)
    pitch = np.interp(urban, [0.03, 0.12, 0.3, 0.7, 1.0], [70.0, 26.0, 17.0, 12.0, 10.0])
    pitch = np.select([zone == GROWTH, zone == INDUSTRY, zone == INFORMAL], [11.0, 75.0, 8.0], pitch)
    count = np.floor(length / pitch + rng.random(length.size)).astype(int)
    edge = np.repeat(np.arange(length.size), 2 * count)
    side = np.where(np.arange(edge.size) % 2 == 0, 1.0, -1.0)
    share = rng.random(edge.size)
    unit = ((stop - start) / np.maximum(length, 0.1)[:, None])[edge]
    front = pitch[edge] * rng.uniform(0.62, 0.9, edge.size)
    front = np.where(zone[edge] == OPEN, np.minimum(front, rng.uniform(7, 13, edge.size)), front)
    deep = front * rng.uniform(1.0, 1.7, edge.size)
    half = np.array([HALF_WIDTH_M[kind] for kind in streets.kind], float)[line][edge]
    yard = rng.exponential(np.interp(urban[edge], [0.05, 0.3, 0.8], [10.0, 4.0, 0.8]))
    away = (half + yard + deep / 2) * side
    xy = (
        start[edge]
        + (stop - start)[edge] * share[:, None]
        + np.column_stack([-unit[:, 1], unit[:, 0]]) * away[:, None]
    )
    return _Lots(xy, np.arctan2(unit[:, 1], unit[:, 0]), front, deep, zone[edge], urban[edge])


def _rectangles(lots: _Lots) -> Shapes:
    """Draw a rectangle on each lot."""
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2
    cos, sin = np.cos(lots.turn), np.sin(lots.turn)
    along, across = signs[:, 0] * lots.front_m[:, None], signs[:, 1] * lots.deep_m[:, None]
    x = lots.xy[:, :1] + along * cos[:, None] - across * sin[:, None]
    y = lots.xy[:, 1:] + along * sin[:, None] + across * cos[:, None]
    return np.asarray(shapely.polygons(np.stack([x, y], axis=2)))


def _off_streets(shapes: Shapes, streets: Streets) -> Bools:
    """Say which buildings stand on no street."""
    at = np.flatnonzero(np.diff(streets.owner) == 0)
    pieces = shapely.linestrings(np.stack([streets.xy[at], streets.xy[at + 1]], axis=1))
    hit, _ = shapely.STRtree(pieces).query(shapes, predicate="intersects")
    fit = np.ones(shapes.size, bool)
    fit[hit] = False
    return fit


def _apart(shapes: Shapes, rng: np.random.Generator) -> Bools:
    """Of buildings that overlap keep the one that came first by lot."""
    place = rng.permutation(shapes.size)
    one, two = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    fit = np.ones(shapes.size, bool)
    fit[one[place[one] > place[two]]] = False
    return fit


def _wanted(urban: Floats, zone: Ints, wanted: float, rng: np.random.Generator) -> Bools:
    """Thin the buildings to the number wanted, fields first."""
    keep = np.interp(urban, [0.02, 0.1, 0.3, 0.6, 1.0], [0.22, 0.55, 0.85, 1.0, 1.25])
    keep = np.where(zone == OPEN, keep, 1.0)
    return np.asarray(rng.random(urban.size) < keep * min(1.0, wanted / keep.sum()))


def _uses(urban: Floats, zone: Ints, rng: np.random.Generator) -> Shapes:
    """Say what each building is for."""
    use = np.where(rng.random(urban.size) < 0.02 + 0.1 * urban, SHOP, HOME).astype(object)
    use[zone == INDUSTRY] = FACTORY
    use[zone == INFORMAL] = SHACK
    return use


def _years(trends: Trends, lots: _Lots, area_m2: Floats, fit: Bools, rng: np.random.Generator) -> Ints:
    """Say when each was built: the growth area after 2016, the edge of the town later than its core.

    Ages are stretched so that built-up area grew in ten years as much as the trends say.
    """
    urban, zone = lots.urban[fit], lots.zone[fit]
    late = np.select([zone == GROWTH, zone == INDUSTRY], [8.0, 14.0], 0.0)
    age = np.where(late > 0, rng.uniform(0, np.maximum(late, 1.0)), 0.0)
    free = late == 0
    drawn = rng.exponential(np.interp(urban, [0.05, 0.35, 0.9], [17.0, 21.0, 34.0]))
    grown = SPAN_YEARS * trends.growth_per_year * trends.land_ratio
    goal = grown / (1 + grown) * area_m2.sum() - area_m2[~free & (age < SPAN_YEARS)].sum()
    order = np.argsort(drawn + np.where(free, 0.0, np.inf))
    split = int(np.searchsorted(np.cumsum(area_m2[order]), max(goal, 0.0)))
    age = np.where(free, drawn * SPAN_YEARS / drawn[order[split]], age)
    return np.asarray(PRESENT - np.minimum(np.floor(age), 85), dtype=np.int64)
