"""Chooses parks among the blocks, with gates and paths; one has a pond, one charges a fee."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from citiesforall.demo.blocks import Blocks, urbanity
from citiesforall.demo.shapes import Floats, Shapes

if TYPE_CHECKING:
    from citiesforall.demo.plan import Plan

PARK, POND_PARK, GARDEN, PROMENADE = "park", "pond_park", "garden", "promenade"
VERGE_M = 6.0
DRY_M = 30.0
N_PARKS, APART = 8, 0.55
TOWN_URBAN = 0.25
COMPACT = 0.045  # area over perimeter squared; a square has 0.0625
SMALLEST_M2, LARGEST_M2 = 6_000.0, 30_000.0
GATE_SHARES = (0.1, 0.4, 0.7)
NAMES = (("Central Park", "សួនកណ្តាល"), ("Lotus Park", "សួនឈូក"), ("Fee Garden", "សួនច្បារបង់ប្រាក់"), ("North Park", "សួនខាងជើង"),
         ("School Park", "សួនសិក្សា"), ("New Park", "សួនថ្មី"), ("Old Market Park", "សួនផ្សារចាស់"), ("Peace Park", "សួនសន្តិភាព"),
         ("Children's Park", "សួនកុមារ"), ("East Park", "សួនខាងកើត"), ("West Park", "សួនខាងលិច"),
         ("Youth Park", "សួនយុវជន"))  # fmt: skip
KINDS = (PARK, POND_PARK, GARDEN, *[PARK] * 9)


@dataclass(frozen=True)
class Park:
    """Describe an open space.

    Parameters
    ----------
    kind
        ``park``, ``pond_park``, ``garden`` (which charges a fee) or ``promenade``.
    name, name_km
        In both scripts.
    shape
        Its ground, a gate at every vertex listed. [m]
    pond
        Water inside, or None.
    gates
        Vertices of the ring that are gates. (g, 2) [m]
    """

    kind: str
    name: str
    name_km: str
    shape: Any
    pond: Any
    gates: Floats


def make_parks(plan: Plan, blocks: Blocks) -> tuple[tuple[Park, ...], Shapes]:
    """Choose parks and lay their paths.

    Parameters
    ----------
    plan, blocks
        The town and its blocks.

    Returns
    -------
    parks : tuple of Park
        The open spaces.
    paths : numpy.ndarray
        Lines from the street through each gate to the middle. (p,)
    """
    rng = np.random.default_rng([plan.seed, 4])
    parks, paths = [], []
    for number, row in enumerate(_chosen(plan, blocks, rng)):
        kind = KINDS[number % len(KINDS)]
        park, ways = _park(blocks.blocks[row], kind, NAMES[number % len(NAMES)])
        parks.append(park)
        paths += ways
    promenade, ways = _promenade(plan)
    lines = np.empty(len(paths) + len(ways), dtype=object)
    lines[:] = paths + ways
    return (*parks, promenade), lines


def _chosen(plan: Plan, blocks: Blocks, rng: np.random.Generator) -> list[int]:
    """Choose blocks of a park's size in the town, far from each other."""
    middle = shapely.get_coordinates(shapely.centroid(blocks.blocks))
    area = shapely.area(blocks.blocks)
    urban = urbanity(plan, middle)
    compact = area / shapely.length(blocks.blocks) ** 2 > COMPACT
    wet = shapely.union_all([plan.water, plan.lake]).buffer(DRY_M)
    dry = ~shapely.intersects(blocks.blocks, wet)
    fit = np.flatnonzero((area > SMALLEST_M2) & (area < LARGEST_M2) & (urban > TOWN_URBAN) & compact & dry)
    score = rng.random(fit.size) + urban[fit]
    n_parks = max(3, round(N_PARKS * plan.people / 60_000))
    apart_m = APART * plan.size_m / (n_parks / N_PARKS) ** 0.5
    chosen: list[int] = []
    room = np.full(len(middle), np.inf)
    for row in fit[np.argsort(-score)]:
        if len(chosen) < n_parks and room[row] > apart_m:
            chosen.append(int(row))
            room = np.minimum(room, np.hypot(*(middle - middle[row]).T))
    return chosen


def _park(block: Any, kind: str, name: tuple[str, str]) -> tuple[Park, list[Any]]:
    """Make a park of a block."""
    ground = shapely.get_parts(block.buffer(-VERGE_M, join_style="mitre"))
    shape = ground[int(shapely.area(ground).argmax())]
    ring = shape.exterior
    gates = shapely.get_coordinates(
        shapely.line_interpolate_point(ring, np.array(GATE_SHARES), normalized=True)
    )
    shape = shapely.Polygon(_with_gates(ring, gates))
    heart = shapely.get_coordinates(shape.representative_point())[0]
    pond = shapely.Point(heart).buffer(0.22 * shape.area**0.5, quad_segs=5) if kind == POND_PARK else None
    reach = 0.5 if pond is not None else 1.0
    ways = []
    for gate in gates:
        street = shapely.get_coordinates(shapely.shortest_line(shapely.Point(gate), block.exterior))[1]
        inside = gate + (heart - gate) * reach
        ways.append(shapely.LineString([street, gate, inside]))
    return Park(kind, f"{name[0]} (invented)", f"{name[1]} (ប្រឌិត)", shape, pond, gates), ways


def _with_gates(ring: Any, gates: Floats) -> Floats:
    """Return a ring's vertices with the gates among them."""
    corners = shapely.get_coordinates(ring)[:-1]
    along = np.concatenate([shapely.line_locate_point(ring, shapely.points(xy)) for xy in (corners, gates)])
    return np.concatenate([corners, gates])[np.argsort(along, kind="stable")]


def _promenade(plan: Plan) -> tuple[Park, list[Any]]:
    """Make the strip between the riverside street and the water a public walk."""
    street = shapely.get_coordinates(plan.road("riverside"))
    size = plan.size_m
    part = street[(street[:, 0] > -0.58 * size) & (street[:, 0] < 0.52 * size)]
    away = np.array([0.0, 8.0])
    deep = np.array([0.0, 27.0])
    ring = np.concatenate([part - away, (part - deep)[::-1]])
    shape = shapely.Polygon(ring)
    doors = part[[1, len(part) // 2, -2]]
    ways = [shapely.LineString([door, door - away, door - (away + deep) / 2]) for door in doors]
    return Park(PROMENADE, "Riverside Walk (invented)", "សួនមាត់ទន្លេ (ប្រឌិត)", shape, None, doors - away), ways
