"""Lays the streets: main roads, blocks' streets, lanes, the informal settlement's alleys, and which of them are mapped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from citiesforall.demo.blocks import GROWTH, INDUSTRY, Blocks, urbanity, zone_of
from citiesforall.demo.names import Name, street_name
from citiesforall.demo.shapes import Bools, Floats, Ints, Shapes, cut_in_two, numbered, share_crossings

if TYPE_CHECKING:
    from citiesforall.demo.plan import Plan

ALLEY_BLOCK_M2 = 1_600.0
ALLEYS_MAPPED_WITHIN_M = 130.0
UNMAPPED_ROUND_M = 235.0
LANE_SHARE = 0.5
FRAGMENTS_KEPT = 7
BANK_GAP_M = 12.0
LAKE_GAP_M = 6.0
URBAN_STREET, RURAL_STREET, FIELD = 0.3, 0.1, 0.04
FIELD_EDGES = 0.1  # share of cuts through fields that are no way
NAMED_SHARE = 0.8
EARLY_ROUND, LATE_ROUND = 2, 6
TRACK_SHARE, UNCLASSIFIED_SHARE, SERVICE_SHARE, FOOTWAY_SHARE = 0.5, 0.3, 0.12, 0.06
SHORTEST_M, LANE_M, LANE_BLOCK_M2 = 8.0, 25.0, 7_000.0
ALLEYS_MAPPED_SHARE = 0.55
MAIN_NAMES: dict[str, Name] = {
    "national": ("National Road 99 (invented)", "ផ្លូវជាតិលេខ ៩៩ (ប្រឌិត)"),
    "bridge": ("Bridge Street", "ផ្លូវស្ពាន"),
    "second_bridge": ("Second Bridge Street", "ផ្លូវស្ពានទីពីរ"),
    "north": ("North Street", "ផ្លូវខាងជើង"),
    "riverside": ("Riverside Street", "ផ្លូវមាត់ទន្លេ"),
    "dyke": ("Dyke Road", "ផ្លូវទំនប់"),
    "ring": ("Ring Road", "ផ្លូវក្រវាត់ក្រុង"),
    "bypass": ("Bypass (invented)", "ផ្លូវវៀង (ប្រឌិត)"),
}


@dataclass(frozen=True)
class Streets:
    """Hold the streets as lines that share their crossings.

    Parameters
    ----------
    xy, owner, node
        Vertices of the lines in order: place, line, number. (v, 2) [m], (v,), (v,)
    places
        Place of each numbered node. (k, 2) [m]
    kind
        Value of ``highway``. (n,)
    names
        In both scripts, or none. (n,)
    mapped
        False for a way that is there but that nobody has mapped. (n,)
    bridge
        True where it runs over the river. (n,)
    urban
        How urban its middle is. (n,)
    """

    xy: Floats
    owner: Ints
    node: Ints
    places: Floats
    kind: Shapes
    names: tuple[Name | None, ...]
    mapped: Bools
    bridge: Bools
    urban: Floats

    @property
    def walkable(self) -> Bools:
        """Return which lines people walk on. (n,)"""
        return np.asarray(self.kind != "trunk")

    def lines(self) -> Shapes:
        """Return the lines. (n,)"""
        return np.asarray(shapely.linestrings(self.xy, indices=self.owner))

    def edges(self, kept: Bools) -> tuple[Ints, Ints, Floats]:
        """Return the pieces between neighbouring vertices of the lines kept: nodes at both ends and length. [m]"""
        at = np.flatnonzero((np.diff(self.owner) == 0) & kept[self.owner[:-1]])
        length = np.hypot(*(self.xy[at + 1] - self.xy[at]).T)
        return self.node[at], self.node[at + 1], length


@dataclass(frozen=True)
class _Laid:
    """Hold lines before they share their crossings."""

    lines: Shapes
    kind: Shapes
    names: list[Name | None]
    mapped: Bools
    bridge: Bools
    apart: Bools


def make_streets(plan: Plan, blocks: Blocks, paths: Shapes) -> Streets:
    """Lay every street of the town.

    Parameters
    ----------
    plan, blocks
        The town and its blocks.
    paths
        Paths in parks. (p,)

    Returns
    -------
    Streets
        The streets, those nobody mapped too.
    """
    rng = np.random.default_rng([plan.seed, 3])
    parts = [
        _main(plan),
        _minor(plan, blocks, rng),
        _lanes(plan, blocks, rng),
        _alleys(plan, rng),
        _paths(paths),
    ]
    laid = _joined(parts)
    xy, owner = share_crossings(laid.lines, laid.apart)
    kept = _connected(xy, owner, laid, rng)
    row = np.cumsum(kept) - 1
    xy, owner = xy[kept[owner]], row[owner[kept[owner]]]
    node, places = numbered(xy)
    middle = shapely.get_coordinates(shapely.line_interpolate_point(laid.lines[kept], 0.5, normalized=True))
    names = tuple(name for name, keep in zip(laid.names, kept, strict=True) if keep)
    return Streets(
        xy,
        owner,
        node,
        places,
        laid.kind[kept],
        names,
        laid.mapped[kept],
        laid.bridge[kept],
        urbanity(plan, middle),
    )


def _laid(lines: Shapes, kind: Shapes | str, names: list[Name | None] | None = None) -> _Laid:
    """Fill what most lines have in common: mapped, on the ground, open to others."""
    n = lines.size
    kinds = np.full(n, kind, dtype=object) if isinstance(kind, str) else kind
    return _Laid(lines, kinds, names or [None] * n, np.ones(n, bool), np.zeros(n, bool), np.zeros(n, bool))


def _main(plan: Plan) -> _Laid:
    """Lay the main roads, cut where bridges begin and end."""
    span = plan.water.buffer(14.0)
    lines: list[Any] = []
    facts: list[tuple[str, str, bool]] = []
    for road in plan.roads:
        on_land = shapely.get_parts(shapely.difference(road.line, span))
        over = shapely.get_parts(shapely.intersection(road.line, span))
        for part, over_water in [(p, False) for p in on_land] + [(p, True) for p in over]:
            if part.length > 1.0:
                lines.append(part)
                facts.append((road.key, road.kind, over_water))
    shapes = np.empty(len(lines), dtype=object)
    shapes[:] = lines
    names = [MAIN_NAMES.get(key) for key, _, _ in facts]
    bridge = np.array([is_bridge for _, _, is_bridge in facts])
    apart = np.array([kind == "trunk" for _, kind, _ in facts])
    kinds = np.array([kind for _, kind, _ in facts], dtype=object)
    return _Laid(shapes, kinds, names, np.ones(len(lines), bool), bridge, apart)


def _minor(plan: Plan, blocks: Blocks, rng: np.random.Generator) -> _Laid:
    """Turn the cuts between blocks into streets, off the water and away from the unmapped settlement."""
    hole = _hole(plan)
    shapely.prepare(hole)
    touched = shapely.intersects(blocks.cuts, hole)
    cuts = np.array(blocks.cuts)
    cuts[touched] = shapely.difference(cuts[touched], hole)
    lines, source = shapely.get_parts(cuts, return_index=True)
    urban, rounds = blocks.cut_urban[source], blocks.cut_round[source]
    zone = zone_of(plan, shapely.line_interpolate_point(lines, 0.5, normalized=True))
    chance = rng.random(lines.size)
    kind = _kinds(urban, rounds, zone, chance)
    kept = (shapely.length(lines) > SHORTEST_M) & ~((urban < FIELD) & (chance > 1 - FIELD_EDGES))
    named = (urban > URBAN_STREET) & np.isin(kind, ["tertiary", "residential"]) & (chance < NAMED_SHARE)
    return _laid(lines[kept], kind[kept], _street_names(named[kept], rng))


def _hole(plan: Plan) -> Any:
    """Return the land minor streets keep off: water, and all round the informal settlement."""
    around = plan.zones["informal"].buffer(UNMAPPED_ROUND_M)
    return shapely.union_all([plan.water.buffer(BANK_GAP_M), plan.lake.buffer(LAKE_GAP_M), around])


def _kinds(urban: Floats, rounds: Ints, zone: Ints, chance: Floats) -> Shapes:
    """Class streets by how urban the land is and how early they were cut: the first cuts are the longest."""
    town, village = urban > URBAN_STREET, urban > RURAL_STREET
    late = rounds > LATE_ROUND
    return np.asarray(
        np.select(
            [
                zone == GROWTH,
                zone == INDUSTRY,
                town & late & (chance > 1 - FOOTWAY_SHARE),
                town & late & (chance < SERVICE_SHARE),
                town & (rounds < EARLY_ROUND),
                village & (rounds <= EARLY_ROUND),
                village,
                chance < TRACK_SHARE,
                chance < TRACK_SHARE + UNCLASSIFIED_SHARE,
            ],
            [
                "residential", "service", "footway", "service", "tertiary", "unclassified", "residential", "track",
                "unclassified",
            ],
            "path",
        ).astype(object)
    )  # fmt: skip


def _street_names(named: Bools, rng: np.random.Generator) -> list[Name | None]:
    """Give numbers to the streets that have a name."""
    numbers = np.zeros(named.size, dtype=np.int64)
    numbers[named] = rng.permutation(int(named.sum())) + 10
    return [street_name(int(number)) if number else None for number in numbers]


def _lanes(plan: Plan, blocks: Blocks, rng: np.random.Generator) -> _Laid:
    """Lead dead-end lanes into large town blocks."""
    middle = shapely.centroid(blocks.blocks)
    urban = urbanity(plan, shapely.get_coordinates(middle))
    roomy = shapely.area(blocks.blocks) > LANE_BLOCK_M2
    fit = (urban > RURAL_STREET) & roomy & (rng.random(urban.size) < LANE_SHARE)
    block, middle = blocks.blocks[fit], middle[fit]
    gate = shapely.line_interpolate_point(
        shapely.get_exterior_ring(block), rng.random(block.size), normalized=True
    )
    at, heart = shapely.get_coordinates(gate), shapely.get_coordinates(middle)
    end = at + (heart - at) * rng.uniform(0.6, 0.95, at.shape[0])[:, None]
    lines = shapely.linestrings(np.stack([at, end], axis=1))
    dry = ~shapely.intersects(lines, _hole(plan)) & (shapely.length(lines) > LANE_M)
    kind = rng.choice(
        np.array(["residential", "service", "footway"], dtype=object), lines.size, p=[0.4, 0.3, 0.3]
    )
    return _laid(lines[dry], kind[dry])


def _alleys(plan: Plan, rng: np.random.Generator) -> _Laid:
    """Lay the alleys of the informal settlement; only those near the dyke road are mapped."""
    zone, dyke = plan.zones["informal"], plan.road("dyke")
    pieces = np.array([zone], dtype=object)
    cuts: list[Shapes] = []
    while pieces.size:
        pieces, lines, _ = cut_in_two(
            pieces,
            rng.normal(0, 0.2, pieces.size),
            rng.uniform(0.35, 0.65, pieces.size),
            rng.normal(0, 4.0, pieces.size),
        )
        cuts.append(lines)
        pieces = pieces[shapely.area(pieces) > ALLEY_BLOCK_M2]
    lines = np.concatenate(cuts)
    shallow = shapely.distance(shapely.line_interpolate_point(lines, 0.5, normalized=True), dyke)
    laid = _laid(lines, "footway")
    laid.mapped[:] = (shallow < ALLEYS_MAPPED_WITHIN_M) & (rng.random(lines.size) < ALLEYS_MAPPED_SHARE)
    return _joined([laid, _way_in(zone, dyke)])


def _way_in(zone: Any, dyke: Any) -> _Laid:
    """Lead one way from the dyke road into the settlement: mapped at its mouth, not inside."""
    corner = shapely.get_coordinates(dyke)
    middle = shapely.get_coordinates(zone.centroid)[0]
    start = corner[np.abs(corner[:, 0] - middle[0]).argmin()]
    deep = start + (middle - start) * np.array([[0.0], [0.35], [1.7]])
    laid = _laid(shapely.linestrings(np.stack([deep[:2], deep[1:]])), "path")
    laid.mapped[1] = False
    return laid


def _joined(parts: list[_Laid]) -> _Laid:
    """Put lines together."""
    return _Laid(
        np.concatenate([part.lines for part in parts]),
        np.concatenate([part.kind for part in parts]),
        [name for part in parts for name in part.names],
        np.concatenate([part.mapped for part in parts]),
        np.concatenate([part.bridge for part in parts]),
        np.concatenate([part.apart for part in parts]),
    )


def _paths(paths: Shapes) -> _Laid:
    """Take over the paths in parks."""
    return _laid(paths, "footway")


def _connected(xy: Floats, owner: Ints, laid: _Laid, rng: np.random.Generator) -> Bools:
    """Keep lines of the largest walkable network, a few fragments as every map has, and what is unmapped."""
    node, places = numbered(xy)
    n = places.shape[0]
    fit = laid.mapped & (laid.kind != "trunk")
    at = np.flatnonzero((np.diff(owner) == 0) & fit[owner[:-1]])
    graph = coo_array((np.ones(at.size), (node[at], node[at + 1])), shape=(n, n))
    _, part = connected_components(graph, directed=False)
    largest = np.bincount(part[node[fit[owner]]]).argmax()
    of_line = part[node[np.searchsorted(owner, np.arange(laid.lines.size))]]
    strays = np.setdiff1d(np.unique(of_line[fit]), [largest])
    kept = rng.permutation(strays)[:FRAGMENTS_KEPT]
    return np.asarray(~fit | (of_line == largest) | np.isin(of_line, kept))
