"""Plans the town: where it lies, its river, main roads, edge and districts; leaves streets and people to others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from citiesforall.demo.names import TownName, town_name
from citiesforall.demo.shapes import Floats, Frame, blob, wander

PEOPLE_OF_ONE_SIZE = 60_000
LATTICE_M = 12_000.0
LATTICE_COLUMNS, LATTICE_ROWS = 48, 38
FIRST_EAST_M, FIRST_NORTH_M = 246_000.0, 1_170_000.0
HOME_SEED, HOME_COLUMN, HOME_ROW = 203, 8, 19
BANK_M = 35.0


@dataclass(frozen=True)
class River:
    """Describe the river, which runs along the town's x axis south of the centre.

    Parameters
    ----------
    offset_m
        Mean distance south of the centre. [m]
    amplitudes_m, waves_m, phases
        Of its bends. (k,) [m], [m], [rad]
    width_m
        From bank to bank. [m]
    """

    offset_m: float
    amplitudes_m: Floats
    waves_m: Floats
    phases: Floats
    width_m: float

    def y(self, x: Floats) -> Floats:
        """Return where its middle is, for places along x. [m]"""
        bends = np.sin(2 * np.pi * np.divide.outer(x, self.waves_m) + self.phases) @ self.amplitudes_m
        return np.asarray(bends - self.offset_m)


@dataclass(frozen=True)
class Road:
    """Describe a main road.

    Parameters
    ----------
    key
        Short name: ``national``, ``bridge``, ``ring``.
    kind
        Value of ``highway``.
    line
        Its middle, on the town's axes. [m]
    """

    key: str
    kind: str
    line: Any


@dataclass(frozen=True)
class Trends:
    """Say how the town changes.

    Parameters
    ----------
    growth_per_year
        Of people, as a logarithm.
    land_ratio
        How many times as fast built-up land grows.
    dust_ug_m3
        Annual mean of PM2.5 people breathe. [ug/m3]
    """

    growth_per_year: float
    land_ratio: float
    dust_ug_m3: float


@dataclass(frozen=True)
class Plan:
    """Hold the shape of one town, on its own axes. [m]

    Parameters
    ----------
    seed, people
        What it was made from; ``people`` is the aim, not the result.
    size_m
        One unit of length: 1,000 m for 60,000 people. [m]
    name
        In both scripts.
    frame
        Where its axes lie.
    river, water, lake
        The river, its water between the banks, and the lake.
    roads
        Main roads.
    zones
        ``growth``, ``industry``, ``informal``.
    edge, region
        The municipality, and the land that is drawn.
    villages
        Old villages outside the town. (k, 2)
    trends
        How it changes.
    """

    seed: int
    people: int
    size_m: float
    name: TownName
    frame: Frame
    river: River
    water: Any
    lake: Any
    roads: tuple[Road, ...]
    zones: dict[str, Any]
    edge: Any
    region: Any
    villages: Floats
    trends: Trends

    def road(self, key: str) -> Any:
        """Return the line of a main road."""
        return next(road.line for road in self.roads if road.key == key)


def make_plan(seed: int, people: int) -> Plan:
    """Plan a town.

    Parameters
    ----------
    seed
        Another number, another town.
    people
        About how many live there.

    Returns
    -------
    Plan
        The town's shape.
    """
    rng = np.random.default_rng([seed, 1])
    aim = round(people * rng.uniform(0.9, 1.12))
    size_m = 1000.0 * (aim / PEOPLE_OF_ONE_SIZE) ** 0.5
    river = _river(size_m, rng)
    edge = _edge(size_m, aim, rng)
    region = edge.buffer(0.45 * size_m).simplify(20.0)
    x = np.arange(-8 * size_m, 8 * size_m, 40.0)
    water = shapely.LineString(np.column_stack([x, river.y(x)])).buffer(river.width_m / 2, cap_style="flat")
    roads = tuple(
        Road(road.key, road.kind, _longest(road.line.intersection(region)))
        for road in _roads(size_m, river, rng)
    )
    zones = _zones(size_m, river, rng)
    lake = _lake(size_m, roads, zones, rng)
    villages = _villages(size_m, edge, shapely.union_all([water, lake, *zones.values()]), rng)
    return Plan(
        seed,
        aim,
        size_m,
        town_name(seed),
        _frame(seed, rng),
        river,
        water,
        lake,
        roads,
        zones,
        edge,
        region,
        villages,
        _trends(seed),
    )


def _trends(seed: int) -> Trends:
    """Draw how the town changes; the town every user sees first is near the middle."""
    growth, ratio, dust = np.random.default_rng([seed, 398]).normal(size=3)
    return Trends(
        0.015 * float(np.exp(0.25 * growth)), 1.6 * float(np.exp(0.22 * ratio)), 22.0 + 3.0 * float(dust)
    )


def _frame(seed: int, rng: np.random.Generator) -> Frame:
    """Place towns on a lattice over the country's UTM zone, so that a thousand of them do not overlap."""
    step = seed - HOME_SEED
    column = (HOME_COLUMN + step) % LATTICE_COLUMNS
    row = (HOME_ROW + step // LATTICE_COLUMNS) % LATTICE_ROWS
    return Frame(
        FIRST_EAST_M + column * LATTICE_M,
        FIRST_NORTH_M + row * LATTICE_M,
        float(rng.uniform(0, 2 * np.pi)),
        bool(rng.random() < 0.5),  # noqa: PLR2004 - even chance
    )


def _river(size_m: float, rng: np.random.Generator) -> River:
    return River(
        offset_m=float(rng.uniform(0.6, 0.85) * size_m),
        amplitudes_m=np.array([0.22, 0.09]) * size_m * rng.uniform(0.7, 1.3, 2),
        waves_m=np.array([5.0, 2.1]) * size_m * rng.uniform(0.85, 1.2, 2),
        phases=rng.uniform(0, 2 * np.pi, 2),
        width_m=float(rng.uniform(80, 130) * (size_m / 1000) ** 0.5),
    )


def _edge(size_m: float, people: int, rng: np.random.Generator) -> Any:
    """Draw the municipality: about 50 km2 for 60,000 people."""
    area_m2 = 50e6 * people / PEOPLE_OF_ONE_SIZE * rng.uniform(0.9, 1.12)
    shape = blob((0.15 * size_m, 0.35 * size_m), 4 * size_m, 0.14, rng)
    factor = (area_m2 / shape.area) ** 0.5
    return shapely.transform(shape, lambda xy: xy * factor)


def _roads(size_m: float, river: River, rng: np.random.Generator) -> tuple[Road, ...]:
    """Lay the main roads; each that joins another begins at one of its vertices."""
    west, centre, east = -7 * size_m, 0.0, 7 * size_m
    heart = (centre, float(rng.uniform(0.22, 0.34) * size_m))
    left = wander(heart, (west, float(rng.uniform(-0.4, 1.2) * size_m)), 0.14 * size_m, rng)
    right = wander(heart, (east, float(rng.uniform(-0.4, 1.2) * size_m)), 0.14 * size_m, rng)
    bank_x = np.arange(-4.5 * size_m, 4.5 * size_m, 45.0)
    away = river.width_m / 2 + BANK_M
    bank = np.column_stack([bank_x, river.y(bank_x) + away])
    dyke_x = np.arange(-3.4 * size_m, 4.2 * size_m, 45.0)
    dyke = np.column_stack([dyke_x, river.y(dyke_x) - away - 25.0])
    south_end = (float(rng.uniform(-0.6, 0.6) * size_m), -7 * size_m)
    bridge_head = (float(rng.uniform(-0.12, 0.12) * size_m), float(river.y(np.array([0.0]))[0] - 2 * away))
    bridge = np.concatenate([np.array([heart]), wander(bridge_head, south_end, 0.15 * size_m, rng)])
    north = wander(heart, (float(rng.uniform(-0.8, 0.8) * size_m), 7 * size_m), 0.15 * size_m, rng)
    roads = [
        ("national", "primary", np.concatenate([left[::-1], right[1:]])),
        ("bridge", "primary", bridge),
        ("north", "secondary", north),
        ("riverside", "tertiary", bank),
        ("dyke", "unclassified", dyke),
        ("ring", "secondary", _ring(size_m, bank, rng)),
        *_radials(size_m, left, right, bridge, rng),
        ("bypass", "trunk", _bypass(size_m, left, bridge, rng)),
    ]
    if rng.random() < 0.35:  # noqa: PLR2004 - one town in three has a second bridge
        start, stop = _nearest(bank, -1.7 * size_m), _nearest(dyke, -1.7 * size_m)
        roads.append(("second_bridge", "tertiary", np.array([start, stop])))
    return tuple(Road(key, kind, shapely.LineString(xy)) for key, kind, xy in roads)


def _nearest(xy: Floats, x: float) -> Floats:
    """Return the vertex of a road nearest to a place along x."""
    return np.asarray(xy[np.abs(xy[:, 0] - x).argmin()])


def _ring(size_m: float, bank: Floats, rng: np.random.Generator) -> Floats:
    """Lay the ring road from the western to the eastern bank, round the north of the town."""
    start, stop = _nearest(bank, -1.75 * size_m), _nearest(bank, 1.75 * size_m)
    first, last = np.arctan2(start[1], start[0]) % (2 * np.pi), np.arctan2(stop[1], stop[0])
    angle = np.linspace(first, last, 90)
    t = np.linspace(0, 1, 90)
    radius = np.interp(t, [0, 1], [np.hypot(*start), np.hypot(*stop)])
    dent = np.sin(np.pi * np.outer(t, np.arange(1, 5))) @ (rng.normal(size=4) * [0.10, 0.07, 0.05, 0.03])
    ring = (radius * (1 + dent))[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    ring[0], ring[-1] = start, stop
    return np.asarray(ring)


def _radials(
    size_m: float, left: Floats, right: Floats, bridge: Floats, rng: np.random.Generator
) -> list[tuple[str, str, Floats]]:
    """Lay the roads that leave the town between the main ones."""
    radials = []
    for key, kind, trunk, x, degrees in (
        ("north_east", "secondary", right, 0.5, rng.uniform(35, 60)),
        ("north_west", "tertiary", left, -0.5, rng.uniform(120, 145)),
    ):
        start = _nearest(trunk, x * size_m)
        radials.append((key, kind, _ray(start, degrees, size_m, rng)))
    for key, y, degrees in (
        ("south_east", -1.7, rng.uniform(-50, -25)),
        ("south_west", -1.9, rng.uniform(205, 235)),
    ):
        start = bridge[np.abs(bridge[:, 1] - y * size_m).argmin()]
        radials.append((key, "tertiary", _ray(start, degrees, size_m, rng)))
    return radials


def _ray(start: Floats, degrees: float, size_m: float, rng: np.random.Generator) -> Floats:
    angle = np.radians(degrees)
    end = (float(start[0] + 6.5 * size_m * np.cos(angle)), float(start[1] + 6.5 * size_m * np.sin(angle)))
    return wander((float(start[0]), float(start[1])), end, 0.2 * size_m, rng)


def _bypass(size_m: float, left: Floats, bridge: Floats, rng: np.random.Generator) -> Floats:
    """Lay the bypass from the western road round the north and over the river to the southern road."""
    start = _nearest(left, -3.3 * size_m)
    stop = bridge[np.abs(bridge[:, 1] + 3.2 * size_m).argmin()]
    first, last = np.arctan2(start[1], start[0]) % (2 * np.pi), np.arctan2(stop[1], stop[0])
    t = np.linspace(0, 1, 150)
    angle = first + (last - first) * t
    radius = np.interp(t, [0, 0.5, 1], [np.hypot(*start), rng.uniform(3.0, 3.3) * size_m, np.hypot(*stop)])
    path = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    path[0], path[-1] = start, stop
    return np.asarray(path)


def _zones(size_m: float, river: River, rng: np.random.Generator) -> dict[str, Any]:
    """Mark the growth area, the industrial zone and the informal settlement across the river."""
    growth_at = np.radians(rng.uniform(108, 128))
    industry_at = np.radians(rng.uniform(14, 26))
    growth = _block(2.45 * size_m, growth_at, (1.0 * size_m, 0.75 * size_m))
    industry = _block(2.5 * size_m, industry_at, (0.95 * size_m, 0.55 * size_m))
    x0 = float(rng.uniform(1.25, 1.6) * size_m)
    half, deep = 0.2 * size_m, float(rng.uniform(0.75, 0.9) * size_m)
    top_x = np.linspace(x0 - half, x0 + half, 9)
    top = np.column_stack([top_x, river.y(top_x) - river.width_m / 2 - BANK_M - 30.0])
    foot = top[::-1] - (0.0, deep) + rng.normal(0, 0.05 * size_m, (9, 2))
    t = np.linspace(0.15, 0.85, 6)[:, None]
    east = top[-1] + t * (foot[0] - top[-1]) + rng.normal(0, 0.045 * size_m, (6, 2))
    west = foot[-1] + t * (top[0] - foot[-1]) + rng.normal(0, 0.045 * size_m, (6, 2))
    outline = shapely.Polygon(np.concatenate([top, east, foot, west]))
    informal = max(shapely.get_parts(outline.buffer(-8.0).buffer(8.0)), key=shapely.area)
    return {"growth": growth, "industry": industry, "informal": informal}


def _block(radius_m: float, angle: float, sides_m: tuple[float, float]) -> Any:
    """Draw a rectangle at a distance from the centre, with its back to it."""
    half = np.array(sides_m) / 2
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    turn = angle - np.pi / 2
    cos, sin = np.cos(turn), np.sin(turn)
    spun = corners @ np.array([[cos, sin], [-sin, cos]])
    return shapely.Polygon(spun + radius_m * np.array([np.cos(angle), np.sin(angle)]))


def _lake(size_m: float, roads: tuple[Road, ...], zones: dict[str, Any], rng: np.random.Generator) -> Any:
    """Put a lake where it lies farthest from main roads and districts, of 40 places tried."""
    angle, reach = rng.uniform(0.1, np.pi - 0.1, 40), rng.uniform(1.2, 2.8, 40) * size_m
    tried = np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])
    busy = shapely.union_all([*(road.line for road in roads), *zones.values()])
    room = shapely.distance(shapely.points(tried), busy)
    best = int((np.minimum(room, 0.35 * size_m) - 0.05 * reach).argmax())
    radius = float(min(0.28 * size_m, 0.7 * room[best]))
    return blob((float(tried[best, 0]), float(tried[best, 1])), radius, 0.16, rng)


def _villages(size_m: float, edge: Any, taken: Any, rng: np.random.Generator) -> Floats:
    """Scatter old villages outside the ring."""
    angle, reach = rng.uniform(0, 2 * np.pi, 60), rng.uniform(2.2, 4.0, 60) * size_m
    tried = np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])
    points = shapely.points(tried)
    fit = shapely.within(points, edge.buffer(-0.2 * size_m)) & (
        shapely.distance(points, taken) > 0.25 * size_m
    )
    kept: list[int] = []
    for row in np.flatnonzero(fit):
        if all(np.hypot(*(tried[row] - tried[other])) > 0.9 * size_m for other in kept):
            kept.append(int(row))
    return tried[kept[:14]]


def _longest(shape: Any) -> Any:
    """Return the longest line of a clipped one."""
    parts = shapely.get_parts(shape)
    return parts[int(shapely.length(parts).argmax())]
