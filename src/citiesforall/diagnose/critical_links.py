"""The streets and bridges most people depend on to reach care: found by flows and cuts, judged by searching again."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from citiesforall.core.estimate import Estimate
from citiesforall.core.indicator import indicators
from citiesforall.core.inputs import Inputs
from citiesforall.core.notes import Note
from citiesforall.diagnose.flooded_streets import on_bridges
from citiesforall.diagnose.walking import Walking, missing_rows, why_missing
from citiesforall.gather.surfaces import LONLAT
from citiesforall.gather.vector_file import moved_xy
from citiesforall.network.bridges import bridge_sides, people_passing
from citiesforall.network.insert import OnEdge, at_points, seeds
from citiesforall.network.search import Seeds, nearest_m
from citiesforall.network.streets import Streets, csr

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Edges = npt.NDArray[np.int32]

CARE = ("public_health", "hospital")
CARE_INDICATOR = "health_centre_access"
"""Whose threshold says from when on care is too far to walk."""
N_CUTS, N_USED, N_BRIDGES = 40, 40, 20
"""Links judged exactly: cuts beyond which most live, edges most walk over, bridges most walk over (ours)."""
ONE_BRIDGE_M = 30.0
"""Decks nearer than this to each other are one bridge: two carriageways and the footways beside them (ours)."""
SAME_SHARE = 0.8
"""Of the people two links hit, the share both hit from which they are said to be alike: one road, piece by piece (ours)."""
SECONDS_A_MINUTE = 60.0
LINK_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "rank": "int64", "edge": "int64", "edges": "str", "kind": "str", "street_class": "str", "length_m": "float64",
        "people_cut_off": "float64", "low": "float64", "high": "float64", "people_lose_access": "float64",
        "lose_low": "float64", "lose_high": "float64", "people_passing": "float64", "extra_person_km": "float64",
        "place": "str", "x": "float64", "y": "float64", "lon": "float64", "lat": "float64", "status": "str",
        "note": "str", "alike": "int64", "geometry": "str",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Care:
    """Hold who walks where to care, with all streets open.

    Parameters
    ----------
    doors
        Where the doors of public health facilities and hospitals join the streets.
    seeds
        The nodes a search starts from.
    node_m
        Ways of the nodes to the nearest of them. (N,) [m]
    home_m
        Ways of the homes. (C,) [m]
    """

    doors: OnEdge
    seeds: Seeds
    node_m: Floats
    home_m: Floats


def critical_links(given: Inputs, walking: Walking) -> tuple[pd.DataFrame, list[Note]]:
    """Rank streets and bridges by how many lose their way to care when one of them cannot be passed.

    Parameters
    ----------
    given
        For the city's choices and reference system.
    walking
        Streets, homes and doors.

    Returns
    -------
    tuple
        Rows of `LINK_COLUMNS`, worst first, and notes.

    Notes
    -----
    A lost link can no longer be passed from end to end; doors on it are still reached from both ends. People are cut off
    where no way to any care is left, and lose access where care was within the threshold of the indicator and is no
    more. Candidates are the cuts of the graph beyond which most people live without care, the edges most people walk
    over to their nearest care, and the bridges most walk over (decks side by side are one bridge); each is judged by
    searching again without it, so what is stated is exact, but an edge that is no candidate may matter as well. People of
    the city only; the draws are those of people, with all care as listed.
    """
    where = [kind for kind in CARE if kind in walking.doors and (walking.doors[kind].edge >= 0).any()]
    if not where:
        row = missing_rows(LINK_COLUMNS, "no_care", place=given.city.place.code)
        return row, [why_missing("critical_links", "no_care")]
    care = _to_care(walking, where)
    passing = people_passing(walking.streets, care.node_m, care.seeds, _people_at(walking, care))
    links = candidates(walking, care, passing)
    with ThreadPoolExecutor(max(given.threads, 1)) as pool:
        after = list(pool.map(lambda link: without(walking, care, link), links))
    table = _table(walking, care, passing, list(zip(links, after, strict=True)))
    crs = str(given.done["places"].info["crs"])
    table["lon"], table["lat"] = moved_xy(table["x"].to_numpy(), table["y"].to_numpy(), crs, LONLAT)
    said = f"{len(links)} of {walking.streets.n_edges:,} links were judged; {len(table)} of them take something from somebody."
    return table[list(LINK_COLUMNS)], [Note("critical_links", said)]


def _to_care(walking: Walking, where: list[str]) -> Care:
    """Walk to the nearest care with all streets open."""
    doors = OnEdge(
        *(np.concatenate(values) for values in zip(*(walking.doors[kind] for kind in where), strict=True))
    )
    start = seeds(walking.streets, doors, np.zeros(len(doors.edge), np.int32))
    nothing = np.zeros(0, np.int32)
    node_m = _nodes_m(walking.streets, start, nothing)
    return Care(doors, start, node_m, _homes_m(walking, doors, node_m))


def _nodes_m(streets: Streets, start: Seeds, lost: Edges) -> Floats:
    """Search from care over all edges but those lost. (N,) [m]"""
    walk = streets.edge_walk & (streets.edge_u != streets.edge_v)
    walk[lost] = False
    keep = np.flatnonzero(walk)
    graph = csr(streets.n_nodes, streets.edge_u[keep], streets.edge_v[keep], streets.edge_m[keep])
    return nearest_m(graph, start)


def _homes_m(walking: Walking, doors: OnEdge, node_m: Floats) -> Floats:
    """Bring what the nodes know to the homes. (C,) [m]"""
    known = node_m[None, :], np.where(np.isfinite(node_m), 0, -1).astype(np.int32)[None, :]
    facility = np.zeros(len(doors.edge), np.int32)
    found: Floats = at_points(walking.streets, known, walking.homes, doors, facility)[0][0]
    return found


def without(walking: Walking, care: Care, lost: Edges) -> Floats:
    """Walk to care without some edges.

    Parameters
    ----------
    walking
        Streets and homes.
    care
        Doors of care.
    lost
        Edges that cannot be passed.

    Returns
    -------
    ndarray
        Ways of the homes, inf where none is left. (C,) [m]
    """
    return np.maximum(_homes_m(walking, care.doors, _nodes_m(walking.streets, care.seeds, lost)), care.home_m)


def _people_at(walking: Walking, care: Care) -> Floats:
    """Put the people on the node by which they leave their street towards care. (N,) [persons]"""
    streets, homes = walking.streets, walking.homes
    at = np.flatnonzero(homes.edge >= 0)
    edge = homes.edge[at]
    u, v = streets.edge_u[edge], streets.edge_v[edge]
    by_u = care.node_m[u] + homes.along_m[at] + homes.leg_m[at]
    by_v = care.node_m[v] + streets.edge_m[edge] - homes.along_m[at] + homes.leg_m[at]
    goes = np.minimum(by_u, by_v) <= care.home_m[at]  # who has care on the own street passes nothing
    node = np.where(by_u <= by_v, u, v)[goes]
    people = np.nan_to_num(walking.layers.people[0][at])[goes]
    return np.bincount(node, weights=people, minlength=streets.n_nodes).astype(np.float64)


def candidates(walking: Walking, care: Care, passing: Floats) -> list[Edges]:
    """Choose the links to judge.

    Parameters
    ----------
    walking
        Streets and homes.
    care
        Doors of care.
    passing
        People who walk over each edge. (M,) [persons]

    Returns
    -------
    list
        Edges of each link, rising; a bridge of several decks is one link, and stands before its decks.
    """
    cuts, beyond = people_beyond(walking, care.doors)
    by_cut = cuts[np.argsort(-beyond, kind="stable")][: min(N_CUTS, int((beyond > 0).sum()))]
    by_use = np.argsort(-passing, kind="stable")[: min(N_USED, int((passing > 0).sum()))]
    decks = bridges_of(walking.streets, walking.bridges)
    decks = sorted(decks, key=lambda edges: -float(passing[edges].sum()))[:N_BRIDGES]
    found = [edges for edges in decks if passing[edges].sum() > 0]
    taken = {tuple(edges) for edges in found}
    single = [int(edge) for edge in np.unique(np.concatenate([by_cut, by_use]))]
    return found + [np.array([edge], np.int32) for edge in single if (edge,) not in taken]


def people_beyond(walking: Walking, doors: OnEdge) -> tuple[Edges, Floats]:
    """Count for every cut of the graph the people who have care only on the other side.

    Parameters
    ----------
    walking
        Streets and homes.
    doors
        Of care.

    Returns
    -------
    tuple
        Edges whose loss cuts the graph in two, and the people cut off from all care. (B,), (B,) [persons]
    """
    streets = walking.streets
    mine = []
    for points, weight in (
        (walking.homes, np.nan_to_num(walking.layers.people[0])),
        (doors, np.ones(len(doors.edge))),
    ):
        has = points.edge >= 0
        mine.append(np.bincount(points.edge[has], weights=weight[has], minlength=streets.n_edges))
    at_nodes = [np.bincount(streets.edge_u, weights=amount, minlength=streets.n_nodes) for amount in mine]
    sides = bridge_sides(streets, np.column_stack(at_nodes))
    own_people, own_doors = mine[0][sides.edge], mine[1][sides.edge]
    # what lies on the lost edge itself stands at its edge_u, and is reached from both ends
    far_people = sides.far[:, 0] - np.where(sides.at_v, 0.0, own_people)
    near_people = sides.near[:, 0] - np.where(sides.at_v, own_people, 0.0)
    far_doors = sides.far[:, 1] + np.where(sides.at_v, own_doors, 0.0)
    near_doors = sides.near[:, 1] + np.where(sides.at_v, 0.0, own_doors)
    beyond = np.where((far_doors == 0) & (near_doors > 0), far_people, 0.0)
    beyond += np.where((near_doors == 0) & (far_doors > 0), near_people, 0.0)
    return sides.edge, beyond


def bridges_of(streets: Streets, bridges: Floats | None) -> list[Edges]:
    """Return the edges of every bridge; decks near each other are one.

    Parameters
    ----------
    streets
        The streets.
    bridges
        As the streets layer keeps them. (B, 4) [m]
    """
    if bridges is None or not len(bridges):
        return []
    start, x, y = streets.vertex_start, streets.vertex_x, streets.vertex_y
    at = np.setdiff1d(np.arange(len(x) - 1), start[1:-1] - 1)
    ends = np.column_stack([x[at], y[at], x[at + 1], y[at + 1]])
    edge = np.searchsorted(start, at, "right") - 1
    mine = on_bridges(ends, bridges) & streets.edge_walk[edge]
    if not mine.any():
        return []
    ends, edge = ends[mine], edge[mine]
    middle = (ends[:, :2] + ends[:, 2:]) / 2
    one, other = cKDTree(middle).query_pairs(ONE_BRIDGE_M, output_type="ndarray").T
    # parts of one edge and parts near each other hang together
    links = np.concatenate([np.column_stack([one, other]), _in_a_row(edge)])
    n = len(edge)
    label = connected_components(
        coo_array((np.ones(len(links)), tuple(links.T)), shape=(n, n)), directed=False
    )[1]
    return [np.unique(edge[label == number]).astype(np.int32) for number in range(label.max() + 1)]


def _in_a_row(edge: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the pairs of neighbours that are parts of one edge."""
    at = np.flatnonzero(edge[1:] == edge[:-1])
    return np.column_stack([at, at + 1])


def _table(walking: Walking, care: Care, passing: Floats, judged: list[tuple[Edges, Floats]]) -> pd.DataFrame:
    """Count for every link who is cut off and who loses access; worst first, links that hit nobody left out."""
    decks = {tuple(edges) for edges in bridges_of(walking.streets, walking.bridges)}
    found = []
    for edges, after_m in judged:
        row, hit = _row(walking, care, edges, after_m)
        row["kind"] = "bridge" if tuple(edges) in decks else "street"
        row["people_passing"] = float(passing[edges].max())
        found.append((row, hit))
    found = [(row, hit) for row, hit in found if hit.any()]
    order = ("people_cut_off", "people_lose_access", "extra_person_km")
    # to a millionth, so that rounding of sums puts nobody first; of equals bridges come first, for they are rebuilt last
    found.sort(key=lambda one: (*(-round(one[0][name], 6) for name in order), one[0]["kind"], one[0]["edge"]))
    alike = _alike(walking, [hit for _, hit in found])
    for number, (row, _) in enumerate(found):
        row |= {"rank": number + 1, "alike": alike[number], "status": "ok", "note": ""}
    numbers = {name: kind for name, kind in LINK_COLUMNS.items() if kind != "str"}
    return pd.DataFrame([row for row, _ in found], columns=list(LINK_COLUMNS)).astype(numbers)


def _row(walking: Walking, care: Care, edges: Edges, after_m: Floats) -> tuple[dict[str, Any], Bools]:
    """Count who is cut off and who loses access without a link; also return which homes it hits most."""
    limit_m = _limit_m(walking)
    people = np.nan_to_num(walking.layers.people[0])
    cut = np.isfinite(care.home_m) & ~np.isfinite(after_m)
    far = (care.home_m <= limit_m) & ~(after_m <= limit_m)
    still = np.isfinite(after_m)
    extra_m = np.where(still, after_m, 0.0) - np.where(still, care.home_m, 0.0)
    hit = (cut | far) & (people > 0)
    if not hit.any():
        hit = (extra_m > 0) & (people > 0)
    cut_off, low, high = _counted(walking, cut)
    lose, lose_low, lose_high = _counted(walking, far)
    return {
        "edge": int(edges[0]), "edges": " ".join(map(str, edges)), "length_m": float(walking.streets.edge_m[edges].sum()),
        "people_cut_off": cut_off, "low": low, "high": high, "people_lose_access": lose, "lose_low": lose_low,
        "lose_high": lose_high, "extra_person_km": float((people * extra_m).sum() / 1000),
        "place": _most_hit(walking, people * hit), **_drawn(walking.streets, edges),
    }, hit  # fmt: skip


def _alike(walking: Walking, hits: list[Bools]) -> list[int]:
    """Return for each link the rank of the first one that hits nearly the same people, 0 where it is the first."""
    people = np.nan_to_num(walking.layers.people[0])
    alike: list[int] = []
    for hit in hits:
        found = 0
        for number, other in enumerate(hits[: len(alike)]):
            if alike[number] == 0 and people[hit & other].sum() >= SAME_SHARE * people[hit | other].sum():
                found = number + 1
                break
        alike.append(found)
    return alike


def _limit_m(walking: Walking) -> float:
    """Return the longest acceptable walk to care. [m]"""
    minutes = float(indicators()[CARE_INDICATOR].options["minutes"])
    return minutes * SECONDS_A_MINUTE * walking.layers.walk_m_s


def _counted(walking: Walking, who: Bools) -> tuple[float, float, float]:
    """Count people with their interval over draws."""
    people = np.nan_to_num(walking.layers.people[:, who]).sum(axis=1)[:, None]
    low, high = Estimate(people, np.ones_like(people), np.zeros(1)).interval()
    return float(people[0, 0]), float(low[0]), float(high[0])


def _most_hit(walking: Walking, hit: Floats) -> str:
    """Return the unit in which most of those hit live."""
    by_unit = np.add.reduceat(hit, walking.layers.starts)
    unit = int(by_unit.argmax())
    rows = np.flatnonzero(walking.layers.belongs[:, unit])
    smallest = rows[
        walking.layers.belongs[rows].sum(axis=1).argmin()
    ]  # the unit itself, not the city it is of
    return str(walking.codes[smallest])


def _drawn(streets: Streets, edges: Edges) -> dict[str, Any]:
    """Return class, line and middle of a link."""
    lines = [
        np.column_stack([streets.vertex_x[one], streets.vertex_y[one]])
        for one in (slice(streets.vertex_start[edge], streets.vertex_start[edge + 1]) for edge in edges)
    ]
    shape = (
        shapely.linestrings(lines[0])
        if len(lines) == 1
        else shapely.multilinestrings([shapely.linestrings(one) for one in lines])
    )
    longest = edges[streets.edge_m[edges].argmax()]
    middle = shapely.line_interpolate_point(
        shapely.linestrings(lines[int(np.flatnonzero(edges == longest)[0])]), 0.5, normalized=True
    )
    return {
        "street_class": streets.classes[streets.edge_class[longest]], "geometry": shapely.to_wkb(shape),
        "x": float(shapely.get_x(middle)), "y": float(shapely.get_y(middle)),
    }  # fmt: skip
