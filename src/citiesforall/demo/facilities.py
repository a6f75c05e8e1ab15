"""Places hospitals, schools, markets, pagodas and the rest where people are, and not where they are poor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.ndimage import gaussian_filter
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from citiesforall.demo.blocks import INFORMAL
from citiesforall.demo.names import INVENTED, INVENTED_KM, MORE, Name, digits_km
from citiesforall.demo.people import expected
from citiesforall.demo.shapes import Bools, Floats, Ints, Shapes

if TYPE_CHECKING:
    from citiesforall.demo.blocks import Blocks
    from citiesforall.demo.buildings import Buildings
    from citiesforall.demo.plan import Plan
    from citiesforall.demo.sangkats import Sangkats
    from citiesforall.demo.streets import Streets

FAR_WALK_M = 2_300.0  # more than half an hour at 1.2 m/s
TRIMMED_SHARE = 0.04
NEAR_M = 350.0
GAP_M = 9.0
ROOM_M = 45.0
SIDES_TRIED = 12
FENCE_M, LEAST_GROUND = 5.0, 0.2
BANK_GAP_M = 10.0
NEXT_TO_NOTHING = 1e-6  # so that a town without a far place still gets its facilities


@dataclass(frozen=True)
class Kind:
    """Say how many there are of a kind for 60,000 people, how they are tagged and named.

    Parameters
    ----------
    key
        Short word.
    n
        Number for 60,000 people.
    spacing_m
        Distance below which a second one is not wanted. [m]
    ground_m
        Side of its ground, 0 for a point. [m]
    name, name_km
        With ``{}`` for the place's own name.
    tags
        OpenStreetMap tags.
    near
        Power of the number of buildings nearby: 0 spreads evenly, 1 follows people.
    """

    key: str
    n: float
    spacing_m: float
    ground_m: float
    name: str
    name_km: str
    tags: dict[str, str]
    near: float = 0.7


PUBLIC = {"operator:type": "government"}
KINDS = (
    Kind("hospital", 1, 2000, 120, "{} Referral Hospital", "មន្ទីរពេទ្យបង្អែក{}",
         {"amenity": "hospital", "healthcare": "hospital", "emergency": "yes", **PUBLIC}, 0.4),
    Kind("health_centre", 5, 1500, 34, "{} Health Center", "មណ្ឌលសុខភាព{}",
         {"amenity": "clinic", "healthcare": "centre", **PUBLIC}, 0.5),
    Kind("private_clinic", 9, 350, 0, "{} Clinic", "គ្លីនិក{}",
         {"amenity": "clinic", "healthcare": "clinic", "operator:type": "private"}, 1.3),
    Kind("pharmacy", 20, 250, 0, "{} Pharmacy", "ឱសថស្ថាន{}", {"amenity": "pharmacy", "healthcare": "pharmacy"}, 1.3),
    Kind("primary_school", 15, 800, 75, "{} Primary School", "សាលាបឋមសិក្សា{}",
         {"amenity": "school", "isced:level": "1", **PUBLIC}, 0.6),
    Kind("lower_secondary", 4, 1600, 95, "{} Lower Secondary School", "អនុវិទ្យាល័យ{}",
         {"amenity": "school", "isced:level": "2", **PUBLIC}, 0.5),
    Kind("high_school", 2, 2000, 120, "{} High School", "វិទ្យាល័យ{}",
         {"amenity": "school", "isced:level": "2;3", **PUBLIC}, 0.6),
    Kind("private_school", 4, 500, 40, "{} International School", "សាលាអន្តរជាតិ{}",
         {"amenity": "school", "operator:type": "private", "fee": "yes"}, 1.2),
    Kind("kindergarten", 8, 600, 0, "{} Kindergarten", "មត្តេយ្យ{}", {"amenity": "kindergarten", "isced:level": "0"}, 0.9),
    Kind("university", 1, 1500, 110, "{} University", "សាកលវិទ្យាល័យ{}", {"amenity": "university"}, 0.3),
    Kind("market", 5, 1100, 70, "{} Market", "ផ្សារ{}", {"amenity": "marketplace"}, 0.9),
    Kind("food_shop", 26, 220, 0, "{} Mart", "ម៉ាត {}", {"shop": "convenience"}, 1.2),
    Kind("pagoda", 13, 900, 85, "{} Pagoda", "វត្ត{}",
         {"amenity": "place_of_worship", "religion": "buddhist", "building": "temple"}, 0.3),
    Kind("mosque", 1, 500, 30, "{} Mosque", "វិហារឥស្លាម{}", {"amenity": "place_of_worship", "religion": "muslim"}, 0.8),
    Kind("police", 6, 1200, 0, "{} Police Post", "ប៉ុស្តិ៍នគរបាល{}", {"amenity": "police"}, 0.6),
    Kind("fire_station", 1, 2000, 30, "{} Fire Station", "ស្ថានីយពន្លត់អគ្គិភ័យ{}", {"amenity": "fire_station"}, 0.7),
    Kind("town_hall", 1, 2000, 45, "{} Town Hall and One Window Service Office", "សាលាក្រុង និងច្រកចេញចូលតែមួយ {}",
         {"amenity": "townhall", "office": "government"}, 0.9),
    Kind("sangkat_hall", 8, 1000, 0, "Sangkat {} Hall", "សាលាសង្កាត់{}", {"office": "government", "government": "local"}, 0.4),
    Kind("toilet", 7, 500, 0, "", "", {"amenity": "toilets", "access": "yes"}, 1.2),
    Kind("water_point", 9, 600, 0, "", "", {"amenity": "drinking_water"}, 0.8),
    Kind("waste_point", 16, 350, 0, "", "", {"amenity": "waste_disposal"}, 1.0),
    Kind("recycling", 3, 900, 0, "", "", {"amenity": "recycling", "recycling_type": "container"}, 1.0),
    Kind("playground", 4, 800, 32, "", "", {"leisure": "playground", "access": "yes"}, 1.0),
    Kind("bank", 7, 200, 0, "{} Bank", "ធនាគារ{}", {"amenity": "bank"}, 1.8),
    Kind("fuel", 7, 700, 0, "{} Fuel", "ស្ថានីយប្រេង{}", {"amenity": "fuel"}, 0.4),
    Kind("restaurant", 25, 120, 0, "{} Restaurant", "ភោជនីយដ្ឋាន{}", {"amenity": "restaurant"}, 1.6),
    Kind("library", 1, 2000, 0, "{} Library", "បណ្ណាល័យ{}", {"amenity": "library"}, 1.2),
    Kind("post_office", 1, 2000, 0, "{} Post Office", "ប្រៃសណីយ៍{}", {"amenity": "post_office"}, 1.2),
    Kind("community_centre", 3, 1500, 0, "{} Community Centre", "មជ្ឈមណ្ឌលសហគមន៍{}", {"amenity": "community_centre"}, 0.8),
    Kind("bus_station", 1, 2000, 60, "{} Bus Station", "ស្ថានីយរថយន្តក្រុង{}", {"amenity": "bus_station"}, 0.7),
    Kind("shelter", 2, 1500, 0, "{} Safe Ground", "ទីទួលសុវត្ថិភាព{}", {"emergency": "assembly_point"}, 0.3),
)  # fmt: skip
KEPT_FROM_INFORMAL = {"hospital", "health_centre"}
SINGLE = {kind.key for kind in KINDS if kind.n == 1}


@dataclass(frozen=True)
class Facility:
    """Describe one facility.

    Parameters
    ----------
    kind
        Its kind's short word.
    name
        In both scripts, or None.
    xy
        Place. (2,) [m]
    ground
        Its ground, or None for a point. [m]
    tags
        OpenStreetMap tags without the name.
    """

    kind: str
    name: Name | None
    xy: Floats
    ground: Any
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Lots:
    """Hold the blocks that may be built on."""

    shapes: Shapes
    tree: shapely.STRtree


@dataclass(frozen=True)
class _Sites:
    """Hold the street corners at which a facility may stand."""

    xy: Floats
    crowd: Floats
    far: Bools


def make_facilities(
    plan: Plan, land: Shapes, streets: Streets, buildings: Buildings, sangkats: Sangkats
) -> tuple[Facility, ...]:
    """Place every facility.

    Parameters
    ----------
    plan, streets, buildings, sangkats
        The town.
    land
        Blocks that may be built on. (b,)

    Returns
    -------
    tuple of Facility
        All of them.
    """
    rng = np.random.default_rng([plan.seed, 7])
    sites = _sites(streets, buildings, sangkats)
    lots = _Lots(land, shapely.STRtree(land))
    room = np.full(len(sites.xy), np.inf)
    made: list[Facility] = []
    for kind in KINDS:
        n = 1 if kind.key in SINGLE else max(1, round(kind.n * plan.people / 60_000))
        at = _spread(kind, n, sites, room, rng)
        room = np.minimum(room, cKDTree(at).query(sites.xy)[0])
        made += [_built(kind, number, xy, lots, rng) for number, xy in enumerate(at)]
    return tuple(made)


def open_land(plan: Plan, blocks: Blocks, parks: Shapes) -> Shapes:
    """Return the blocks that may be built on: no park, no water. (b,)"""
    tree = shapely.STRtree(blocks.blocks)
    free = np.ones(blocks.blocks.size, bool)
    free[tree.query(shapely.point_on_surface(parks), predicate="within")[1]] = False
    wet = shapely.union_all([plan.water.buffer(BANK_GAP_M), plan.lake.buffer(BANK_GAP_M)])
    land = np.array(blocks.blocks[free])
    touched = shapely.intersects(land, wet)
    land[touched] = shapely.difference(land[touched], wet)
    return np.asarray(land[~shapely.is_empty(land)])


def walk_m(streets: Streets, starts: Ints, limit_m: float) -> Floats:
    """Return the way along all streets, mapped or not, from the nearest of some nodes to each node. (k,) [m]"""
    u, v, length = streets.edges(streets.walkable)
    n = len(streets.places)
    graph = coo_array((np.maximum(length, 0.01), (u, v)), shape=(n, n)).tocsr()
    reached = dijkstra(graph, directed=False, indices=starts, min_only=True, limit=limit_m)
    return np.asarray(reached)


def _sites(streets: Streets, buildings: Buildings, sangkats: Sangkats) -> _Sites:
    """List corners on mapped streets in the municipality; mark those far from the informal settlement's sangkat."""
    street = (
        np.isin(streets.kind, ["primary", "secondary", "tertiary", "unclassified", "residential"])
        & streets.mapped
    )
    u, v, _ = streets.edges(street & ~streets.bridge)
    nodes = np.unique(np.concatenate([u, v]))
    nodes = nodes[sangkats.of(streets.places[nodes]) >= 0]
    crowd = _crowd(buildings, streets.places[nodes])
    poor = buildings.xy[(sangkats.of(buildings.xy) == sangkats.informal) | (buildings.zone == INFORMAL)]
    used = np.unique(np.concatenate(streets.edges(streets.walkable)[:2]))
    _, corner = cKDTree(streets.places[used]).query(poor)
    bridge = streets.xy[streets.bridge[streets.owner] & (streets.kind[streets.owner] == "primary")]
    near_first = np.argsort(np.hypot(*(poor - bridge.mean(axis=0)).T))
    starts = np.unique(used[corner[near_first[int(TRIMMED_SHARE * poor.shape[0]) :]]])
    way = walk_m(streets, starts, 2 * FAR_WALK_M)
    return _Sites(streets.places[nodes], crowd, way[nodes] > FAR_WALK_M)


def _crowd(buildings: Buildings, xy: Floats) -> Floats:
    """Return the people expected near places; nobody planned for the informal settlement. (n,)"""
    planned = buildings.zone != INFORMAL
    pixel = NEAR_M / 4
    cells = np.floor((buildings.xy - buildings.xy.min(axis=0)) / pixel).astype(np.int64) + 8
    grid = np.zeros(cells.max(axis=0) + 9)
    np.add.at(grid, (cells[planned, 0], cells[planned, 1]), expected(buildings)[planned])
    smooth = gaussian_filter(grid, 2.0)
    at = np.clip(
        np.floor((xy - buildings.xy.min(axis=0)) / pixel).astype(np.int64) + 8, 0, np.array(grid.shape) - 1
    )
    return np.asarray(smooth[at[:, 0], at[:, 1]] + 1e-3)


def _spread(kind: Kind, n: int, sites: _Sites, room: Floats, rng: np.random.Generator) -> Floats:
    """Choose corners one after another: where many live, none is near yet and nothing else stands."""
    weight = sites.crowd**kind.near * rng.uniform(0.45, 1.0, sites.crowd.size)
    weight = weight * (1 - np.exp(-((room / (ROOM_M + kind.ground_m)) ** 2)))
    if kind.key in KEPT_FROM_INFORMAL:
        weight = np.where(sites.far, weight, weight * NEXT_TO_NOTHING)
    gap = np.full(weight.size, np.inf)
    chosen: list[int] = []
    for _ in range(n):
        best = int((weight * (1 - np.exp(-((gap / kind.spacing_m) ** 2)))).argmax())
        chosen.append(best)
        gap = np.minimum(gap, np.hypot(*(sites.xy - sites.xy[best]).T))
    return sites.xy[chosen]


def _name(kind: Kind, number: int) -> Name | None:
    """Name the n-th facility of a kind; names come round again with a number."""
    if not kind.name:
        return None
    latin, khmer = MORE[(number * 7 + len(kind.key)) % len(MORE)]
    again = number // len(MORE) + 1
    more, more_km = ("", "") if again == 1 else (f" {again}", f" {digits_km(again)}")
    return (
        f"{kind.name.format(latin)}{more} {INVENTED}",
        f"{kind.name_km.format(khmer)}{more_km} {INVENTED_KM}",
    )


def _built(kind: Kind, number: int, corner: Floats, lots: _Lots, rng: np.random.Generator) -> Facility:
    """Set a facility beside its corner, on ground inside one block."""
    sides = rng.uniform(0, 2 * np.pi, SIDES_TRIED)
    spots = corner + (GAP_M + kind.ground_m / 2) * np.column_stack([np.cos(sides), np.sin(sides)])
    fit = lots.tree.query(shapely.points(spots), predicate="within")[0]
    first = int(fit.min()) if fit.size else 0
    xy, ground = spots[first], None
    if kind.ground_m:
        ground = _ground(kind, xy, lots, float(sides[first]))
    if ground is not None:
        xy = shapely.get_coordinates(ground.centroid)[0]
    return Facility(kind.key, _name(kind, number), xy, ground, kind.tags)


def _ground(kind: Kind, xy: Floats, lots: _Lots, side: float) -> Any:
    """Return the part of a square that lies in one block, or None where too little does."""
    half = kind.ground_m / 2
    turn = np.array([[np.cos(side), np.sin(side)], [-np.sin(side), np.cos(side)]])
    corners = np.array([[-half, -half], [half, -half], [half, half], [-half, half]]) @ turn + xy
    square = shapely.Polygon(corners)
    parts = shapely.get_parts(shapely.intersection(lots.shapes[lots.tree.query(square)], square))
    if not parts.size:
        return None
    largest = parts[int(shapely.area(parts).argmax())].buffer(-FENCE_M, join_style="mitre")
    return largest if largest.geom_type == "Polygon" and largest.area > LEAST_GROUND * square.area else None
